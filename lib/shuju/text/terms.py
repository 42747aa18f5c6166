"""High-frequency words and keywords (高频词、关键词): what letters say more here and now than elsewhere.

Keyness is Dunning's log-likelihood G² over letters that hold a word (so that one long letter counts once),
with the log ratio as effect size; phrases are words that stand next to each other far more often than
chance, by normalised pointwise mutual information (NPMI).

Sources: T. Dunning, Computational Linguistics 19(1), 1993; P. Rayson and R. Garside, Comparing corpora
using frequency profiling, 2000; A. Hardie, Log ratio, 2014; G. Bouma, Normalized (pointwise) mutual
information in collocation extraction, 2009.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuju.text.tokens import PLACE_CODE, cut

BATCH = 5_000  # letters cut at once
NPMI = 0.5
HOLDS = 0.6  # of the letters that hold a word: so many hold the longer one that it is a piece of
STOP_WORDS = Path(__file__).with_name("stopwords") / "words.txt"
# What every letter says, whatever it is about.
_LETTER_WORDS = (
    *("您好", "你好", "尊敬", "领导", "书记", "市长", "省长", "县长", "厅长", "局长", "谢谢"),
    *("感谢", "请问", "希望", "反映", "问题", "情况", "现在", "来信", "答复", "回复", "政府", "部门"),
)


@cache
def stop_words() -> frozenset[str]:
    """Return the words that say nothing of a letter's matter: a common Chinese list and the forms of address."""
    return frozenset(STOP_WORDS.read_text(encoding="utf-8").split()) | frozenset(_LETTER_WORDS)


def terms(
    letters: pd.DataFrame,
    by: str | Sequence[str] | None = None,
    against: pd.DataFrame | None = None,
    *,
    at_least: int = 3,
    extra: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Return the words and phrases of letters, by group, each with how much it stands out.

    ``letters`` (and ``against``) have ``title`` and ``body`` and the columns of ``by``. Each group is held
    against ``against`` (say, the period before: what stands out are the burst words), else against the
    other letters; without either, nothing is compared.

    Columns: those of ``by``; ``term``; ``letters`` (how many hold it), ``share`` of the group's letters;
    ``letters_against``, ``share_against``; ``keyness`` (G², negative where it is said less; 15.13 is
    p < 0.0001), ``log_ratio`` (log2 of the shares, half a letter added to each count). Terms in fewer than
    ``at_least`` letters of a group are left out. Order: by group, then by ``keyness`` (by ``letters``
    where nothing is compared). Time is linear in the words.
    """
    keys = [by] if isinstance(by, str) else list(by or [])
    both = letters if against is None else pd.concat([letters, against], ignore_index=True)
    held = term_letters(cut_letters(both["title"], both["body"], extra), at_least=at_least)
    group = letters.groupby(keys, sort=True).ngroup().to_numpy() if keys else np.zeros(len(letters), np.int64)
    names = letters[keys].drop_duplicates().sort_values(keys).dropna() if keys else None
    found, where = _stand_out(held, group, len(both) if against is not None else None, at_least)
    for place, key in enumerate(keys):
        found.insert(place, key, names[key].to_numpy()[where])
    return found


def terms_against(
    letters: CutLetters,
    here: npt.NDArray[np.int64],
    there: npt.NDArray[np.int64],
    *,
    at_least: int = 3,
) -> pd.DataFrame:
    """Return the same for the letters ``here`` against those ``there`` (row numbers), which were cut before."""
    held = term_letters(letters.take(np.concatenate([here, there])), at_least=at_least)
    found, _ = _stand_out(held, np.zeros(len(here), np.int64), len(here) + len(there), at_least)
    return found


def without_parts(found: pd.DataFrame, most: int) -> list[str]:
    """Return at most ``most`` of the ``term``s (strongest first) that say one thing each: no word beside a longer one that holds it.

    A word goes where a longer one that holds it stands in nearly as many ``letters`` (丽发 beside 丽发新城); a longer one goes where it
    stands in far fewer than a word in it: such words met by chance (暮云街道丽发). O((4 · most)²).
    """
    rows = found.head(4 * most)
    n = dict(zip(rows["term"].astype(str), rows["letters"].tolist(), strict=True))
    inside = [(part, whole) for part in n for whole in n if part != whole and part in whole]
    chance = {whole for part, whole in inside if n[whole] < HOLDS * n[part]}
    parts = {part for part, whole in inside if whole not in chance}
    return [term for term in n if term not in chance | parts][:most]


def _stand_out(
    held: TermLetters, group: npt.NDArray[np.int64], n_both: int | None, at_least: int
) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    """Return the terms of each group of the first letters, in order, and the group of each row.

    ``n_both`` is the number of all letters where others follow, which the groups are held against; None: against each other.
    """
    n_letters = len(group)
    group = np.concatenate([group, np.full((n_both or n_letters) - n_letters, -1)])
    n_groups = int(group.max(initial=-1)) + 1
    n_terms, letter, term = len(held.terms), held.letter, held.term
    mine = group[letter] >= 0
    # Groups × terms as a table would be larger than all else where there are many groups.
    pair, a = np.unique(group[letter[mine]] * n_terms + term[mine], return_counts=True)
    where, which = np.divmod(pair[a >= at_least], max(n_terms, 1))
    a = a[a >= at_least]
    size = np.bincount(group[group >= 0], minlength=n_groups)
    is_here = np.arange(len(group)) < n_letters
    rest = is_here if n_both is None else ~is_here
    total = np.bincount(term[rest[letter]], minlength=n_terms)
    n = size[where]
    b, m = total[which] - (a if n_both is None else 0), rest.sum() - (n if n_both is None else 0)
    found = pd.DataFrame(
        {
            "term": pd.array(held.terms[which], "str"),
            "letters": a,
            "share": a / n,
            "letters_against": b,
            "share_against": b / np.maximum(m, 1),
            "keyness": keyness(a, n, b, m),
            "log_ratio": np.where(
                m > 0, np.log2((a + 0.5) / (n + 0.5)) - np.log2((b + 0.5) / (m + 0.5)), 0.0
            ),
        }
    )
    order = found.assign(group=where).sort_values(
        ["group", "keyness", "letters", "term"], ascending=[True, False, False, True]
    )
    return found.loc[order.index].reset_index(drop=True), where[order.index]


def keyness(here: np.ndarray, size: np.ndarray, there: np.ndarray, size_there: np.ndarray) -> np.ndarray:
    """Return G² of ``here`` of ``size`` against ``there`` of ``size_there``; below 0 where here is less.

    Both cells of the table count, those that hold the word and those that do not. 0 where nothing is
    compared.
    """
    here, size, there, size_there = (np.asarray(x, np.float64) for x in (here, size, there, size_there))
    together = np.maximum(size + size_there, 1)
    share = (here + there) / together

    def part(seen: np.ndarray, expected: np.ndarray) -> np.ndarray:
        return seen * np.log(np.where(seen > 0, seen, 1) / np.where(expected > 0, expected, 1))

    found = 2 * (
        part(here, size * share)
        + part(there, size_there * share)
        + part(size - here, size * (1 - share))
        + part(size_there - there, size_there * (1 - share))
    )
    sign = np.sign(here * size_there - there * size)
    return np.where((size > 0) & (size_there > 0), sign * np.maximum(found, 0), 0.0)


@dataclass(frozen=True)
class CutLetters:
    """Letters cut into words: those that may be terms, one after the other, as codes of ``words``.

    ``place`` of each is its number in its letter, all words counted; those of letter i lie from ``starts[i]`` to ``starts[i + 1]``.
    """

    words: npt.NDArray[np.object_]
    code: npt.NDArray[np.int32]
    place: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int64]

    def take(self, letters: npt.NDArray[np.int64]) -> CutLetters:
        """Return some letters, in the order given. O(their words)."""
        lengths = np.diff(self.starts)[letters]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        at = np.arange(starts[-1]) + np.repeat(self.starts[letters] - starts[:-1], lengths)
        return CutLetters(self.words, self.code[at], self.place[at], starts)


def cut_letters(
    titles: Sequence[str | None], bodies: Sequence[str | None], extra: tuple[str, ...] = ()
) -> CutLetters:
    """Cut letters into words of two characters and more with a Chinese character, without the stop words.

    Linear in the characters; 8 bytes a word are kept.
    """
    texts = [f"{_text(t)}\n{_text(b)}" for t, b in zip(titles, bodies, strict=True)]
    number: dict[str, int] = {}
    codes = [np.empty(0, np.int32)]
    lengths = np.empty(len(texts), np.int64)
    for first in range(0, len(texts), BATCH):
        cut_texts = cut(texts[first : first + BATCH], extra)
        lengths[first : first + BATCH] = np.fromiter(map(len, cut_texts), np.int64, len(cut_texts))
        codes.append(
            np.fromiter((number.setdefault(w, len(number)) for w in chain.from_iterable(cut_texts)), np.int32)
        )
    code, words = np.concatenate(codes), np.array([*number, None], object)[:-1]
    spelled = pd.Series(words, dtype="str")
    is_term = (spelled.str.len() >= 2) & spelled.str.contains("[\u4e00-\u9fff]") & ~spelled.isin(stop_words())
    starts = np.concatenate([[0], np.cumsum(lengths)])
    place = (np.arange(len(code)) - np.repeat(starts[:-1], lengths)).astype(np.int32)
    kept = is_term.to_numpy(bool)[code]
    before = np.concatenate([[0], np.cumsum(kept)])
    return CutLetters(words, code[kept], place[kept], before[starts])


@dataclass(frozen=True)
class TermLetters:
    """Which letter holds which of ``terms``, once each: numbers of both, sorted."""

    terms: npt.NDArray[np.object_]
    letter: npt.NDArray[np.int64]
    term: npt.NDArray[np.int64]


def term_letters(letters: CutLetters, *, at_least: int = 3) -> TermLetters:
    """Return which letter holds which word, and which phrase of two, of those that ``at_least`` letters hold."""
    letter = np.repeat(np.arange(len(letters.starts) - 1), np.diff(letters.starts))
    number, code = np.unique(letters.code, return_inverse=True)  # of these letters' own words
    first, second, phrase_of, after = _phrases(letter, letters.place, code, max(at_least, 2))
    rows = np.unique(
        np.concatenate(
            [
                letter * (len(number) + len(first)) + code,
                letter[after] * (len(number) + len(first)) + len(number) + phrase_of,
            ]
        )
    )
    holder, term = np.divmod(rows, max(len(number) + len(first), 1))
    is_enough = np.bincount(term, minlength=len(number) + len(first)) >= at_least
    kept, renumbered = is_enough[term], np.cumsum(is_enough) - 1
    words = letters.words[number]
    terms_here = np.concatenate([words, words[first] + words[second]])[is_enough]
    return TermLetters(terms_here, holder[kept], renumbered[term[kept]])


def _phrases(
    letter: npt.NDArray[np.int64], place: npt.NDArray[np.int32], code: npt.NDArray[np.int64], at_least: int
) -> tuple[npt.NDArray[np.int64], ...]:
    """Return pairs of neighbouring words that belong together, and where they stand.

    ``first`` and ``second`` are the words of each; then for each occurrence its pair and the number of its first word. A pair
    belongs together that comes ``at_least`` times and whose normalised pointwise mutual information, from -1 (never together)
    to 1 (never apart), is at least ``NPMI``.
    """
    after = np.flatnonzero(
        (letter[1:] == letter[:-1]) & (place[1:] == place[:-1] + 1) & (code[1:] != code[:-1])
    )
    n_codes = int(code.max(initial=0)) + 1
    pair, which, count = np.unique(
        code[after] * n_codes + code[after + 1], return_inverse=True, return_counts=True
    )
    first, second = np.divmod(pair, n_codes)
    alone = np.bincount(code, minlength=n_codes)
    chance = np.log(count * max(len(code), 1) / (alone[first] * alone[second]))
    measure = np.divide(
        chance, -np.log(count / max(len(code), 1)), out=np.ones(len(pair)), where=count < len(code)
    )
    stands = (count >= at_least) & (measure >= NPMI)
    occurs = stands[which]
    return first[stands], second[stands], (np.cumsum(stands) - 1)[which[occurs]], after[occurs]


def _text(text: str | None) -> str:
    return PLACE_CODE.sub(" ", text) if isinstance(text, str) else ""
