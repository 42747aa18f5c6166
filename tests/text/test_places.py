"""Places in texts: names, short names, homonyms, context, priors, and the letter's own field."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shuju.standard import regions
from shuju.text.gazetteer import gazetteer
from shuju.text.places import find_places, places_of

COLUMNS = ["text", "start", "end", "kind", "name", "code", "confidence"]


def codes(text: str, prior: str | None = None) -> list[str]:
    found = find_places([text], [prior])
    return found.loc[found["kind"] != "outside", "code"].dropna().tolist()


READ = [
    ("岳麓区的路灯不亮", None, ["430104"]),
    ("岳麓的路灯不亮", None, ["430104"]),
    ("长沙市岳麓区望月湖街道", None, ["430100", "430104", "430104001"]),
    ("永州道县的领导", None, ["431100", "431124"]),
    ("衡南县的领导，益阳南县的领导", None, ["430422", "430900", "430921"]),
    ("湖南省与云南县级医院", None, []),
    ("沿省道县道修路", None, []),
    ("希望城市建设更好", None, []),
    ("消防通道被占", None, []),
    ("怀化通道县城", None, ["431200", "431230"]),
    ("通道侗族自治县", None, ["431230"]),
    ("株洲县朱亭镇", None, ["430212", "430212101"]),
    ("宁乡县与祁阳县", None, ["430182", "431181"]),
    ("湘西州吉首市", None, ["433100", "433101"]),
    ("芙蓉中路、韶山路、岳麓山、浏阳大道", None, []),
    ("长沙县与长沙市", None, ["430121", "430100"]),
    ("本小区系政府投资兴建的安置房，电梯停运三天。", None, []),
    ("天津市民服务", None, []),
    ("请加快建设乡镇公交。", None, []),
    ("我局会同城管部门现场核实。", None, []),
    ("应当会同县级以上人民政府有关部门办理", None, []),
    ("市水利局会同县人民政府处理", "431200", []),
    ("请会同县人民政府处理", "431200", ["431225"]),
    ("我在东莞市沙田镇打工，工资被拖欠", None, []),
    ("深圳益阳大厦租房纠纷", "430000", []),
    ("我们双峰村停电两天", "431300", []),
    ("沂南县与定南县", None, []),
    ("建设平安乡村，培育文明乡风", "430000", []),
    ("使用新化学品的单位", None, []),
    ("鄂州市华容区", None, []),
    ("位于孟津县朝阳镇，朝阳镇以东，朝阳镇以西", None, []),
    ("永定河畔、凤凰岭、龙山河", "430000", []),
    ("宁乡市民、宁乡县委、长沙县政府", None, ["430182", "430182", "430121"]),
    ("长沙市区和中部大省长沙市", None, ["430100", "430100"]),
    ("湘潭大学的学生", None, ["430300"]),
    ("开福福龙小区", None, ["430105"]),
    ("龙岩市永定区", None, []),
    ("张家界市永定区", None, ["430800", "430802"]),
    ("三塘铺镇停电", "430000", ["431321109"]),
    ("三塘铺镇停电，我在深圳打工", None, []),
]


@pytest.mark.parametrize(("text", "prior", "expected"), READ, ids=[r[0] for r in READ])
def test_names_are_read_in_context(text: str, prior: str | None, expected: list[str]) -> None:
    assert codes(text, prior) == expected


OUTSIDE = [
    ("我在东莞市沙田镇打工", ["东莞市"]),
    ("天津市民服务", ["天津市"]),
    ("广东省深圳市龙岗区", ["广东省", "深圳市", "龙岗区"]),
    ("恩施州与湘西州", []),
    ("恩施土家族苗族自治州", ["恩施土家族苗族自治州"]),
    ("原山东省莱芜市，今济南市莱芜区", ["山东省", "莱芜市", "济南市", "莱芜区"]),
    ("我们城区、郊区和新城区的路", []),
    ("区和县的领导", []),
    ("上海路与北京大道", []),
    ("湖南省长沙市", []),
]


@pytest.mark.parametrize(("text", "names"), OUTSIDE, ids=[r[0] for r in OUTSIDE])
def test_places_of_other_provinces_are_known_to_lie_outside(text: str, names: list[str]) -> None:
    found = find_places([text])
    assert found.loc[found["kind"] == "outside", "name"].tolist() == names
    assert (
        pd.isna(places_of([text], [None], [None])["region_code"][0]) or "湘" in text or "湖南" in text
    )  # 湘西州, 长沙市


HOMONYMS = [
    ("衡南县三塘镇停电", None, "430422111"),
    ("湘阴县三塘镇停电", None, "430624110"),
    ("三塘镇停电", "430600", "430624110"),
    ("三塘镇停电", "430422", "430422111"),
    ("三塘镇停电，衡阳市政府", None, "430422111"),
    ("三塘镇停电", None, None),
]


@pytest.mark.parametrize(("text", "prior", "code"), HOMONYMS)
def test_a_township_of_two_counties_is_told_by_context_or_prior(
    text: str, prior: str | None, code: str | None
) -> None:
    found = find_places([text], [prior])
    town = found[found["kind"] == "town"]
    assert town["code"].tolist() == [code] if code else town["code"].isna().all()


NAMED = [
    ("位于保利麓谷林语小区的业主", "estate", "保利麓谷林语小区"),
    ("在桐梓坡路修地铁", "road", "桐梓坡路"),
    ("岳麓区桐梓坡路", "road", "桐梓坡路"),
    ("投诉湖南华强物业有限公司", "company", "湖南华强物业有限公司"),
    ("明德小学的学生", "school", "明德小学"),
    ("去湘雅医院看病", "hospital", "湘雅医院"),
    ("在青山新村社区", "community", "青山新村社区"),
]


@pytest.mark.parametrize(("text", "kind", "name"), NAMED)
def test_places_of_no_list_are_known_by_their_ending(text: str, kind: str, name: str) -> None:
    found = find_places([text])
    assert (kind, name) in set(zip(found["kind"], found["name"], strict=True))


@pytest.mark.parametrize("text", ["修马路", "全村的公路", "本小区", "路", "在小学", "街道办", "马路上走"])
def test_common_words_name_nothing(text: str) -> None:
    assert not len(find_places([text]))


@pytest.mark.parametrize("region", regions("county") + regions("prefecture"), ids=lambda r: r.name)
def test_every_region_is_found_by_its_full_name(region: object) -> None:
    assert codes(f"我住在{region.name}。") == [region.code]


def test_nothing_gives_an_empty_table_of_the_same_columns() -> None:
    empty, one = find_places([]), find_places(["岳麓区"])
    assert list(empty.columns) == list(one.columns) == COLUMNS
    assert len(empty) == 0
    assert (empty.dtypes == one.dtypes).all()
    assert len(find_places([None, "", "\ud800", "😀" * 1000])) == 0
    assert len(places_of([], [], [])) == 0


def test_priors_must_be_regions_and_as_many_as_texts() -> None:
    with pytest.raises(KeyError, match="999999"):
        find_places(["岳麓区"], ["999999"])
    with pytest.raises(ValueError, match="一样多"):
        find_places(["岳麓区"], [])
    with pytest.raises(ValueError, match="一样多"):
        places_of(["一"], ["一", "二"], [None])


@example(["aa路南区"])
@given(st.lists(st.text("岳麓区长沙市路三塘镇小的，a\n南县", max_size=30), max_size=6))
def test_places_lie_in_their_texts_in_order_and_do_not_overlap(texts: list[str]) -> None:
    found = find_places(texts)
    assert found["text"].is_monotonic_increasing
    for row, (_, after) in zip(
        found.itertuples(), [*found.shift(-1)[["text", "start"]].iterrows()], strict=True
    ):
        assert 0 <= row.start < row.end <= len(texts[row.text])
        assert after["text"] != row.text or after["start"] >= row.end
        assert 0.3 <= row.confidence <= 1


@given(st.lists(st.text("岳麓区长沙市开福三塘镇，", max_size=20), min_size=1, max_size=5))
def test_a_text_is_read_alike_alone_and_among_others(texts: list[str]) -> None:
    together = find_places(texts)
    for n, text in enumerate(texts):
        alone = find_places([text]).drop(columns="text")
        pd.testing.assert_frame_equal(
            alone, together[together["text"] == n].drop(columns="text").reset_index(drop=True)
        )


LETTERS = [  # title, body, field, region, contradicted
    ("岳麓区路灯", "在桐梓坡路", None, "430104", False),
    ("路灯", "长沙市岳麓区桐梓坡路", "430000", "430104", False),
    ("路灯", "长沙市岳麓区桐梓坡路", "430100", "430104", False),
    ("路灯", "桐梓坡路", "430104", "430104", False),
    ("开福区路灯", "开福区的路灯", "430104", "430104", True),
    ("开福区路灯", "从岳麓区到开福区", "430104", "430104", False),
    ("开福区路灯", "开福区的路灯", "431100", "431100", True),
    ("路灯", "在长沙市", None, "430100", False),
    (None, None, None, None, False),
    (None, None, "431121", "431181", False),
]


@pytest.mark.parametrize(("title", "body", "field", "code", "is_contradicted"), LETTERS)
def test_the_field_is_trusted_but_flagged_where_the_text_says_otherwise(
    title: str | None, body: str | None, field: str | None, code: str | None, is_contradicted: bool
) -> None:
    found = places_of([title], [body], [field]).iloc[0]
    assert found["is_contradicted"] == is_contradicted
    assert found["region_code"] == code if code else pd.isna(found["region_code"])


def test_the_most_particular_place_and_the_township_are_told() -> None:
    found = places_of(["反映扰民"], ["岳麓区望月湖街道麓山路保利林语小区的业主"], [None]).iloc[0]
    assert found["place"] == "保利林语小区"
    assert found["town_code"] == "430104001"


def test_codes_of_the_gazetteer_are_unique() -> None:
    found = gazetteer().codes
    assert len(set(found)) == len(found) > 5000


@pytest.mark.real
def test_letters_with_real_names_for_codes_are_read(real_data: Path) -> None:
    from bench.places import letters, written

    folder = real_data / "letters_tipdm2020c"
    table = pd.read_csv(folder / "place_codes.csv", dtype=str)
    names = dict(zip(table["匿名代码"], table["adcode"], strict=True))
    texts, gold = [], set()
    for n, (title, body) in enumerate(zip(*letters(folder), strict=True)):
        text, spans = written(f"{title}\n{body}", names, "full")
        texts.append(text)
        gold |= {(n, start) for start, _, _ in spans}
    found = find_places(texts)
    found = found[found["kind"].isin(["prefecture", "county"])]
    starts = set(zip(found["text"], found["start"], strict=True))
    assert len(gold & starts) >= 0.98 * len(gold)
    assert len(gold & starts) >= 0.98 * len(starts)


@pytest.mark.real
def test_texts_that_name_no_place_of_the_province_get_none(real_data: Path) -> None:
    from bench.elsewhere import HOME, texts_of

    for name, collection in texts_of(real_data):
        texts = [text for text in collection if not HOME.search(text)]
        found = find_places(texts)
        got = found[found["code"].notna() & (found["kind"] != "outside")]["text"].nunique()
        assert got <= 0.005 * len(texts), name
