"""What was meant: words that sound like those typed, are spelt by their letters, or differ by one character.

A correction is worth what it finds: each is asked, and the one that finds most is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from shuju.fulltext.asked import Asked, Run
from shuju.fulltext.index import SearchIndex
from shuju.fulltext.matching import run_query
from shuju.fulltext.pinyin import readings_of, rhyme, syllables_of
from shuju.fulltext.vocabulary import is_han
from shuju.fulltext.words import words_of

MOST_WORDS = 8  # of a question that is put right: each costs a look through all words
TRIED = 12  # corrections that are asked
TOGETHER = 3  # neighbouring words that may be one that was misspelt
# How many times likelier a slip is than a character of another sound.
SAME_SOUND, ONE_SOUND, SAME_RHYME, LEFT_OUT = 16.0, 6.0, 3.0, 2.0
RARE = 2  # texts that may hold the same slip of the hand
RARER = 20  # times as frequent as what was typed a word must be to have been meant
Count = Callable[[Asked], int]


def corrected(index: SearchIndex, asked: Asked, count: Count) -> Asked | None:
    """Return what may have been meant and finds most, None where no correction finds anything.

    ``count`` tells how much something finds. Pinyin is read word by word; then one word, or some that stand
    together, is put right. O(words of the index), and ``TRIED`` questions.
    """
    asked = read_pinyin(index, asked) or asked
    if count(asked):
        return asked
    best, most = None, 0.0
    for candidate, weight in _candidates(index, asked):
        n = count(candidate)
        if n and (1 + np.log(n)) * weight > most:
            best, most = candidate, (1 + np.log(n)) * weight
    return best


def read_pinyin(index: SearchIndex, asked: Asked) -> Asked | None:
    """Return the same with words for letters that are their pinyin and that no text holds; None where there are none."""
    found = asked
    for place, run in enumerate(asked.runs):
        words = tuple(_spelt(index, word) for word in run.words)
        if words != tuple((word,) for word in run.words):
            found = found.with_run(place, Run(tuple(w for some in words for w in some), run.is_phrase))
    return found if found != asked else None


def alike(index: SearchIndex, asked: Asked) -> list[Asked]:
    """Return what may have been meant, the likeliest first."""
    return [candidate for candidate, _ in _candidates(index, asked)]


def likeness(typed: str, meant: str) -> float:
    """Return how likely one word is typed for another: the least likely of its characters decides."""
    if len(typed) != len(meant):
        return LEFT_OUT
    slips = [_slip(a, b) for a, b in zip(typed, meant, strict=True) if a != b]
    return min(slips, default=1.0)


def _slip(typed: str, meant: str) -> float:
    own, other = readings_of(typed), readings_of(meant)
    if not len(own) or not len(other):
        return 1.0
    if own[0] == other[0]:
        return SAME_SOUND
    if set(own.tolist()) & set(other.tolist()):
        return ONE_SOUND
    return SAME_RHYME if rhyme(own[0]) == rhyme(other[0]) else 1.0


def _spelt(index: SearchIndex, word: str) -> tuple[str, ...]:
    """Return the words that letters spell, the word itself where they spell none."""
    counts = index.vocabulary.counts
    if not word.isascii() or not word.isalpha() or len(word) < 3 or word in counts:
        return (word,)
    whole = index.vocabulary.spelt(word)
    if whole:
        return (max(whole, key=lambda w: (counts[w], w)),)
    for at in range(len(word) - 2, 2, -1):  # the longest first word that leaves a second one, or one syllable
        first, second = index.vocabulary.spelt(word[:at]), index.vocabulary.spelt(word[at:])
        if first and (second or any(len(way) == 1 for way in syllables_of(word[at:]))):
            return tuple(max(some, key=lambda w: (counts[w], w)) for some in (first, second) if some)
    return (word,)


def _candidates(index: SearchIndex, asked: Asked) -> list[tuple[Asked, float]]:
    """Return the likeliest corrections of one place with their weights."""
    if len(asked.words) > MOST_WORDS:
        return []
    vocabulary, found = index.vocabulary, {}
    for place, run in enumerate(asked.runs):
        for begin, end in _spans(len(run.words)):
            text = "".join(run.words[begin:end])
            if not is_han(text) or len(text) < 2:
                continue
            own = index.count(run_query(index, Run(run.words[begin:end], is_phrase=True)))
            by_ear = vocabulary.sounding_like(text)
            near = vocabulary.near(text) if own <= RARE else set()
            for word in by_ear | near:
                if own * RARER > vocabulary.counts[word]:
                    continue  # what many write is no slip
                weight = likeness(text, word)
                put = Run((*run.words[:begin], word, *run.words[end:]), run.is_phrase)
                candidate = asked.with_run(place, _cut_anew(put))
                likely = weight * vocabulary.counts[word]
                if candidate != asked and likely > found.get(candidate, (0.0, 0.0))[0]:
                    found[candidate] = (likely, weight)
    ranked = sorted(found.items(), key=lambda item: (-item[1][0], item[0].text))[:TRIED]
    return [(candidate, weight) for candidate, (_, weight) in ranked]


def _spans(n: int) -> Iterator[tuple[int, int]]:
    for size in range(1, TOGETHER + 1):
        for begin in range(n - size + 1):
            yield begin, begin + size


def _cut_anew(run: Run) -> Run:
    """Return a run cut as jieba cuts it now that one word of it is another."""
    (words,) = words_of([run.text])
    return Run(tuple(words), run.is_phrase)
