"""All benchmarks in small sizes, one after another: ``python -m bench``; fails when one of them does.

Each runs in a process of its own. ``docs/benchmarks.md`` tells the full sizes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

SMALL = {
    "personal": ("2000",),
    "compare": ("2000",),
    "demo": ("20_000",),
    "ingest": ("20_000",),
    "crossfilter": ("500_000",),
    "warning": ("2", "100"),
    "panorama": ("200_000",),
    "search": ("200_000",),
    "letters": ("200_000",),
    "cascade": ("60_000",),
    "queues": ("100_000",),
    "whatif": ("50_000",),
    "arrival": ("2_000",),
    "fuzz_ingest": ("100",),
}
REAL = (
    Path(os.environ.get("SHUJU_REAL_DATA", Path(__file__).parents[2] / "shared" / "data"))
    / "letters_tipdm2020c"
)
ON_REAL = {
    "tokens": (str(REAL),),
    "topics": (str(REAL / "附件2_labelled_dev.csv"), "1", "apart"),
    "places": (str(REAL),),
    "issues": (str(REAL),),
    "reprints": (str(REAL.parent),),
    "profile": (str(REAL.parent),),
    "drafting": (str(REAL.parent),),
}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    failed = []
    for name, arguments in (SMALL | ON_REAL).items():
        print(f"\n## {name} {' '.join(arguments)}\n", flush=True)
        if name in ("panorama", "letters") and not any(map(shutil.which, CHROMIUM)):
            print("left out: no Chromium on this machine")
        elif name in ON_REAL and not REAL.exists():
            print("left out: the real letters are not beside the checkout")
        elif subprocess.run([sys.executable, "-m", f"bench.{name}", *arguments], check=False).returncode:
            failed.append(name)
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
