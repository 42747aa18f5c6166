"""Which pages carry which documents, and in what way."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shuju.spread.kinds import REPRINT_KINDS
from shuju.spread.reprints import COLUMNS, find_reprints

RNG = np.random.default_rng(7)


def sentence(length: int = 36) -> str:
    return "".join(map(chr, RNG.integers(0x4E00, 0x9FA5, length))) + "。"


LINES = [sentence() for _ in range(14)]
OTHER = [sentence() for _ in range(14)]
BODY, OTHER_BODY = "\n".join(LINES), "\n".join(OTHER)
TITLE, OTHER_TITLE = "关于加强农村道路安全管理的若干措施", "城市老旧小区改造补助办法"


def rows(*given: tuple, site: str = "b") -> pd.DataFrame:
    frame = pd.DataFrame(given, columns=["record_id", "title", "body", "published_at"])
    return frame.assign(site_id=site, published_at=pd.to_datetime(frame["published_at"]))


ORIGINS = rows(("o1", TITLE, BODY, "2024-03-01"), ("o2", OTHER_TITLE, OTHER_BODY, "2024-02-01"), site="a")
COVER = (
    "各乡镇人民政府：\n现将《关于加强农村道路安全管理的若干措施》转发给你们，请认真贯彻执行。\n某县人民政府\n"
)
CASES = {
    "verbatim": ("verbatim", TITLE, BODY),
    "header and footer": ("verbatim", TITLE, f"来源：某网 字号：大 中 小\n{BODY}\n责任编辑：某某"),
    "html": ("verbatim", TITLE, "".join(f"<p style='x'>{line}</p>&nbsp;" for line in LINES)),
    "full width": ("verbatim", TITLE, BODY.replace("。", "． ")),
    "another title": ("edited", "出新规了，这些变化要知道", BODY),
    "an editor's note": ("edited", TITLE, f"编者按：本网全文转载，供参考。\n{BODY}"),
    "a sentence anew": ("edited", TITLE, "\n".join([*LINES[:6], sentence(), *LINES[7:]])),
    "cut a little": ("edited", TITLE, "\n".join(LINES[:11])),
    "cut": ("excerpt", TITLE, "\n".join(LINES[3:9])),
    "under a cover": ("forwarded", "关于转发《某措施》的通知", COVER + BODY),
    "the next year's": ("revision", TITLE, "\n".join([*LINES[:5], sentence(), *LINES[6:]])),
    "a revision": ("revision", TITLE + "（2024年修订）", "\n".join([*LINES[:5], sentence(), *LINES[6:]])),
    "an interpretation": ("related", "一图读懂农村道路安全", sentence(90) + "".join(LINES[2:6])),
}


@pytest.mark.parametrize("case", CASES)
def test_kind(case: str) -> None:
    kind, title, body = CASES[case]
    day = "2025-03-04" if case == "the next year's" else "2024-03-02"
    found = find_reprints(ORIGINS, rows(("r", title, body, day)))
    assert list(zip(found["origin_id"], found["kind"])) == [("o1", kind)]


FIRES = (
    "巴西国家空间研究所公布的卫星监测数据显示，截至{month}月底，今年全国过火面积达到{area}万平方公里，同比增加{more}%。其中亚马孙雨林过火"
    "面积{forest}万平方公里，塞拉多草原过火面积{plain}万平方公里，{month}月新增火点{points}处，为近年来同期的第{rank}位。环保部门说，干旱和人为"
    "纵火是过火面积增加的主要原因，将继续加强巡查。"
)
PRICES = (
    "据市价格监测中心监测，本周我市粮油价格稳定，大米每公斤{rice}元，面粉每公斤{flour}元；猪肉价格每公斤{pork}元，环比上涨{up}%；鸡蛋每公斤"
    "{egg}元，环比下降{down}%；蔬菜均价每公斤{green}元。预计下周全市主要农副产品价格总体平稳，请广大市民放心。"
)
SEPTEMBER = FIRES.format(month=9, area="22.4", more="150", forest="11.3", plain="8.6", points="83157", rank=4)
OCTOBER = FIRES.format(month=10, area="27.7", more="119", forest="14.8", plain="9.5", points="51264", rank=7)
CHANGSHA = PRICES.format(
    rice="5.86", flour="4.92", pork="28.40", up="3.2", egg="10.58", down="1.7", green="6.35"
)
HENGYANG = PRICES.format(
    rice="5.52", flour="4.66", pork="26.80", up="2.5", egg="9.94", down="0.8", green="5.71"
)
FITNESS = "\n".join(f"第{k}条　{line}" for k, line in zip("一二三四五六七八九十", LINES))
OF_A_PROVINCE = "\n".join(
    f"第{k}条　{line[:14] + sentence(16) + line[30:] if k in '三四六八' else line}"
    for k, line in zip("一二三四五六七八九十", LINES)
)
# So little of a text in so many places that it is no copy.
QUOTING = "".join(line[:32] + sentence(22) for line in LINES[:10])
NO_COPIES = {
    # kind; title, body, day and site of the origin; of the page
    "the bulletin of the next month": (
        "series",
        ("巴西公布过火面积", SEPTEMBER, "2024-10-05", "a"),
        ("巴西公布过火面积", OCTOBER, "2024-11-05", "b"),
    ),
    "under another title": (
        "series",
        ("巴西前九月过火面积大增", SEPTEMBER, "2024-10-05", "a"),
        ("山火仍在蔓延", OCTOBER, "2024-11-05", "b"),
    ),
    "prices of two cities": (
        "series",
        ("本周农副产品价格监测", CHANGSHA, "2024-07-05", "a"),
        ("本周农副产品价格监测", HENGYANG, "2024-07-05", "b"),
    ),
    "another meeting": (
        "series",
        (
            "本台明天将直播大会开幕会",
            f"大会开幕会将于3月4日下午3时举行。{BODY[:150]}",
            "2024-03-03",
            "a",
        ),
        (
            "本台明天将直播大会闭幕会",
            f"大会闭幕会将于3月4日下午3时举行。{BODY[:150]}",
            "2024-03-10",
            "b",
        ),
    ),
    "a province's law on the subject": (
        "diffusion",
        ("全民健身条例", FITNESS, "2016-02-06", "国家"),
        ("山东省全民健身条例", OF_A_PROVINCE, "2020-07-24", "山东"),
    ),
    "two cities' laws, nearly the same": (
        "diffusion",
        ("临沂市制定地方性法规条例", FITNESS, "2016-03-30", "临沂"),
        ("东营市制定地方性法规条例", FITNESS.replace(LINES[3], sentence()), "2016-03-30", "东营"),
    ),
    "reports of one speech": (
        "related",
        ("全省文化工作座谈会举行", BODY, "2024-03-01", "a"),
        ("座谈会上的讲话引发热烈反响", QUOTING, "2024-03-02", "b"),
    ),
    "another city's measures": (
        "diffusion",
        ("关于促进全民健身的若干措施", BODY, "2024-03-01", "a"),
        ("关于加强体育工作的实施意见（试行）", QUOTING, "2024-09-02", "b"),
    ),
    "the same issuer's next edition": (
        "revision",
        ("山东省全民健身条例", FITNESS, "2017-02-06", "山东"),
        ("山东省全民健身条例", OF_A_PROVINCE, "2020-07-24", "山东"),
    ),
}


@pytest.mark.parametrize("case", NO_COPIES)
def test_form_is_not_content(case: str) -> None:
    kind, (title, body, day, site), (other, text, later, place) = NO_COPIES[case]
    found = find_reprints(
        rows(("o", title, body, day), site=site), rows(("r", other, text, later), site=place)
    )
    assert found["kind"].tolist() == [kind]
    assert (kind in REPRINT_KINDS) is False


@pytest.mark.parametrize("text", [SEPTEMBER, CHANGSHA])
def test_a_bulletin_reprinted_keeps_its_figures(text: str) -> None:
    found = find_reprints(
        rows(("o", "通报", text, "2024-10-05"), site="a"),
        rows(("r", "最新数据来了", "本网讯 " + text.replace("稳定", "平稳"), "2024-10-06")),
    )
    assert found["kind"].tolist() == ["edited"]


def test_a_round_up_has_a_row_an_origin() -> None:
    page = "本周汇总\n" + "\n".join(LINES[:7]) + "\n★\n" + "\n".join(OTHER[:7])
    found = find_reprints(ORIGINS, rows(("r", "一周政策汇总", page, "2024-03-05")))
    assert dict(zip(found["origin_id"], found["kind"])) == {"o1": "round_up", "o2": "round_up"}
    assert found["containment"].to_numpy() == pytest.approx([0.5, 0.5], abs=0.02)


def test_spans_are_characters_of_the_bodies_as_given() -> None:
    body = "<div>导航</div>" + "\n".join([*LINES[:3], *LINES[8:]])
    (spans,) = find_reprints(ORIGINS, rows(("r", TITLE, body, "2024-03-02")))["spans"]
    assert spans.dtype == np.int32
    taken = [(BODY[a:b], body[c:d]) for a, b, c, d in spans]
    assert all(mine == theirs for mine, theirs in taken)
    assert [text.split("\n") for text, _ in taken] == [
        [*LINES[:2], LINES[2].rstrip("。")], [*LINES[8:13], LINES[13].rstrip("。")],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("page_day", "origin"),
    [("2023-05-20", "y2023"), ("2024-05-20", "y2024"), ("2022-01-01", "y2023"), (None, "y2023")],
)
def test_the_notice_of_every_year_is_told_apart_by_time(page_day: str | None, origin: str) -> None:
    origins = rows(
        ("y2023", TITLE, BODY, "2023-05-10"), ("again", TITLE, BODY, "2023-05-12"), ("y2024", TITLE, BODY, "2024-05-10"),
    )  # fmt: skip
    found = find_reprints(origins, rows(("r", TITLE, BODY, page_day)))
    assert found["origin_id"].tolist() == [origin]


def test_a_copy_of_this_years_edition_is_not_a_copy_of_last_years() -> None:
    anew = "\n".join(line if k % 4 else sentence() for k, line in enumerate(LINES))
    origins = rows(("last", TITLE, BODY, "2023-03-01"), ("this", TITLE, anew, "2024-03-01"), site="a")
    found = find_reprints(origins, rows(("r", TITLE, anew, "2024-03-02")))
    assert list(zip(found["origin_id"], found["kind"])) == [("this", "verbatim")]


@pytest.mark.parametrize(
    "body", ["", None, "短", "。。。", sentence(400), "".join(s[:12] + sentence(30) for s in LINES)]
)
def test_what_is_no_reprint(body: str | None) -> None:
    assert find_reprints(ORIGINS, rows(("r", "别的", body, "2024-03-02"))).empty


def test_a_record_is_not_matched_with_itself() -> None:
    assert find_reprints(ORIGINS, ORIGINS).empty


@pytest.mark.parametrize(
    ("origins", "records"), [(ORIGINS[:0], ORIGINS), (ORIGINS, ORIGINS[:0]), (ORIGINS[:0], ORIGINS[:0])]
)
def test_nothing_in_nothing_out(origins: pd.DataFrame, records: pd.DataFrame) -> None:
    assert list(find_reprints(origins, records).columns) == list(COLUMNS)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ValueError, match="published_at"):
        find_reprints(ORIGINS, ORIGINS.drop(columns="published_at"))


def test_an_undated_page_of_a_hostile_size_is_read() -> None:
    page = BODY + "<" * 1_000_000 + "啊" * 500_000
    found = find_reprints(ORIGINS, rows(("r", TITLE, page, None)))
    assert found["containment"].tolist() == [1.0]


def test_the_answer_does_not_depend_on_workers_or_order() -> None:
    pages = rows(*((f"r{k}", title, body, "2024-03-02") for k, (_, title, body) in enumerate(CASES.values())))
    one = find_reprints(ORIGINS, pages, workers=1)
    two = find_reprints(ORIGINS[::-1], pages[::-1], workers=2).sort_values("record_id")
    drop = ["spans"]
    one = one.sort_values("record_id").drop(columns=drop).reset_index(drop=True)
    pd.testing.assert_frame_equal(one, two.drop(columns=drop).reset_index(drop=True))


@pytest.mark.real
def test_news_carried_by_two_sites_is_found(real_data: Path) -> None:
    folder = real_data / "reprints_xwlb2023"
    with gzip.open(folder / "items.jsonl.gz", "rt", encoding="utf-8") as lines:
        items = pd.DataFrame(map(json.loads, lines)).rename(
            columns={"id": "record_id", "text": "body", "date": "published_at", "copy": "site_id"}
        )
    pairs = pd.read_csv(folder / "same_item_pairs.csv")
    is_first = items["site_id"].str.startswith("A")
    found = find_reprints(items[is_first], items[~is_first])
    found = found[found["kind"].isin(REPRINT_KINDS)]
    hits = set(zip(found["origin_id"], found["record_id"])) & set(zip(pairs["id_a"], pairs["id_b"]))
    assert 2 * len(hits) / (len(found) + len(pairs)) >= 0.997
