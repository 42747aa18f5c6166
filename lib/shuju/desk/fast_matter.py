"""A matter of the fast channel (快速通道) and its events, as they are read from the desk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shuju.text.personal import mask


@dataclass(frozen=True)
class Matter:
    """One letter or suggestion on the leader's page; ``number`` is that of its answer within the year."""

    id: int
    seq: int
    kind: str
    source_id: str
    class_name: str
    title: str
    sender: str
    region_code: str
    topic: str
    written_at: dt.datetime
    came_at: dt.datetime
    reply_due: dt.datetime
    result_due: dt.datetime
    state: str
    decided_at: dt.datetime | None
    task_id: int | None
    number: int | None
    answer: str
    answered_at: dt.datetime | None
    is_published: bool
    is_synthetic: bool
    answer_id: int | None = None
    contact: str = ""

    @property
    def due(self) -> dt.datetime | None:
        """The term that runs: until the first word, then until the answer."""
        return None if self.state == "answered" else self.result_due if self.decided_at else self.reply_due

    @property
    def answer_number(self) -> str:
        """What the leader's answer is called: 快答〔2026〕12号; empty where there is none, or another's ended the matter."""
        is_ours = self.answered_at is not None and self.number is not None
        return f"快答〔{self.answered_at.year}〕{self.number}号" if is_ours else ""  # type: ignore[union-attr]

    @property
    def published(self) -> str:
        """The answer as it may be published: personal data masked; empty where it may not."""
        return (mask([self.answer])[0] or "") if self.is_published else ""


@dataclass(frozen=True)
class MatterEvent:
    """Something that was said or decided of a matter."""

    seq: int
    action: str
    at: dt.datetime
    who: str
    who_name: str
    told: Mapping[str, Any]
