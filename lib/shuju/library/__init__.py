"""The resource library: raw sources become standard records in Delta tables, every row accounted for."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path

from shuju import catalog as catalogs
from shuju.library.errors import LedgerError, LibraryError, SourceError
from shuju.library.home import find_home
from shuju.library.library import Library
from shuju.library.scope import EVERYTHING, NOTHING, Scope

__all__ = [
    "LedgerError",
    "Library",
    "LibraryError",
    "SourceError",
    "close_to_strangers",
    "is_closed_to_strangers",
    "open_library",
    "seen",
    "share",
    "unshare",
]


def open_library(home: str | Path | None = None, *more_catalogs: str | Path) -> Library:
    """Open the library at ``home`` (else ``SHUJU_HOME``, else ``~/.shuju``).

    Its catalog is the shipped one, those of ``SHUJU_CATALOG``, those that the home keeps under
    ``catalog/``, and ``more_catalogs``.

    Raises:
        LibraryError: the place cannot be opened.
        CatalogError: a catalog breaks its own rules.
    """
    place = find_home(home)
    if not more_catalogs and place.uri in _shared:
        shared = _shared[place.uri]
        return shared.limited_to(_scope_here(shared))
    kept = sorted((Path(place.root) / "catalog").glob("*.yaml")) if place.is_local else []
    extra = [*kept, *(Path(p) for p in more_catalogs)]
    catalog = catalogs.read(*extra)
    folders: dict[str, Path] = {}
    everywhere = [
        catalogs.default_path(),
        *(Path(p) for p in os.environ.get("SHUJU_CATALOG", "").split(os.pathsep) if p),
    ]
    for path in (*everywhere, *extra):
        folders |= dict.fromkeys(catalogs.source_names(path), path.resolve().parent)
    library = Library(place, catalog, folders)
    return library.limited_to(_scope_here(library))


# What the present visitor may see; a server sets it for each request and session. A function, since it depends on the tables.
seen: ContextVar[Callable[[Library], Scope] | None] = ContextVar("seen", default=None)
_shared: dict[str, Library] = {}
_strangers: list[Scope] = [EVERYTHING]


def close_to_strangers() -> None:
    """Show nothing where nobody has said whose eyes see: a server calls it before it lets anybody in."""
    _strangers[0] = NOTHING


def is_closed_to_strangers() -> bool:
    """Whether this process serves, so that whoever does something must have been named."""
    return _strangers[0] is NOTHING


def _scope_here(library: Library) -> Scope:
    sight = seen.get()
    return _strangers[0] if sight is None else sight(library)


def share(library: Library) -> None:
    """Have ``open_library`` give this library to everybody in the process, limited to what each may see."""
    _shared[library.home.uri] = library


def unshare(library: Library) -> None:
    """Open the place anew from now on, without limits once nothing is served any more."""
    _shared.pop(library.home.uri, None)
    if not _shared:
        _strangers[0] = EVERYTHING
