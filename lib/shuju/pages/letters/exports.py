"""The downloads of letters: their rows, and the briefing."""

from __future__ import annotations

from shuju.pages.letters.briefing import TITLE, write_briefing
from shuju.ui.exports import Briefing, register, rows_of

register(
    rows_of(
        "letters",
        "来信",
        (
            "letter_id", "title", "body", "written_at", "library", "region_code", "channel", "topic_1", "topic_2",
            "motive", "department", "age_band", "writer_sex", "status", "likes", "reply", "replied_at",
            "reply_department", "satisfaction", "source", "ingested_at", "revision",
        ),
    ),
    Briefing("letters-briefing", TITLE, "letters", lambda letters, _, path, as_of: write_briefing(letters, path, as_of)),
)  # fmt: skip
