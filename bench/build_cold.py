"""What ``shuju build`` costs in a fresh environment: seconds of CPU with nothing compiled, and after ``shuju prepare``.

``python -m bench.build_cold [FOLDER]``: the real letters of FOLDER (附件3.xlsx, 附件4.xlsx) where it is given, and a synthetic
province of 20,000 records. Each command is a process of its own; bytecode and kernels are kept in a folder that is empty at first,
so what the machine has compiled before does not count. Prints one row of Markdown for each command.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

RECORDS = "20_000"
SHUJU = "from shuju.cli import main; main()"


def main(folder: str | None) -> None:
    print("| command | nothing compiled, s of CPU | after `shuju prepare` | once more |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        print(f"| `shuju prepare` | | {run(place / 'ahead', 'prepare'):.1f} | |", flush=True)
        given = {
            "demo": ("demo", "--records", RECORDS, "--until", "2025-12-31", "--no-serve", "--home", "HOME")
        }
        if folder:
            given["real letters"] = ("ingest", "tipdm_letters", folder, "--home", "HOME")
        for name, first in given.items():
            homes = [place / name / order for order in ("cold", "ahead")]
            environments = [place / f"cold-{name}", place / "ahead"]
            for command in (first, ("build", "--home", "HOME")):
                used = [
                    run(environment, *(str(home) if word == "HOME" else word for word in command))
                    for home, environment in zip(homes, environments, strict=True)
                ]
                again = (
                    f"{run(place / 'ahead', 'build', '--home', str(homes[1])):.1f}"
                    if command[0] == "build"
                    else ""
                )
                print(f"| {command[0]}, {name} | {used[0]:.1f} | {used[1]:.1f} | {again} |", flush=True)
            shutil.rmtree(place / name)


def run(environment: Path, *command: str) -> float:
    """Run a command of ``shuju`` with what was compiled in ``environment``; return its seconds of CPU."""
    compiled = {
        "PYTHONPYCACHEPREFIX": str(environment / "code"),
        "NUMBA_CACHE_DIR": str(environment / "kernels"),
    }
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-c", SHUJU, *command],
        env=inherited | compiled,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
