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
from shuju.pages.home.home import documents_now, issues_now, lately, letters_now
from shuju.pages.tasks.assigning import who_asks
from shuju.records import facts as record_facts
from shuju.ui.templates import day, moment, render

NEWEST, LIT = 16, 10
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
        records=lately(record_facts.selection(library)), tasks=_tasks(library), counties=_counties(library, has_letters=letters is not None),
        lit=_lit(newest), ticker=[told for _, told in newest], view=_view(), place_name=place_name,
    )  # fmt: skip


def arrivals(library: Library, n: int = NEWEST) -> list[tuple[str, str]]:
    """Return the newest rows as (region, words), the newest first: of letters where and about what, never their texts; titles of records."""
    found: list[tuple[Any, str, str]] = []
    if not library.scope.shows_nothing_of("letters") and library.version_of("letters") >= 0:
        rows = letter_facts.selection(library).rows(n, ["written_at", "region_code", "topic_1"])
        for row in rows.itertuples(index=False):
            topic = row.topic_1 if isinstance(row.topic_1, str) and row.topic_1 else ""
            place = (
                place_name(row.region_code)
                if isinstance(row.region_code, str) and row.region_code
                else "全省"
            )
            told = (
                f"来信　{place}　{label_name('topics', topic) if topic else '未分类'}　{day(row.written_at)}"
            )
            found.append((row.written_at, str(row.region_code or ""), told))
    rows = record_facts.selection(library).rows(n, ["published_at", "region_code", "title"])
    found += [
        (row.published_at, str(row.region_code or ""), f"发布　{row.title[:40]}　{moment(row.published_at)}")
        for row in rows.itertuples(index=False)
    ]
    newest = sorted(found, key=lambda one: one[0], reverse=True)[:n]
    return [(region, told) for _, region, told in newest]


def _tasks(library: Library) -> dict[str, int] | None:
    by = who_asks()
    if by.role == "operator":
        return None
    return tally(open_desk(library.home), by, "all", at=now())


def _counties(library: Library, *, has_letters: bool) -> list[tuple[str, str]]:
    """Return the counties as (path, colour) by how many letters of all they have, records where no letters are seen."""
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
