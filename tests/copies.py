"""A library that many tests begin with is made once in a process; each gets a copy of its folder, which takes a fiftieth of the time."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from shuju.keys import key_place
from shuju.library import Library, open_library


def copy_of(make: Callable[[Path], object], folder: Path) -> Library:
    """Return the library in ``folder / "home"``, a copy of what ``make`` makes there."""
    shutil.copytree(Path(_made(make, key_place()).name) / "home", folder / "home")
    return open_library(folder / "home")


@cache
def _made(make: Callable[[Path], object], _keys: Path) -> TemporaryDirectory[str]:
    """Make it; what is encrypted opens with the keys of then alone."""
    folder = TemporaryDirectory(prefix="shuju-copies-")
    atexit.register(folder.cleanup)
    make(Path(folder.name))
    return folder
