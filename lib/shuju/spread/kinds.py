"""How a page stands to a document whose words it has (转载类型)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuju.spread.matching import Matches
from shuju.spread.title_places import places_of_titles

VERBATIM, EDITED, EXCERPT, FORWARDED, ROUND_UP, REVISION, RELATED, SERIES, DIFFUSION = (
    "verbatim", "edited", "excerpt", "forwarded", "round_up", "revision", "related", "series", "diffusion",
)  # fmt: skip
REPRINT_KINDS = (VERBATIM, EDITED, EXCERPT, FORWARDED, ROUND_UP)

WHOLE = 0.985  # of a document in a page, and
MISSING = 60  # characters at most that are not: nothing that matters was left out
PART = 0.6  # at most, of a document in an excerpt
ALTERED = 0.004  # of a document's characters: slips of a converter, not edits
OPENING = 500  # characters in which an edition tells its history
HEADER = 200  # characters before the text that may be a page's own frame
LATER_DAYS = 90.0  # a changed text under the same title is by then another edition
DISPERSED = 4  # passages, and
REWRITTEN = 0.1  # of the characters: changes all over a text, of which
MOVED = 0.2  # of the passages stand in another order at most
COPIED = 0.85  # of the characters from the first passage to the last, on one side: below, a frame filled anew
CHANGED = 0.5  # of the numbers, and
CHANGED_LEAST = 2  # numbers: the figures are others, so it is the next issue
FIGURE_EVERY = 200  # characters of a bulletin at most for one, which is made of figures; a law has fewer
KEPT_NUMBERS = 2  # that tell a reworded copy, of which
REWORDED = 1 / 3  # of the numbers are others at most, and
MOST = 0.6  # of one of the texts is in common
PHRASE = 100  # characters in common that a phrase of the office language may have, where
LITTLE = 0.8  # of neither text is
OF_A_COLUMN = 0.25  # of either text at most, where the title is that of a column
EXCHANGED = 12  # characters of a word in a title at most

_CARRIED_OUT = "实施(?:条例|细则|办法)|^.{0,12}实施《"
_REVISED = r"修订|修正|修改|\d{4}年?版"
_HISTORY = r"次修正|次修订|(修正|修订)[）)]|根据.{4,100}(修正|修订)"
_COVER = (
    r"转发给你们|印发给你们|现将.{0,120}(转发|印发)|(认真|抓好|遵照|参照|结合实际).{0,12}(贯彻|落实|执行)"
)
_FORWARD_TITLE = r"转发"
_ABOUT = r"解读|读懂|答记者问|问答|起草说明"
_NOTE = r"编者按|编者注|导读|编前语|按语"
# What another place may take as a model: a title that ends so. Reports of one speech or meeting do not.
_NORM_TITLE = (
    r"(?:法|办法|条例|规定|规则|细则|规程|章程|制度|准则|守则|标准|意见|方案|措施|规划|计划|纲要|通知|通告|公告|公报|决定|决议|预案|指南|目录|清单|若干)"
    r"(?:[（(《【〔].{0,20}[）)》】〕]|[\s\d年版])*$"
)
_ROUND_UP_TITLE = r"汇编|汇总|集纳|合集|盘点|速览|一览|摘编"


def kinds(matches: Matches, documents: pd.DataFrame, pages: pd.DataFrame, heads: pa.Array) -> np.ndarray:
    """Return the kind of each match (``REPRINT_KINDS``, ``REVISION``, ``RELATED``, ``SERIES`` or ``DIFFUSION``); '' for a phrase.

    Form is not content: the frame of another text filled with other figures and names is its next issue (``SERIES``), another
    place's text on the subject is ``DIFFUSION``, reports of one speech or meeting are ``RELATED``.

    ``documents`` and ``pages`` have one row a match: title, body, site_id, published_at, n_characters. ``heads`` are the texts before the first
    passage on each page. O(matches), whole columns at a time.
    """
    n_document = np.maximum(1, documents["n_characters"].to_numpy())
    kept = matches.feature("kept")
    altered = matches.feature("replaced") + matches.feature("slips")
    is_same_title = matches.feature("same_title") > 0
    is_altered = altered > np.maximum(2, ALTERED * n_document)
    title, of_document = _texts(pages["title"]), _texts(documents["title"])
    n_on_page = pd.Series(matches.page).map(pd.Series(matches.page).value_counts()).to_numpy()

    is_round_up = (n_on_page > 1) | (
        _has(title, _ROUND_UP_TITLE)
        & ~_has(of_document, _ROUND_UP_TITLE)
        & (matches.feature("of_page") < 0.6)
    )
    is_forwarded = (matches.feature("head") >= 12) & _has(heads, _COVER)
    is_forwarded |= _has(title, _FORWARD_TITLE) & ~_has(of_document, _FORWARD_TITLE)
    is_whole = (kept >= WHOLE) & ((1 - kept) * n_document <= MISSING)
    is_verbatim = is_whole & ~is_altered & is_same_title & (matches.feature("head") <= HEADER)
    is_verbatim &= ~_has(heads, _NOTE) & (matches.feature("inserted") <= ALTERED * n_document + 2)

    kind = np.select(
        [is_round_up, is_forwarded, kept <= PART, is_verbatim],
        [ROUND_UP, FORWARDED, EXCERPT, VERBATIM],
        EDITED,
    )
    is_filled_anew, has_other_figures, is_phrase = _is_form(matches)
    is_form = is_filled_anew | has_other_figures
    most = np.maximum(matches.feature("containment"), matches.feature("of_page"))
    is_column = is_same_title & (most < OF_A_COLUMN)
    is_bulletin = matches.feature("numbers_changed") * FIGURE_EVERY >= matches.feature("common")
    is_next_issue = (has_other_figures & is_bulletin) | is_column
    is_revision = _is_revision(matches, documents, pages, title, of_document, n_document, is_next_issue)
    is_about = _has(title, _ABOUT) & ~_has(of_document, _ABOUT) & (kept <= PART)
    is_elsewhere, is_same_bare = places_of_titles(title.to_pylist(), of_document.to_pylist())
    is_patched = matches.feature("patched") > 0
    is_norm = _has(title, _NORM_TITLE) & _has(of_document, _NORM_TITLE)
    is_carried_out = _has(title, _CARRIED_OUT) != _has(of_document, _CARRIED_OUT)
    found = np.select(
        [
            is_same_title & is_revision & ~is_elsewhere & ~is_carried_out,
            is_about
            | (is_same_title & is_carried_out & ~is_elsewhere & (is_form | is_revision))
            | (is_patched & ~is_norm & ~is_elsewhere),
            is_patched
            | (is_same_bare == 2)
            | (((is_same_bare == 1) | (is_same_title & is_elsewhere)) & (is_form | is_revision)),
            is_phrase & ~is_same_title,
            is_form | is_column,
        ],
        [REVISION, RELATED, DIFFUSION, "", SERIES],
        kind,
    )
    at = np.flatnonzero(np.isin(found, REPRINT_KINDS) & ~is_same_title)
    found[at[_of_another_subject(documents, pages, at)]] = SERIES
    return found


def _is_form(matches: Matches) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tell where only the frame is common; where the figures are others; and where hardly a phrase is common."""
    same, other = matches.feature("numbers_kept"), matches.feature("numbers_changed")
    share = other / np.maximum(1, same + other)
    most = np.maximum(matches.feature("containment"), matches.feature("of_page"))
    is_reworded = (same >= KEPT_NUMBERS) & (share <= REWORDED) & (most >= MOST)
    is_filled_anew = (matches.feature("dense") < COPIED) & ~is_reworded
    has_other_figures = (other >= CHANGED_LEAST) & (share >= CHANGED)
    is_phrase = (matches.feature("common") < PHRASE) & (most < LITTLE)
    return is_filled_anew, has_other_figures, is_phrase


def _of_another_subject(documents: pd.DataFrame, pages: pd.DataFrame, at: np.ndarray) -> np.ndarray:
    """Tell which of the matches ``at`` name something else in the same place of the title, and so all over the text.

    反倾销条例 and 反补贴条例, 开幕会 and 闭幕会: the one word stands in the one text only, the other in the other.
    """
    is_other = np.zeros(len(at), bool)
    chosen = (frame.iloc[at][["title", "body"]].fillna("").to_numpy() for frame in (documents, pages))
    for k, ((ours, our_body), (theirs, their_body)) in enumerate(zip(*chosen, strict=True)):
        words = _exchanged(ours, theirs)
        if words:
            mine, other = words
            is_other[k] = (
                mine in our_body and mine not in their_body and other in their_body and other not in our_body
            )
    return is_other


def _exchanged(a: str, b: str) -> tuple[str, str] | None:
    """Return what stands in the one title in the place of what stands in the other, where they are equal else."""
    n = min(len(a), len(b))
    first = next((k for k in range(n) if a[k] != b[k]), n)
    last = next((k for k in range(n - first) if a[-1 - k] != b[-1 - k]), n - first)
    of_a, of_b = len(a) - first - last, len(b) - first - last
    if 2 * (first + last) < max(len(a), len(b)) or min(of_a, of_b) == 0 or max(of_a, of_b) > EXCHANGED:
        return None
    if min(of_a, of_b) == 1:  # a word has two characters
        last, first = (last - 1, first) if last else (last, first - 1)
    return a[first : len(a) - last], b[first : len(b) - last]


def _is_revision(
    matches: Matches,
    documents: pd.DataFrame,
    pages: pd.DataFrame,
    title: pa.Array,
    of_document: pa.Array,
    n_document: np.ndarray,
    is_next_issue: np.ndarray,
) -> np.ndarray:
    """Tell where the same title stands over another edition of the text; where it may be the next issue, a mark must say so."""
    changed = (
        matches.feature("replaced") + matches.feature("slips") + matches.feature("inserted")
    ) / n_document
    is_changed = changed > ALTERED
    apart = (pages["published_at"] - documents["published_at"]).abs().to_numpy() / np.timedelta64(1, "D")
    marks = _has(title, _REVISED) != _has(of_document, _REVISED)
    is_moved = matches.feature("moved") > MOVED * matches.feature("n_passages")
    is_moved &= matches.feature("containment") >= WHOLE - REWRITTEN
    marks |= (_history(pages) != _history(documents)) & ~(apart <= 1) & ~is_moved
    is_same_site = (pages["site_id"].to_numpy() == documents["site_id"].to_numpy()) & (
        matches.feature("kept") > PART
    )
    rewritten = (matches.feature("replaced") + matches.feature("inserted")) / n_document
    is_dispersed = (matches.feature("n_passages") >= DISPERSED) & (rewritten >= REWRITTEN) & np.isnan(apart)
    is_later = (apart > LATER_DAYS) | (is_same_site & (apart > 1))
    return is_changed & (marks | (is_dispersed & ~is_moved) | (is_later & ~is_next_issue))


def _history(frame: pd.DataFrame) -> np.ndarray:
    """Return how often the opening of each text says that it was amended."""
    openings = pa.array(frame["body"].fillna("").str[:OPENING], pa.large_string())
    return np.asarray(pc.count_substring_regex(openings, _HISTORY))


def _texts(column: pd.Series) -> pa.Array:
    return pa.array(column.fillna(""), pa.large_string())


def _has(texts: pa.Array, pattern: str) -> np.ndarray:
    return np.asarray(pc.match_substring_regex(texts, pattern).fill_null(False))
