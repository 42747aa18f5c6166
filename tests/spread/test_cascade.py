"""Who had a document from whom."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shuju.spread.cascade import infer_cascade
from shuju.spread.edits import Edits
from shuju.spread.parents import EVIDENCE, FLAGS, NOBODY, ORIGIN, Copies, Places, generations, infer_parents
from shuju.spread.reprints import find_reprints
from shuju.standard import code_list

RNG = np.random.default_rng(11)
SITES = pd.DataFrame(
    [
        ("top", "湖南省人民政府门户网站", "湖南省人民政府", "province", "province_portal", "430000"),
        ("dept", "湖南省交通运输厅网站", "湖南省交通运输厅", "province", "province_department", "430000"),
        (
            "prefecture",
            "长沙市人民政府门户网站",
            "长沙市人民政府",
            "prefecture",
            "prefecture_portal",
            "430100",
        ),
        ("other", "湘潭市人民政府门户网站", "湘潭市人民政府", "prefecture", "prefecture_portal", "430300"),
        ("county", "岳麓区人民政府门户网站", "岳麓区人民政府", "county", "county_portal", "430104"),
        ("near", "天心区人民政府门户网站", "天心区人民政府", "county", "county_portal", "430103"),
        ("news", "某新闻网", "某报社", "province", "media", None),
    ],
    columns=["site_id", "name", "sponsor", "level", "kind", "region_code"],
)


def sentence(length: int = 36) -> str:
    return "".join(map(chr, RNG.integers(0x4E00, 0x9FA5, length))) + "。"


LINES = [sentence() for _ in range(16)]
BODY = "\n".join(LINES)
ANEW = "\n".join([*LINES[:5], sentence(), *LINES[6:]])
CUT = "\n".join(LINES[:9])
NOTE = "编者按：" + sentence() + "\n" + BODY
TITLE = "关于加强农村道路安全管理的若干措施"


def infer(*copies: tuple) -> pd.DataFrame:
    """Each copy: site, hours after the origin (None: undated), body, and perhaps source and title."""
    start = pd.Timestamp("2024-03-01 09:00")
    rows = [("o", "dept", TITLE, BODY, start, None)]
    for site, hours, body, *rest in copies:
        moment = pd.NaT if hours is None else start + pd.Timedelta(hours=hours)
        source, title = [*rest, None, None][:2]
        rows.append((site, site, title or TITLE, body, moment, source))
    columns = ["record_id", "site_id", "title", "body", "published_at", "content_source"]
    records = pd.DataFrame(rows, columns=columns)
    reprints = find_reprints(records[:1], records[1:])
    return infer_cascade(reprints, records, SITES).set_index("record_id")


@pytest.mark.parametrize(
    ("copies", "child", "parent", "evidence"),
    [
        ([("county", 5, BODY)], "county", "o", "only"),
        ([("prefecture", 3, BODY), ("county", 5, BODY)], "county", "prefecture", "level"),
        ([("county", 3, BODY), ("prefecture", 5, BODY)], "prefecture", "o", ""),
        ([("other", 2, ANEW), ("county", 5, ANEW)], "county", "other", "edits"),
        ([("other", 2, NOTE), ("prefecture", 3, BODY), ("county", 5, NOTE)], "county", "other", "edits"),
        ([("prefecture", 2, CUT), ("county", 5, BODY)], "county", "o", "edits"),
        ([("prefecture", 2, BODY), ("county", 5, BODY, "湘潭市人民政府")], "county", "prefecture", "level"),
        ([("other", 2, BODY), ("prefecture", 3, BODY), ("county", 5, BODY, "湘潭市人民政府")], "county", "other", "source"),
        ([("other", 2, BODY), ("county", 5, BODY, "来源：湘潭市人民政府门户网站")], "county", "other", "source"),
    ],
)  # fmt: skip
def test_parent(copies: list[tuple], child: str, parent: str, evidence: str) -> None:
    found = infer(*copies).loc[child]
    assert found["parent_id"] == parent
    assert evidence in found["evidence"]
    assert 0 < found["confidence"] <= 1


@pytest.mark.parametrize(
    ("copy", "flags"),
    [
        (("county", 5, BODY), ""),
        (("county", None, BODY), "undated"),
        (("county", -5, BODY), "before_origin"),
        (("county", 5, BODY, "湘潭市人民政府"), "contradiction"),
        (("county", 5, BODY, "岳麓区人民政府"), ""),
        (("county", 5, BODY, "一家没有听说过的报纸"), ""),
        (("county", 5, BODY, "湖南省交通运输厅"), ""),
    ],
)
def test_flags(copy: tuple, flags: str) -> None:
    assert infer(copy).loc["county", "flags"] == flags


def test_what_is_no_reprint_is_left_out() -> None:
    later = infer(("county", 24 * 400, ANEW))
    assert later.empty


def test_every_copy_has_an_earlier_parent_and_no_one_is_its_own_ancestor() -> None:
    names = SITES["site_id"].tolist()
    bodies = [BODY, ANEW, NOTE, CUT]
    found = infer(
        *((name, 1 + k % 3, bodies[k % 4]) for k, name in enumerate(n for n in names if n != "dept"))
    )
    at = {name: 1 + k % 3 for k, name in enumerate(n for n in names if n != "dept")} | {"o": 0}
    assert all(at[parent] < at[child] for child, parent in found["parent_id"].items())


def test_no_copies_no_parents() -> None:
    """Where a library holds revisions and related pages alone."""
    none = np.empty(0, np.int64)
    copies = Copies(none, none, np.empty(0), none, none, np.empty(0, bool), Edits.none(0))
    places = Places(np.array([-1]), np.array([False]), np.array([0]))
    assert [len(told) for told in infer_parents(copies, copies, places)] == [0, 0, 0, 0]


def test_no_reprints_no_cascade() -> None:
    empty = pd.DataFrame({"origin_id": [], "record_id": [], "kind": [], "spans": []})
    assert infer_cascade(empty, pd.DataFrame({"record_id": []}), SITES).empty


@pytest.mark.parametrize(
    ("parent", "expected"),
    [([], []), ([ORIGIN], [1]), ([ORIGIN, 0, 1], [1, 2, 3]), ([1, ORIGIN, NOBODY], [2, 1, 0])],
)
def test_generations(parent: list[int], expected: list[int]) -> None:
    assert generations(np.array(parent, np.int64)).tolist() == expected


def test_codes_are_those_of_the_standard() -> None:
    assert code_list("spread_evidence").codes == EVIDENCE
    assert code_list("spread_flags").codes == FLAGS
