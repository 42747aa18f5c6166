"""The downloads of records."""

from __future__ import annotations

from shuju.ui.exports import register, rows_of

register(
    rows_of(
        "records",
        "网页信息",
        (
            "record_id", "title", "published_at", "@site", "@library", "@region", "@level", "@kind", "@genre", "@topic",
            "column_name", "content_source", "document_number", "url", "@source", "ingested_at", "revision",
        ),
    )
)  # fmt: skip
