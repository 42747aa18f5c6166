"""What-if: how long scenarios of answering take over many letters.

    python -m bench.whatif [LETTERS]

The facts are random, made once; what is timed is what a page does when a slider comes to rest. The first question waits for the models
to be fitted and tested, which is told apart. Fails where eight scenarios take a second or more.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.letter_library import make_library
from shuju.letters.facts import selection
from shuju.whatif import investigate


def main() -> int:
    n = int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        letters = selection(make_library(Path(folder), n))
        print(f"| {letters.total:,} letters | s | CPU, s |\n|---|---|---|", flush=True)
        asked = timed("models fitted and tested", lambda: investigate("answering", letters))
        seconds = []
        for model in ("as_before", "at_desks"):
            now = asked.change(model=model)
            now.run()
            eight = {f"s{k}": {"staff": 80 + 10 * k, "other_days": 10 + k} for k in range(7)}
            seconds.append(
                timed(f"eight scenarios side by side, {model}", lambda n=now, e=eight: n.compare(**e), at=0)
            )
            timed(f"sweep of 21 points, {model}", lambda n=now: n.sweep("faster"))
            timed(f"heat map of 15 × 15, {model}", lambda n=now: n.heat("faster", "other_days", "overdue"))
            timed(f"goal-seek, {model}", lambda n=now: n.goal_seek("faster", "overdue", below=0.2))
        return int(max(seconds) >= 1)


def timed(name: str, ask: Callable[[], Any], at: int | None = None) -> Any:
    """Ask, and tell how long it took; return the answer, or the seconds."""
    began, cpu = time.perf_counter(), time.process_time()
    found = ask()
    seconds = time.perf_counter() - began
    print(f"| {name} | {seconds:.2f} | {time.process_time() - cpu:.2f} |", flush=True)
    return found if at is None else seconds


if __name__ == "__main__":
    sys.exit(main())
