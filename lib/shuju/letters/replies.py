"""Replies (答复): whether they were in time, how long they took, and how good they are.

The quality of a reply has four parts, each 0 to 1 and each shown: relevance, completeness, explainability,
timeliness. See docs/methods/replies.md.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuju.clock import wall_time
from shuju.letters.relevance import relevance
from shuju.standard.working_days import WorkingDays, working_days

IN_TERM, LATE, WAITING, OVERDUE, VETO = "in_term", "late", "waiting", "overdue", "overdue_3_months"
VETO_DAYS = 92
TEMPLATE_FACTOR = 0.7
WEIGHTS = {"relevance": 0.3, "completeness": 0.3, "explainability": 0.2, "timeliness": 0.2}

# What a whole reply does: (greets and repeats the matter), tells what was found, what was or will be done,
# and where to turn.
HEARD = r"收悉|收到|反映的|您好|你好|咨询的|提出的|来信"
FOUND = r"经(?:查|核|调查|核实|了解|现场|研究|与)|核查|调查|情况(?:如下|属实|说明)|属实|查明|了解到|现场(?:查看|勘|核)|目前"
DONE = (
    r"已经?(?:督促|责令|要求|安排|协调|转|整改|完成|修复|处理|处罚|拆除|约谈|联系|启动)"
    r"|将(?:于|会|在|继续|进一步|加强|督促|安排|尽快|依法)|责令|下一步|整改|处罚|预计|计划"
    r"|可以?(?:到|向|凭|申请)|请(?:您|你)?(?:到|携带|向|拨打)|建议(?:您|你)"
)
TURN = r"联系(?:电话|人|方式)|电话|咨询|详询|拨打|地址|窗口|网址|官网|来访|感谢"
BASIS = r"《[^》]{3,60}》|依据|根据|按照|依照|规定|条例|办法|号文|[〔\[（(]20\d\d[〕\]）)]\d+号|第[一二三四五六七八九十百\d]+条"
REASON = r"因为|由于|因此|所以|原因|鉴于|为此|考虑到|不属于|不符合|符合|需要|须"
FACT = r"\d+(?:\.\d+)?(?:元|万|户|米|公里|平方|人|天|个工作日|年|月|日|%|％|台|栋|吨)"


@dataclass(frozen=True)
class Terms:
    """How many working days a reply may take: to an inquiry, to anything else.

    The defaults are the usual ones; a place that has set shorter ones gives its own.
    """

    inquiry_days: int = 5
    other_days: int = 15

    def days(self, motives: pd.Series | np.ndarray) -> np.ndarray:
        """Return the term of each letter in working days."""
        return np.where(motives == "inquiry", self.inquiry_days, self.other_days)


def is_late(
    written: np.ndarray,
    until: np.ndarray,
    motives: pd.Series | np.ndarray,
    terms: Terms | None = None,
    calendar: WorkingDays | None = None,
) -> np.ndarray:
    """Tell of letters ``written`` whether ``until`` (datetime64) is past their term; the calendar is the package's where none is given."""
    return _worked(written, until, calendar) > (terms or Terms()).days(motives)


def _worked(written: np.ndarray, until: np.ndarray, calendar: WorkingDays | None) -> np.ndarray:
    return (calendar or working_days()).count(written, np.maximum(until, written))


def assess_replies(
    letters: pd.DataFrame,
    as_of: dt.datetime,
    terms: Terms | None = None,
    calendar: WorkingDays | None = None,
) -> pd.DataFrame:
    """Return, for each letter, how it was answered; the index is that of ``letters``.

    Terms are counted on ``calendar``, the package's where none is given: holidays, and weekends that are worked for
    one (调休). ``letters`` has title, body, written_at, reply, replied_at, and may have motive and writer_id. Columns:
    ``state`` (in_term, late, waiting, overdue, overdue_3_months: unanswered for over three months, a veto item
    of the national indicators), ``days`` (until the reply, or until ``as_of`` where there is none),
    ``has_reply``, ``is_template`` (the same text, but for names and numbers, to different people), the parts
    ``relevance``, ``completeness``, ``explainability``, ``timeliness`` and the ``quality`` they make (null
    without a reply). A reply before its letter is taken as given at once. O(characters).
    """
    terms = terms or Terms()
    written = wall_time(letters["written_at"]).to_numpy("datetime64[us]")
    replied = wall_time(letters["replied_at"]).to_numpy("datetime64[us]")
    text = letters["reply"].astype("str").where(letters["reply"].notna(), "").str.strip()
    has_reply = (~np.isnat(replied)) | (text != "").to_numpy()
    until = np.where(np.isnat(replied), np.datetime64(as_of, "us"), replied)
    days = np.maximum((until - written) / np.timedelta64(1, "D"), 0)
    motives = letters["motive"] if "motive" in letters else pd.Series(None, letters.index, dtype="str")
    working, term = _worked(written, until, calendar), terms.days(motives)
    late = working > term
    state = np.select(
        [has_reply & ~late, has_reply, days > VETO_DAYS, late], [IN_TERM, LATE, VETO, OVERDUE], WAITING
    )
    parts = pd.DataFrame(
        {
            "relevance": relevance(letters["title"].tolist(), letters["body"].tolist(), text.tolist()),
            "completeness": _completeness(text),
            "explainability": _explainability(text),
            "timeliness": np.clip(1 - (working - term) / (3 * term), 0, 1),
        },
        index=letters.index,
    )
    template = templates(letters, text)
    quality = sum(weight * parts[name] for name, weight in WEIGHTS.items())
    answered = (text != "").to_numpy()
    scored = parts.assign(quality=quality.where(~template, quality * TEMPLATE_FACTOR))
    scored.loc[~answered] = np.nan
    return pd.DataFrame(
        {"state": state, "days": days, "has_reply": has_reply, "is_template": template & answered},
        index=letters.index,
    ).join(scored)


def templates(letters: pd.DataFrame, replies: pd.Series) -> np.ndarray:
    """Tell which replies went to at least two people, differing only in names and numbers."""
    bare = pc.replace_substring_regex(
        pa.array(replies, pa.string()), r"[“\"「『][^”\"」』]{1,60}[”\"」』]", ""
    )
    bare = pc.replace_substring_regex(bare, r"[\d\sA-Za-z０-９Ａ-Ｚａ-ｚ年月日:：,，。.!！;；\-—]+", "")
    frame = pd.DataFrame({"bare": bare.to_pandas().to_numpy(), "body": letters["body"].to_numpy()})
    frame["writer"] = letters["writer_id"].to_numpy() if "writer_id" in letters else None
    frame["writer"] = frame["writer"].where(frame["writer"].notna(), frame["body"])
    long_enough = frame["bare"].str.len() >= 20
    people = frame.groupby("bare")["writer"].transform("nunique")
    return (long_enough & (people > 1)).to_numpy(bool)


def _completeness(replies: pd.Series) -> np.ndarray:
    has = [_has(replies, rule) for rule in (HEARD, FOUND, DONE, TURN)]
    length = replies.str.len().to_numpy(float)
    return 0.15 * has[0] + 0.3 * has[1] + 0.3 * has[2] + 0.1 * has[3] + 0.15 * np.clip(length / 200, 0, 1)


def _explainability(replies: pd.Series) -> np.ndarray:
    def count(rule: str) -> np.ndarray:
        found = pc.count_substring_regex(pa.array(replies, pa.string()), rule)
        return found.to_numpy(zero_copy_only=False)

    return (
        0.45 * np.clip(count(BASIS) / 2, 0, 1)
        + 0.25 * np.clip(count(REASON), 0, 1)
        + 0.3 * np.clip(count(FACT) / 3, 0, 1)
    )


def _has(texts: pd.Series, rule: str) -> np.ndarray:
    found = pc.match_substring_regex(pa.array(texts, pa.string()), rule)
    return found.to_numpy(zero_copy_only=False).astype(float)
