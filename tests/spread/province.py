"""A province of nine sites, for tables of cases."""

from __future__ import annotations

import pandas as pd

# site_id, kind, level, region, department
SITES = pd.DataFrame(
    [
        ("P", "province_portal", "province", "430000", None),
        ("PJ", "province_department", "province", "430000", "jyt"),
        ("A", "prefecture_portal", "prefecture", "430100", None),
        ("AJ", "prefecture_department", "prefecture", "430100", "jyt"),
        ("A1", "county_portal", "county", "430102", None),
        ("A2", "county_portal", "county", "430103", None),
        ("B", "prefecture_portal", "prefecture", "430200", None),
        ("B1", "county_portal", "county", "430202", None),
        ("B2", "county_portal", "county", "430203", None),
        ("M", "media", "province", "430000", None),
        ("X", "outside", "outside", None, None),
    ],
    columns=["site_id", "kind", "level", "region_code", "department"],
).assign(name=lambda f: f["site_id"] + "网", opened_on=pd.Timestamp("2010-01-01"))
START, NOW = pd.Timestamp("2025-01-01 09:00"), pd.Timestamp("2025-01-11 09:00")


def documents(
    *rows: tuple[str, str], genre: str | None = "policy", published_at: object = START
) -> pd.DataFrame:
    """Documents of (origin_id, site_id), all on education."""
    frame = pd.DataFrame(rows, columns=["origin_id", "site_id"])
    region = frame["site_id"].map(SITES.set_index("site_id")["region_code"])
    return frame.assign(
        region_code=region, genre=genre, topic_1="教育文体", published_at=pd.to_datetime(published_at)
    )


def reprints(*rows: tuple[str, str, float, int]) -> pd.DataFrame:
    """Reprints of (origin_id, site_id, lag_hours, generation)."""
    frame = pd.DataFrame(rows, columns=["origin_id", "site_id", "lag_hours", "generation"])
    return frame.astype({"lag_hours": float, "generation": "Int64"}).assign(kind="verbatim")
