"""Compiled kernels, kept by the sources that they were compiled from.

Numba checks only a kernel's own file; changes elsewhere leave a stale cache. So the kernels of each state of the
sources have a folder of their own.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from pathlib import Path

PREFIX = "kernels-"
_IMPORTED = re.compile(r"^from ([\w.]+) import ", re.MULTILINE)


def keep_by_sources(package: Path) -> Path | None:
    """Have Numba keep kernels in a folder named after the sources of the kernels of ``package``; return it.

    Those of other sources stay (``make clean`` removes them). Nothing is done (None) where ``NUMBA_CACHE_DIR`` says where they
    go, or where the package cannot be written to: then Numba keeps them by itself. O(characters of the sources).
    """
    given = os.environ.get("NUMBA_CACHE_DIR")
    if given and not Path(given).name.startswith(PREFIX):  # else it comes from a process that began this one
        return None
    folder = package / "__pycache__" / f"{PREFIX}{_digest(package)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    if "numba" in sys.modules:  # it has read the environment already
        sys.modules["numba"].config.CACHE_DIR = str(folder)
    return folder


def _digest(package: Path) -> str:
    """Return a name for the sources of all kernels: files that hold some, and those that they import from."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(package.rglob("*.py"))}
    own = {path for path, text in texts.items() if "njit" in text}
    modules = {".".join(path.relative_to(package.parent).with_suffix("").parts): path for path in texts}
    used = {modules[name] for path in own for name in _IMPORTED.findall(texts[path]) if name in modules}
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(own | used):
        digest.update(f"{path.relative_to(package)}\0{texts[path]}\0".encode())
    return digest.hexdigest()
