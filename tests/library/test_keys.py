"""The key index and the verdict on rows, against a plain dictionary."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shuju.library.classify import classify
from shuju.library.keys import KeyIndex, _read

BATCHES = st.lists(st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 3)), max_size=12), max_size=8)


@given(BATCHES)
def test_verdicts_equal_those_of_a_dictionary(batches: list[list[tuple[int, int]]]) -> None:
    index = KeyIndex(Path("unused"))
    known: dict[int, list[int]] = {}
    for number, batch in enumerate(batches):
        keys = np.array([k for k, _ in batch], np.int64)
        contents = np.array([c for _, c in batch], np.int64)
        verdict = classify(keys, contents, index)
        for i, (key, content) in enumerate(batch):
            there = known.setdefault(key, [])
            is_new = content not in there
            if is_new:
                there.append(content)
            assert bool(verdict.is_new[i]) == is_new
            if is_new:
                assert verdict.revision[i] == len(there)
        new = verdict.is_new
        if new.any():
            index.add(f"file{number}", keys[new], contents[new], verdict.revision[new])
    for key, there in known.items():
        assert [revision for revision, _, _ in index.locate(key)] == list(range(1, len(there) + 1))


def test_saved_index_is_the_same_index(tmp_path: Path) -> None:
    index = KeyIndex(tmp_path / "keys")
    noise = np.random.default_rng(1)
    for number in range(20):
        keys = noise.integers(-(2**62), 2**62, 500)
        index.add(f"f{number}", keys, keys * 3, np.ones(500, np.int32))
        index.save()
    again = _read(tmp_path / "keys")
    assert again.files == index.files
    assert len(again) == len(index) == 10_000
    assert again.locate(int(keys[7])) == [(1, "f19", 7)]
    assert len([f for f in (tmp_path / "keys").iterdir() if f.is_dir()]) == len(index.runs)


def test_damaged_index_is_made_anew(tmp_path: Path) -> None:
    index = KeyIndex(tmp_path / "keys")
    index.add("f", np.array([1]), np.array([1]), np.array([1]))
    index.save()
    (tmp_path / "keys" / "manifest.json").write_text("{", encoding="utf-8")
    assert len(_read(tmp_path / "keys")) == 0
