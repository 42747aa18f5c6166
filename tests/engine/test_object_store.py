"""Passes on a cluster over a library in an object store."""

from __future__ import annotations

from pathlib import Path

import pytest

from shuju.library import open_library
from shuju.library.ingest import ingest
from shuju.library.status import status
from shuju.records import facts as record_facts
from tests.conftest import page, write_lines
from tests.engine.cluster import cluster
from tests.library.test_object_store import place, server

__all__ = ["place", "server"]  # fixtures


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_library_in_an_object_store_is_made_by_workers(
    place: str, raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_lines(raw / "pages" / "a.jsonl", [page(n) for n in range(30)] + [page(3, time="2024-02-30")])
    with cluster(tmp_path / "cluster", workers=1) as address:
        monkeypatch.setenv("SHUJU_SCHEDULER", address)
        library = open_library(place, raw / "catalog.yaml")
        ingest(library, "test_sites")
        ingest(library, "test_pages")
        facts = record_facts.build(library)
        monkeypatch.delenv("SHUJU_SCHEDULER")
    again = open_library(place, raw / "catalog.yaml")
    assert facts.n == again.count("records") == 30
    assert status(again)["balanced"]
