"""Which figures (指标) the cards of a subject can show, so that what is counted is chosen before how it is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shuju.facts.cards import Card

# Options that say which figure a card shows; how a figure is called beside the others, where its own name is not enough.
MEASURING = ("measure", "curve", "within")
CALLED = {"within": "{}到达率"}
COUNT, DOTS = "n", "dots"  # dots are a count, too, drawn one by one
# Of cards that show no figure alone.
OTHERS: Mapping[str, str] = {"hot_issues": "热点与预警", "cascades": "转载与构成"}
OF_ALL = "各项数字与依据"


def measuring_option(card: Card) -> str:
    """Return the name of the option of a card that says which figure it shows, empty where it has none."""
    return next((name for name in MEASURING if name in card.options), "")


def figures_offered(subject: str, cards: Sequence[Card]) -> dict[str, str]:
    """Return the figures that the cards of a subject can show, by name, with their titles; in the order of the cards.

    Cards without such an option count rows, if that is a figure of the subject; else what they show is called by ``OTHERS``.
    """
    found: dict[str, str] = {}
    for card in cards:
        name = measuring_option(card)
        for value, title in (card.options[name].choices or {}).items() if name else ():
            if value != DOTS:
                found.setdefault(value, CALLED.get(name, "{}").format(title))
    if COUNT in found:
        return {COUNT: found[COUNT], **found}
    has_others = any(not measuring_option(card) for card in cards)
    return ({"": OTHERS.get(subject, OF_ALL)} if has_others else {}) | found


def values_for(card: Card, figure: str) -> dict[str, str]:
    """Return the values of a card's measuring option that show a figure, with their names; none where it has no such option."""
    name = measuring_option(card)
    choices = card.options[name].choices or {} if name else {}
    return {value: title for value, title in choices.items() if figure_of(value) == figure}


def shows(card: Card, figure: str) -> bool:
    """Whether a card can show a figure."""
    return bool(values_for(card, figure)) if measuring_option(card) else figure in ("", COUNT)


def figure_of(value: str) -> str:
    """Return the figure that a value of a measuring option shows."""
    return COUNT if value == DOTS else value
