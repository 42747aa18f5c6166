"""The tutorial is run as it is written: its files, its commands, its output."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import shuju

PAGE = Path(__file__).parents[2] / "docs" / "tutorial-own-source.md"
BLOCK = re.compile(r"(?:^<!-- file: (?P<file>\S+) -->\n)?^```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.M | re.S)
# What a run stamps: its own number, and numbers of quarantined rows.
STAMP = re.compile(r"\d{14}-[0-9a-f]{6}|\b[0-9a-f]{16}\b")


@dataclass(frozen=True)
class Step:
    """A file to write, or a command and the output that the page shows for it."""

    kind: str
    body: str
    file: str | None = None
    shown: str | None = None


def steps(text: str) -> list[Step]:
    found: list[Step] = []
    for block in BLOCK.finditer(text):
        kind, body = block["kind"], block["body"]
        if kind == "text":
            last = found.pop()
            found.append(Step(last.kind, last.body, last.file, body))
        else:
            found.append(Step(kind, body, block["file"]))
    return found


def run(step: Step, folder: Path) -> str:
    """Run a command in ``folder``, with ``shuju`` and ``python`` those of this test; return what it says."""
    tools = folder / ".tools"
    tools.mkdir(exist_ok=True)
    (tools / "shuju").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "from shuju.cli import main; main()" "$@"\n', encoding="ascii"
    )
    (tools / "shuju").chmod(0o755)
    command = ["sh", "-c", step.body] if step.kind == "sh" else [sys.executable, "-c", step.body]
    environment = os.environ | {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "PYTHONPATH": str(Path(shuju.__file__).parents[1]),
        "COLUMNS": "100",
        "NO_COLOR": "1",
    }
    for name in ("SHUJU_HOME", "SHUJU_CATALOG"):
        environment.pop(name, None)
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    return done.stdout


def plain(output: str) -> list[str]:
    lines = (STAMP.sub("…", line).strip() for line in output.splitlines())
    return [line for line in lines if line]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_tutorial_says_what_happens(tmp_path: Path) -> None:
    n_shown = 0
    for step in steps(PAGE.read_text(encoding="utf-8")):
        if step.file:
            path = tmp_path / step.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.body, encoding="utf-8")
        elif step.kind in ("sh", "python"):
            said = run(step, tmp_path)
            if step.shown is not None:
                assert plain(said) == plain(step.shown), step.body
                n_shown += 1
    assert n_shown >= 8
