"""Drafts of sources for unknown files: sound, and mapped as a person would."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import drafting as measured
from shuju import catalog as catalogs
from shuju.library import LibraryError, open_library
from shuju.library.draft_yaml import as_yaml
from shuju.library.drafting import draft_source
from shuju.library.ingest import ingest


def test_draft_of_orders_is_taken_in_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    path = measured.write_orders(tmp_path / "raw" / "工单.xlsx")
    draft = draft_source(catalogs.read(), "orders", [path])
    assert (draft.reader, draft.table, dict(draft.options)) == (
        "xlsx", "letters", {"header": 3, "footer": "^(合计|总计|小计|共计|制表)"},
    )  # fmt: skip
    n, total, wrong = measured.right(draft, "letters", measured.ORDERS)
    assert n / total >= 0.9, wrong
    assert any("身份证号 中有证件号码" in note for note in draft.notes)
    (tmp_path / "drafted.yaml").write_text(as_yaml(draft, tmp_path / "raw"), encoding="utf-8")
    library = open_library(tmp_path / "home", tmp_path / "drafted.yaml")
    report = ingest(library, "orders")
    assert (report.tallies["letters"].n_stored, report.failures) == (60, [])


WORDS = {"plain": measured.PLAIN, "other": {raw: list(words) for raw, words in measured.MEANT.items()}}


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_draft_of_orders_gives_each_value_its_meaning(tmp_path: Path, words: dict[str, list[str]]) -> None:
    path = measured.write_orders(tmp_path / "工单.xlsx", words)
    draft = draft_source(catalogs.read(), "orders", [path])
    assert {"channel", "satisfaction", "status", "topic_1"} <= set(draft.fields)
    assert measured.values_wrong(draft, path, tmp_path) == {}


def test_value_that_nobody_can_read_is_said(tmp_path: Path) -> None:
    path = measured.write_orders(tmp_path / "工单.xlsx", measured.PLAIN | {"诉求来源": ["电话", "传真"]})
    draft = draft_source(catalogs.read(), "orders", [path])
    assert "诉求来源 中有认不出的值：传真；请补在 channel 的 map 中" in draft.notes
    assert draft.transforms["channel"] == [{"map": {"电话": "hotline"}}]


def test_two_fields_together_are_the_key_where_none_is(tmp_path: Path) -> None:
    rows = [
        f"{year},{n},关于做好第{n}号事项的通知,各地各部门要认真做好有关工作{n}。"
        for year in (2023, 2024)
        for n in range(20)
    ]
    (tmp_path / "a.csv").write_text("年份,序号,标题,正文\n" + "\n".join(rows), encoding="utf-8")
    draft = draft_source(catalogs.read(), "s", [tmp_path / "a.csv"])
    assert (draft.table, draft.joined) == ("records", {"record_id": ("年份", "序号")})
    assert 'record_id: {from: ["年份", "序号"], join: \'-\'}' in as_yaml(draft, tmp_path)


def test_pages_without_an_address_are_known_by_their_file(tmp_path: Path) -> None:
    for n in range(4):
        address = f"<meta name='Url' content='http://a.gov.cn/{n}.html'>" if n else ""
        (tmp_path / f"{n}.html").write_text(
            PAGE.replace("<meta", f"{address}<meta", 1).replace("因", f"第{n}次，因"), encoding="utf-8"
        )
    draft = draft_source(catalogs.read(), "s", [tmp_path])
    assert (draft.fields["record_id"], draft.fallbacks["record_id"]) == ("meta.Url", "file_name")


ORDERS = "工单表\n编号,标题,内容,受理时间\nA1,路灯不亮,朝阳路的路灯坏了,2024/7/5\nA2,井盖,人民路的井盖丢了,2024/7/6\n"
LETTERS = [
    {"tid": n, "subject": "路灯", "content": "朝阳路的路灯坏了", "dateline": 1720168685} for n in range(3)
]
PAGE = "<html><head><title>停水</title><meta name='PubDate' content='2024-07-05'></head><body><p>因管道检修停水。</p></body></html>"
FILES = {
    "GBK with a title row": ("a.csv", ORDERS.encode("gbk"), "csv", "letters", {"header": 2}),
    "rows within a document": (
        "a.json", json.dumps({"data": {"rows": LETTERS}}).encode(), "json", "letters", {"records": "data.rows"},
    ),
    "saved page": ("a.html", PAGE.encode(), "html", "records", {}),
}  # fmt: skip


@pytest.mark.parametrize(("name", "data", "kind", "table", "options"), FILES.values(), ids=FILES)
def test_kind_of_file_is_told_by_its_content(
    tmp_path: Path, name: str, data: bytes, kind: str, table: str, options: dict
) -> None:
    (tmp_path / name).write_bytes(data)
    draft = draft_source(catalogs.read(), "s", [tmp_path / name])
    assert (draft.reader, draft.table, dict(draft.options)) == (kind, table, options)


REFUSED = {
    "nothing in it": (b"", "没有读到一行数据"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(300), "不认识的格式"),
}


@pytest.mark.parametrize(("data", "message"), REFUSED.values(), ids=REFUSED)
def test_file_that_cannot_be_drafted_is_said(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(LibraryError, match=message):
        draft_source(catalogs.read(), "s", [tmp_path / "a"])


@pytest.mark.real
def test_drafts_of_real_files(real_data: Path, tmp_path: Path) -> None:
    for name, (place, table, wanted) in measured.SETS.items():
        draft = draft_source(catalogs.read(), "s", [real_data / place])
        n, total, wrong = measured.right(draft, table, wanted)
        bad = measured.values_wrong(draft, real_data / place, tmp_path)
        assert (n - len(bad)) / total >= 0.8, (name, wrong, bad)
