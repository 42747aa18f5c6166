"""What each download has to hold, made anew by pandas from the raw rows that the small libraries were filled with.

Only texts that a method finds (titles of issues, their words, stages, shapes) are those of the stored table, read as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd

from shuju.library import Library
from tests.spread.spread_library import AS_OF, LINKS, PAGES, SITES, TEXTS
from tests.working_days import worked_days

REGIONS = {
    "430000": "湖南省", "430100": "长沙市", "430200": "株洲市", "431100": "永州市", "430104": "岳麓区", "430111": "雨花区",
    "430211": "天元区", "430281": "醴陵市", "431181": "祁阳市",
}  # fmt: skip
GENRES = {"news": "要闻动态", "notice": "通知公告", "policy": "政策文件", "interpretation": "政策解读"}
LEVELS = {"province": "省级", "prefecture": "市州级", "county": "县市区级"}
KINDS = {
    "province_portal": "省门户",
    "prefecture_portal": "市州门户",
    "county_portal": "县市区门户",
    "media": "媒体",
}
REPRINTS = {"verbatim": "原文转载", "edited": "编辑转载", "forwarded": "转发通知", "related": "相关报道"}
FLAGS = {"before_origin": "早于原文", "contradiction": "来源矛盾", "": ""}
PEOPLE = 66_444_864  # of the province in the census of 2020
PORTALS = {"4301000001": 10_047_914, "4311000001": 5_289_824}  # of the prefectures with a portal
COUNTIES = {"4301040001": 10_047_914 / 9, "4311810001": 5_289_824 / 11, "4302810001": 3_902_738 / 9}
Rows = Sequence[Mapping[str, Any]]


def letters(raw: Rows, library: Library) -> pd.DataFrame:
    """Return the letters as they have to be downloaded; of one that came twice the newest."""
    rows = pd.DataFrame(raw).rename(columns={"id": "letter_id"})
    revision = rows.groupby("letter_id").cumcount() + 1
    rows = rows.assign(revision=revision).drop_duplicates("letter_id", keep="last", ignore_index=True)
    members = stored(library, "issue_letters").set_index("letter_id")["issue_id"]
    titles = stored(library, "hot_issues").set_index("issue_id")["title"]
    issue = rows["letter_id"].map(members).where(lambda ids: ids.isin(titles.index))
    written, replied = pd.to_datetime(rows["time"]), pd.to_datetime(rows["replied"])
    until = replied.fillna(written).to_numpy("datetime64[D]")
    worked = worked_days(written.to_numpy("datetime64[D]"), until)
    term = np.where(worked > rows["motive"].map({"inquiry": 5, "complaint": 15}), "late", "in_term")
    term = pd.Series(term).where(replied.notna())
    prefecture = rows["place"].str[:4] + "00"
    answer = replied.notna().map({True: "answered", False: "unanswered"})
    nothing = pd.Series([None] * len(rows))
    return pd.DataFrame(
        {
            "letter_id": rows["letter_id"], "title": rows["title"], "body": rows["body"], "written_at": written,
            **coded("library", prefecture, REGIONS), **coded("region", rows["place"], REGIONS),
            **coded("channel", pd.Series("hotline", rows.index), {"hotline": "12345热线"}),
            "topic": rows["topic"], **coded("topic_by", pd.Series("given", rows.index), {"given": "来源系统"}),
            "topic_2": nothing, **coded("motive", rows["motive"], {"complaint": "投诉", "inquiry": "咨询"}),
            "department": rows["department"], "likes": nothing,
            **coded("age", nothing, {}), **coded("sex", nothing, {}), **coded("status", nothing, {}),
            **coded("answer", answer, {"answered": "已答复", "unanswered": "未答复"}),
            "reply": rows["reply"], "replied_at": replied,
            **coded("term", term, {"in_term": "按期答复", "late": "逾期答复"}, "无从判断"),
            "reply_department": nothing, "satisfaction": nothing,
            **coded("source", pd.Series("test_letters", rows.index), {"test_letters": "测试来信"}),
            "revision": rows["revision"], "issue_id": issue, "issue_title": issue.map(titles),
        }
    )  # fmt: skip


def records() -> pd.DataFrame:
    """Return the pages of the library of spread as they have to be downloaded."""
    known = pd.DataFrame(PAGES, columns=["record_id", "site_id", "genre", "published_at", "title"])
    rows = known.merge(sites(), on="site_id")
    nothing = pd.Series([None] * len(rows))
    library = rows["region_code"].str[:4] + "00"
    return pd.DataFrame(
        {
            "record_id": rows["record_id"], "title": rows["title"],
            "published_at": pd.to_datetime(rows["published_at"]), "site_code": rows["site_id"], "site": rows["name"],
            **coded("library", library, REGIONS), **coded("region", rows["region_code"], REGIONS),
            **coded("level", rows["level"], LEVELS), **coded("kind", rows["kind"], KINDS),
            **coded("genre", rows["genre"], GENRES), "topic": "未分类", "column_name": nothing,
            "content_source": nothing, "document_number": nothing, "url": "http://www.changsha.gov.cn/0.html",
            **coded("source", pd.Series("test_pages", rows.index), {"test_pages": "测试网页"}), "revision": 1,
        }
    )  # fmt: skip


def issues(raw: Rows, library: Library) -> pd.DataFrame:
    """Return the hot issues as they have to be downloaded: every number from their letters, what is told in words as stored."""
    told = stored(library, "hot_issues").set_index("issue_id")
    members = stored(library, "issue_letters")[["letter_id", "issue_id"]]
    rows = pd.DataFrame(raw).drop_duplicates("id", keep="last")
    rows = members.merge(rows, left_on="letter_id", right_on="id")
    rows = rows.assign(at=pd.to_datetime(rows["time"]), waits=rows["replied"].isna()).sort_values("at")
    newest = rows["at"].max()
    found = {}
    for issue, of in rows[rows["issue_id"].isin(told.index)].groupby("issue_id"):
        age = (newest - of.drop_duplicates("writer")["at"]).dt.total_seconds() / 86_400
        n, recent, before = len(age), (age < 30).sum(), ((age >= 30) & (age < 60)).sum()
        places, old = of["place"].unique(), of[(newest - of["at"]).dt.total_seconds() > 21 * 86_400]
        volume, wide = (100 * np.log(size) / np.log(full) for size, full in ((1 + n, 101), (len(places), 14)))
        parts = {
            "heat_volume": min(volume, 100.0), "heat_growth": 100 * recent / (recent + before + 3),
            "heat_breadth": (min(volume, 100.0) + min(wide, 100.0)) / 2, "heat_likes": np.nan,
            "heat_unanswered": 100 * old["waits"].mean() if len(old) else np.nan,
        }  # fmt: skip
        weights = dict(zip(parts, (0.40, 0.15, 0.20, 0.10, 0.15), strict=True))
        known = {name: weight for name, weight in weights.items() if not np.isnan(parts[name])}
        origin = of.drop_duplicates("writer").head(5)["place"].mode().iloc[0]
        found[issue] = {
            "topic_1": of["topic"].mode().iloc[0], "department": of["department"].mode().iloc[0],
            "region_code": origin, "region_code_name": REGIONS[origin], "n_letters": len(of), "n_writers": n,
            "heat": sum(parts[name] * weight for name, weight in known.items()) / sum(known.values()), **parts,
            "n_regions": len(places), "regions": "、".join(REGIONS[place] for place in places),
            "n_unanswered": of["waits"].sum(), "n_answer_unknown": 0, "n_records": 0,
            "first_at": of["at"].min(), "last_at": of["at"].max(),
        }  # fmt: skip
    counted = pd.DataFrame.from_dict(found, orient="index")
    heats = [name for name in counted if name.startswith("heat")]
    counted[heats] = counted[heats].astype(float).round(1)
    words = [name for name in told if name not in counted]
    stages = {"source": "源头", "transmission": "传导", "conversion": "转化"}
    signs = {
        "region": "新的县市区",
        "channel": "新的渠道",
        "topic": "新的主题",
        "repeat": "逾期未答的重复来信",
    }
    named = {
        "stage_name": told["stage"].map(stages),
        **{f"{sign}_sign_name": told[f"{sign}_sign"].map(signs) for sign in ("transmission", "conversion")},
    }
    return told[words].assign(**named).join(counted).rename_axis("issue_id").reset_index()


def sites() -> pd.DataFrame:
    """Return the register of the library of spread."""
    return pd.read_csv(StringIO(SITES), dtype=str).set_axis(
        ["site_id", "name", "region_code", "level", "kind"], axis=1
    )


def copies(document: str) -> pd.DataFrame:
    """Return the rows of ``LINKS`` of one document with their pages and hours, in the order of time."""
    links = pd.DataFrame(
        LINKS, columns=["origin_id", "record_id", "kind", "parent_id", "generation", "flags"]
    )
    pages = pd.DataFrame(PAGES, columns=["record_id", "site_id", "genre", "published_at", "title"])
    pages = pages.assign(published_at=pd.to_datetime(pages["published_at"]))
    begun = pages.set_index("record_id")["published_at"]
    found = links[links["origin_id"] == document].merge(pages, on="record_id")
    hours = (found["published_at"] - begun[document]).dt.total_seconds() / 3600
    return found.assign(lag_hours=hours).sort_values("lag_hours", ignore_index=True)


def waits(document: str) -> pd.DataFrame:
    """Return the sites that ought to carry a document of the province's portal: its hours (NaN: no true time), whether it is there."""
    due = sites()[lambda rows: rows["kind"].isin(["prefecture_portal", "county_portal"])]
    reprints = copies(document)[lambda rows: rows["kind"] != "related"]
    true = reprints[reprints["lag_hours"] >= 0].groupby("site_id")["lag_hours"].min()
    return due.assign(has=due["site_id"].isin(reprints["site_id"]), hours=due["site_id"].map(true))


def spread() -> pd.DataFrame:
    """Return both documents that were carried as they have to be downloaded, but for the shape."""
    pages = {row[0]: row for row in PAGES}
    numbers, topics = {"a": "湘政办发〔2024〕13号"}, {"a": "民政"}
    found = []
    for key in ("a", "b"):
        _, site, genre, time, title = pages[key]
        reprints = copies(key)[lambda rows: rows["kind"] != "related"]
        by = sites()[lambda rows, r=reprints: rows["site_id"].isin(r["site_id"])]
        due, others = waits(key), len(sites()) - 1
        inside = by[by["level"] != "province"]
        reached = {code[:4] for code in by.loc[by["site_id"].isin(PORTALS), "region_code"]}
        reach = sum(n for code, n in PORTALS.items() if code[:4] in reached)
        reach += sum(
            n for code, n in COUNTIES.items() if code in set(by["site_id"]) and code[:4] not in reached
        )
        first = reprints[(reprints["lag_hours"] >= 0) & reprints["site_id"].isin(by["site_id"])]
        hours = sorted(due["hours"].dropna())
        waiting, left, half = 1.0, (due["hours"].notna() | ~due["has"]).sum(), np.nan
        for hour in hours:
            waiting, left = waiting * (1 - 1 / left), left - 1
            half = hour if waiting <= 0.5 + 1e-9 and np.isnan(half) else half
        found.append(
            {
                "origin_id": key, "title": title, "document_number": numbers.get(key), "site_id": site, "library": "湖南省",
                "region_code": "湖南省", "genre": GENRES[genre], "topic_1": topics.get(key),
                "published_at": pd.Timestamp(time), "n_characters": len(TEXTS.get(key, "正文")),
                "n_reprints": len(reprints), "n_sites": len(by), "depth": reprints["generation"].max(),
                "n_counties": (by["level"] == "county").sum(), "n_prefectures": inside["region_code"].str[:4].nunique(),
                "n_levels": by.loc[by["kind"] != "media", "level"].nunique(), "spread_rate": len(by) / others,
                "reach": reach / PEOPLE, "n_due": len(due), "is_small": len(due) < 5, "is_pending": False,
                **{f"share_{limit}h": (due["hours"] <= limit).mean() for limit in (8, 24, 72)},
                "share_ever": due["has"].mean(), "n_untimed": (reprints["lag_hours"] < 0).sum(), "half_life_hours": half,
                "median_lag_hours": first.groupby("site_id")["lag_hours"].min().median(),
            }
        )  # fmt: skip
    return pd.DataFrame(found)


def spread_copies(document: str) -> pd.DataFrame:
    """Return the copies of one document as they have to be downloaded."""
    rows = copies(document).merge(sites().drop(columns="kind"), on="site_id", how="left")
    place = rows["region_code"].map(REGIONS)
    county = rows["level"] == "county"
    above = (rows["region_code"].str[:4] + "00").map(REGIONS).str[:2]
    place = place.mask(county, above + "·" + place).fillna("省外")
    flags = rows["flags"].map(lambda told: "、".join(FLAGS[one] for one in told.split(",")))
    return pd.DataFrame(
        {
            "site": rows["name"].fillna(rows["site_id"]), "place": place, "origin_id": document,
            "record_id": rows["record_id"], "site_id": rows["site_id"],
            "region_code": rows["region_code"].map(REGIONS), "published_at": rows["published_at"],
            "title": rows["title"], "kind": rows["kind"].map(REPRINTS), "containment": 0.9, "resemblance": 0.8,
            "lag_hours": rows["lag_hours"], "parent_id": rows["parent_id"], "confidence": 0.75,
            "evidence": "改动相同、署名来源", "generation": rows["generation"], "flags": flags,
        }
    )  # fmt: skip


def spread_missing(document: str) -> pd.DataFrame:
    """Return the sites that lack one document: each stopped at itself, or at the portal of its prefecture that lacks it too."""
    lacking = waits(document)[lambda rows: ~rows["has"]]
    names = lacking.set_index("site_id")["name"]
    above = lacking["site_id"].map({"4301040001": "4301000001", "4311810001": "4311000001"})
    stopped = above.where(above.isin(names.index), lacking["site_id"])
    place = lacking["region_code"].map(REGIONS)
    upper = (lacking["region_code"].str[:4] + "00").map(REGIONS).str[:2]
    begun = pd.Timestamp(next(row[3] for row in PAGES if row[0] == document))
    return pd.DataFrame(
        {
            "site_id": lacking["site_id"], "name": lacking["name"], "level": lacking["level"].map(LEVELS),
            "place": place.mask(lacking["level"] == "county", upper + "·" + place), "region_code": place,
            "clause": "省政府文件公告", "why": "省政府门户发布的政策文件和通知公告，市州、县市区门户应当转载",
            "waited_hours": (pd.Timestamp(AS_OF) - begun).total_seconds() / 3600,
            "stopped_at": stopped, "stopped_name": stopped.map(names),
        }
    )  # fmt: skip


def coded(
    name: str, code: pd.Series, names: Mapping[str, str], unknown: str = "未知"
) -> dict[str, pd.Series]:
    """Return the two columns of a dimension: its codes, and their Chinese names."""
    return {f"{name}_code": code, name: code.map(names).astype(object).fillna(unknown)}


def stored(library: Library, table: str) -> pd.DataFrame:
    """Return a derived table as it stands in its files, without the columns of its provenance."""
    from deltalake import DeltaTable

    own = list(library.catalog.table(table).columns)
    return DeltaTable(f"{library.home.uri}/tables/{table}").to_pandas()[own]
