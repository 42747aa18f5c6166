"""What is made of some tables, kept in the process and made again only where one of them moved."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from shuju.library.library import Library

Made = TypeVar("Made")
KEPT, MAKING = 8, 256


def versioned(*tables: str) -> Callable[[Callable[[Library], Made]], Callable[[Library], Made]]:
    """Return a decorator: a function of a library is called once for each place, scope and version of ``tables``.

    Threads that ask at once wait for one call. The last ``KEPT`` results are kept.
    """

    def decorate(make: Callable[[Library], Made]) -> Callable[[Library], Made]:
        kept: OrderedDict[tuple[object, ...], tuple[tuple[int, ...], Made]] = OrderedDict()
        making: dict[tuple[object, ...], threading.Lock] = {}
        lock = threading.Lock()

        @wraps(make)
        def newest(library: Library) -> Made:
            place = (library.home.uri, library.scope)
            versions = tuple(library.version_of(table) for table in tables)
            with lock:
                own = making.setdefault(place, threading.Lock())
                while (
                    len(making) > MAKING
                ):  # scopes come and go; who still waits for one that is dropped makes it once more
                    del making[next(iter(making))]
            with own:
                known = kept.get(place)
                if known is None or known[0] != versions:
                    known = (versions, make(library))
                with lock:
                    kept[place] = known
                    kept.move_to_end(place)
                    while len(kept) > KEPT:
                        kept.popitem(last=False)
                return known[1]

        return newest

    return decorate
