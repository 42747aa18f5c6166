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
from functools import cache
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd

from shuju.text.tokens import cut

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
    held = term_letters(both["title"], both["body"], at_least=at_least, extra=extra)
    is_here = np.arange(len(both)) < len(letters)
    group = letters.groupby(keys, sort=True).ngroup().to_numpy() if keys else np.zeros(len(letters), np.int64)
    names = letters[keys].drop_duplicates().sort_values(keys).dropna() if keys else None
    group = np.concatenate([group, np.full(len(both) - len(letters), -1)])
    n_groups = int(group.max(initial=-1)) + 1
    n_terms = len(held.attrs["terms"])

    letter, term = held["letter"].to_numpy(), held["term"].to_numpy()
    mine = group[letter] >= 0
    # Groups × terms as a table would be larger than all else where there are many groups.
    pair, a = np.unique(group[letter[mine]] * n_terms + term[mine], return_counts=True)
    where, which = np.divmod(pair[a >= at_least], max(n_terms, 1))
    a = a[a >= at_least]
    size = np.bincount(group[group >= 0], minlength=n_groups)
    rest = is_here if against is None else ~is_here
    total = np.bincount(term[rest[letter]], minlength=n_terms)
    n = size[where]
    b, m = total[which] - (a if against is None else 0), rest.sum() - (n if against is None else 0)
    found = pd.DataFrame(
        {
            "term": pd.array(held.attrs["terms"][which], "str"),
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
    for place, key in enumerate(keys):
        found.insert(place, key, names[key].to_numpy()[where])
    order = found.assign(group=where).sort_values(
        ["group", "keyness", "letters", "term"], ascending=[True, False, False, True]
    )
    return found.loc[order.index].reset_index(drop=True)


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


def phrases(words: pd.DataFrame, *, at_least: int = 5, npmi: float = 0.5) -> pd.DataFrame:
    """Return pairs of neighbouring words that belong together: ``first``, ``second``, ``count``, ``npmi``.

    ``words`` has ``letter``, ``place`` (number of the word in its letter, counting all) and ``code`` of the
    words that may take part. ``npmi`` runs from -1 (never together) to 1 (never apart).
    """
    letter, place, code = (words[name].to_numpy() for name in ("letter", "place", "code"))
    near = (letter[1:] == letter[:-1]) & (place[1:] == place[:-1] + 1) & (code[1:] != code[:-1])
    n_codes = int(code.max(initial=0)) + 1
    pair, count = np.unique(code[:-1][near].astype(np.int64) * n_codes + code[1:][near], return_counts=True)
    first, second = pair // n_codes, pair % n_codes
    alone = np.bincount(code, minlength=n_codes)
    chance = np.log(count * max(len(code), 1) / (alone[first] * alone[second]))
    measure = np.divide(
        chance, -np.log(count / max(len(code), 1)), out=np.ones(len(pair)), where=count < len(code)
    )
    found = pd.DataFrame({"first": first, "second": second, "count": count, "npmi": measure})
    return found[(found["count"] >= at_least) & (found["npmi"] >= npmi)].reset_index(drop=True)


def term_letters(
    titles: Sequence[str | None],
    bodies: Sequence[str | None],
    *,
    at_least: int = 3,
    extra: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Return which letter holds which term, once each: ``letter``, ``term`` (row numbers), sorted.

    ``attrs["terms"]`` are the terms: words of two characters and more with a Chinese character, without the
    stop words, and phrases of two of them. Those in fewer than ``at_least`` letters are left out.
    """
    texts = [f"{_text(t)}\n{_text(b)}" for t, b in zip(titles, bodies, strict=True)]
    words = cut(texts, extra)
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    code, known = pd.factorize(np.array(list(chain.from_iterable(words)), object))
    spelled = pd.Series(known, dtype="str")
    is_term = (spelled.str.len() >= 2) & spelled.str.contains("[\u4e00-\u9fff]") & ~spelled.isin(stop_words())
    starts = np.cumsum(lengths) - lengths
    every = pd.DataFrame(
        {
            "letter": np.repeat(np.arange(len(words)), lengths),
            "place": np.arange(len(code)) - np.repeat(starts, lengths),
            "code": code,
        }
    )
    kept = every[is_term.to_numpy(bool)[code]] if len(code) else every
    joined = phrases(kept, at_least=max(at_least, 2))
    rows = pd.concat(
        [kept[["letter", "code"]].rename(columns={"code": "term"}), _with_phrase(kept, joined, len(known))]
    ).drop_duplicates()
    in_letters = np.bincount(rows["term"], minlength=len(known) + len(joined))
    number = np.cumsum(in_letters >= at_least) - 1
    rows = rows[in_letters[rows["term"]] >= at_least]
    rows = pd.DataFrame({"letter": rows["letter"], "term": number[rows["term"]]}).sort_values(
        ["letter", "term"], ignore_index=True
    )
    named = np.concatenate(
        [spelled.to_numpy(object), (known[joined["first"]] + known[joined["second"]]).astype(object)]
    )
    rows.attrs["terms"] = named[in_letters >= at_least]
    return rows


def _text(text: str | None) -> str:
    return text if isinstance(text, str) else ""


def _with_phrase(kept: pd.DataFrame, joined: pd.DataFrame, first_number: int) -> pd.DataFrame:
    """Return the letters that hold each phrase: ``letter``, ``term``, numbered after the words."""
    after = kept.shift(-1, fill_value=-1)
    near = (after["letter"] == kept["letter"]) & (after["place"] == kept["place"] + 1)
    pairs = pd.DataFrame(
        {"letter": kept["letter"][near], "first": kept["code"][near], "second": after["code"][near]}
    )
    numbered = joined[["first", "second"]].assign(term=first_number + np.arange(len(joined)))
    return pairs.merge(numbered, on=["first", "second"])[["letter", "term"]]
