"""A library in an object store: the same code over ``s3://``, against a real S3 server on this machine."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from shuju.library import Library, LibraryError, compaction, open_library
from shuju.library.compaction import compact
from shuju.library.ingest import ingest
from shuju.library.status import status
from shuju.library.store import Conflict
from tests.conftest import page, write_lines

HOME = "s3://province/home"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an S3 server that is empty at first."""
    log = tmp_path_factory.mktemp("s3") / "log"
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-u", "-m", "moto.server", "-p", "0"], stdout=output, stderr=output
        )
    try:
        yield _address(child, log)
    finally:
        child.terminate()
        child.wait(30)


def _address(child: subprocess.Popen, log: Path) -> str:
    mark = "Running on "
    deadline = time.monotonic() + 60
    while mark not in (said := log.read_text(encoding="utf-8")):
        assert child.poll() is None, said
        assert time.monotonic() < deadline, said
        time.sleep(0.1)
    return said.split(mark)[1].split()[0]


@pytest.fixture
def place(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A new bucket, and an environment that leads to it."""
    httpx.post(f"{server}/moto-api/reset").raise_for_status()
    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "SHUJU_CACHE": str(tmp_path / "cache"),
    }.items():
        monkeypatch.setenv(name, value)
    httpx.put(f"{server}/province").raise_for_status()
    return HOME


@pytest.fixture
def open_remote(place: str, raw: Path) -> Callable[[], Library]:
    return lambda: open_library(place, raw / "catalog.yaml")


def test_ingest_load_revise_and_get(open_remote: Callable[[], Library], raw: Path) -> None:
    library = open_remote()
    ingest(library, "test_sites")
    write_lines(raw / "pages" / "a.jsonl", [page(1), page(2), page(3, time="2024-02-30")])
    ingest(library, "test_pages")
    write_lines(raw / "pages" / "b.jsonl", [page(1), page(2, title="改了", site="4311810001")])
    ingest(open_remote(), "test_pages")
    library = open_remote()
    found = library.load("records", columns=["record_id", "title", "revision"]).compute()
    assert sorted(found.values.tolist()) == [["p1", "第1条要闻", 1], ["p2", "改了", 2]]
    one = library.load("records", where={"library": "431100"}).compute()
    assert one["record_id"].tolist() == ["p2"]
    assert len(library.load("records", version=1).compute()) == 2
    assert library.get("records", "p2")["title"] == "改了"
    assert [r["title"] for r in library.revisions("records", "p2")] == ["第2条要闻", "改了"]
    state = status(library)
    assert state["balanced"]
    assert state["quarantine"]["by_reason"] == [
        {"table": "records", "reason": "发布时间是不存在的日期", "n": 1}
    ]
    assert ingest(open_remote(), "test_pages").n_unchanged == 2


def test_two_writers_lose_nothing(open_remote: Callable[[], Library], raw: Path) -> None:
    ingest(open_remote(), "test_sites")
    text = (raw / "catalog.yaml").read_text(encoding="utf-8")
    twin = text[text.index("  test_pages:") :].replace("test_pages", "twin_pages")
    (raw / "catalog.yaml").write_text(
        text + twin.replace("location: pages", "location: twin"), encoding="utf-8"
    )
    for folder in ("pages", "twin"):
        for number in range(3):
            rows = [page(i) for i in range(number * 20, number * 20 + 40)]
            write_lines(raw / folder / f"{number}.jsonl", rows)
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(ingest, open_remote(), name) for name in ("test_pages", "twin_pages")]
        for job in jobs:
            job.result()
    library = open_remote()
    assert sorted(library.load("records").compute()["record_id"]) == sorted(f"p{i}" for i in range(80))
    assert status(library)["balanced"]


def test_small_files_are_put_together(
    open_remote: Callable[[], Library], raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "SMALL_FILES", 3)
    library = open_remote()
    ingest(library, "test_sites")
    for number in range(3):
        write_lines(raw / "pages" / f"{number}.jsonl", [page(number)])
        ingest(library, "test_pages")
    assert compact(library.stored("records")) == 3
    assert open_remote().count("records") == 3
    assert status(open_remote())["balanced"]


def test_second_commit_from_the_same_state_is_refused(open_remote: Callable[[], Library]) -> None:
    first, second = (open_remote().stored("studies") for _ in range(2))
    first.create()
    second.create()
    rows = first.schema.empty_table()
    first.commit([first.write_file(rows, ())])
    with pytest.raises(Conflict):
        second.commit([second.write_file(rows, ())])
    second.refresh().commit([second.write_file(rows, ())])
    assert len(first.refresh().files()) == 2


def test_store_that_does_not_answer_is_said_so(
    place: str, raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(LibraryError, match=r"读不了这张表的日志.*AWS_ENDPOINT_URL"):
        open_library(place, raw / "catalog.yaml").load("records")


def test_bucket_that_is_not_there_is_said_so(place: str, raw: Path) -> None:
    with pytest.raises(LibraryError, match=r"读不了这张表的日志.*404"):
        open_library("s3://nobody/home", raw / "catalog.yaml").load("records")
