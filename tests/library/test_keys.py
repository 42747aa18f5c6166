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


@given(
    st.lists(
        st.one_of(st.lists(st.integers(-3, 3), min_size=1, max_size=6), st.sets(st.integers(0, 9))),
        max_size=10,
    )
)
def test_index_whose_files_went_is_that_of_those_left(steps: list[list[int] | set[int]]) -> None:
    """A list is a new file with these keys, a set the numbers of files that go."""
    index, left = KeyIndex(Path("unused")), {}
    for number, step in enumerate(steps):
        if isinstance(step, list):
            left[f"f{number}"] = np.array(step, np.int64)
            index.add(f"f{number}", left[f"f{number}"], left[f"f{number}"], np.ones(len(step), np.int32))
        else:
            gone = [f"f{n}" for n in step if f"f{n}" in left]
            index.drop(gone)
            for file in gone:
                del left[file]
    assert set(index.files) - {""} == set(left)
    assert len(index.files) <= max(1, len(steps))
    for key in range(-3, 4):
        places = [(1, file, row) for file, keys in left.items() for row in np.flatnonzero(keys == key)]
        assert index.locate(key) == sorted(places)
        seen = index.probe(np.array([key]), np.array([key]))
        assert [int(one[0]) for one in seen] == [bool(places)] * 2


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


def test_saved_index_follows_files_that_went(tmp_path: Path) -> None:
    index = KeyIndex(tmp_path / "keys")
    for number, n in enumerate((100, 3, 2)):
        keys = np.arange(n, dtype=np.int64) + 1000 * number
        index.add(f"f{number}", keys, keys, np.ones(n, np.int32))
    index.save()
    index = _read(tmp_path / "keys")
    large = index.runs[0].saved_as
    index.drop(["f1", "f2"])
    assert [run.saved_as for run in index.runs] == [large]  # what did not change is not written again
    index.add("f3", np.array([7000]), np.array([1]), np.array([1]))
    index.save()
    again = _read(tmp_path / "keys")
    assert again.locate(1000) == again.locate(2000) == []
    assert again.locate(7000) == [(1, "f3", 0)]
    assert again.locate(99) == [(1, "f0", 99)]


def test_damaged_index_is_made_anew(tmp_path: Path) -> None:
    index = KeyIndex(tmp_path / "keys")
    index.add("f", np.array([1]), np.array([1]), np.array([1]))
    index.save()
    (tmp_path / "keys" / "manifest.json").write_text("{", encoding="utf-8")
    assert len(_read(tmp_path / "keys")) == 0
