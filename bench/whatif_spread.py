"""What-if of spread: how long scenarios of arrival take over the documents of a library.

    python -m bench.whatif_spread HOME

What is timed is what a page does when a slider comes to rest. The first question waits for the cascades to be put in order, which is told
apart. Fails where eight scenarios take a second or more.
"""

from __future__ import annotations

import sys

from bench.whatif import timed
from shuju.library import open_library
from shuju.spread.documents import selection
from shuju.whatif import investigate
from shuju.whatif.arriving import ARRIVING


def main() -> int:
    documents = selection(open_library(sys.argv[1]))
    asked = timed("cascades put in order", lambda: investigate("arriving", documents))
    cascades = ARRIVING.prepared(documents)
    print(
        f"| {documents.total:,} documents, {len(cascades.own):,} copies, {len(cascades.pairs):,} due pairs | s | CPU, s |\n|---|---|---|",
        flush=True,
    )
    asked.run()
    eight = {
        f"s{k}": {"relay": "portals", "relay_hours": 2 + k, "mended": 5 * k, "earlier": k} for k in range(7)
    }
    seconds = timed("eight scenarios side by side", lambda: asked.compare(**eight), at=0)
    for name in ("relay_hours", "mended", "earlier", "limit"):
        timed(f"sweep of {name}", lambda of=name: asked.change(relay="portals").sweep(of))
    timed(
        "heat map of 15 × 15", lambda: asked.change(relay="portals").heat("mended", "relay_hours", "within")
    )
    timed("heat map of 13 × 15", lambda: asked.heat("earlier", "limit", "within"))
    timed("tornado", lambda: asked.tornado("within"))
    timed("goal-seek", lambda: asked.change(relay="portals").goal_seek("relay_hours", "within", above=0.8))
    timed("goal-seek, limit", lambda: asked.goal_seek("limit", "within", above=0.7))
    return int(seconds >= 1)


if __name__ == "__main__":
    sys.exit(main())
