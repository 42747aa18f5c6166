"""What-if of arrival on planted worlds: the synthetic province made twice, without a measure and with it.

    python -m bench.arrival_worlds [RECORDS] [FOLDER]

In the second world every portal of the measure's level that is still run carries each document that it ought to, two hours after it came
out, and whoever would copy from it does so after its own delay; all else is decided by the same chance. Both worlds are written
as raw files, taken in and compared text by text, as any library. Then the first is asked what would be, and the answer is
held against the second. Fails where a predicted share that arrives within 24 hours is more than three points off.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import xarray as xr
from rich.console import Console

from shuju.demo import cascades, clock
from shuju.demo.run import run_demo
from shuju.demo.sites import KINDS, NORMAL
from shuju.library import Library
from shuju.spread.build import build_spread
from shuju.spread.documents import selection
from shuju.whatif import investigate

HOURS, GOAL = 2, 0.03
MEASURES = {"prefecture_portal": ("prefecture_portal",), "portals": ("prefecture_portal", "county_portal")}
TOLD = {"within_24": "within 24 h", "within_72": "within 72 h", "ever": "until now"}


def main(records: int, folder: Path) -> int:
    print(
        "| measure | share | without it | predicted with it | other world | off by, points |\n|" + "---|" * 6
    )
    failed, plain = 0, world(folder / "plain", records, ())
    asked = investigate("arriving", selection(plain))
    now = asked.run()
    for measure, kinds in MEASURES.items():
        predicted = asked.change(relay=measure, relay_hours=HOURS).run()
        other = investigate("arriving", selection(world(folder / measure, records, kinds))).run()
        for name, title in TOLD.items():
            off = float(predicted[name] - other[name])
            failed += name == "within_24" and abs(off) > GOAL
            print(
                f"| {measure} | {title} | {share(now, name)} | {share(predicted, name)} | {share(other, name)} | {100 * off:+.1f} |",
                flush=True,
            )
    return failed


def share(found: xr.Dataset, name: str) -> str:
    return f"{float(found[name]):.1%}"


def world(home: Path, records: int, kinds: tuple[str, ...]) -> Library:
    """Make a province in which portals of some kinds relay by themselves."""
    with relaying(kinds):
        library = run_demo(home, records=records, seed=1, workers=2, console=Console(stderr=True, quiet=True))
    build_spread(library)
    return library


@contextlib.contextmanager
def relaying(kinds: tuple[str, ...]) -> Iterator[None]:
    """Have the plan of cascades carry what portals of ``kinds`` ought to carry, ``HOURS`` after it came out."""
    inherit = cascades._Board._inherit

    def relay(board: Any, stage: Any, parent: Any, copies: Any, second: Any, key: Any) -> None:
        if KINDS[board.sites.kind[stage[0]]] in kinds:
            soon = board.start[:, None] + HOURS * 3600 + np.zeros_like(second)
            sites = board.sites
            is_run = (sites.state[stage] == NORMAL)[None, :] | (
                soon < sites.since_day[stage][None, :] * 86_400
            )
            is_run &= soon < clock.SECONDS
            is_own = stage[None, :] == board.origin[:, None]
            relays = board._due(stage) & is_run & ~is_own
            copies, second = (
                copies | relays,
                np.where(relays, np.minimum(soon, np.where(copies, second, soon)), second),
            )
        inherit(board, stage, parent, copies, second, key)

    with patch.object(cascades._Board, "_inherit", relay):
        yield


if __name__ == "__main__":
    n = int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory() as temporary:
        sys.exit(main(n, Path(sys.argv[2]) if len(sys.argv) > 2 else Path(temporary)))
