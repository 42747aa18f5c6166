"""The downloads of letters."""

from __future__ import annotations

from shuju.ui.exports import register, rows_of

register(
    rows_of(
        "letters",
        "来信",
        (
            "letter_id", "title", "body", "written_at", "library", "region_code", "channel", "topic_1", "topic_2",
            "motive", "department", "age_band", "writer_sex", "status", "likes", "reply", "replied_at",
            "reply_department", "satisfaction", "source", "ingested_at", "revision",
        ),
    )
)  # fmt: skip
