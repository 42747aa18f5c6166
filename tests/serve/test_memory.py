"""A server keeps little of what is freed, and gives that back to the system."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shuju.serve.memory import give_back

HAS_TRIM = hasattr(ctypes.CDLL(None), "malloc_trim")
HOLES = """
import numpy as np, psutil
from shuju.serve.memory import give_back
arrays = [np.ones(4000) for _ in range(5000)]  # 32 kB each, 160 MB together: too small to be given back one by one
kept = arrays[::50]
before = psutil.Process().memory_info().rss
del arrays
freed = psutil.Process().memory_info().rss
assert give_back()
print(before, freed, psutil.Process().memory_info().rss)
"""


ARENAS = """
import ctypes, sys, threading
import shuju.cli
assert "pyarrow" not in sys.modules, "the command comes too late to choose Arrow's pool"
from shuju.serve.memory import keep_little
keep_little()
import numpy as np, pyarrow as pa
together = threading.Barrier(12)
def make():
    made = np.ones(500)
    together.wait()  # all at work at once: none takes over the arena of one that ended
    del made
threads = [threading.Thread(target=make) for _ in range(12)]
[thread.start() for thread in threads], [thread.join() for thread in threads]
c = ctypes.CDLL(None)
c.fopen.restype = ctypes.c_void_p
file = c.fopen(sys.argv[1].encode(), b"w")
c.malloc_info(0, ctypes.c_void_p(file))
c.fclose(ctypes.c_void_p(file))
print(open(sys.argv[1]).read().count("<heap nr="), pa.default_memory_pool().backend_name)
"""
LITTLE = {
    "as it is": ("", {}, False, False),
    "kept little": ("keep_little()", {}, True, True),
    "one's own choice": ("keep_little()", {"MALLOC_ARENA_MAX": "6", "ARROW_DEFAULT_MEMORY_POOL": "mimalloc"}, False, False),
}  # fmt: skip


@pytest.mark.skipif(not HAS_TRIM, reason="the C library is not glibc")
@pytest.mark.parametrize(("call", "environment", "are_few", "is_system"), LITTLE.values(), ids=LITTLE)
def test_threads_share_two_arenas_and_arrow_is_in_them(
    tmp_path: Path, call: str, environment: dict[str, str], are_few: bool, is_system: bool
) -> None:
    script = ARENAS.replace("\nkeep_little()", f"\n{call}")
    command = [sys.executable, "-c", script, str(tmp_path / "arenas.xml")]
    around = {name: value for name, value in os.environ.items() if name not in ("MALLOC_ARENA_MAX", "ARROW_DEFAULT_MEMORY_POOL")}  # fmt: skip
    told = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**around, **environment}
    ).stdout
    n_arenas, pool = told.split()
    assert (int(n_arenas) <= 2, pool == "system") == (are_few, is_system)


@pytest.mark.skipif(not HAS_TRIM, reason="the C library is not glibc")
def test_holes_between_what_stays_are_given_back() -> None:
    told = subprocess.run([sys.executable, "-c", HOLES], check=True, capture_output=True, text=True).stdout
    before, freed, given = (int(n) / 1e6 for n in told.split())
    assert freed > before - 40  # the C library keeps them
    assert given < before - 100


def test_giving_back_twice_is_no_error() -> None:
    give_back()
    assert give_back() in (True, False)
