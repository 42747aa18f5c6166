"""A change (变化): one sentence about measured figures, where the evidence is, and how much it matters to whom."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from shuju.facts.naming import label_name, place_name

MOST = 7
OF_A_KIND = 0.75  # what each further sentence of a kind counts: seven of one kind tell less than some of each
CERTAIN = 8.0  # −log₁₀ p from which nothing is more unusual
KINDS = {
    "warning": "预警", "issue": "热点", "letters": "来信", "document": "文件", "task": "交办", "replies": "答复", "fast": "快速通道",
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One change: ``lead``, ``value`` and ``rest`` make the sentence; ``link`` is the page that counts the same value.

    ``usual`` is what was to be expected (NaN: nothing is), ``unusual`` from 0 to 1, ``people`` how many it is about. ``key`` stays
    the same as long as it is the same change; ``covers`` are the keys of changes that this one tells, too.
    """

    key: str
    kind: str
    lead: str
    value: int
    rest: str
    link: str
    unusual: float
    people: int
    usual: float = math.nan
    topic: str = ""
    region: str = ""
    at: dt.datetime | None = None
    covers: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The sentence as text."""
        return f"{self.lead}{self.value:,}{self.rest}"


def unusualness(p: float) -> float:
    """Return how unusual it is (0 to 1) that something of probability ``p`` happened."""
    return min(-math.log10(max(p, 1e-12)) / CERTAIN, 1.0)


def weight(change: Change, topics: Sequence[str] = ()) -> float:
    """Return what a change is ranked by: how unusual, how near to the topics of a field, how many people."""
    near = 1.0 if not topics or not change.topic or change.topic in topics else 0.5
    return change.unusual * near * (0.6 + 0.4 * min(math.log10(1 + max(change.people, 1)) / 2, 1))


def ranked(
    changes: Sequence[Change], dismissed: frozenset[str] = frozenset(), topics: Sequence[str] = ()
) -> list[Change]:
    """Return at most ``MOST`` changes, the weightiest first, each further one of a kind counting less; what others tell, and what
    was dismissed, is left out. O(n log n).
    """
    told = {key for change in changes for key in change.covers}
    kept = [change for change in changes if change.key not in told and change.key not in dismissed]
    kept.sort(key=lambda change: (-weight(change, topics), change.key))
    n_of_kind: Counter[str] = Counter()
    counted = []
    for change in kept:
        counted.append((weight(change, topics) * OF_A_KIND ** n_of_kind[change.kind], change))
        n_of_kind[change.kind] += 1
    return [change for _, change in sorted(counted, key=lambda one: -one[0])[:MOST]]


def place_and_topic(region: str, topic: str) -> str:
    """Return where and about what: 长沙市环境保护."""
    return f"{place_name(region) if region else '全省'}{label_name('topics', topic) if topic else ''}"
