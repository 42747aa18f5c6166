"""A thousand sessions opened and closed, one after the other: does the memory of the server grow?

    python -m bench.session_memory http://127.0.0.1:5006 [--route /letters] [--visits 1000]

The server is a demo on this machine. Each visitor gets the page, opens its websocket, pulls the whole document, says as a browser does that it is
shown, and leaves. After every ``BATCH`` visits the server is left alone until it has ended their sessions; then its resident set is noted.
Printed are the first and the last of them and the slope of those after the first third, with its 95 % interval, in MB a hundred visits.
Fails where the interval lies above zero.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

import numpy as np

from bench.sessions import SHOWN, cpu_seconds, opened, say, server_of, settled
from bench.tv_soak import slope

BATCH, AT_ONCE = 40, 4
EXPIRY_SECONDS = 20  # after which the server ends a session that nobody has


async def measured(base: str, route: str, visits: int) -> np.ndarray:
    """Return rows of how many visits were made, and the megabytes of the server then."""
    server = server_of(base)
    samples = []
    for made in range(0, visits, BATCH):
        for _ in range(BATCH // AT_ONCE):
            await asyncio.gather(*(visit(base + route) for _ in range(AT_ONCE)))
        await asyncio.sleep(EXPIRY_SECONDS)
        await settled(server)
        samples.append((made + BATCH, server.memory_info().rss / 1e6))
        print(f"{samples[-1][0]:,} visits: {samples[-1][1]:,.0f} MB", file=sys.stderr, flush=True)
    return np.array(samples, float)


async def visit(address: str) -> None:
    """Come, see the page, and leave."""
    socket, _ = await opened(address)
    assert socket is not None, f"{address} has no session"
    await say(socket, "PATCH-DOC", {"events": [SHOWN]})
    socket.close()


def main() -> int:
    """Visit, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("base")
    parser.add_argument("--route", default="/letters")
    parser.add_argument("--visits", type=int, default=1_000)
    asked = parser.parse_args()
    base, began = asked.base.rstrip("/"), time.perf_counter()
    server = server_of(base)
    before = cpu_seconds(server)
    samples = asyncio.run(measured(base, asked.route, asked.visits))
    used = (cpu_seconds(server) - before) / asked.visits
    late = samples[len(samples) // 3 :]
    found, low, high = slope(late[:, 0] / 100, late[:, 1])
    print(
        "| route | visits | at first, MB | at last, MB | slope, MB a hundred visits | 95 % interval | CPU s each | minutes |\n|"
        + "---|" * 8
    )
    print(
        f"| {asked.route} | {len(samples) * BATCH:,} | {samples[0, 1]:,.0f} | {samples[-1, 1]:,.0f} | {found:+.2f} | {low:+.2f} … {high:+.2f} "
        f"| {used:.3f} | {(time.perf_counter() - began) / 60:.0f} |"
    )
    return int(low > 0)


if __name__ == "__main__":
    sys.exit(main())
