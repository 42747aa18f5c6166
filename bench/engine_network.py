"""Four workers in four network namespaces: that passes run there, and how many bytes a record they move.

    python -m bench.engine_network RAW HOME

RAW is a folder that ``shuju demo`` wrote (``home/raw``), HOME a new place. Needs root and ``ip netns``. The workers share the file
system, as with a shared folder; what they read of files is not counted, what passes move over the network is.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shuju import engine
from shuju.letters.build import build_letters
from shuju.library import open_library
from shuju.library.ingest import ingest
from shuju.records import facts as record_facts
from shuju.spread.build import build_spread
from tests.engine.cluster import cluster

WORKERS = 4
BRIDGE, NETWORK = "shuju-br", "10.77.0"


def main(raw: Path, home: Path) -> None:
    with (
        namespaces() as prefixes,
        cluster(home.parent / "cluster", WORKERS, f"{NETWORK}.1", prefixes) as address,
    ):
        print(engine.use(address), flush=True)
        library = open_library(home, raw / "data_catalog.yaml")
        n = 0
        before = moved()
        for name, source in library.catalog.sources.items():
            if source.synthetic:
                n += sum(t.n_read for t in ingest(library, name).tallies.values())
        before = told("ingest", n, before)
        n = record_facts.build(library).n
        before = told("facts of records", n, before)
        before = told("letters: facts, issues, warnings", build_letters(library).n_letters, before)
        build_spread(library)
        told("spread", n, before)


def told(what: str, n: int, before: int) -> int:
    now = moved()
    print(f"| {what} | {n:,} rows | {(now - before) / max(n, 1):,.0f} bytes a row |", flush=True)
    return now


def moved() -> int:
    """Return how many bytes went to and from all namespaces so far."""
    folders = [Path(f"/sys/class/net/shuju-v{k}/statistics") for k in range(WORKERS)]
    return sum(
        int((f / name).read_text(encoding="utf-8")) for f in folders for name in ("rx_bytes", "tx_bytes")
    )


@contextmanager
def namespaces() -> Iterator[list[list[str]]]:
    """Yield, for each of four namespaces joined by a bridge, what a command there begins with."""
    run(
        f"ip link add {BRIDGE} type bridge",
        f"ip addr add {NETWORK}.1/24 dev {BRIDGE}",
        f"ip link set {BRIDGE} up",
    )
    try:
        for k in range(WORKERS):
            space, inner, outer = f"shuju-n{k}", f"shuju-i{k}", f"shuju-v{k}"
            run(
                f"ip netns add {space}",
                f"ip link add {outer} type veth peer name {inner}",
                f"ip link set {inner} netns {space}",
                f"ip link set {outer} master {BRIDGE} up",
                f"ip -n {space} addr add {NETWORK}.{10 + k}/24 dev {inner}",
                f"ip -n {space} link set {inner} up",
                f"ip -n {space} link set lo up",
            )
        yield [["ip", "netns", "exec", f"shuju-n{k}"] for k in range(WORKERS)]
    finally:
        for k in range(WORKERS):
            subprocess.run(["ip", "netns", "del", f"shuju-n{k}"], check=False)
        subprocess.run(["ip", "link", "del", BRIDGE], check=False)


def run(*commands: str) -> None:
    for command in commands:
        subprocess.run(command.split(), check=True)


if __name__ == "__main__":
    if os.geteuid():
        sys.exit("needs root: ip netns")
    main(Path(sys.argv[1]), Path(sys.argv[2]))
