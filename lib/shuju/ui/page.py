"""One page: the cards that a notebook made, where they stand, and for one visitor the wire to the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import panel as pn
from markupsafe import Markup
from panel.io.resources import LOCAL_DIST, patch_model_css

from shuju.facts.selection import Selection
from shuju.ui.grid import Arrangement, short_names
from shuju.ui.link import Link
from shuju.ui.templates import render
from shuju.ui.wire import Wire

if TYPE_CHECKING:
    from shuju.ui.cards.live import LiveCard


@dataclass(frozen=True)
class Place:
    """Something on the page: a card, prose (HTML), or a Panel object."""

    name: str
    card: LiveCard | None = None
    prose: str = ""
    root: pn.viewable.Viewable | None = None


@dataclass
class Page:
    """What a notebook shows; ``arrangement`` is what a ``grid`` says, None before there is one.

    A sketch is the HTML of a page, the same for all who ask for its address; a session is the page of one
    visitor, whose figures and answers follow over the websocket. Slots and roots have the same names in both.
    """

    title: str
    query: Mapping[str, str]
    is_sketch: bool = False
    lead: str = ""
    places: list[Place] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    arrangement: Arrangement | None = None

    def __post_init__(self) -> None:
        """Make the wire."""
        doc = pn.state.curdoc
        self.doc = doc if doc is not None and doc.session_context is not None else None
        self._waiting: dict[str, str] = {}
        self._n_slots = 0
        self.wire = Wire(self._act, sizing_mode="fixed", width=0, height=0, margin=0)

    # What cards and links call

    def new_slot(self, name: str) -> str:
        """Return the name of a slot of its own."""
        self._n_slots += 1
        return f"{name}-{self._n_slots}"

    def add(self, card: LiveCard) -> None:
        """Put a card at the end of the page."""
        self.places.append(Place(card.card.name, card=card))

    def add_link(self, selection: Selection) -> Link:
        """Follow a selection; the address of the page belongs to the first one."""
        prefix = "" if not self.links else f"{selection.table}{len(self.links) + 1}."
        own = self.query if prefix else {k: v for k, v in self.query.items() if "." not in k}
        link = Link(selection, own, prefix)
        link.on_address = self._show_address
        self.links.append(link)
        return link

    def send(self, slot: str, content: str) -> None:
        """Write HTML into a slot; what is sent in one turn goes together."""
        if not self._waiting and self.doc is not None:
            self.doc.add_next_tick_callback(self._flush)
        self._waiting[slot] = content
        if self.doc is None:
            self._flush()

    def _flush(self) -> None:
        self.wire.slots, self._waiting = self._waiting, {}

    def go(self, address: str) -> None:
        """Have the browser open another page, as if a link to it had been followed."""
        self.wire.go = ""  # the same address twice is two journeys
        self.wire.go = address

    def _act(self, do: str, of: str, value: str, slot: str) -> None:
        for link in self.links:
            if do == "painted" or not slot or any(card.slot == slot for card in link.cards):
                link.act(do, of, value, slot)

    def _show_address(self) -> None:
        self.wire.address = "&".join(link.address for link in self.links)

    @property
    def place_names(self) -> list[str]:
        """The names of what stands on the page so far."""
        return [name for name, _, _ in self._named()]

    # What the server calls

    def begin(self) -> None:
        """Answer from now on; called when the browser shows the page."""
        for link in self.links:
            link.begin()

    def html(self, shell: Mapping[str, Any]) -> str:
        """Return the HTML of a sketch, all first answers in it; ``shell`` is what the frame around it shows."""
        for link in self.links:
            link.finish()
        pieces = {key: _piece(place, root) for key, place, root in self._named()}
        roots = ["wire", *(piece["root"] for piece in pieces.values() if piece["root"])]
        return render(
            "live_page.html",
            pieces=pieces,
            rows=self._rows(list(pieces)),
            roots=roots,
            heading=self.title,
            lead=Markup(self.lead),
            **shell,
        )

    def fill(self, doc: Any) -> None:
        """Put the roots of a session into its document, in the order in which the sketch names them."""
        for link in self.links:
            link.finish()
        self._show_address()
        roots: dict[str, pn.viewable.Viewable] = {"wire": self.wire}
        for _, place, name in self._named():
            if place.card is not None:
                place.card.start()
            if name:
                roots[name] = place.card.root if place.card is not None else place.root
        doc.template_variables["dist_url"] = LOCAL_DIST  # style sheets from this server, never from elsewhere
        with doc.models.freeze():
            for name, root in roots.items():
                before = len(doc.roots)
                root.server_doc(doc, location=False)
                doc.roots[before].name = name
                patch_model_css(doc.roots[before], dist_url=LOCAL_DIST)
        doc.title = self.title
        # Another process of the server may answer next, which does not know this session: the page loads anew.
        doc.config.update(reconnect_session=False, notify_connection_status=False)

    def _named(self) -> list[tuple[str, Place, str]]:
        """Return each place with a name of its own, and the name of its root, empty if it has none."""
        seen: set[str] = set()
        named = []
        for number, place in enumerate(self.places):
            key = place.name if place.name not in seen else f"{place.name}-{number}"
            seen.add(key)
            has_root = place.card.has_root if place.card is not None else place.root is not None
            named.append((key, place, f"root{number}" if has_root else ""))
        return named

    def _rows(self, order: Sequence[str]) -> list[list[tuple[int, list[str]]]]:
        """Return rows of columns (width, names); what the arrangement does not name follows at the end."""
        if self.arrangement is None:
            return [[(1, [name])] for name in order]
        short = short_names(order)
        placed = [
            [
                (self.arrangement.width(at, beside), [short[name] for name in column])
                for beside, column in enumerate(row)
            ]
            for at, row in enumerate(self.arrangement.rows)
        ]
        seen = {name for row in placed for _, column in row for name in column}
        return [*placed, *([(1, [name])] for name in order if name not in seen)]


def _piece(place: Place, root: str) -> dict[str, Any]:
    card = place.card
    if card is None:
        return {"card": None, "prose": Markup(place.prose), "root": root}
    body = Markup(card.sketch())
    return {
        "card": card.card,
        "slot": card.slot,
        "body": body,
        "root": root,
        "reserved": card.reserved,
        "prose": "",
    }
