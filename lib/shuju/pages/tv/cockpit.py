"""One picture of the province (一张图): letters, issues, documents, tasks around a map on which what arrives lights up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from shuju.charts import theme
from shuju.charts.counties import county_shapes, extent
from shuju.clock import now
from shuju.desk.store import open_desk
from shuju.desk.tasks.listing import tally
from shuju.facts.naming import label_name, place_name
from shuju.facts.selection import Selection
from shuju.letters import facts as letter_facts
from shuju.letters.region_bands import bands_data
from shuju.library import Library
from shuju.library.versioned import versioned
from shuju.pages.home.home import documents_now, issues_now, letters_now, records_now
from shuju.pages.tasks.assigning import who_asks
from shuju.records import facts as record_facts
from shuju.ui.templates import cut, day, moment, render, text

NEWEST, LIT = 8, 10
WIDTH = 1000  # of the map's own coordinates
CORNER_METRES = 1_500


@dataclass(frozen=True)
class Lit:
    """Where something has just arrived: a place on the map, and how many seconds after the first it lights up."""

    x: float
    y: float
    delay: float


def cockpit_html(library: Library) -> str:
    """Return the cockpit as HTML for whoever asks; what they see nothing of is left out."""
    sees = {
        table: not library.scope.shows_nothing_of(table) for table in ("letters", "hot_issues", "records")
    }
    letters = letters_now(library) if sees["letters"] else None
    newest = arrivals(library)
    return render(
        "tv/cockpit.html", letters=letters, issues=issues_now(library) if sees["hot_issues"] else None, documents=documents_now(library),
        records=records_now(library), tasks=_tasks(library), counties=counties_now(library),
        lit=_lit(newest), ticker=[told for _, told in newest], view=_view(), place_name=place_name,
    )  # fmt: skip


@versioned("letters", "records", "sites")
def arrivals(library: Library) -> list[tuple[str, str]]:
    """Return the newest rows as (region, words), the newest first, as many letters as records.

    Of letters it is told where and about what, never their texts; of records, which are published, the titles.
    """
    found = [*_new_letters(library), *_new_records(library)]
    return [(region, told) for _, region, told in sorted(found, key=lambda one: one[0], reverse=True)]


def _new_letters(library: Library) -> list[tuple[Any, str, str]]:
    if library.scope.shows_nothing_of("letters") or library.version_of("letters") < 0:
        return []
    letters: Any = letter_facts.selection(library)
    rows = letters.rows_at(letters.places(NEWEST), ["written_at"])
    told = [letters.labels_at(name, rows.index.to_numpy()) for name in ("region", "topic")]
    return [
        (at, region, f"来信　{place_name(region)}　{label_name('topics', topic)}　{day(at)}")
        for at, region, topic in zip(rows["written_at"], *told, strict=True)
    ]


def _new_records(library: Library) -> list[tuple[Any, str, str]]:
    if library.version_of("records") < 0:
        return []
    rows = record_facts.selection(library).rows(NEWEST, ["published_at", "region_code", "title"])
    return [
        (row.published_at, text(row.region_code), f"发布　{cut(row.title, 40)}　{moment(row.published_at)}")
        for row in rows.itertuples(index=False)
    ]


def _tasks(library: Library) -> dict[str, int] | None:
    by = who_asks()
    if by.role == "operator":
        return None
    return tally(open_desk(library.home), by, "all", at=now())


@versioned("letters", "records", "sites")
def counties_now(library: Library) -> list[tuple[str, str]]:
    """Return the counties as (path, colour) by how many letters of all they have, records where no letters are seen."""
    has_letters = not library.scope.shows_nothing_of("letters") and library.version_of("letters") >= 0
    selection: Selection = letter_facts.selection(library) if has_letters else record_facts.selection(library)
    bands = bands_data(selection, "n").set_index("code")["band"] if selection.n_all else {}
    return [(path, theme.DARK_BANDS[int(bands.get(code, -1)) + 1]) for code, path in _paths().items()]


def _paths() -> dict[str, str]:
    if not _kept:
        shapes = county_shapes()
        simple = shapely.coverage_simplify(list(shapes.values()), CORNER_METRES)
        _kept.update({code: _path(shape) for code, shape in zip(shapes, simple, strict=True)})
    return _kept


_kept: dict[str, str] = {}


def _path(shape: Any) -> str:
    rings = [_on_map(shapely.get_coordinates(part.exterior)) for part in shapely.get_parts(shape)]
    return "".join("M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in ring) + "Z" for ring in rings)


def _on_map(points: np.ndarray) -> np.ndarray:
    x0, _, x1, y1 = extent()
    return np.column_stack([points[:, 0] - x0, y1 - points[:, 1]]) * (WIDTH / (x1 - x0))


def _view() -> str:
    x0, y0, x1, y1 = extent()
    return f"0 0 {WIDTH} {WIDTH * (y1 - y0) / (x1 - x0):.0f}"


def _lit(newest: list[tuple[str, str]]) -> list[Lit]:
    shapes = county_shapes()
    places = [region for region, _ in newest if region in shapes][:LIT]
    centres = [shapely.get_coordinates(shapely.point_on_surface(shapes[code])) for code in places]
    return [Lit(*_on_map(one)[0], delay=0.8 * number) for number, one in enumerate(centres)]
