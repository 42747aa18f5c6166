"""Who sees which letter, pair by pair: the compiled scope against the rule in other words.

``python -m bench.sight_pairs [letters]`` (5,000 if not given, so that there are a million pairs): letters of chance places and
departments, and everybody who may look: each role, a department of each region, departments with names of their own and those above them.
Fails if the two disagree on a pair.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.access.test_sight import Province, judged_pairs


def main(letters: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        n_pairs, wrong = judged_pairs(Province(Path(folder) / "province", letters))
    print(f"{n_pairs:,} pairs; disagreements: {len(wrong)}")
    for who, letter in wrong[:10]:
        print(f"  {who}: {letter}", file=sys.stderr)
    return len(wrong)


if __name__ == "__main__":
    sys.exit(int(main(int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 5_000) > 0))
