"""The scripts that a live page needs, by address: Bokeh's and Panel's, each with the hash of its content."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from bokeh.settings import settings

from shuju.serve.static_files import FIRST, PREFIX, StaticFiles

SHIM = "extensions/panel/bundled/reactiveesm/es-module-shims@%5E1.10.0/dist/es-module-shims.min.js"


@cache
def scripts() -> tuple[str, ...]:
    """Return the addresses, in the order in which they must run; the browser may keep each for a year."""
    return tuple(f"{PREFIX[1:]}{name}?v={_version(name)}" for name in (SHIM, *FIRST))


def _version(name: str) -> str:
    path = StaticFiles.get_absolute_path(str(settings.bokehjs_path()), name.replace("%5E", "^"))
    return hashlib.blake2b(Path(path).read_bytes(), digest_size=6).hexdigest()
