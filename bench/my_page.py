"""How long people wait for their own page who come one after the other within some seconds, as an office does in the morning.

``python -m bench.my_page http://127.0.0.1:5006 --people 200 --seconds 10``: the demo's leader, analyst, department and operator in turn,
each opening ``/`` on a connection of its own at a time drawn evenly; prints one row of Markdown: seconds from asking to the last byte,
bytes on the wire (gzip), CPU seconds of the server's process each.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time

import httpx
import numpy as np

from bench.sessions import cpu_seconds, server_of
from bench.signing import cookie_of

ROLES = ("leader", "analyst", "department", "operator")
HEAD = "| people | within, s | p50, s | p95, s | worst, s | kB each | CPU s each |"


async def opened(client: httpx.AsyncClient, cookie: str, after: float, route: str) -> tuple[float, int]:
    """Wait, then open the page; return the seconds it took and the bytes of its body on the wire."""
    await asyncio.sleep(after)
    began, n = time.perf_counter(), 0
    async with client.stream("GET", route, headers={"Cookie": cookie}) as answer:
        async for part in answer.aiter_raw():
            n += len(part)
        assert answer.status_code == 200, answer.status_code
    return time.perf_counter() - began, n


async def measured(base: str, people: int, seconds: float, route: str) -> str:
    """Return the row of the table."""
    chance = random.Random(1)
    cookies = [cookie_of(base, role) for role in ROLES]
    server = server_of(base)
    apart = httpx.Limits(max_connections=people, max_keepalive_connections=0)  # a connection for each
    async with httpx.AsyncClient(base_url=base, timeout=60, limits=apart) as client:
        for cookie in cookies:
            await opened(client, cookie, 0, route)
        before = cpu_seconds(server)
        came = await asyncio.gather(
            *(
                opened(client, cookies[n % len(cookies)], chance.uniform(0, seconds), route)
                for n in range(people)
            )
        )
    used = (cpu_seconds(server) - before) / people
    waited, size = np.array([row[0] for row in came]), np.mean([row[1] for row in came])
    p50, p95 = np.percentile(waited, [50, 95])
    return f"| {people} | {seconds:g} | {p50:.3f} | {p95:.3f} | {waited.max():.3f} | {size / 1000:.1f} | {used:.3f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("base")
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--route", default="/")
    parser.add_argument("--times", type=int, default=3)
    asked = parser.parse_args()
    print(f"{HEAD}\n|{'---|' * 7}")
    for _ in range(asked.times):
        print(
            asyncio.run(measured(asked.base.rstrip("/"), asked.people, asked.seconds, asked.route)),
            flush=True,
        )


if __name__ == "__main__":
    main()
