"""Side by side of two documents of 20,000 characters: seconds, and characters kept, beside difflib.

``python -m bench.compare [CHARACTERS]``. Copies differ as copies do: a few characters changed, sentences cut and
added, a paragraph moved; one is another text altogether.
"""

from __future__ import annotations

import sys
import time
from difflib import SequenceMatcher

import numpy as np

from shuju.text.compare import compare

CHARACTERS = 20_000
RUNS = 5


def main(characters: int = CHARACTERS) -> None:
    random = np.random.default_rng(1)
    # The few most frequent characters make half of a Chinese text.
    text = _text(random, characters)
    copies = {
        "one character in a hundred changed": _changed(text, random, 100),
        "one character in ten changed": _changed(text, random, 10),
        "sentences cut and added": _cut(text, random),
        "a tenth moved": text[characters // 10 : characters // 2]
        + text[: characters // 10]
        + text[characters // 2 :],
        "another text": _text(random, characters),
        "repeats itself": text[:10] * (characters // 10),
    }
    compare(text, copies["a tenth moved"])  # compiled code is loaded
    print(f"{characters:,} characters on either side; CPU seconds, characters in common")
    print("| copy | shuju | common | difflib | common |\n|---|---:|---:|---:|---:|")
    for name, copy in copies.items():
        seconds, kept = _best(lambda c=copy: round(compare(text, c).kept * len(text)))
        # One run: difflib takes seconds to minutes.
        peer, common = _best(lambda c=copy: _difflib(text, c), runs=1)
        print(f"| {name} | {seconds:.4f} | {kept:,} | {peer:.2f} | {common:,} |", flush=True)


def _text(random: np.random.Generator, n: int) -> str:
    rank = np.minimum(random.zipf(1.25, n), 3000)
    marks = np.where(random.random(n) < 1 / 12, ord("，"), 0x4E00 + rank)
    return "".join(map(chr, marks.tolist()))


def _changed(text: str, random: np.random.Generator, every: int) -> str:
    characters = np.array(list(text))
    at = random.choice(len(text), len(text) // every, replace=False)
    characters[at] = list(_text(random, len(at)))
    return "".join(characters)


def _cut(text: str, random: np.random.Generator) -> str:
    pieces = [text[k : k + 50] for k in range(0, len(text), 50)]
    dice = random.random(len(pieces))
    return "".join(
        piece if d > 0.2 else "" if d > 0.1 else piece + _text(random, 60) for piece, d in zip(pieces, dice)
    )


def _difflib(text: str, copy: str) -> int:
    blocks = SequenceMatcher(None, text, copy, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks)


def _best(run, runs: int = RUNS) -> tuple[float, int]:
    took = []
    for _ in range(runs):
        start = time.process_time()
        found = run()
        took.append(time.process_time() - start)
    return min(took), found


if __name__ == "__main__":
    main(*(int(a.replace("_", "")) for a in sys.argv[1:]))
