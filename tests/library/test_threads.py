"""One library shared by the threads of a server, while another process writes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from shuju.library import Library, compaction
from shuju.library.ingest import ingest
from shuju.records import facts as record_facts
from tests.conftest import page, write_lines


def test_readers_see_whole_states_while_rows_arrive_and_files_are_put_together(
    raw: Path, library: Library, open_test_library: Callable[[], Library], monkeypatch
) -> None:
    monkeypatch.setattr(compaction, "SMALL_FILES", 3)
    writer = open_test_library()
    write_lines(raw / "pages" / "0.jsonl", [page(i) for i in range(20)])
    ingest(writer, "test_pages")
    rounds = 8

    def write() -> None:
        for number in range(1, rounds + 1):
            rows = [page(i + 20 * number) for i in range(20)] + [page(1, title=f"修订{number}")]
            write_lines(raw / "pages" / f"{number}.jsonl", rows)
            ingest(writer, "test_pages")
            if number % 3 == 0:
                compaction.compact(writer.stored("records"))

    def read(_: int) -> int:
        seen = 0
        for _ in range(25):
            revisions = library.revisions("records", "p1")
            assert [r["revision"] for r in revisions] == list(range(1, len(revisions) + 1))
            count = library.count("records")
            assert count % 20 == 0
            assert library.load("records", columns=["record_id"]).compute()["record_id"].is_unique
            seen = max(seen, count)
        return seen

    with ThreadPoolExecutor(4) as pool:
        writing = pool.submit(write)
        reading = [pool.submit(read, n) for n in range(3)]
        writing.result()
        assert max(r.result() for r in reading) >= 20
    facts = record_facts.build(library)
    assert facts.n == library.count("records") == 20 * (rounds + 1)
    assert library.get("records", "p1")["title"] == f"修订{rounds}"
