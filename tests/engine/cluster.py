"""A cluster on this machine: a scheduler and workers in processes of their own, begun anew when they are killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from shuju import engine

SECONDS, ENDS_SECONDS = 120, 30


@contextmanager
def cluster(
    folder: Path, workers: int = 2, host: str = "127.0.0.1", prefixes: Sequence[Sequence[str]] = ()
) -> Iterator[str]:
    """Yield the address of a scheduler that has so many workers of one thread, each under a nanny.

    ``prefixes`` are what the command of each worker begins with (``ip netns exec …``).
    """
    folder.mkdir(parents=True, exist_ok=True)
    children = []
    try:
        log = folder / "scheduler"
        dashboard = f"{host}:0"
        options = ("--host", host, "--port", "0", "--dashboard-address", dashboard)
        children.append(_begin(log, "scheduler", *options))
        address = _said(children[0], log, r"Scheduler at:\s+(tcp://\S+)")
        options = (
            "--nthreads",
            "1",
            "--memory-limit",
            "3GiB",
            "--local-directory",
            str(folder),
            "--no-dashboard",
        )
        for number in range(workers):
            log, before = folder / f"worker{number}", prefixes[number] if prefixes else ()
            children.append(_begin(log, "worker", address, *options, before=before))
        for number in range(workers):
            _said(children[1 + number], folder / f"worker{number}", "Registered to:")
        yield address
    finally:
        engine.leave()
        for child in reversed(children):
            child.terminate()
        for child in children:
            _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Wait for a process to end; a nanny that was just beginning a worker anew may never."""
    try:
        child.wait(ENDS_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _begin(log: Path, what: str, *options: str, before: Sequence[str] = ()) -> subprocess.Popen[bytes]:
    command = [*before, sys.executable, "-m", f"distributed.cli.dask_{what}", *options]
    with log.open("wb") as output:
        return subprocess.Popen(command, stdout=output, stderr=output)


def _said(child: subprocess.Popen[bytes], log: Path, pattern: str) -> str:
    deadline = time.monotonic() + SECONDS
    while not (found := re.search(pattern, said := log.read_text(encoding="utf-8"))):
        assert child.poll() is None, said
        assert time.monotonic() < deadline, said
        time.sleep(0.1)
    return found[found.re.groups]


def kill_a_worker(which: int) -> None:
    """Kill the ``which``-th worker, whatever it does; its nanny begins another."""
    client = engine.client()
    assert client is not None
    pids = sorted(client.run(os.getpid).values())
    if pids:
        os.kill(pids[which % len(pids)], signal.SIGKILL)
