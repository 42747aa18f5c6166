"""What encryption of contacts costs at ingest: µs a row to seal, to hash for comparison, to open; and by ``shuju key seal``.

python bench/sealing.py --rows 200000
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from shuju.catalog import read
from shuju.library.sealing import compared_hashes, opened, sealed


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--rows", type=int, default=200_000)
    n = asked.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SHUJU_KEYS"] = str(Path(folder) / "keys.json")
        table = read().table("letters_private")
        rows = pa.table(
            {
                "letter_id": [f"l{i}" for i in range(n)],
                "writer_name": ["王某某"] * n,
                "phone": [f"139{i:08d}" for i in range(n)],
                "email": pa.nulls(n, pa.string()),
                "address": pa.nulls(n, pa.string()),
                "found_in_text": [f"138{i:08d}" if i % 2 else None for i in range(n)],
            }
        )
        numbers = np.random.default_rng(0).integers(-(2**63), 2**63, (2, n))
        begun = time.perf_counter()
        compared_hashes(*numbers)
        hashed = time.perf_counter()
        _, made = sealed(rows, "letters_private", table)
        closed = time.perf_counter()
        kept = made.column("phone").to_pylist()
        again = time.perf_counter()
        for at, value in enumerate(kept[:10_000]):
            opened(value, "letters_private", "phone", f"l{at}")
        done = time.perf_counter()
    print(f"{n:,} rows, 2.5 values a row")
    print(f"hash for comparison  {(hashed - begun) / n * 1e6:.3f} µs a row")
    print(f"seal                 {(closed - hashed) / n * 1e6:.2f} µs a row")
    print(f"open                 {(done - again) / 10_000 * 1e6:.2f} µs a value")


if __name__ == "__main__":
    main()
