"""What is asked, read from what was typed: words, "phrases", and what must not be there after a minus."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from shuju.fulltext.errors import SearchError
from shuju.fulltext.words import fold, words_of

LONGEST = 200  # characters
MOST_WORDS = 32
# Said in questions, and of no use to find anything; left out beside other words.
EMPTY = frozenset(
    "的 了 吗 呢 吧 啊 和 与 及 或 是 在 就 都 也 把 被 请问 怎么 怎样 如何 为什么 什么 关于 有关".split()  # noqa: SIM905
)
_PARTS = re.compile(r'(?:^|(?<=\s))(-?)(?:"([^"]*)"|(\S+))')


@dataclass(frozen=True)
class Run:
    """Words that were typed without a blank between them; a phrase must stand so, word by word."""

    words: tuple[str, ...]
    is_phrase: bool = False

    @property
    def text(self) -> str:
        """The run as it was typed, folded."""
        if all(word.isascii() for word in self.words):
            return " ".join(self.words)
        return "".join(self.words)


@dataclass(frozen=True)
class Asked:
    """Every run of ``runs`` must be found, none of ``without``; ``notes`` say in Chinese what was not taken as typed."""

    runs: tuple[Run, ...]
    without: tuple[Run, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is asked, as it may be typed again."""
        return " ".join([_typed(run) for run in self.runs] + ["-" + _typed(run) for run in self.without])

    @property
    def words(self) -> tuple[str, ...]:
        """All words that are looked for."""
        return tuple(dict.fromkeys(word for run in self.runs for word in run.words))

    def with_run(self, place: int, run: Run) -> Asked:
        """Return the same with another run at ``place``."""
        return replace(self, runs=(*self.runs[:place], run, *self.runs[place + 1 :]))


def read(text: str) -> Asked:
    """Return what a text asks for. Anything may be typed: what has no meaning here is an ordinary character.

    Raises:
        SearchError: nothing is left to look for, or the text is too long.
    """
    if len(text.strip()) > LONGEST:
        raise SearchError(f"搜索的文字太长（最多 {LONGEST} 字）；请只写要找的几个词")
    folded = fold(text)
    notes = []
    if folded.count('"') % 2:
        notes.append("引号没有成对，已按普通词查找")
        folded = folded.replace('"', " ")
    runs: list[Run] = []
    without: list[Run] = []
    for minus, phrase, plain in _PARTS.findall(folded):
        for piece in [phrase] if phrase else plain.split('"'):
            (words,) = words_of([piece])
            if words:
                (without if minus else runs).append(Run(tuple(words), bool(phrase)))
    if sum(len(run.words) for run in (*runs, *without)) > MOST_WORDS:
        raise SearchError(f"要找的词太多（最多 {MOST_WORDS} 个）；请只写最要紧的几个")
    if not runs:
        message = "只写了要排除的词；请再写要找的词" if without else "请输入要找的词，例如：物业收费"
        raise SearchError(message)
    return Asked(_without_empty(runs), tuple(without), tuple(notes))


def _without_empty(runs: list[Run]) -> tuple[Run, ...]:
    kept = [
        run if run.is_phrase else Run(tuple(word for word in run.words if word not in EMPTY)) for run in runs
    ]
    full = tuple(dict.fromkeys(run for run in kept if run.words))
    return full or tuple(runs)


def _typed(run: Run) -> str:
    return f'"{run.text}"' if run.is_phrase else run.text
