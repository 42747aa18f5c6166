"""Mutated catalogs and files are right or refused in Chinese; ``bench/fuzz_ingest.py`` runs 2,000 of each."""

from __future__ import annotations

from bench.fuzz_ingest import is_fault, run


def test_no_input_ends_in_a_traceback() -> None:
    outcomes = run(60)
    assert sum(outcomes.values()) == 120
    assert {outcome for outcome in outcomes if is_fault(outcome)} == set()
