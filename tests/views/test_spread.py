"""One document of the page of spread, the Viewer, side by side, downloads, the briefing."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from bokeh.models import LinearScale
from docx import Document as WordFile
from hypothesis import given
from hypothesis import strategies as st
from shuju.views.live import Live, snapshot
from shuju.views.url_state import take_query, to_query

from shuju.library import Library
from shuju.library.derived import replace_table
from shuju.serve.spread_exports import export
from shuju.text.compare import compare
from shuju.views import spread_data as data
from shuju.views import spread_document as model
from shuju.views import spread_map
from shuju.views.spread import Spread
from shuju.views.spread_briefing import write_spread_briefing
from shuju.views.spread_compare_html import rows_html
from shuju.views.spread_flow import flow_chart, flow_sankey
from shuju.views.spread_tree import RASTERED, edge_lines, layout, tree_chart
from tests.views.spread_library import HOSTILE, LILING, PAPER, YONGZHOU, reprint_rows, spread_library


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return spread_library(tmp_path)


@pytest.fixture
def shared(library: Library) -> Live:
    return Live(snapshot(library))


@pytest.fixture
def tables(shared: Live) -> data.SpreadTables:
    return data.spread_tables(shared)


@pytest.fixture
def shown(tables: data.SpreadTables) -> model.Document:
    found = model.document(tables, "a")
    assert found is not None
    return found


def html_of(view: Spread, *names: str) -> str:
    holder = view if hasattr(view, names[0]) else view._one
    return "".join(getattr(holder, name).html for name in names)


# One document


def test_copies_and_what_is_only_linked(shown: model.Document) -> None:
    assert shown.copies["record_id"].tolist() == ["a3", "a4", "a1", "a2"]
    assert shown.copies["group"].tolist() == ["county", "media", "prefecture", "county"]
    assert shown.linked[["record_id", "title"]].to_numpy().tolist() == [["a5", "《通知》解读"]]


def test_clock(shown: model.Document) -> None:
    assert model.clock(shown) == [("8", 5, 1, 0.2), ("24", 5, 1, 0.2), ("72", 5, 2, 0.4), ("ever", 5, 3, 0.6)]


def test_who_lacks_it_and_why(shown: model.Document) -> None:
    assert shown.missing[["site_id", "place", "stopped_at"]].to_numpy().tolist() == [
        [YONGZHOU, "永州市", YONGZHOU],
        [LILING, "株洲·醴陵市", LILING],
    ]
    assert shown.missing["why"].str.contains("省政府门户").all()


def test_levels_hold_media_apart(shown: model.Document) -> None:
    rows = model.levels(shown).set_index("group")
    assert rows[["n_due", "n_sites"]].to_numpy().tolist() == [[2, 1], [3, 2], [0, 1]]
    assert list(rows.index) == ["prefecture", "county", "media"]


def test_curves_leave_out_what_is_dated_before_its_origin(shown: model.Document) -> None:
    numbers = model.arrival_numbers(shown)
    assert numbers.to_numpy().tolist() == [["media", 2, 1], ["prefecture", 5, 1], ["county", 48, 1]]
    shares = model.arrival_shares(shown)
    assert shares[shares["group"] == "prefecture"][["hours", "share"]].to_numpy().tolist()[0] == [5, 0.5]


def test_first_mover_is_one_whose_time_can_be_true(shown: model.Document) -> None:
    first = model.first_mover(shown)
    assert first is not None
    assert (first["record_id"], first["lag_hours"]) == ("a4", 2)


def test_counties_with_a_time_that_cannot_be_true_are_reached_at_no_known_time(shown: model.Document) -> None:
    assert model.by_county(shown.copies).to_dict() == {"430104": 48, "431181": np.inf}
    assert model.by_city(shown.copies).to_dict() == {"430100": 5}


def test_flows_go_from_generation_to_generation(shown: model.Document) -> None:
    assert model.flows(shown).to_numpy().tolist() == [
        [1, "province", "county", 1],
        [1, "province", "media", 1],
        [1, "province", "prefecture", 1],
        [2, "prefecture", "county", 1],
    ]


def test_findings_and_silent_breaks(shown: model.Document, tables: data.SpreadTables) -> None:
    assert model.findings(shown)[["code", "record_id"]].to_numpy().tolist() == [
        ["before_origin", "a3"],
        ["contradiction", "a3"],
    ]
    # 祁阳 has it though 永州 has not.
    assert model.breaks(shown)[["site_id", "n_below", "n_passed"]].to_numpy().tolist() == [[YONGZHOU, 0, 1]]
    b = model.document(tables, "b")
    assert b is not None
    assert model.breaks(b)["n_below"].tolist() == [1, 1]


def test_a_site_that_the_register_does_not_have_is_outside(tables: data.SpreadTables) -> None:
    b = model.document(tables, "b")
    assert b is not None
    assert b.copies[["site", "group", "place"]].to_numpy().tolist() == [
        ["unknown.example", "outside", "省外"]
    ]


def test_any_record_can_be_asked_for(tables: data.SpreadTables) -> None:
    c = model.document(tables, "c")
    assert c is not None
    assert not c.is_carried
    # Published six hours ago: no clock has run out.
    assert [(n, arrived) for _, n, arrived, _ in model.clock(c)] == [(0, 0), (0, 0), (0, 0), (5, 0)]
    assert len(c.missing) == 5
    assert model.document(tables, "none") is None


def test_an_undated_copy_is_at_no_known_time(library: Library, shared: Live) -> None:
    rows = reprint_rows()
    rows.loc[rows["record_id"] == "a1", ["published_at", "lag_hours", "flags"]] = [pd.NaT, np.nan, "undated"]
    replace_table(library, "reprints", rows, made_by="test")
    shown = model.document(data.spread_tables(shared), "a")
    assert shown is not None
    assert shown.copies["record_id"].tolist()[-1] == "a1"
    assert model.by_city(shown.copies).to_dict() == {"430100": np.inf}
    assert "无日期" in html_of(Spread(shared, origin="a"), "_findings", "_copies")


# Charts

TREES = st.lists(st.integers(0, 30), max_size=30)


@given(TREES)
def test_every_copy_has_its_own_place_in_the_tree_and_no_parent_comes_of_a_circle(parents: list[int]) -> None:
    # A parent may be the origin (0), any other copy, itself, or one that is not there.
    n = len(parents)
    copies = pd.DataFrame(
        {"record_id": [f"r{k}" for k in range(1, n + 1)], "parent_id": [f"r{p}" for p in parents],
         "lag_hours": np.linspace(-5, 100, n)}
    )  # fmt: skip
    nodes = layout(copies, "r0")
    assert len(nodes) == n + 1
    assert not nodes[["x", "y"]].isna().any().any()
    leaves = nodes[~np.isin(np.arange(n + 1), nodes["parent"])]
    assert leaves["y"].is_unique
    for node in range(n + 1):
        seen, at = set(), node
        while at != 0:
            assert at not in seen
            seen.add(at)
            at = int(nodes["parent"].iloc[at])


def test_edges_lead_from_parent_to_child(shown: model.Document) -> None:
    nodes = layout(shown.copies, "a")
    xs, ys = edge_lines(nodes)
    child = np.flatnonzero(nodes["parent"] >= 0)
    parent = nodes["parent"].to_numpy()[child]
    np.testing.assert_allclose(10 ** xs[:, [0, -1]], np.c_[nodes["x"].iloc[parent], nodes["x"].iloc[child]])
    np.testing.assert_allclose(ys[:, [0, -1]], np.c_[nodes["y"].iloc[parent], nodes["y"].iloc[child]])


def test_edges_of_a_large_tree_are_a_raster(shown: model.Document) -> None:
    n = RASTERED + 1
    copies = pd.concat([shown.copies.iloc[[1]]] * n, ignore_index=True)
    copies = copies.assign(record_id=[f"r{k}" for k in range(n)], lag_hours=np.arange(n) + 1.0)
    drawn = tree_chart(copies, "a", "首发", "", lambda _: None)
    images = [r.data_source.data["image"][0] for r in drawn.renderers if "image" in r.data_source.data]
    assert len(images) == 1
    assert images[0].any()
    assert isinstance(drawn.extra_x_scales["log"], LinearScale)


def test_sankey_has_a_node_a_generation_and_kind(shown: model.Document) -> None:
    names = flow_sankey(model.flows(shown)).nodes.dimension_values("index")
    assert sorted(str(name).strip("\u2009") for name in names) == sorted(
        ["首发", "县区", "媒体", "市州", "县区"]
    )
    drawn = flow_chart(model.flows(shown))
    assert (drawn.sizing_mode, drawn.width) == ("stretch_width", None)


@pytest.mark.parametrize(
    ("stop", "n", "said"), [(0, 0, "发布之时"), (9, 1, "发布后 3 天"), (spread_map.NOW, 2, "至今")]
)
def test_map_at_a_moment(shown: model.Document, stop: int, n: int, said: str) -> None:
    heard: list[int] = []
    drawn = spread_map.lag_map(
        model.by_county(shown.copies), model.by_city(shown.copies), "430000", stop, heard.append
    )
    told = drawn.children[0].text
    assert f"<b>{said}</b>：{n} 个县市区" in told
    drawn.children[1].children[1].value = 3
    assert heard == [3]


# Side by side


def test_texts_are_escaped_wherever_they_stand() -> None:
    shown = rows_html(compare(f"甲乙丙丁{HOSTILE}戊己庚辛", f"{HOSTILE}甲乙丙丁{HOSTILE * 2}"))
    assert "<img" not in shown
    assert "&lt;img" in shown


@given(st.text(max_size=200), st.text(max_size=200))
def test_rows_say_both_texts_whole(original: str, copy: str) -> None:
    import html

    shown = rows_html(compare(original, copy))
    sides = re.findall(r'<div role="cell">(.*?)</div>', shown, flags=re.S)
    for side, text in ((sides[::2], original), (sides[1::2], copy)):
        said = html.unescape(re.sub(r"</?(?:ins|del|mark)[^>]*>", "", "".join(side)))
        assert said == html.unescape(re.sub(r"</?(?:ins|del|mark)[^>]*>", "", html.escape(text)))


def test_long_passages_in_common_are_folded() -> None:
    lines = [
        f"第{k}条　各地各部门要高度重视，结合实际抓好贯彻落实，确保各项任务落到实处见到成效。"
        for k in range(40)
    ]
    changed = [*lines[:20], "新增一条。", *lines[20:]]
    shown = rows_html(compare("\n".join(lines), "\n".join(changed)))
    assert shown.count('class="fold"') == 2
    assert 'class="added"' in shown


# The Viewer


def test_list_shows_documents_figures_and_where_they_arrive(shared: Live) -> None:
    view = Spread(shared)
    assert "被转载的文件" in view._headline.html
    assert view._table.html.index("&lt;img") < view._table.html.index("留守儿童")
    assert "20%" in view._table.html
    assert view._matrix.object is not None
    assert view._trend.object is not None
    assert "样本少" in view._places.html
    assert "<img" not in view._table.html + view._places.html + view._departments.html


def test_filters_narrow_the_list_and_begin_at_page_one(shared: Live) -> None:
    view = Spread(shared, page=3)
    view._do("toggle", "genre", "policy")
    assert (view.genre, view.page) == (["policy"], 1)
    assert "&lt;img" not in view._table.html
    view._do("words", "", "养老")
    assert "没有符合条件的文件" in view._table.html
    view._do("clear", "", "")
    assert view.filters.describe() == "全部"


def test_one_document_answers_what_is_asked_first(shared: Live) -> None:
    view = Spread(shared, origin="a")
    head = view._headline.html
    assert (
        "5 个应转网站中，24 小时内到达 <b>1/5</b>（20.0%），至今到达 <b>3</b>（60.0%）；还有 <b class='bad'>2</b> 个没有到达"
        in head
    )
    assert "2/122 个县市区" in head
    assert "最先转载" in head
    assert "潇湘日报" in head
    assert "醴陵市人民政府门户网站" in html_of(view, "_missing")
    assert "早于原文" in html_of(view, "_findings")
    assert "《通知》解读" in html_of(view, "_findings")


def test_copy_is_shown_beside_the_original(shared: Live) -> None:
    view = Spread(shared, origin="a", copy="a1")
    assert 'class="cut">各地要健全台账，做到底数清、情况明、措施实。' in html_of(view, "_compare")
    view._do("copy", "", "a2")
    shown = html_of(view, "_compare")
    assert '<del class="changed">七</del>' in shown
    assert '<ins class="changed">八</ins>' in shown
    assert "<img" not in shown
    assert 'aria-pressed="true"' in html_of(view, "_copies")


@pytest.mark.parametrize("name", ["b1", "none", HOSTILE])
def test_what_is_no_copy_of_the_document_is_not_compared(shared: Live, name: str) -> None:
    shown = html_of(Spread(shared, origin="a", copy=name), "_compare")
    assert "不是这份文件的转载" in shown
    assert "<img" not in shown


def test_copies_of_one_kind(shared: Live) -> None:
    view = Spread(shared, origin="a")
    view._do("choose", "kind", "forwarded")
    assert html_of(view, "_copies").count('class="copy"') == 1


def test_a_document_that_nobody_ought_to_carry_shows_who_did(library: Library, tmp_path: Path) -> None:
    rows = reprint_rows().query("record_id == 'a1'")
    rows = rows.assign(origin_id="a4", reprint_id="a4|a1", parent_id="a4", lag_hours=3.0)
    cascade = library.read("cascades").iloc[:1].assign(origin_id="a4", site_id=PAPER, genre="news", n_due=0)
    replace_table(library, "reprints", rows, made_by="test")
    replace_table(library, "cascades", cascade, made_by="test")
    shown = model.document(data.spread_tables(Live(snapshot(library))), "a4")
    assert (len(shown.pairs), len(shown.copies)) == (0, 1)
    assert "没有应转网站" in html_of(Spread(Live(snapshot(library))), "_properties")
    levels = model.levels(shown).set_index("group")
    assert levels.loc["prefecture", ["n_due", "n_sites"]].tolist() == [0, 1]
    assert np.isnan(levels.loc["prefecture", "share_24h"])
    view = Spread(Live(snapshot(library)), origin="a4")
    assert "长沙市人民政府门户网站" in html_of(view, "_copies")
    assert 'data-value="number" aria-pressed="true"' in html_of(view, "_curve_choice")
    write_spread_briefing(shown, tmp_path / "a.docx", pd.Timestamp("2024-08-01"), is_synthetic=True)
    assert (tmp_path / "a.docx").stat().st_size > 0


def test_record_that_nobody_carried(shared: Live) -> None:
    view = Spread(shared, origin="c")
    assert "至今没有发现其他网站转载，5 个应转网站都没有到达" in view._headline.html
    assert "没有发现转载" in html_of(view, "_copies")
    assert html_of(view, "_missing").count("<tr") == 6


@pytest.mark.parametrize("name", ["none", HOSTILE])
def test_record_that_is_not_there(shared: Live, name: str) -> None:
    view = Spread(shared, origin=name)
    assert "没有这份文件" in view._headline.html
    assert "<img" not in view._headline.html


def test_address_holds_every_parameter_and_gives_the_same_page(shared: Live) -> None:
    view = Spread(shared, genre=["policy"], words=["儿童"], order="least", within="72", page=1)
    query = dict(part.split("=") for part in to_query(view, Spread.state()).split("&"))
    assert set(query) == set(Spread.state())
    other = Spread(shared)
    from urllib.parse import unquote

    assert take_query(other, Spread.state(), {k: unquote(v) for k, v in query.items()}) == []
    assert [getattr(other, name) for name in Spread.state()] == [
        getattr(view, name) for name in Spread.state()
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [("genre", "poem"), ("page", "0"), ("clock", "99"), ("order", "best"), ("within", "9"), ("day", "x")],
)
def test_wrong_values_are_refused_with_a_message(shared: Live, name: str, value: str) -> None:
    view = Spread(shared)
    before = getattr(view, name)
    assert len(take_query(view, Spread.state(), {name: value})) == 1
    assert getattr(view, name) == before


@pytest.mark.parametrize(
    ("do", "of", "value"),
    [("toggle", "genre", "poem"), ("choose", "order", "best"), ("page", "", "-1"), ("clock", "", "x"), ("bad", "", ""),
     ("from", "", "yesterday"), ("words", "", "  "), ("toggle", "day", "x"), ("turn", "", "x")],
)  # fmt: skip
def test_what_makes_no_sense_is_ignored(shared: Live, do: str, of: str, value: str) -> None:
    view = Spread(shared)
    before = to_query(view, Spread.state())
    view._do(do, of, value)
    assert to_query(view, Spread.state()) == before


def test_new_tables_are_shown(shared: Live, library: Library) -> None:
    view = Spread(shared, origin="a")
    rows = reprint_rows()
    replace_table(library, "reprints", rows[rows["record_id"] != "a2"], made_by="test")
    view._look()
    assert html_of(view, "_copies").count('class="copy"') == 3


def test_empty_library_says_what_to_do(shared: Live, library: Library) -> None:
    for name in ("cascades", "reprints"):
        replace_table(library, name, library.read(name).iloc[:0], made_by="test")
    view = Spread(shared)
    assert "请运行 shuju build" in view._headline.html
    assert "没有符合条件的文件" in view._table.html


# Downloads


def lines(tables: data.SpreadTables, table: str, **query: str) -> list[str]:
    return export(tables, table, query, "csv").decode("utf-8-sig").splitlines()


def test_downloads_hold_all_rows_with_names_for_codes(tables: data.SpreadTables) -> None:
    head, titles, *rows = lines(tables, "spread", genre="policy")
    assert head.startswith("数聚 传播情况；筛选：类别：政策文件；数据截至 2024-07-31")
    assert titles.startswith("原文编号,标题")
    assert len(rows) == 1
    assert ",涟漪" in rows[0]
    head, titles, *rows = lines(tables, "spread-copies", origin="a")
    assert "文件：关于做好留守儿童关爱保护工作的通知（a）" in head
    assert [row.split(",")[0] for row in rows] == [
        "祁阳市人民政府门户网站", "潇湘日报", "长沙市人民政府门户网站", "岳麓区人民政府门户网站", "湖南省人民政府门户网站",
    ]  # fmt: skip
    assert "早于原文、来源矛盾" in rows[0]
    assert "改动相同、署名来源" in rows[0]
    head, titles, *rows = lines(tables, "spread-missing", origin="a")
    assert [row.split(",")[0] for row in rows] == [YONGZHOU, LILING]


@pytest.mark.parametrize("table", ["spread", "spread-copies", "spread-missing"])
def test_every_kind_of_file(tables: data.SpreadTables, table: str) -> None:
    query = {} if table == "spread" else {"origin": "a"}
    assert export(tables, table, query, "xlsx")[:2] == b"PK"
    found = pq.read_table(io.BytesIO(export(tables, table, query, "parquet")))
    assert "数聚".encode() in found.schema.metadata[b"shuju"]
    assert found.num_rows == {"spread": 2, "spread-copies": 5, "spread-missing": 2}[table]


@pytest.mark.parametrize(
    ("table", "query"),
    [
        ("spread", {"genre": "poem"}),
        ("spread", {"colour": "red"}),
        ("spread-copies", {}),
        ("spread-missing", {"origin": "x"}),
    ],
)
def test_wrong_downloads_are_refused(tables: data.SpreadTables, table: str, query: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"没有|不在"):
        export(tables, table, query, "csv")


# The briefing


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        (
            "a",
            [
                "被4个网站转载4条",
                "应转网站5个",
                "24小时20.0%（1/5）",
                "醴陵市人民政府门户网站",
                "早于原文",
                "沉默的断点",
            ],
        ),
        ("b", ["0个网站转载1条", "沉默的断点"]),
        ("c", ["至今没有发现其他网站转载", "8小时未满时限", "应转而未到达的网站5个"]),
    ],
)
def test_briefing(tables: data.SpreadTables, tmp_path: Path, origin: str, said: list[str]) -> None:
    shown = model.document(tables, origin)
    assert shown is not None
    written = []
    for name in ("1.docx", "2.docx"):
        write_spread_briefing(shown, tmp_path / name, tables.as_of, is_synthetic=True)
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
    word = WordFile(io.BytesIO(written[0]))
    text = "\n".join(p.text for p in word.paragraphs) + "\n".join(
        c.text for t in word.tables for r in t.rows for c in r.cells
    )
    for part in ("传播专报", "演示数据", *said):
        assert part in text
