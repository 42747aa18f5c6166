"""A notebook that can be no page: the others are served, its address says so, and to who can mend it, why."""

from __future__ import annotations

import logging
from contextlib import closing
from pathlib import Path

import nbformat
import pytest

from shuju.library import LibraryError
from shuju.serve import pages as served
from shuju.serve.frame import FOR_NOBODY
from shuju.serve.pages import HOUSE
from shuju.serve.routes import all_routes
from tests.signing import signed_in

CELL = nbformat.v4


def write(path: Path, *sources: str, **about: object) -> None:
    cells = [CELL.new_markdown_cell("# 题"), *(CELL.new_code_cell(source) for source in sources)]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(CELL.new_notebook(cells=cells, metadata={"shuju": about} if about else {}), path)


# File: its text, or what its metadata says; whether it has an address; what is told.
FAULTS = {
    "来信分析.ipynb": ("", "", "来信分析.ipynb：文件名就是网页地址，只能用字母、数字"),
    "mine (1).ipynb": ("", "", "如 my-page.ipynb"),
    "broken.ipynb": ("{not json", "broken", "broken.ipynb：不是能读的笔记本文件"),
    "empty.ipynb": ("", "empty", "不是能读的笔记本文件"),
    "other.ipynb": ("[]", "other", "不是能读的笔记本文件"),
    "letters.ipynb": ({}, "", "地址 /letters 已有别的用处；请改文件名"),
    "views.ipynb": ({}, "", "地址 /views 已有别的用处"),
    "order.ipynb": ({"order": "first"}, "order", "order.ipynb：元数据 shuju 的 order 应是整数"),
    "who.ipynb": ({"who": ["analysts"]}, "who", "who.ipynb：没有角色 'analysts'"),
    "one.ipynb": ({"who": "analyst"}, "one", "who 应是角色的列表"),
    "typo.ipynb": ({"lited": False}, "typo", "没有名为 'lited' 的项，是否想用 'listed'"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "route", "told"), [(name, *of) for name, of in FAULTS.items()], ids=FAULTS
)
def test_it_is_told_and_the_others_stay(
    tmp_path: Path,
    name: str,
    content: str | dict[str, object],
    route: str,
    told: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    if isinstance(content, str):
        (tmp_path / name).write_text(content, encoding="utf-8")
    else:
        write(tmp_path / name, **content)
    write(tmp_path / "good.ipynb")
    pages = {page.route: page for page in served.find_pages(None, tmp_path)}
    assert pages["good"].notebook is not None
    assert pages["letters"].notebook.title != "题"
    assert not pages["good"].fault
    assert [page.route for page in pages.values() if page.fault] == ([route] if route else [])
    assert told in caplog.text
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="没有这个笔记本文件夹"):
        served.find_pages(None, tmp_path / "gone")


def test_no_address_of_the_house_is_a_pages() -> None:
    patterns = [route.pattern.removeprefix("/") for route in all_routes([], None, None, FOR_NOBODY)]  # type: ignore[arg-type] # nobody is answered
    assert {pattern for pattern in patterns if served.ROUTE.fullmatch(pattern)} == HOUSE


def test_its_address_says_why_to_who_can_mend_it(
    tmp_path: Path, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path / "own" / "mistaken.ipynb", "a = 1\n%time b")
    write(tmp_path / "own" / "good.ipynb", "'好'")
    address = request.getfixturevalue("address")
    told = "mistaken.ipynb[2] 第 2 行不是 Python"
    for role, is_told in (("operator", True), ("analyst", True), ("leader", False), ("department", False)):
        with closing(signed_in(address, role)) as client:
            answer = client.get("/mistaken")
            assert answer.status_code == 500
            assert "此页暂时打不开" in answer.text
            assert (told in answer.text) is is_told, role
            assert "mistaken" not in client.get("/account").text
    with closing(signed_in(address, "analyst")) as client:
        assert client.get("/good").status_code == 200
    assert [r.getMessage().partition("：")[0] for r in caplog.records if r.levelno == logging.ERROR]
    assert told in caplog.text
    caplog.clear()
