"""One hot issue (一件热点诉求): its letters, answers, repeats, records, and how it went from stage to stage.

Each function takes a selection of hot issues and the id of one; an empty id is the hottest that passes. Of an id
that does not exist there are no rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

import pandas as pd
import pyarrow as pa

from shuju.facts.naming import place_name
from shuju.facts.selection import Selection, nearest_page
from shuju.letters.elsewhere import is_elsewhere, place_counts
from shuju.letters.facts import ANSWER_UNKNOWN, ANSWERED, UNANSWERED, places_at
from shuju.letters.facts import selection as select_letters
from shuju.letters.reply_counts import median_reply_days
from shuju.library import Library
from shuju.library.hashing import hash_columns
from shuju.library.scope import EVERYTHING
from shuju.library.versioned import versioned
from shuju.standard import code_list

ROWS = 10
EXCERPT = 200
KEPT = 32
COLUMNS = (
    "letter_id", "title", "written_at", "writer_id", "region_code", "channel", "department", "likes",
    "replied_at", "reply_department", "key_hash",
)  # fmt: skip
HEAT_PARTS = {
    "heat_volume": "数量",
    "heat_growth": "增长",
    "heat_breadth": "广度",
    "heat_likes": "点赞",
    "heat_unanswered": "未答复",
}
NOTHING_YET = {
    "transmission": "尚未传到新的县市区、渠道或主题",
    "conversion": "还没有人因久未答复而一再来信，也没有信访、诉讼用语，媒体或文件没有回应",
}


def issue_row(selection: Selection, issue_id: str = "") -> dict[str, Any] | None:
    """Return one hot issue, columns as of the catalog; None if there is none of this id."""
    rows = (
        selection.rows(1) if not issue_id else selection.copy(**_no_filters(selection)).rows(selection.n_all)
    )
    found = rows if not issue_id else rows[rows["issue_id"] == issue_id]
    return None if found.empty else found.iloc[0].to_dict()


def issue_letters(selection: Selection, issue_id: str = "") -> pd.DataFrame:
    """Return the letters of an issue, oldest first: ``COLUMNS``, ``is_repeat``, ``days`` until the reply, ``answer``.

    ``answer`` is as the facts have it: answered, unanswered, or not known.

    O(letters of the issue), and the table of members.
    """
    row = issue_row(selection, issue_id)
    return _letters_of(selection.resources)("" if row is None else row["issue_id"])


def heat_data(selection: Selection, issue_id: str = "") -> pd.DataFrame:
    """Return the parts of an issue's heat, 0 to 100 (NaN: not known): ``part, name, value``."""
    row = issue_row(selection, issue_id) or dict.fromkeys(HEAT_PARTS, 0.0)
    values = pd.Series([row.get(part) for part in HEAT_PARTS], dtype=float)
    return pd.DataFrame({"part": list(HEAT_PARTS), "name": HEAT_PARTS.values(), "value": values.clip(0, 100)})


def answers_data(selection: Selection, issue_id: str = "") -> pd.DataFrame:
    """Return, by department, ``n`` letters, ``n_answered, n_unanswered, n_unknown, median_days, newest``; most letters first.

    Who signed the reply counts, else the department that handles the letter.
    """
    letters = issue_letters(selection, issue_id)
    who = letters["reply_department"].fillna(letters["department"]).fillna("未标明")
    state = letters["answer"]
    letters = letters.assign(
        is_answered=state == ANSWERED, is_waiting=state == UNANSWERED, is_unknown=state == ANSWER_UNKNOWN
    )
    found = letters.groupby(who.rename("department")).agg(
        n=("letter_id", "size"),
        n_answered=("is_answered", "sum"),
        n_unanswered=("is_waiting", "sum"),
        n_unknown=("is_unknown", "sum"),
        median_days=("days", median_reply_days),
        newest=("replied_at", "max"),
    )
    return found.sort_values("n", ascending=False).reset_index()


def repeats_data(selection: Selection, issue_id: str = "", most: int = 3) -> pd.DataFrame:
    """Return the first and the newest letter of the writers who wrote most often (并单建议), with ``n``, ``body``.

    ``attrs["n_mergeable"]`` is how many letters of the issue are a further one of their writer.
    """
    known = issue_letters(selection, issue_id).dropna(subset=["writer_id"])
    n = known.groupby("writer_id")["letter_id"].size()
    writers = n[n > 1].sort_values(ascending=False, kind="stable").index[:most]
    pairs = [known[known["writer_id"] == writer].iloc[[0, -1]] for writer in writers]
    found = _with_texts(selection.resources, pd.concat(pairs) if pairs else known.iloc[:0])
    found = found.assign(n=found["writer_id"].map(n))
    found.attrs = {"n_mergeable": int(known["writer_id"].duplicated().sum())}
    return found


def member_list_data(selection: Selection, issue_id: str = "", page: int = 1) -> pd.DataFrame:
    """Return one page of an issue's letters with ``body``, ``reply``, ``is_representative``; ``attrs``: ``page, total``."""
    letters = issue_letters(selection, issue_id)
    page = nearest_page(page, len(letters), ROWS)
    found = _with_texts(selection.resources, letters.iloc[(page - 1) * ROWS : page * ROWS])
    told = (issue_row(selection, issue_id) or {}).get("representatives")
    marked = told.split(",") if isinstance(told, str) else []
    found = found.assign(is_representative=found["letter_id"].isin(marked))
    found.attrs = {"page": page, "total": len(letters)}
    return found


def reactions_data(selection: Selection, issue_id: str = "", most: int = 10) -> pd.DataFrame:
    """Return the first records that speak of an issue (文件与媒体回应), with the ``site`` of each; ``attrs["total"]``.

    O(table of such records).
    """
    row = issue_row(selection, issue_id)
    key = "" if row is None else row["issue_id"]
    rows = selection.resources.read("issue_records", where=[("issue_id", "==", key)])
    rows = rows.sort_values(["published_at", "record_id"], ignore_index=True)
    sites = selection.resources.sites_frame().set_index("site_id")["name"]
    found = rows.head(most).assign(site=[sites.get(site, "站点不明") for site in rows["site_id"].head(most)])
    found.attrs = {"total": len(rows)}
    return found


def stages_data(selection: Selection, issue_id: str = "") -> list[dict[str, Any]]:
    """Return the three stages: ``name``, ``at`` (None where not reached), ``why``: what was the case by then."""
    row = issue_row(selection, issue_id)
    if row is None:
        return []
    letters = issue_letters(selection, issue_id)
    return [_stage(code, name, row, letters) for code, name in code_list("stages").names.items()]


# Behind it


def _no_filters(selection: Selection) -> dict[str, None]:
    return dict.fromkeys(selection.filter_names())


@versioned("issue_letters", "letters")
def _letters_of(library: Library) -> Callable[[str], pd.DataFrame]:
    """Return what reads the letters of an issue, and keeps those of the last few issues."""
    return lru_cache(KEPT)(partial(_read_letters, library))


def _read_letters(library: Library, issue_id: str) -> pd.DataFrame:
    members = library.read("issue_letters", ["letter_id", "is_repeat"], [("issue_id", "==", issue_id)])
    keys = hash_columns(pa.table({"letter_id": pa.array(members["letter_id"], pa.string())}))
    rows = library.take("letters", keys.tolist(), COLUMNS).to_pandas()
    rows = rows.merge(members, on="letter_id", how="inner").sort_values("written_at", ignore_index=True)
    days = (rows["replied_at"] - rows["written_at"]) / pd.Timedelta(days=1)
    # A letter that was entrusted is not among the visitor's own figures: what is seen is looked up among all.
    answer = select_letters(library.limited_to(EVERYTHING)).codes_at("answer", rows["key_hash"].to_numpy())  # type: ignore[attr-defined]
    is_repeat = rows["is_repeat"].fillna(False).astype(bool)
    region = places_at(library, rows["letter_id"].tolist())
    return rows.assign(
        days=days.clip(lower=0),
        is_repeat=is_repeat,
        answer=pd.array(answer, "str"),
        region_code=pd.array(region, "str"),
    )


def _with_texts(library: Library, letters: pd.DataFrame) -> pd.DataFrame:
    texts = library.take("letters", letters["key_hash"].tolist(), ("letter_id", "body", "reply")).to_pandas()
    return letters.merge(texts.drop_duplicates("letter_id"), on="letter_id", how="left")


def _stage(code: str, name: str, row: Mapping[str, Any], letters: pd.DataFrame) -> dict[str, Any]:
    at = row[f"{code}_at"]
    if code == "source" and pd.isna(at):
        at = row["first_at"]
    if pd.isna(at):
        return {"name": name, "at": None, "why": NOTHING_YET[code]}
    signs = code_list("stage_signs").names
    sign = row.get(f"{code}_sign")
    told = f"{signs[sign]}；" if sign in signs else ""
    return {"name": name, "at": at, "why": told + _why(code, letters[letters["written_at"] <= at], at, row)}


def _why(code: str, by_then: pd.DataFrame, at: pd.Timestamp, row: Mapping[str, Any]) -> str:
    n = len(by_then)
    match code:
        case "source":
            return f"{place_name(row['region_code'])}最先来信" + (f"，至此 {n} 封" if n else "")
        case "transmission":
            home = pd.Series(row["region_code"], by_then.index)
            away = by_then["region_code"][is_elsewhere(by_then["region_code"], home)]
            newest = f"，新到{place_name(away.iloc[-1])}" if len(away) else ""
            n_places = place_counts(by_then.assign(issue_id="")).sum()
            return f"至此 {n} 封，涉及 {n_places} 个县市区、{by_then['channel'].nunique()} 个渠道{newest}"
        case _:
            again = int(by_then["is_repeat"].sum())
            known = by_then[by_then["answer"] != ANSWER_UNKNOWN]
            waits = (known["answer"] == UNANSWERED) | (known["replied_at"] > at)
            told = f"未答复 {int(waits.sum())} 封" if len(known) else "答复情况未知"
            return f"至此 {n} 封，其中重复来信 {again} 封，{told}"
