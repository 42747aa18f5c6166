"""What was made and may be asked for again: of each question the newest state only, of the questions the last few."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Kept(Generic[Made]):
    """Answers by question; that of a newer state takes the place of the older one, which nobody asks for again.

    So what is kept is bounded by how much is looked at, not by how often the library changes. Threads may share it.
    """

    def __init__(self, room: int):
        """Keep the answers to ``room`` questions, those asked last."""
        self.room = room
        self._made: OrderedDict[Hashable, tuple[Hashable, Made]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        """Return how many are kept."""
        return len(self._made)

    def get(self, question: Hashable, state: Hashable) -> Made | None:
        """Return what was made for a question in this state; None if it is not kept."""
        with self._lock:
            known = self._made.get(question)
            if known is None or known[0] != state:
                return None
            self._made.move_to_end(question)
            return known[1]

    def put(self, question: Hashable, state: Hashable, made: Made) -> None:
        """Keep what was made for a question in this state."""
        with self._lock:
            self._made[question] = state, made
            self._made.move_to_end(question)
            while len(self._made) > self.room:
                self._made.popitem(last=False)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._made.clear()
