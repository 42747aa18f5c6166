"""What the page of hot issues and warnings (热点与预警) shows, as frames: no widgets, no HTML."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import Engine

from shuju.desk.marks import ACKNOWLEDGED, MUTED, VERDICT, Precision, change_number, precision, read_marks
from shuju.desk.store import open_desk
from shuju.library import Library
from shuju.library.hashing import hash_columns
from shuju.standard import code_list, region, regions
from shuju.views.filters import label_name
from shuju.views.issue_filters import IssueFilters, issues_pass, warnings_pass
from shuju.views.live import Live

HEAT_PARTS = {
    "heat_volume": "数量",
    "heat_growth": "增长",
    "heat_breadth": "广度",
    "heat_likes": "点赞",
    "heat_unanswered": "未答复",
}
FACETS = {"stage": "阶段", "topic": "主题", "region": "市州"}
_SIGNS = code_list("stage_signs").codes
RECENT_DAYS = 30
MUTE_DAYS = 30
THIN = (
    "letter_id", "title", "written_at", "writer_id", "region_code", "channel", "department", "likes",
    "replied_at", "reply_department",
)  # fmt: skip


@dataclass(frozen=True)
class Headline:
    """The key figures: of the hot issues that pass, and of the warnings of the last days."""

    n_issues: int
    n_issues_all: int
    n_converted: int
    n_unanswered: int
    n_letters: int
    n_warnings: int
    n_new: int
    verdicts: Precision


@dataclass(frozen=True)
class IssueTables:
    """One state of the hot issues (hottest first) and warnings (newest first), and of what users said of them."""

    library: Library
    desk: Engine
    version: tuple[int | None, ...]
    issues: pd.DataFrame
    warnings: pd.DataFrame
    verdicts: Precision
    as_of: dt.datetime | None
    is_synthetic: bool


_newest: dict[str, IssueTables] = {}
_reading = threading.Lock()


def issue_tables(shared: Live) -> IssueTables:
    """Return the newest state; read anew only if the tables or the desk changed since."""
    library, desk = shared.library, open_desk(shared.library.home)
    with _reading:
        version = _version(library, desk)
        known = _newest.get(library.home.uri)
        if known is None or known.version != version:
            _newest[library.home.uri] = known = _read(shared, desk, version)
        return known


def _version(library: Library, desk: Engine) -> tuple[int | None, ...]:
    tables = [library.stored(name).refresh() for name in ("hot_issues", "warnings")]
    return (*(table.newest if table.exists else None for table in tables), change_number(desk))


def _read(shared: Live, desk: Engine, version: tuple[int | None, ...]) -> IssueTables:
    library, letters = shared.library, shared.letters
    issues = library.read("hot_issues").sort_values(["heat", "issue_id"], ascending=[False, True])
    warnings = library.read("warnings").sort_values(["day", "p"], ascending=[False, True])
    warnings = with_marks(warnings.reset_index(drop=True), read_marks(desk))
    return IssueTables(
        library, desk, version, issues.reset_index(drop=True), warnings, precision(desk),
        letters.newest, letters.is_synthetic,
    )  # fmt: skip


def series_of(warning_id: str) -> str:
    """Return the series of a warning, which is what is muted: its id without the day."""
    return warning_id.rpartition("-")[0]


def with_marks(warnings: pd.DataFrame, marks: pd.DataFrame) -> pd.DataFrame:
    """Return the warnings with ``acknowledged``, ``verdict`` and ``muted`` (of their series, a date as text)."""
    ids = warnings["warning_id"]
    about = {ACKNOWLEDGED: ids, VERDICT: ids, MUTED: ids.map(series_of)}
    known = {kind: marks[kind].dropna().to_dict() for kind in about}
    return warnings.assign(
        **{
            kind: pd.Series([known[kind].get(s) for s in about[kind]], ids.index, dtype=object)
            for kind in about
        }
    )


def recent_warnings(tables: IssueTables, filters: IssueFilters) -> pd.DataFrame:
    """Return the warnings that pass; of the last ``RECENT_DAYS`` where no days are chosen. ``is_muted`` is added."""
    rows = tables.warnings[warnings_pass(tables.warnings, filters)]
    if filters.day is None and tables.as_of is not None:
        rows = rows[rows["day"] > pd.Timestamp(tables.as_of).normalize() - pd.Timedelta(days=RECENT_DAYS)]
    today = "" if tables.as_of is None else f"{tables.as_of:%Y-%m-%d}"
    is_muted = [until is not None and until > today for until in rows[MUTED]]
    return rows.assign(is_muted=np.array(is_muted, bool))


def earlier_warnings(tables: IssueTables, filters: IssueFilters) -> pd.DataFrame:
    """Return the warnings that pass and are older than ``recent_warnings``, none where days are chosen."""
    rows = tables.warnings[warnings_pass(tables.warnings, filters)]
    is_old = ~rows["warning_id"].isin(recent_warnings(tables, filters)["warning_id"])
    return rows[is_old & (filters.day is None)]


def headline(tables: IssueTables, filters: IssueFilters) -> Headline:
    """Return the key figures under ``filters``."""
    issues = tables.issues[issues_pass(tables.issues, filters)]
    warnings = recent_warnings(tables, filters)
    open_ = warnings[~warnings["is_muted"] & (warnings[VERDICT] != "wrong")]
    return Headline(
        n_issues=len(issues),
        n_issues_all=len(tables.issues),
        n_converted=int((issues["stage"] == "conversion").sum()),
        n_unanswered=int(issues["n_unanswered"].sum()),
        n_letters=int(issues["n_letters"].sum()),
        n_warnings=len(open_),
        n_new=int(open_[ACKNOWLEDGED].isna().sum()),
        verdicts=tables.verdicts,
    )


def labels() -> Mapping[str, list[str]]:
    """Return what can be chosen in each dimension."""
    return {
        "stage": list(code_list("stages").codes),
        "topic": [*code_list("topics").codes, "未分类"],
        "region": [r.code for r in regions()],
        "warning": list(code_list("warning_kinds").codes),
    }


def facets(tables: IssueTables, filters: IssueFilters) -> dict[str, pd.DataFrame]:
    """Return the linked bars of issues: ``label``, ``name``, ``n`` under the other filters, ``n_all``, ``is_on``."""
    found = {}
    for name in FACETS:
        passes = issues_pass(tables.issues, filters, but=name)
        shown = [r.code for r in regions("prefecture")] if name == "region" else labels()[name]
        held = [_holds(tables.issues, name, label) for label in shown]
        rows = pd.DataFrame(
            {
                "label": shown,
                "name": [region(x).short_name if name == "region" else label_name(name, x) for x in shown],
                "n": [int((mask & passes).sum()) for mask in held],
                "n_all": [int(mask.sum()) for mask in held],
                "is_on": [label in getattr(filters, name) for label in shown],
            }
        )
        rows = rows if name == "stage" else rows.sort_values("n_all", ascending=False, kind="stable")
        found[name] = rows[(rows["n_all"] > 0) | rows["is_on"] | (name == "stage")]
    return found


def _holds(issues: pd.DataFrame, name: str, label: str) -> np.ndarray:
    return issues_pass(issues, IssueFilters(**{name: (label,)}))


def place_name(code: str | None) -> str:
    """Return a region with its prefecture: 长沙·岳麓区."""
    if code is None or pd.isna(code):
        return "地区不明"
    found = region(code)
    if found.level != "county":
        return label_name("region", code)
    return f"{region(str(found.parent_code)).short_name}·{found.name}"


# One issue


def issue_letters(library: Library, issue_id: str) -> pd.DataFrame:
    """Return the letters of an issue, oldest first: ``THIN``, ``is_repeat``, ``days`` until the reply, ``key_hash``.

    O(letters of the issue), and the table of members.
    """
    members = library.read("issue_letters", ["letter_id", "is_repeat"], [("issue_id", "==", issue_id)])
    keys = hash_columns(pa.table({"letter_id": pa.array(members["letter_id"], pa.string())}))
    rows = library.take("letters", keys.tolist(), (*THIN, "key_hash")).to_pandas()
    rows = rows.merge(members, on="letter_id", how="inner").sort_values("written_at", ignore_index=True)
    days = (rows["replied_at"] - rows["written_at"]) / pd.Timedelta(days=1)
    return rows.assign(days=days.clip(lower=0), is_repeat=rows["is_repeat"].fillna(False).astype(bool))


def texts_of(library: Library, letters: pd.DataFrame) -> pd.DataFrame:
    """Return ``body`` and ``reply`` of some letters, by ``letter_id``."""
    columns = ("letter_id", "body", "reply")
    return library.take("letters", letters["key_hash"].tolist(), columns).to_pandas().set_index("letter_id")


def by_day(letters: pd.DataFrame, most: int = 6) -> pd.DataFrame:
    """Return the letters a day (rows, every day from first to last) by region, those with most letters first.

    What is not among the ``most`` is 其他.
    """
    if letters.empty:
        return pd.DataFrame()
    names = letters["region_code"].map(place_name, na_action=None)
    kept = names.value_counts().index[:most]
    names = names.where(names.isin(kept), "其他")
    counts = pd.crosstab(letters["written_at"].dt.normalize(), names)
    every = pd.date_range(counts.index[0], counts.index[-1])
    order = [name for name in [*kept, "其他"] if name in counts]
    return counts.reindex(every, fill_value=0)[order]


def spread(letters: pd.DataFrame) -> pd.DataFrame:
    """Return, for each county (index), ``n`` letters and the ``first`` day, earliest first."""
    found = letters.dropna(subset=["region_code"]).groupby("region_code")["written_at"].agg(["size", "min"])
    found = found.rename(columns={"size": "n", "min": "first"}).sort_values("first")
    return found.assign(first=found["first"].dt.normalize())


def answers(letters: pd.DataFrame) -> pd.DataFrame:
    """Return, by department, ``n`` letters, ``n_answered``, ``median_days``, ``newest`` reply; most letters first."""
    who = letters["reply_department"].fillna(letters["department"]).fillna("未标明")
    found = letters.groupby(who.rename("department")).agg(
        n=("letter_id", "size"),
        n_answered=("replied_at", "count"),
        median_days=("days", "median"),
        newest=("replied_at", "max"),
    )
    return found.sort_values("n", ascending=False).reset_index()


def repeats(letters: pd.DataFrame, most: int = 3) -> list[pd.DataFrame]:
    """Return groups of letters that one writer wrote about the issue, largest first, at most ``most`` of them."""
    known = letters.dropna(subset=["writer_id"])
    size = known.groupby("writer_id")["letter_id"].size()
    writers = size[size > 1].sort_values(ascending=False, kind="stable").index[:most]
    return [known[known["writer_id"] == writer] for writer in writers]


def n_mergeable(letters: pd.DataFrame) -> int:
    """Return how many letters are another one of the same writer."""
    return int(letters["writer_id"].dropna().duplicated().sum())


def issue_records(library: Library, issue_id: str) -> pd.DataFrame:
    """Return the records that speak of an issue, the first first, with the ``site`` that published each.

    O(table of such records).
    """
    rows = library.read("issue_records", where=[("issue_id", "==", issue_id)])
    names = library.sites_frame().set_index("site_id")["name"]
    rows = rows.assign(site=[names.get(site, "站点不明") for site in rows["site_id"]])
    return rows.sort_values(["published_at", "record_id"], ignore_index=True)


def stage_steps(issue: Mapping[str, object], letters: pd.DataFrame) -> list[dict[str, object]]:
    """Return the three steps: ``name``, ``at`` (None where not reached), and what was the case by then, in words."""
    first, place = issue["first_at"], place_name(issue["region_code"])
    steps = []
    for code, name in code_list("stages").names.items():
        at = issue[f"{code}_at"]
        if code == "source" and pd.isna(at):
            at = first
        is_reached = not pd.isna(at)
        by_then = letters[letters["written_at"] <= at] if is_reached else letters.iloc[:0]
        sign = issue.get(f"{code}_sign")
        told = f"{code_list('stage_signs').names[str(sign)]}；" if is_reached and sign in _SIGNS else ""
        steps.append(
            {"name": name, "at": at if is_reached else None, "why": told + _why(code, by_then, at, place)}
        )
    return steps


def _why(code: str, by_then: pd.DataFrame, at: object, place: str) -> str:
    if by_then.empty:
        return {
            "source": f"{place}首批来信成簇",
            "transmission": "尚未传到新的县市区、渠道或主题",
            "conversion": "尚无重复来信、逾期未答、信访用语或媒体与文件回应",
        }[code]
    n = len(by_then)
    match code:
        case "source":
            return f"{place}首批来信成簇，至此 {n} 封"
        case "transmission":
            reached = list(dict.fromkeys(by_then["region_code"].dropna()))
            channels = by_then["channel"].nunique()
            newest = f"，新到{place_name(reached[-1])}" if len(reached) > 1 else ""
            return f"至此 {n} 封，涉及 {len(reached)} 个县市区、{channels} 个渠道{newest}"
        case _:
            again = int(by_then["is_repeat"].sum())
            waiting = int((by_then["replied_at"].isna() | (by_then["replied_at"] > at)).sum())
            return f"至此 {n} 封，其中重复来信 {again} 封，未答复 {waiting} 封"
