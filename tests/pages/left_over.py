"""What a text still tells in digits when all that was counted anew is taken out of it."""

from __future__ import annotations

import re
from collections.abc import Iterable


def left_over(text: str, counted: Iterable[str], furniture: Iterable[str]) -> list[str]:
    """Return the lines that still have a digit after what was counted, and patterns of ``furniture``, is taken out, the longest first."""
    for sentence in sorted(set(counted), key=len, reverse=True):
        text = text.replace(sentence, "·")
    for pattern in furniture:
        text = re.sub(pattern, "·", text)
    return [line for line in text.splitlines() if re.search(r"\d", line)]
