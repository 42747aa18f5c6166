"""A cluster on this machine: a scheduler and workers in processes of their own, begun anew when they are killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shuju import engine

SECONDS = 120


@contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[str]:
    """Yield the address of a scheduler that has so many workers of one thread, each under a nanny."""
    folder.mkdir(parents=True, exist_ok=True)
    children = []
    try:
        children.append(
            _begin(
                folder / "scheduler",
                "scheduler",
                "--host",
                "127.0.0.1",
                "--port",
                "0",
                "--dashboard-address",
                "127.0.0.1:0",
            )
        )
        address = _said(children[0], folder / "scheduler", r"Scheduler at:\s+(tcp://\S+)")
        for number in range(workers):
            children.append(
                _begin(
                    folder / f"worker{number}",
                    "worker",
                    address,
                    "--nthreads",
                    "1",
                    "--memory-limit",
                    "3GiB",
                    "--local-directory",
                    str(folder),
                    "--no-dashboard",
                )
            )
            _said(children[-1], folder / f"worker{number}", "Registered to:")
        yield address
    finally:
        engine.leave()
        for child in reversed(children):
            child.terminate()
        for child in children:
            child.wait(SECONDS)


def _begin(log: Path, *command: str) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_" + command[0], *command[1:]],
            stdout=output,
            stderr=output,
        )


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
