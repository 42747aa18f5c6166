"""What allocators keep of freed memory: a server that runs for days keeps little, and gives that back."""

from __future__ import annotations

import ctypes

import pyarrow as pa

M_ARENA_MAX = -8  # of <malloc.h>
N_ARENAS = 2


def keep_little() -> bool:
    """Have allocators keep less of what is freed; tell whether the C library can be told. Call it before threads are started.

    By default glibc gives each thread an arena of its own, up to eight a core, and a hole in one serves no other; Arrow's
    own pool keeps its pages besides. With two arenas for all, and Arrow in them, what one thread frees serves the next.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    return bool(tune is not None and tune(M_ARENA_MAX, N_ARENAS))


def give_back() -> bool:
    """Give the pages of freed memory back to the system; tell whether there were any.

    Many threads that make arrays and pictures leave holes between what stays, which glibc keeps for later: hundreds of
    megabytes within hours. Takes some milliseconds, other threads go on. Elsewhere than on glibc nothing is given back.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return bool(trim is not None and trim(0))
