"""Kernels compiled from sources that have changed since are never used."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import shuju
from shuju.kernels import keep_by_sources

ASK = """
import pyarrow as pa
from shuju.text.trie import trie
from shuju.text.occurrences import occurrences
print(len(occurrences(pa.array(["新城花园"]), trie(["花园"]))[0]))
"""


SOURCES = {
    "a.py": "from it.part.b import x\n@njit\ndef f(): return x\n",
    "part/b.py": "x = 1\n",
    "part/page.py": "x = 1\n",
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.delitem(sys.modules, "numba", raising=False)
    package = tmp_path / "it"
    (package / "part").mkdir(parents=True)
    for name, text in SOURCES.items():
        (package / name).write_text(text, encoding="utf-8")
    return package


def test_the_same_sources_have_one_folder(package: Path) -> None:
    folder = keep_by_sources(package)
    assert folder is not None
    assert folder.is_dir()
    assert os.environ["NUMBA_CACHE_DIR"] == str(folder)
    assert keep_by_sources(package) == folder


@pytest.mark.parametrize(
    ("change", "is_other"),
    [("a.py", True), ("part/b.py", True), ("part/c.py", True), ("part/page.py", False)],
)
def test_other_sources_of_kernels_have_another(package: Path, change: str, is_other: bool) -> None:
    first = keep_by_sources(package)
    text = SOURCES.get(change, SOURCES["a.py"]) + "y = 2\n"
    (package / change).write_text(text, encoding="utf-8")
    second = keep_by_sources(package)
    assert (second != first) == is_other
    assert second.exists()
    assert first.exists()  # a process that began with those sources still uses it


def test_constants_of_kernels_stand_in_files_that_they_import_by_name() -> None:
    """``import x`` and relative imports would not be followed."""
    package = Path(shuju.__file__).parent
    for path in package.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "njit" in text:
            assert "import shuju" not in text, path
            assert "from ." not in text, path


def test_a_folder_that_is_given_stays(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", "elsewhere")
    assert keep_by_sources(package) is None
    assert os.environ["NUMBA_CACHE_DIR"] == "elsewhere"


def test_what_cannot_be_written_is_left(package: Path) -> None:
    (package / "__pycache__").write_text("", encoding="utf-8")
    assert keep_by_sources(package) is None
    assert "NUMBA_CACHE_DIR" not in os.environ


def test_a_change_in_an_inlined_function_is_seen(tmp_path: Path) -> None:
    shutil.copytree(
        Path(shuju.__file__).parent, tmp_path / "shuju", ignore=shutil.ignore_patterns("__pycache__")
    )
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}

    def answer() -> str:
        return subprocess.run(
            [sys.executable, "-c", ASK], env=environment, check=True, capture_output=True, text=True
        ).stdout.strip()

    assert answer() == "1"
    source = tmp_path / "shuju/text/trie.py"
    text = source.read_text(encoding="utf-8")
    changed = text.replace("            return nodes[at]\n", "            return 0\n")
    assert changed != text
    source.write_text(changed, encoding="utf-8")
    assert answer() == "0"
