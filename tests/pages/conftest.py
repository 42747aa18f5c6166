"""Small libraries as the pages show them, and a server over one."""

from __future__ import annotations

import itertools
import logging
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import httpx
import panel as pn
import pytest

from shuju.desk.store import open_desk
from shuju.library import Library, open_library, unshare
from shuju.library.ingest import ingest
from shuju.serve import live as lives
from shuju.serve import server
from shuju.serve.server import build_facts, serve
from tests.conftest import page, write_lines, write_raw
from tests.letters.conftest import letter, letters
from tests.signing import sign_in_all

__all__ = ["letters"]

# site, genre, time, how many: all that the tests count.
ROWS = (
    ("4300000001", "policy", "2024-01-{:02d} 09:00", 5),
    ("4301000001", "news", "2024-07-{:02d} 16:38", 20),
    ("4311810001", "notice", "2024-07-{:02d} 08:00", 10),
)
REPLY = "您好，您反映的小区门口道路破损问题收悉，经现场核查属实，已安排养护单位于本月底前修复，感谢您的来信。"
HOSTILE = '<img src=x onerror="alert(1)"> & "引号"'


def write_pages(folder: Path) -> None:
    number, rows = 0, []
    for site, kind, time, count in ROWS:
        for day in range(1, count + 1):
            number += 1
            rows.append(page(number, site=site, kind=kind, time=time.format(day)))
    rows.append(page(99, site="4311810001", kind="notice", time="2024-07-30 12:00", title=HOSTILE))
    write_lines(folder / "a.jsonl", rows)


@pytest.fixture(scope="session")
def filled_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The raw files and the home of the small library, with all that a server builds when it begins: tests get copies."""
    folder = tmp_path_factory.mktemp("filled")
    write_pages(write_raw(folder / "raw") / "pages")
    library = open_library(folder / "home", folder / "raw" / "catalog.yaml")
    ingest(library, "test_sites")
    ingest(library, "test_pages")
    open_desk(library.home)
    build_facts(library)
    return folder


@pytest.fixture
def filled(filled_once: Path, raw: Path, home: Path) -> Library:
    """36 records: 5 policies of the province, 20 news of 长沙, 11 notices of 祁阳, one of them hostile."""
    for name, here in (("raw", raw), ("home", home)):
        shutil.copytree(filled_once / name, here, dirs_exist_ok=True)
    return open_library(home, raw / "catalog.yaml")


@pytest.fixture
def home_of_filled(filled: Library, raw: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of the small library, whose catalog is where the environment says."""
    monkeypatch.setenv("SHUJU_CATALOG", str(raw / "catalog.yaml"))
    monkeypatch.setenv("SHUJU_HOME", filled.home.uri)
    return Path(filled.home.uri)


@pytest.fixture
def arrive(filled: Library, raw: Path) -> Callable[[int], None]:
    """Have some more news of 长沙 arrive in the library."""

    def ingest_more(count: int) -> None:
        rows = [page(1000 + i, time="2024-08-01 10:00") for i in range(count)]
        write_lines(raw / "pages" / "b.jsonl", rows)
        ingest(filled, "test_pages")

    return ingest_more


def raw_letters() -> list[dict[str, object]]:
    """Return 30 letters about roads in 岳麓区 of July, 20 answered; 10 about schools in 祁阳市 of June, one hostile."""
    roads = [
        letter(i, reply=f"{REPLY}{'路' * i}", replied=f"2024-08-{i % 28 + 1:02d} 10:00")
        if i < 20
        else letter(i)
        for i in range(30)
    ]
    schools = [
        letter(
            100 + i,
            title=HOSTILE if i == 9 else f"第{i}封：孩子上学",
            body="孩子上学没有学位。",
            place="431181",
        )
        | {"topic": "教育文体", "department": "祁阳市教育局", "motive": "inquiry"}
        | {"time": f"2024-06-{i + 1:02d} 08:00"}
        for i in range(10)
    ]
    return [*roads, *schools]


# The hundred ports of this process: of those that the system gives by itself, one may be another's before it is bound here.
PORTS = itertools.cycle(range(first := 20_000 + os.getpid() % 120 * 100, first + 100))


def free_port() -> int:
    """Return a port at which nobody listens."""
    for port in itertools.islice(PORTS, 100):
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise OSError("all ports are taken")


def wait_for(base: str) -> None:
    end = monotonic() + 60  # of a busy machine; a fraction of a second of one that is not
    with httpx.Client() as client:
        while True:
            with suppress(httpx.TransportError):
                if client.get(f"{base}/healthz").status_code == 200:
                    return
            if monotonic() > end:
                raise TimeoutError(base)
            sleep(0.02)


@pytest.fixture
def address(
    home_of_filled: Path, caplog: pytest.LogCaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A server in this process, which also serves the notebooks of ``tmp_path / "own"``; nothing may be logged as an error.

    The test asks it as one who is signed in as analyst.
    """
    port = free_port()
    monkeypatch.setattr(
        server, "warm", lambda *_: None
    )  # each test opens a page or two; none waits for all of them
    (tmp_path / "own").mkdir(exist_ok=True)
    serve(home_of_filled, port, threaded=True, follow_library=False, notebooks=[tmp_path / "own"])
    base = f"http://127.0.0.1:{port}"
    wait_for(base)
    client = sign_in_all(monkeypatch, base)
    yield base
    client.close()
    pn.state.reset()
    for held in lives._served.values():
        unshare(held.library)
    lives._served.clear()
    errors = [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]
    assert not errors
