"""The index follows the library: what is new, revised and gone; empty, one, killed, damaged."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shuju.fulltext import SearchError
from shuju.fulltext.build import build_search, follow_search
from shuju.fulltext.find import find
from shuju.fulltext.index import index_folder, open_index
from shuju.fulltext.kinds import KINDS
from shuju.library import Library, open_library
from shuju.library.derived import STATE
from shuju.spread.build import build_spread
from tests.conftest import page, write_lines
from tests.fulltext.conftest import issue, put_issues, rows
from tests.letters.conftest import Letters, letter
from tests.spread.spread_library import spread_library

LETTERS = KINDS["letters"]


def keys(library: Library, text: str, table: str = "letters") -> list[str]:
    return sorted(hit.key for hit in find(library, text, [table])[0].hits)


def test_empty_library_finds_nothing(letters: Letters) -> None:
    assert build_search(letters.library) == {"信件": 0, "记录": 0, "热点事项": 0, "文件": 0}
    assert all(found.n == 0 for found in find(letters.library, "物业"))


def test_one_letter(letters: Letters) -> None:
    build_search(letters.add(letter(1)))
    assert keys(letters.library, "小区门口") == ["l1"]


def test_only_what_is_new_is_written(asked: Letters) -> None:
    before = (index_folder(asked.library, LETTERS) / STATE).read_text()
    assert build_search(asked.library)["信件"] == 10
    assert (index_folder(asked.library, LETTERS) / STATE).read_text() == before
    heard: list[str] = []
    asked.add(letter(11, title="物业收费不透明"))
    assert build_search(asked.library, heard.append)["信件"] == 11
    assert heard == ["全文索引·信件 1"]
    assert "l11" in keys(asked.library, "物业")


def test_a_revised_letter_is_found_by_its_new_words_only(asked: Letters) -> None:
    asked.add(letter(4, title="咨询护照办理", body="请问护照在哪里办理？"))
    assert build_search(asked.library)["信件"] == 10
    assert keys(asked.library, "护照") == ["l4"]
    assert "l4" not in keys(asked.library, "居住证")


def test_a_run_killed_between_its_commit_and_its_note_is_not_counted_twice(asked: Letters) -> None:
    note = index_folder(asked.library, LETTERS) / STATE
    before = note.read_text()
    asked.add(
        letter(4, title="咨询护照办理", body="请问护照在哪里办理？"), letter(11, title="物业收费不透明")
    )
    build_search(asked.library)
    note.write_text(before)
    assert build_search(asked.library)["信件"] == 11
    assert json.loads(note.read_text())["known"]["folder"] == json.loads(before)["known"]["folder"]
    assert keys(asked.library, "护照") == ["l4"]
    assert keys(asked.library, "不透明") == ["l11"]


def test_an_issue_that_is_gone_or_renamed_is_no_longer_found(letters: Letters) -> None:
    put_issues(letters.library, issue(1, "小区物业收费"), issue(2, "学校门口拥堵"))
    build_search(letters.library)
    assert keys(letters.library, "收费", "hot_issues") == ["i1", "i2"]  # both have it among their words
    put_issues(letters.library, issue(2, "校门口停车难", words="停车"))
    assert build_search(letters.library)["热点事项"] == 1
    assert keys(letters.library, "停车", "hot_issues") == ["i2"]
    assert find(letters.library, "收费", ["hot_issues"])[0].n == 0


def test_documents_are_found_by_their_text(tmp_path: Path) -> None:
    library = spread_library(tmp_path)
    build_search(library)
    assert "a" in keys(library, "留守儿童", "cascades")
    assert "a" in keys(library, "底数清", "cascades")  # in the body, which is that of the record


@pytest.mark.parametrize("damage", ["state", "folder", "file", "cut"])
def test_a_damaged_index_is_told_and_made_anew(asked: Letters, damage: str) -> None:
    folder = index_folder(asked.library, LETTERS)
    index = folder / json.loads((folder / STATE).read_text())["known"]["folder"]
    match damage:
        case "state":
            (folder / STATE).write_text("{")
        case "folder":
            shutil.rmtree(index)
        case "file":
            next(index.glob("*.store")).unlink()
        case "cut":
            (index / "meta.json").write_text("{")
    from shuju.fulltext import index as module

    module._open.clear()
    with pytest.raises(SearchError, match="shuju build"):
        find(asked.library, "物业", ["letters"])
    build_search(asked.library)
    assert keys(asked.library, "居住证") == ["l4"]


def test_without_an_index_the_filter_says_so_and_the_server_makes_none(letters: Letters) -> None:
    from shuju.letters.facts import selection

    letters.add(*rows())
    follow_search(letters.library)
    chosen = selection(letters.library)
    (message,) = chosen.take({"q": "物业"})
    assert "shuju build" in message
    with pytest.raises(SearchError):
        open_index(letters.library, LETTERS)


def test_a_server_does_not_make_a_damaged_index_anew(asked: Letters) -> None:
    note = index_folder(asked.library, LETTERS) / STATE
    shutil.rmtree(note.parent / json.loads(note.read_text())["known"]["folder"])
    follow_search(asked.library)
    assert note.exists()
    assert not list(note.parent.glob("index-*"))


def test_a_server_follows_an_index_that_is_there(asked: Letters) -> None:
    asked.add(letter(11, title="物业收费不透明"))
    follow_search(asked.library)
    assert "l11" in keys(asked.library, "物业")


CHILD = """
import sys
from shuju.fulltext import build as module
from shuju.library import open_library
module.COMMIT, module.BATCH = 100, 50
library = open_library(sys.argv[1], sys.argv[2])
print("go", flush=True)
module.build_search(library)
"""
KILLS = int(os.environ.get("SHUJU_TEST_KILLS", "6"))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_at_any_moment_and_run_again_gives_the_same_index(letters: Letters, tmp_path: Path) -> None:
    for first in range(0, 1000, 100):
        letters.add(
            *(letter(n, title=f"第{n}封", body=f"物业收费{n % 7}元") for n in range(first, first + 100))
        )
    letters.add(*(letter(n, title=f"第{n}封", body="护照办理") for n in range(50)))
    catalog = str(letters.folder / "catalog.yaml")
    chance, interrupted = random.Random(2), 0
    whole = None
    for kill in range(KILLS + 1):
        home = tmp_path / f"home{kill}"
        shutil.copytree(letters.library.home.uri, home)
        began = time.monotonic()
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, str(home), catalog], stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            child.stdout.readline()
            if whole is None:
                began = time.monotonic()
                assert child.wait() == 0
                whole = time.monotonic() - began
            else:
                time.sleep(chance.uniform(0, whole))
                interrupted += child.poll() is None
                child.send_signal(signal.SIGKILL)
        library = open_library(home, catalog)
        assert build_search(library)["信件"] == 1000
        found = {text: find(library, text, ["letters"])[0].n for text in ("物业", "护照", "收费 3元")}
        assert found["物业"] == 950
        assert found["护照"] == 50
    assert interrupted


def test_build_of_records_and_letters_says_how_far_it_is(library: Library, raw: Path) -> None:
    from shuju.library.ingest import ingest

    write_lines(raw / "pages" / "a.jsonl", [page(n) for n in range(1, 6)])
    ingest(library, "test_pages")
    build_spread(library)
    heard: list[str] = []
    assert build_search(library, heard.append)["记录"] == 5
    assert "全文索引·记录 5／5" in heard
    assert find(library, "第3条要闻", ["records"])[0].hits[0].key == "p3"
