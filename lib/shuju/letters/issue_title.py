"""One line that is true of all letters of an issue (一句话概括): a title of theirs, else one that says less.

A title may name a school that the other letters do not name. Where no title's names stand in all the letters, the line
tells the place, the kind of things named, and the words that most titles say: A6区多所学校：收费补课.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

from shuju.letters.wording import ASKING
from shuju.text.named_places import ENDINGS
from shuju.text.terms import stop_words
from shuju.text.tokens import cut

SEVERAL = {
    "road": "多条道路", "estate": "多个小区", "community": "多个社区", "village": "多个村", "company": "多家公司",
    "school": "多所学校", "hospital": "多家医院", "market": "多个市场", "station": "多个车站",
}  # fmt: skip
MOST = 0.5  # of the titles, that must say a word
N_WORDS = 4
NEARLY_ALL = 0.9
_PLACE = re.compile(r"[A-Z]\d{0,2}[市区县]|[\u4e00-\u9fff]{1,5}?[市州县区](?![域长政])")
# How long, how often: what one writer tells of a matter that others have had for shorter.
_SPELL = re.compile(
    r"(?:[近约]|长达|已有?|超过?)?(?:[一二两三四五六七八九十半数几多\d]+个?(?:多|余|半)?(?:年(?!级)|月(?![饼湖亮])|季度|天|小时|次))"
)
_ASKING = frozenset((*ASKING, "反映", "希望", "请问", "问题", "何时"))


def issue_title(titles: Sequence[str | None], names: Sequence[str | None], holds: Sequence[float]) -> str:
    """Return a line that is true of all letters.

    ``titles``: the clearest first. ``names``: those that each letter writes, joined by 、. ``holds``: the share of the
    others in which all names of a title stand. A title that holds of all is taken, one that tells no spell of time (近三月)
    before one that does; a composed line where the titles have words in common; else the clearest title without its names is
    all that can be said.
    """
    told = [title for title in titles if isinstance(title, str) and title]
    if not told:
        return ""
    true = [t for t, share in zip(titles, holds, strict=True) if isinstance(t, str) and t and share >= 1]
    if true:
        return next((title for title in true if not _SPELL.search(title)), true[0])
    place, words = _common_place(told), _common_words(told, names)
    where = place + (_shared_name(names) or SEVERAL.get(_kind(names), ""))
    if words:
        return f"{where}：{words}" if where else words
    best = max(zip(holds, titles, strict=True), key=lambda pair: pair[0])
    if best[0] >= NEARLY_ALL and isinstance(best[1], str):
        return best[1]
    return f"{where or '多处'}：{_without(told[0], names)}"


def _shared_name(names: Sequence[str | None]) -> str:
    """Return the longest name that stands among those of all letters, empty if there is none."""
    told = [found if isinstance(found, str) else "" for found in names]
    shared = [name for name in told[0].split("、") if len(name) > 1 and all(name in found for found in told)]
    return max(shared, key=len, default="")


def _common_place(titles: Sequence[str]) -> str:
    """Return the first place that most titles tell, or that their regions tell by a code, else nothing."""
    told = Counter(place for title in titles for place in dict.fromkeys(_PLACE.findall(title)))
    best = [place for place, n in told.most_common() if n == len(titles)]
    return best[0] if best else ""


def _common_words(titles: Sequence[str], names: Sequence[str | None]) -> str:
    """Return the words that most titles say, in the order of the clearest; forms of asking left out.

    A word of a name that some letters do not write is left out too.
    """
    words = [
        list(dict.fromkeys(w for w in found if _tells(w)))
        for found in cut([_PLACE.sub(" ", t) for t in titles])
    ]
    said = Counter(word for found in words for word in found)
    told = [found if isinstance(found, str) else "" for found in names]
    of_some = [
        name for found in told for name in found.split("、") if not all(name in other for other in told)
    ]
    kept = {
        word
        for word, n in said.items()
        if n > MOST * len(titles) and (n == len(titles) or not any(word in name for name in of_some))
    }
    order = [w for w in dict.fromkeys(w for found in words for w in found) if w in kept]
    return "".join(order[:N_WORDS])


def _without(title: str, names: Sequence[str | None]) -> str:
    """Return a title without places told and names written."""
    known = {name for told in names if isinstance(told, str) for name in told.split("、") if len(name) > 1}
    for name in sorted(known, key=len, reverse=True):
        title = title.replace(name, " ")
    words = _PLACE.sub(" ", title).split()
    return "".join(word for word in words if word not in _ASKING).strip("，。：、；！？")


def _tells(word: str) -> bool:
    return len(word) > 1 and word.isalnum() and word not in stop_words() and word not in _ASKING


def _kind(names: Sequence[str | None]) -> str:
    """Return the kind of thing that most letters name, roads only where nothing else is named; empty if none."""
    told = Counter(
        kind
        for found in names
        if isinstance(found, str)
        for kind in {_kind_of(name) for name in found.split("、")}
    )
    told.pop("", None)
    ranked = sorted(told, key=lambda kind: (kind == "road", -told[kind]))
    return ranked[0] if ranked and told[ranked[0]] * 2 >= len(names) else ""


@cache
def _kind_of(name: str) -> str:
    ends = [
        (len(word), kind) for kind, words in ENDINGS.items() for word in words.split() if name.endswith(word)
    ]
    return max(ends)[1] if ends else ""
