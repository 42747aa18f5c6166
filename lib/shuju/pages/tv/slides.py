"""What a playlist shows: slides, each a card or the cockpit, as HTML for whoever asks; and their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlsplit

from shuju.access import NotAllowedError
from shuju.charts.printing import svg
from shuju.facts.cards import find
from shuju.facts.schema import FactsError
from shuju.kept import Kept
from shuju.library import Library
from shuju.pages.subscriptions.shown import shown
from shuju.pages.tv.cockpit import cockpit_html
from shuju.ui.cards.address import asked
from shuju.ui.cards.answers import answer, answer_key
from shuju.ui.templates import render

COCKPIT = "cockpit"
PRESETS: Mapping[str, str] = {COCKPIT: "一张图：信件、传播、热点、交办"}
# A page is its cards that can be read from afar, one after the other.
PAGES: Mapping[str, tuple[str, ...]] = {
    "letters": ("letters.map", "letters.trend", "letters.words"),
    "issues": ("hot_issues.headline",),
    "spread": ("cascades.trend",),
    "panorama": ("records.map?measure=n", "records.trend"),
}
PAGE_NAMES: Mapping[str, str] = {
    "letters": "社情民意（地图、趋势、关键词）", "issues": "热点与预警（概况）", "spread": "重要信息传播（走势）",
    "panorama": "资源全景（地图、趋势）",
}  # fmt: skip
WIDTH_MM, HEIGHT_MM = (
    115,
    72,
)  # small, so that its letters are large: 8 points are 2.7 % of the screen's height
_pictures: Kept[str] = Kept(64)


@dataclass(frozen=True)
class Slide:
    """One picture on the screen: its address and its HTML; ``is_wrong`` where it cannot be shown and says why."""

    item: str
    html: str
    is_wrong: bool = False


def checked_items(told: tuple[str, ...]) -> tuple[str, ...]:
    """Return the items of a playlist as they are kept: presets, pages, addresses of cards.

    Raises:
        FactsError: there is no such card, filter or option.
        NotAllowedError: the visitor may see nothing of it.
    """
    found = []
    for one in told:
        item = one.strip().lstrip("/")
        if item not in PRESETS and item not in PAGES:
            card, query = _card_of(item)
            asked(find(card), query)
        found.append(item)
    return tuple(found)


def expanded(items: tuple[str, ...]) -> tuple[str, ...]:
    """Return the slides of a playlist, a page as its cards."""
    return tuple(
        slide
        for item in items
        for slide in ([f"card/{card}" for card in PAGES[item]] if item in PAGES else [item])
    )


def slide_of(library: Library, item: str) -> Slide:
    """Return a slide for whoever asks; what they may not see, or is not there any more, says so."""
    try:
        return Slide(item, cockpit_html(library) if item == COCKPIT else _card(item))
    except (FactsError, NotAllowedError) as error:
        return Slide(item, render("tv/wrong.html", why=str(error)), is_wrong=True)


def _card(item: str) -> str:
    name, query = _card_of(item)
    card = find(name)
    seen = shown(name, "&".join(f"{key}={quote(value)}" for key, value in query.items()))
    picture = ""
    if card.plot is not None:
        selection, options = asked(card, query)
        key = answer_key(card, selection, options)
        drawn = _pictures.get(*key)
        if drawn is None:
            own = {option: options[option] for option in card.options}
            found = answer(card, selection, options)
            drawn = svg(card.plot(found, **own), *_size(*card.print_size(found)))
            _pictures.put(*key, drawn)
        picture = "data:image/svg+xml," + quote(drawn, safe="=:/ ;,()")
    return render("tv/card.html", seen=seen, picture=picture)


def _size(width: float, height: float) -> tuple[float, float]:
    """Return the print size at which a picture fills its place; a wide one is made higher than in print."""
    zoom = min(WIDTH_MM / width, HEIGHT_MM / height, 1.0)
    return width * zoom, max(height * zoom, 0.85 * HEIGHT_MM if width > height else 0)


def _card_of(item: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(item)
    if not parts.path.startswith("card/"):
        raise FactsError(f"播放列表里只能放图卡、页面与预设，不能是“{item[:60]}”")
    return parts.path.removeprefix("card/"), dict(parse_qsl(parts.query))
