"""The units that are shipped: systemd takes them, and the server's is shut in."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
ANALYZE = shutil.which("systemd-analyze")
pytestmark = pytest.mark.skipif(ANALYZE is None, reason="systemd is not installed")


@pytest.mark.parametrize("name", sorted(path.name for path in DEPLOY.glob("*.service")))
def test_systemd_takes_the_unit(name: str, tmp_path: Path) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    here = tmp_path / name.replace("@", "@host")
    # What the unit runs is not installed here, nor is its user.
    here.write_text(
        re.sub(r"=/opt/shuju/\S+", "=/bin/true", text)
        .replace("User=shuju", "User=root")
        .replace("Group=shuju", "Group=root")
    )
    done = subprocess.run(
        [ANALYZE, "verify", "--man=no", str(here)], capture_output=True, text=True, check=False
    )
    ours = [line for line in done.stderr.splitlines() if name.partition("@")[0] in line]
    assert ours == []


def test_the_server_is_shut_in(tmp_path: Path) -> None:
    here = tmp_path / "shuju.service"
    shutil.copy(DEPLOY / "shuju.service", here)
    done = subprocess.run(
        [ANALYZE, "security", "--offline=true", "--no-pager", str(here)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert found is not None, done.stderr
    assert float(found[1]) <= 2.5
