"""The map of one document on a page: moved by a slider, or played over the hours."""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd
import panel as pn

from shuju.facts.cards import Option
from shuju.spread.lag_map import (
    LEGEND,
    MOMENTS,
    NOW,
    blank_map,
    lag_map_plot,
    moment_name,
    origin_of,
    seats_of,
)
from shuju.ui.cards.charts import CountyMapCard
from shuju.ui.figures import patch
from shuju.ui.templates import render

HOURS_INDEX = Option(str(NOW), "地图时刻", MOMENTS)
STEP_MILLISECONDS = 700


def map_html(found: pd.DataFrame, hours_index: str, is_playing: bool = False, **_: Any) -> str:
    """Return the moment, how many counties have it, the slider, and the legend."""
    counties = found[found["kind"] == "county"]
    return render(
        "document/map.html", moment=moment_name(int(hours_index)), n=int(counties["is_here"].sum()), at=hours_index, now=NOW,
        is_playing=is_playing, legend=LEGEND, moments=MOMENTS,
    )  # fmt: skip


class ArrivalMapCard(CountyMapCard):
    """The map: one message of colours a step; while it is played the moment moves on by itself."""

    LAYERS = ("counties", "borders", "chosen", "seats", "origin")
    FIELDS: ClassVar = {**CountyMapCard.FIELDS, "seats": {"fill_color": "fill"}}
    _player: Any = None

    def _element(self) -> Any:
        return lag_map_plot(blank_map())

    def html(self, found: pd.DataFrame) -> str:
        """Return the controls."""
        return map_html(found, **self.own_options(), is_playing=self._player is not None)

    def _put(self, found: pd.DataFrame | None) -> None:
        if found is None:
            return
        super()._put(found[found["kind"] == "county"])
        seats = seats_of(found)
        patch(self._sources["seats"], fill=seats["fill"].tolist(), told=seats["told"].tolist())
        self._sources["origin"].data = origin_of(found)

    def mark(self) -> None:
        """Outline nothing: the map shows one document, whatever is chosen."""

    def _tapped(self, event: Any) -> None:
        """Choose nothing."""

    # The player

    def act(self, do: str, of: str, value: str) -> bool:  # noqa: ARG002
        """Start or stop the player; a hand on the slider stops it."""
        match do:
            case "play":
                self.stop() if self._player is not None else self.play()
                return True
            case "step":
                if self._player is not None:  # one that comes after the stop moves nothing
                    self.step()
                return True
            case "choose" if of == "hours_index":
                self.stop()
        return False

    def play(self) -> None:
        """Move on every ``STEP_MILLISECONDS``, from the beginning if the end was reached."""
        if self.link.options.hours_index == str(NOW):
            self.link.set_option("hours_index", "0")
        # Panel calls in a thread of its pool: a step is done in its turn, as what the visitor does.
        self._player = pn.state.add_periodic_callback(
            lambda: self.link.act("step", "", "", self.slot), period=STEP_MILLISECONDS
        )
        self._show_controls()

    def stop(self) -> None:
        """Stay where the map is."""
        if self._player is not None:
            self._player.stop()
            self._player = None
            self._show_controls()

    def step(self) -> None:
        """Move on by one moment; the last one ends the play."""
        at = int(self.link.options.hours_index) + 1
        self.link.set_option("hours_index", str(at))
        if at >= NOW:
            self.stop()

    def _show_controls(self) -> None:
        self.forget()
        self.link.ask()
