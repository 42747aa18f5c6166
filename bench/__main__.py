"""All benchmarks in small sizes, one after another: ``python -m bench``; fails when one of them does.

Each runs in a process of its own. ``docs/benchmarks.md`` tells the full sizes.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

SMALL = {
    "personal": ("2000",),
    "demo": ("20_000",),
    "ingest": ("20_000",),
    "crossfilter": ("500_000",),
    "warning": ("2", "100"),
    "panorama": ("200_000",),
}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    failed = []
    for name, arguments in SMALL.items():
        if not Path(__file__).with_name(f"{name}.py").exists():
            continue
        print(f"\n## {name} {' '.join(arguments)}\n", flush=True)
        if name == "panorama" and not any(map(shutil.which, CHROMIUM)):
            print("left out: no Chromium on this machine")
        elif subprocess.run([sys.executable, "-m", f"bench.{name}", *arguments], check=False).returncode:
            failed.append(name)
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
