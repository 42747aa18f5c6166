"""Rows by their keys, against plain numpy."""

from __future__ import annotations

import numpy as np
import pytest

from shuju.facts import append_facts, write_facts
from shuju.facts.key_sets import positions_of


@pytest.mark.parametrize("seed", range(3))
def test_positions_are_those_of_numpy(tmp_path, schema, frame, seed: int) -> None:
    write_facts(tmp_path, schema, [frame(5_000, seed)])
    facts = append_facts(tmp_path, [frame(700, seed + 1, first=5_000)])
    own = facts.column("row")
    rng = np.random.default_rng(seed)
    extremes = np.array([0, -1, 2**63 - 1, -(2**63)])
    for size in (0, 1, 10, 3_000):
        keys = np.concatenate([rng.choice(8_000, size, replace=False), extremes[: size % 5]])
        np.testing.assert_array_equal(
            positions_of(facts, rng.permutation(keys)), np.flatnonzero(np.isin(own, keys))
        )


def test_no_rows_and_no_keys(tmp_path, schema) -> None:
    facts = write_facts(tmp_path, schema, [])
    assert not len(positions_of(facts, np.array([1])))
    assert not len(positions_of(facts, np.empty(0, np.int64)))
