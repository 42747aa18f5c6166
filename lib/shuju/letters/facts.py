"""The fact table of letters: one row per letter, from its fields and from what its text tells.

A source system's own topic and motive are taken as they are; where it gives none, the text decides
(``shuju.text.topics``), and how sure that is stays beside it. So with a letter's region, and with its county where the
field names no more than a prefecture (``shuju.text.places``). Whether a letter was answered is known only where its source tells of answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuju.facts import Bins, Codes, Days, Facts, FactSchema
from shuju.facts.fact_selection import fact_selection
from shuju.facts.incremental import update_facts
from shuju.facts.schema import Words
from shuju.facts.selection import Selection
from shuju.facts.store import facts_version, open_facts
from shuju.facts.subset import RowSet
from shuju.fulltext.find import SEARCH, searched
from shuju.letters.departments import department_kinds
from shuju.letters.replies import IN_TERM, LATE, is_late
from shuju.library import Library
from shuju.library.carried import carried_signature, carries_any
from shuju.library.hashing import hash_columns
from shuju.library.scope import EVERYTHING
from shuju.library.versioned import versioned
from shuju.standard import code_list, province, regions
from shuju.standard.points import random_points
from shuju.standard.working_days import working_days
from shuju.text.places import places_of
from shuju.text.topics import classify

COLUMNS = (
    "title", "body", "library", "region_code", "channel", "topic_1", "motive", "department", "age_band",
    "writer_sex", "status", "written_at", "replied_at", "reply", "source", "file_id", "key_hash",
)  # fmt: skip
GIVEN, MODEL, UNSURE, PERSON = "given", "model", "unsure", "person"
CONFIDENCES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
ANSWERED, UNANSWERED, ANSWER_UNKNOWN = "answered", "unanswered", "答复情况未知"
TELLS_OF_REPLIES = ("reply", "replied_at")
NO_REPLY_TIME = "无答复时间"
REPLY_DAYS = (1, 3, 5, 7, 15, 30, 60, 90)
# Days round to tenths where most replies are, to whole ones from 60 on. A step holds what rounds to one of these, on one side of a
# whole day: letters that wait are counted by whole days, and a reply is later or earlier than these.
FINE_DAYS = tuple(
    sorted(
        {*(round(0.1 * k + 0.05, 2) for k in range(600)), *range(1, 366), *(k + 0.5 for k in range(60, 366))}
    )
)


METHOD = 4  # of the dimensions: counted up where they would come out otherwise


def schema() -> FactSchema:
    """Return the dimensions, their labels in the order of the standard.

    ``topic_by`` tells who gave the topic: the source system, the model, the model without being sure (then there is
    no topic), or a person who corrected it; ``confidence`` how likely the model's first choice is right.
    ``answer`` tells whether a letter was answered, unknown where its source does not say. ``reply_days`` is unknown
    where no time of a reply is known; ``reply_fine`` is the same in tenths of a day. ``term`` tells of a reply
    whether it came in time.
    """
    return FactSchema(
        name="letters",
        dimensions=(
            Codes(
                "library", code_list("libraries").codes, title="资源库", names="libraries", column="library"
            ),
            Codes("region", tuple(r.code for r in regions()), title="地区", names="regions"),
            Codes("channel", code_list("channels").codes, title="渠道", names="channels", column="channel"),
            Codes("topic", code_list("topics").codes, "未分类", title="主题", names="topics"),
            Codes("topic_by", (GIVEN, MODEL, UNSURE, PERSON), title="主题来源", names="topic_givers"),
            Bins("confidence", CONFIDENCES, null="不由模型判定", title="主题把握"),
            Codes("motive", code_list("motives").codes, title="来信目的", names="motives"),
            Codes("department", title="承办部门"),
            Codes("age", code_list("age_bands").codes, title="年龄", names="age_bands", column="age_band"),
            Codes("sex", code_list("sexes").codes, title="性别", names="sexes", column="writer_sex"),
            Codes(
                "status",
                code_list("letter_statuses").codes,
                title="办理状态",
                names="letter_statuses",
                column="status",
            ),
            Codes("answer", (ANSWERED, UNANSWERED), ANSWER_UNKNOWN, title="答复情况", names="answer_states"),
            Codes("term", (IN_TERM, LATE), "无从判断", title="是否按期", names="reply_terms"),
            Bins("reply_days", REPLY_DAYS, null=NO_REPLY_TIME, title="答复用时", unit="天"),
            Bins("reply_fine", FINE_DAYS, null=NO_REPLY_TIME),
            Codes("source", title="来源系统", names="sources", column="source"),
            Days("day", date(2000, 1, 1), title="来信日期", column="written_at"),
        ),
        time="day",
        x="x",
        y="y",
        locators=("key",),
    )


def build(library: Library) -> Facts:
    """Bring the fact table up to the library's newest version and return it open (see ``update_facts``).

    What costs is the text of letters that come without a topic: some thousand letters a second and core.
    """
    made_of = f"{METHOD} {working_days().version} {carried_signature(library, 'letters', (*TELLS_OF_REPLIES, 'status'))}"
    return update_facts(library, schema(), COLUMNS, partial(dimensions, library), made_of)


def dimensions(library: Library, rows: pa.Table, seed: int) -> pa.Table:
    """Return the dimensions of a batch of letters (``COLUMNS``), and a point within the county of each."""
    topic, topic_by, confidence, motive = _read(rows)
    region = _places(rows)
    where = pc.fill_null(region.cast(pa.int64()), 0).to_numpy()
    # A letter of which no county is known is nowhere on the map.
    x, y = random_points(np.where(where % 100 == 0, 0, where), seed=seed)
    written, replied = (rows.column(c).to_numpy() for c in ("written_at", "replied_at"))
    days = pa.array(np.maximum((replied - written) / np.timedelta64(1, "D"), 0), from_pandas=True)
    return pa.table(
        {
            "library": rows.column("library"),
            "region": region,
            "channel": rows.column("channel"),
            "topic": topic,
            "topic_by": topic_by,
            "confidence": confidence,
            "motive": motive,
            "department": department_kinds(rows.column("department")),
            "age": rows.column("age_band"),
            "sex": rows.column("writer_sex"),
            "status": rows.column("status"),
            "answer": answers(library, rows),
            "term": _terms(written, replied, motive),
            "reply_days": days,
            "reply_fine": days,
            "source": rows.column("source"),
            "day": rows.column("written_at"),
            "x": x,
            "y": y,
            "key": rows.column("key_hash"),
        }
    )


def answers(library: Library, rows: pa.Table) -> pa.Array:
    """Return whether each letter was answered; null where its source does not tell.

    ``rows`` has reply, replied_at, status, source and file_id. A letter was answered if a reply, its time or the status says
    so. It was not if the source carries replies, or a status that says otherwise. O(rows).
    """
    status, written = rows.column("status"), pc.utf8_trim_whitespace(rows.column("reply"))
    is_answered = pc.or_(
        rows.column("replied_at").is_valid(), pc.greater(pc.utf8_length(written), 0).fill_null(False)
    )
    is_answered = pc.or_(is_answered, pc.is_in(status, pa.array(["answered", "closed"])))
    source, file_id = rows.column("source"), rows.column("file_id")
    tells = carries_any(library, "letters", TELLS_OF_REPLIES, source, file_id)
    tells |= status.is_valid().to_numpy(zero_copy_only=False)
    told = np.where(is_answered.to_numpy(zero_copy_only=False), ANSWERED, np.where(tells, UNANSWERED, None))
    return pa.array(told, pa.string())


def answer_of(library: Library, letter: Mapping[str, Any]) -> str | None:
    """Return whether one letter, a row of the library, was answered; None where its source does not tell."""
    fields = ("reply", "replied_at", "status", "source", "file_id")
    types = {"replied_at": pa.timestamp("us")}
    one = pa.table(
        {name: pa.chunked_array([pa.array([letter[name]], types.get(name, pa.string()))]) for name in fields}
    )
    return answers(library, one)[0].as_py()


def _terms(written: np.ndarray, replied: np.ndarray, motive: pa.Array) -> pa.Array:
    """Return of each reply whether it came in term; null where its time is not known."""
    known = ~np.isnat(replied)
    told = np.full(len(known), None, object)
    motives = motive.to_numpy(zero_copy_only=False)[known]
    late = is_late(written[known], replied[known], motives)
    told[known] = np.where(late, LATE, IN_TERM)
    return pa.array(told, pa.string())


def _places(rows: pa.Table) -> pa.ChunkedArray:
    """Return the region of each letter: its own, or the county within it that its text tells; where it has none, that of the text."""
    own = rows.column("region_code")
    field = own.to_numpy(zero_copy_only=False).astype(object)
    lacking = np.flatnonzero([code is None or code.endswith("00") for code in field])
    if not len(lacking):
        return own
    texts = rows.select(["title", "body"]).take(lacking)
    # What is sent to the province speaks of it sooner than of another.
    here = [code or province().code for code in field[lacking]]
    told = places_of(*(texts.column(c).to_pylist() for c in ("title", "body")), here)["region_code"]
    told = told.where((told != province().code) | pd.Series(field[lacking]).notna())
    field[lacking] = told.to_numpy(object, na_value=None)
    return pa.chunked_array([pa.array(field, pa.string(), from_pandas=True)])


def _read(rows: pa.Table) -> tuple[pa.Array, pa.Array, pa.Array, pa.Array]:
    """Return topic, where it came from, how sure that is, and motive; only texts that lack one are read."""
    topic, motive = (
        rows.column(c).to_numpy(zero_copy_only=False).astype(object) for c in ("topic_1", "motive")
    )
    by = np.where([t is None for t in topic], None, GIVEN).astype(object)
    confidence = np.full(len(topic), np.nan)
    lacking = np.flatnonzero([t is None or m is None for t, m in zip(topic, motive, strict=True)])
    if len(lacking):
        texts = rows.select(["title", "body"]).take(lacking)
        found = classify(texts.column("title").to_pylist(), texts.column("body").to_pylist())
        is_open = (by[lacking] == None) & found["topic_likely"].notna().to_numpy()  # noqa: E711 - elementwise
        own = lacking[is_open]
        topic[own] = found["topic_1"].to_numpy(object, na_value=None)[is_open]
        by[own] = np.where(found["is_unsure"].to_numpy()[is_open], UNSURE, MODEL)
        confidence[own] = found["confidence"].to_numpy()[is_open]
        no_motive = (motive[lacking] == None) & found["motive"].notna().to_numpy()  # noqa: E711
        motive[lacking[no_motive]] = found["motive"].to_numpy(object)[no_motive]
    told = (pa.array(values, pa.string()) for values in (topic, by, motive))
    topic, by, motive = told
    return topic, by, pa.array(confidence, from_pandas=True), motive


def newest(library: Library) -> Facts:
    """Return the newest facts of the letters, built where they are missing.

    They also change without a new letter: when corrected topics are taken in.
    """
    facts = _built(library)
    held = _open.get(facts.path, facts)
    if held.version != facts_version(facts.path):
        held = open_facts(facts.path)
    _open[facts.path] = held
    return held


_open: dict[Path, Facts] = {}


@versioned("letters")
def _built(library: Library) -> Facts:
    return build(library)


def places_at(library: Library, letter_ids: Sequence[str]) -> list[str | None]:
    """Return the region of some letters that are seen, as all counts have it; None where it is not known. O(letters of the facts).

    One that was entrusted is not among the visitor's own figures: it is looked up among all.
    """
    chosen: Any = selection(library.limited_to(EVERYTHING))
    null = chosen.schema.dimension("region").null
    keys = hash_columns(pa.table({"letter_id": pa.array(letter_ids, pa.string())}))
    return [None if code == null else code for code in chosen.codes_at("region", keys)]


def selection(library: Library, row_set: RowSet | None = None, /, **filters: Any) -> Selection:
    """Return a selection of letters."""
    stored = schema()
    told = replace(stored, dimensions=(*stored.dimensions, Words("word", title="关键词"), SEARCH))
    holding = {"word": _holding, SEARCH.name: searched("letters")}
    return fact_selection(newest, told, holding, unit="封", noun="来信")(library, row_set, **filters)


def _holding(library: Library, words: Sequence[str]) -> RowSet:
    from shuju.letters.letter_words import newest as newest_words

    return newest_words(library).holding(words)
