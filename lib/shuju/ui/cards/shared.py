"""Cards that several pages have: the bar of filters, the linked bars, the trend, a function of one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from shuju.charts.bars import bars_plot, facet_data, facets_plot, facets_size_mm
from shuju.charts.trend import trend_data, trend_plot
from shuju.facts.cards import Card, Option, register
from shuju.facts.periods import AGAINST
from shuju.facts.selection import Selection
from shuju.facts.series import UNITS
from shuju.ui.cards.charts import TrendCard
from shuju.ui.cards.live import LiveCard, ViewCard
from shuju.ui.templates import environment, render

CHIPS = 6
# Dimensions whose labels have no order of their own: the most frequent stand first.
BY_SIZE = frozenset({"topic", "department", "channel", "motive", "genre", "source"})


def chips(selection: Selection) -> list[tuple[str, str, str]]:
    """Return what is chosen as (dimension, label, words); many labels of a dimension are put together."""
    found = []
    for name in selection.filter_names():
        chosen, title = getattr(selection, name), selection.title_of(name)
        if isinstance(chosen, tuple):
            found.append((name, "", f"{title}：{chosen[0]} 至 {chosen[1]}"))
            continue
        labels = chosen or []
        found += [(name, label, f"{title}：{selection.name_of(name, label)}") for label in labels[:CHIPS]]
        if len(labels) > CHIPS:
            found.append((name, "", f"{title}：另 {len(labels) - CHIPS} 项"))
    return found


class FiltersCard(LiveCard):
    """The bar of filters: notices, days, chips of what is chosen, downloads. It is shown before anything is counted."""

    def narrowed(self) -> list[tuple[str, str, str]]:
        """Return the options that leave rows out as (name, label, words)."""
        found: list[tuple[str, str, str]] = []
        for name, value in self.link.narrowing().items():
            option = next(c.all_options()[name] for c in self.link.cards if name in c.all_options())
            labels, names = value if isinstance(value, list) else [value], option.choices or {}
            found += [(name, label, f"{option.label}：{names.get(label, label)}") for label in labels]
        return found

    def key(self, selection: Selection, options: Mapping[str, Any]) -> Any:
        """Return what the bar depends on."""
        return super().key(selection, options), tuple(self.link.notices), str(self.link.narrowing())

    def html(self, found: Mapping[str, Any]) -> str:
        """Return the bar for the filters as they are."""
        shown = self.selection
        return render(
            "filters.html", selection=shown, chips=chips(shown), narrowed=self.narrowed(), presets=self.link.presets(),
            notices=self.link.notices, **found,
        )  # fmt: skip

    def mark(self) -> None:
        """Show the chips at once."""
        self.send(self.html(self.card.data(self.selection)))


def filters_card(
    table: str, export: str, more: Sequence[tuple[str, str]] = (), placeholder: str = ""
) -> Card:
    """Return the bar of filters of a table; ``more`` are (name, address) of further downloads."""
    fixed = {"export": export, "more": more, "placeholder": placeholder}
    return Card(
        f"{table}.filters",
        "筛选",
        "日期、已选条件、导出",
        table,
        lambda _: fixed,
        FiltersCard,
        html=lambda _: "",
        depends=lambda s: s.query,
        bare=True,
    )


def facets_card(
    table: str, dimensions: Mapping[str, str], noun: str, most: Mapping[str, int] | None = None
) -> Card:
    """Return the linked bars of some dimensions with their headings; of one in ``most`` only the most frequent labels."""

    def data(selection: Selection) -> dict[str, pd.DataFrame]:
        return {
            name: _in_order(facet_data(selection, name, (most or {}).get(name)), name) for name in dimensions
        }

    def html(found: Mapping[str, pd.DataFrame]) -> str:
        return facets_html(found, dimensions, UNIT_OF[table])

    about = f"蓝条：符合其他条件的{noun}；灰底：全部{noun}的构成（各按最大值缩放）。点击筛选，再点取消。"
    return Card(
        f"{table}.facets", "构成", about, table, data, LiveCard, html=html,
        plot=lambda found: facets_plot(found, dimensions, UNIT_OF[table]), size_mm=facets_size_mm,
    )  # fmt: skip


def _in_order(rows: pd.DataFrame, dimension: str) -> pd.DataFrame:
    """Return labels that have no order of their own by how many rows bear them, unknown last."""
    if dimension not in BY_SIZE:
        return rows
    return rows.sort_values(["is_unknown", "n_all"], ascending=[True, False], kind="stable")


def facets_html(
    found: Mapping[str, pd.DataFrame], heads: Mapping[str, str], unit: str, *, shown: int = 8
) -> str:
    """Return linked bars: frames as of ``Selection.facet`` by dimension, each under its heading; of long ones the rest folded."""
    parts: Any = environment().get_template("parts.html").module
    return str(parts.facets(found, heads, unit, shown=shown))


def facet_card(table: str, dimension: str, title: str, most: int | None = None) -> Card:
    """Return the bars of one dimension as a chart."""
    return Card(
        f"{table}.by_{dimension}", title, f"按{title}，点击筛选。", table,
        lambda selection: facet_data(selection, dimension, most), LiveCard,
        html=lambda found: facets_html({dimension: found}, {dimension: title}, UNIT_OF[table]),
        plot=lambda found: bars_plot(found, UNIT_OF[table]), size_mm=(155, 76),
    )  # fmt: skip


def trend_options(by: Mapping[str, str]) -> dict[str, Option]:
    """Return the options of a trend: how long a period is, the groups (dimensions with their names), the earlier time."""
    return {
        "unit": Option(
            "auto", "粒度", {"auto": "自动", **{name: f"按{told}" for name, told in UNITS.items()}}
        ),
        "by": Option("", "分组", {"": "不分组", **by}),
        "against": Option("", "对比", {"": "不对比", **AGAINST}),
    }


def trend_html(
    found: pd.DataFrame, options: Mapping[str, Option], chosen: Mapping[str, str], unit: str, noun: str
) -> str:
    """Return the controls of a trend, and in numbers what its groups and its comparison amount to."""
    return render(
        "trend.html", found=found, about=found.attrs, options=options, chosen=chosen, unit=unit, units=UNITS, noun=noun, against=AGAINST
    )  # fmt: skip


def trend_card(table: str, title: str, noun: str, by: Mapping[str, str]) -> Card:
    """Return the trend of a table, which can be split by the dimensions ``by`` (with their names) and held against an earlier time."""
    options = trend_options(by)

    def data(selection: Selection, unit: str, by: str, against: str) -> pd.DataFrame:
        return trend_data(selection, None, unit, by, against)

    def html(found: pd.DataFrame, **chosen: str) -> str:
        return trend_html(found, options, chosen, UNIT_OF[table], noun)

    about = f"蓝：符合其他条件；灰：全部{noun}的走势（按比例缩放）。横向拖动选择时间段。"
    return Card(
        f"{table}.trend", title, about, table, data, TrendCard, html=html,
        plot=lambda found, **_: trend_plot(found, UNIT_OF[table]), options=options, size_mm=(155, 58),
    )  # fmt: skip


UNIT_OF = {"records": "条", "letters": "封", "cascades": "份", "hot_issues": "件"}
register(Card("view", "自定视图", "由所选数据现算", "", lambda _: None, ViewCard))
