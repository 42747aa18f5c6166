"""What allocators keep of freed memory: a server that runs for days gives it back."""

from __future__ import annotations

import ctypes

import pyarrow as pa


def give_back() -> bool:
    """Give the pages of freed memory back to the system; tell whether there were any.

    Many threads that make arrays and pictures leave holes between what stays, which glibc keeps for later: hundreds of
    megabytes within hours; Arrow keeps pages of its own. Takes some milliseconds, other threads go on. Elsewhere than on
    glibc only Arrow's are given back.
    """
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return bool(trim is not None and trim(0))
