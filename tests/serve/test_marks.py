"""What leaves the server says who took it and when, in each form; what is read in lists is on the trail, letter by letter."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote

import httpx
import panel as pn
import pyarrow.parquet as pq
import pytest
from docx import Document
from PIL import Image, ImageChops
from python_calamine import CalamineWorkbook

from shuju.desk import trail
from shuju.desk.store import open_desk
from shuju.library import Library, unshare
from shuju.serve import live as lives
from shuju.serve.server import serve
from tests.pages.conftest import free_port, wait_for
from tests.pages.issue_library import issue_library
from tests.signing import signed_in


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return issue_library(tmp_path_factory.mktemp("marks"))


@pytest.fixture(scope="module")
def client(library: Library) -> Iterator[httpx.Client]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHUJU_HOME", library.home.uri)
        port = free_port()
        serve(library.home.uri, port, threaded=True, follow_library=False)
        base = f"http://127.0.0.1:{port}"
        wait_for(base)
        with closing(signed_in(base)) as found:
            yield found
        pn.state.reset()
        for held in lives._served.values():
            unshare(held.library)
        lives._served.clear()


@pytest.fixture
def account(library: Library) -> str:
    return trail.read(open_desk(library.home), what="sign-in")[0][0]["who"]


def is_mark(text: object, account: str) -> bool:
    return isinstance(text, str) and text.startswith(f"{account} 20") and len(text) == len(account) + 17


def name_of(answer: httpx.Response) -> str:
    return unquote(answer.headers["Content-Disposition"])


def test_csv(client: httpx.Client, account: str) -> None:
    answer = client.get("/export/letters.csv")
    heads, *rows = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert heads[-1] == "导出标识"
    assert rows
    assert all(is_mark(row[-1], account) for row in rows)
    assert name_of(answer).endswith(f"-{account}.csv")
    heads, *rows = csv.reader(io.StringIO(client.get("/card/letters.list.csv").text.removeprefix("\ufeff")))
    assert (heads[-1], all(is_mark(row[-1], account) for row in rows)) == ("导出标识", True)


def test_xlsx(client: httpx.Client, account: str, tmp_path: Path) -> None:
    for address in ("/export/letters.xlsx", "/card/letters.list.xlsx"):
        path = tmp_path / "a.xlsx"
        path.write_bytes(client.get(address).content)
        heads, *rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
        assert heads[-1] == "导出标识"
        assert rows
        assert all(is_mark(row[-1], account) for row in rows)


def test_parquet(client: httpx.Client, account: str) -> None:
    rows = pq.read_table(io.BytesIO(client.get("/export/letters.parquet").content))
    assert all(is_mark(text, account) for text in rows.column("export_mark").to_pylist())
    assert account in rows.schema.metadata[b"shuju"].decode()


@pytest.mark.slow
def test_word(client: httpx.Client, account: str) -> None:
    answer = client.get("/export/letters-briefing.docx", timeout=120)
    document = Document(io.BytesIO(answer.content))
    for section in document.sections:
        assert is_mark(section.header.paragraphs[0].text, account)
        assert not section.different_first_page_header_footer
    assert f"-{account}.docx" in name_of(answer)


def test_pictures(client: httpx.Client, account: str) -> None:
    from shuju.serve.marks import STRIP, marked_png

    svg = client.get("/card/letters.trend.svg").text
    assert svg.count(f">{account} 20") == 2
    marked = Image.open(io.BytesIO(client.get("/card/letters.trend.png").content))
    assert is_mark(marked.info["Comment"], account)
    # The mark is in the pixels, too: pale ones all over the picture, and a line below it.
    white = io.BytesIO()
    Image.new("RGB", (800, 400), "white").save(white, "PNG")
    drawn = Image.open(io.BytesIO(marked_png(white.getvalue(), "wang 2026-11-27 09:05"))).convert("L")
    assert drawn.size == (800, 400 + STRIP)
    assert drawn.crop((600, 400, 800, 400 + STRIP)).getextrema()[0] < 160
    for x in range(0, 800, 200):
        part = drawn.crop((x, 0, x + 200, 400))
        assert ImageChops.invert(part).getbbox() is not None
        assert part.getextrema()[0] > 225  # unobtrusive


def test_what_is_not_signed_in_is_not_marked() -> None:
    from shuju.serve import marks

    assert marks.mark() == ""
    assert marks.marked_png(b"x", "") == b"x"
    assert marks.marked_svg("<svg></svg>", "") == "<svg></svg>"
    assert "&lt;" in marks.marked_svg("<svg></svg>", "<script>")


def test_the_mark_of_a_picture_hides_no_label() -> None:
    """It stands on a line of its own, below all that the picture shows."""
    from shuju.serve.marks import marked_svg

    marked = marked_svg(
        '<svg width="400pt" height="170.5pt" viewBox="0 0 400 170.5"><g/></svg>', "wang 2026-11-27 09:05"
    )
    assert '<svg width="400pt" height="179.5pt" viewBox="0 0 400 179.5">' in marked


READ = {
    "an issue's page": ("/issue?id=A", "hot_issues.letters", ["a1", "a2", "a3", "a4", "a5"]),
    "the card of its letters": ("/card/hot_issues.letters?id=A", "hot_issues.letters", ["a1", "a2", "a3", "a4", "a5"]),
    "its data": ("/card/hot_issues.letters.html?id=A", "hot_issues.letters", ["a1", "a2", "a3", "a4", "a5"]),
    "a page that is empty": ("/card/hot_issues.letters?id=gone", "hot_issues.letters", []),
    "one letter": ("/letter?id=a1", "", ["a1"]),
}  # fmt: skip


@pytest.mark.parametrize(("address", "way", "letters"), READ.values(), ids=READ)
def test_each_letter_that_is_shown_is_on_the_trail(
    client: httpx.Client,
    library: Library,
    address: str,
    way: str,
    letters: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from shuju.ui import reads

    desk = open_desk(library.home)
    for _ in range(2):  # the second time the page's HTML is one that is kept
        reads._just_now.clear()
        before = trail.read(desk, what="read-letter")[1]
        assert client.get(address).status_code == 200
        rows, n = trail.read(desk, what="read-letter")
        new = rows[: n - before][::-1]
        assert sorted(row["subject"] for row in new) == letters
        assert {row["told"].get("way", "") for row in new} <= {way}


def test_what_is_sent_twice_at_once_is_one_reading(client: httpx.Client, library: Library) -> None:
    from shuju.ui import reads

    reads._just_now.clear()
    desk, before = open_desk(library.home), trail.read(open_desk(library.home), what="read-letter")[1]
    for _ in range(3):
        client.get("/card/hot_issues.letters?id=A")
    assert trail.read(desk, what="read-letter")[1] == before + 5
