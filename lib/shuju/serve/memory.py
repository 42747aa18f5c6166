"""What allocators keep of freed memory: a server that runs for days keeps little, and gives that back."""

from __future__ import annotations

import ctypes
import os

M_ARENA_MAX = -8  # of <malloc.h>
N_ARENAS = 2


def keep_little() -> None:
    """Have allocators keep less of what is freed, here and in processes that this one begins.

    By default glibc gives each thread an arena of its own, up to eight a core, and a hole in one serves no other; Arrow's
    own pool keeps its pages besides. With two arenas for all, and Arrow in them, what one thread frees serves the next.
    It counts only before threads are started and Arrow is imported; what the environment says already is left as it is.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    if "MALLOC_ARENA_MAX" not in os.environ and tune is not None:
        tune(M_ARENA_MAX, N_ARENAS)  # glibc has read the environment of this process already
        os.environ["MALLOC_ARENA_MAX"] = str(N_ARENAS)


def give_back() -> bool:
    """Give the pages of freed memory back to the system; tell whether there were any.

    Many threads that make arrays and pictures leave holes between what stays, which glibc keeps for later: hundreds of
    megabytes within hours. Takes some milliseconds, other threads go on. Elsewhere than on glibc nothing is given back.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return bool(trim is not None and trim(0))
