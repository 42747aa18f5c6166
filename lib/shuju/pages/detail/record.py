"""One record (信息详情). Records are hostile input: only http and https addresses become links."""

from __future__ import annotations

from shuju.facts.naming import label_name, site_names
from shuju.library import Library
from shuju.pages.detail.origin import origin
from shuju.ui.crumbs import crumbs
from shuju.ui.templates import render

FIELDS = ("record_id", "document_number", "column_name", "content_source", "author", "keywords", "topic_1")


def record_html(library: Library, record_id: str) -> str:
    """Return one record as HTML, or a message if there is no such record. O(log n), and the ledger."""
    revisions = library.revisions("records", record_id) if record_id else []
    if not revisions:
        return render(
            "detail/nothing.html", unit="条", noun="信息", key=record_id, back="panorama", title="资源全景"
        )
    record = revisions[-1]
    is_web = str(record["url"] or "").lower().startswith(("http://", "https://"))
    site = site_names(library).get(record["site_id"], record["site_id"])
    region, genre = record["region_code"] or record["library"], record["genre"]
    way = (("region", region, label_name("regions", region)), ("genre", genre, label_name("genres", genre)))
    return render(
        "detail/record.html", row=record, steps=crumbs("panorama", "资源全景", way), site=site, is_web=is_web, revisions=revisions[::-1],
        origin=origin(library, "records", record, FIELDS),
    )  # fmt: skip
