"""The user dictionary of words (用户词典), the same for rjieba and for jieba.

What the standard names is a word: regions, townships, departments. ``words.txt`` adds what letters and
policies say and jieba's own dictionary lacks, that of the province's pack what is said there alone. A library's own
names (policies, projects) come as ``extra``.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import rjieba

from shuju.standard import list_rows, pack, regions

if TYPE_CHECKING:
    import jieba

WORDS = Path(__file__).with_name("words.txt")
_WORD = re.compile(r"[\u4e00-\u9fd5a-zA-Z0-9+#&._%\-]{2,}")
_NAME = re.compile(r"《([\u4e00-\u9fd5]{3,12})》")


@cache
def user_words() -> tuple[str, ...]:
    """Return the words that every analysis adds to jieba's, each once, in the order of their sources."""
    towns = [row["name"] for row in list_rows("towns")]
    departments = [row[field] for row in list_rows("departments") for field in ("name", "short_name")]
    own = pack().folder / "words.txt"
    lines = [
        line
        for path in (WORDS, own)
        if path.exists()
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    listed = [line for line in lines if line and not line.startswith("#")]
    named = [r.name for r in regions()]
    return tuple(dict.fromkeys(w for w in [*named, *towns, *departments, *listed] if _WORD.fullmatch(w)))


def names_in(titles: Iterable[str | None], *, at_least: int = 2) -> tuple[str, ...]:
    """Return the names of 3 to 12 characters between 《》 that ``at_least`` so many titles carry, sorted.

    Meant for the titles of a library's policies: what it names becomes ``extra`` words of ``cut``.
    """
    counts = Counter(name for title in titles if title for name in set(_NAME.findall(title)))
    return tuple(sorted(name for name, n in counts.items() if n >= at_least))


@cache
def frequencies(extra: tuple[str, ...] = ()) -> tuple[tuple[str, int], ...]:
    """Return each user word, those of ``extra`` too, with the frequency that both dictionaries get.

    jieba and rjieba suggest frequencies that differ by rounding, so they are suggested once, over the plain
    dictionary. Words that it already cuts whole keep the frequency they have. Raises ``ValueError`` for a
    word that no cut could ever give: of one character, or with a space or punctuation in it.
    """
    for word in extra:
        if not _WORD.fullmatch(word):
            raise ValueError(f"不能作为词：{word!r}")
    plain = rjieba.Jieba()
    words = dict.fromkeys([*user_words(), *extra])
    new = [word for word in words if plain.cut(word, False) != [word]]
    return tuple((word, plain.suggest_freq(word)) for word in new)


@cache
def tokenizer(extra: tuple[str, ...] = ()) -> rjieba.Jieba:
    """Return rjieba with the user dictionary."""
    found = rjieba.Jieba()
    for word, frequency in frequencies(extra):
        found.add_word(word, frequency, None)
    return found


def import_jieba() -> type[jieba]:
    """Return the module jieba, without the warnings and the chatter that its import raises.

    Version 0.42.1, the last, has invalid escapes in its source and asks for ``pkg_resources``, which
    setuptools deprecates; neither changes a word.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    jieba.setLogLevel("ERROR")
    return jieba


@cache
def jieba_tokenizer(extra: tuple[str, ...] = ()) -> jieba.Tokenizer:
    """Return jieba itself with the same user dictionary: slow, and the measure of what ``cut`` must give."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # jieba leaves its dictionary file open
        found = import_jieba().Tokenizer()
        found.initialize()
    for word, frequency in frequencies(extra):
        found.add_word(word, frequency)
    return found


def write_user_dictionary(path: Path, extra: tuple[str, ...] = ()) -> None:
    """Write the user dictionary in jieba's format (word, frequency), for ``jieba.load_userdict``."""
    lines = [f"{word} {frequency}\n" for word, frequency in frequencies(extra)]
    path.write_text("".join(lines), encoding="utf-8")
