"""The cards of an investigation, the same for each: levers, what would happen, curves, sweep, tornado, heat map, goal, doubts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import xarray as xr

from shuju.charts import look
from shuju.facts.cards import Card, Option, register
from shuju.facts.selection import Selection
from shuju.pages.whatif.asking import FIRST, NOW, NUMBERS, asked, scenarios, tried
from shuju.pages.whatif.bands import BandsCard, CurveCard, banded, bands_html, curves_plot
from shuju.pages.whatif.goal import GOAL, WAYS, goal_data, way_of
from shuju.pages.whatif.kept import (
    KEPT_SCENARIOS,
    MOST_KEPT,
    LeversCard,
    is_readable,
    named,
    read,
    told_value,
    written,
)
from shuju.ui.cards.charts import ChartCard
from shuju.ui.cards.live import LiveCard
from shuju.ui.cards.shared import filters_card
from shuju.ui.templates import render
from shuju.whatif.alarming import ALARMING
from shuju.whatif.answering import ANSWERING
from shuju.whatif.arriving import ARRIVING
from shuju.whatif.compare import compare
from shuju.whatif.exploration import Exploration
from shuju.whatif.gathering import GATHERING
from shuju.whatif.investigation import Investigation
from shuju.whatif.parameter import Parameter, WhatIfError
from shuju.whatif.plots import heat_plot, sweep_plot, tornado_plot
from shuju.whatif.scenario import BASELINE
from shuju.whatif.telling import shown, told

# Of each table what can be downloaded, and what is searched for.
FILES = {"letters": ("letters", ""), "cascades": ("spread", "搜标题、发文字号")}
HEAT_STEPS, LAST = 15, 0.6


@tried
def _side_by_side(
    investigation: Investigation, selection: Selection, kept: Sequence[str], **options: Any
) -> dict[str, Any]:
    now = asked(investigation, selection, options)
    beside = scenarios(investigation, now, kept)
    found = compare(now.function, now.baseline.present, **beside)
    rows = [
        {"name": investigation.measures[name]}
        | {
            label: shown(float(v), found[name].attrs["units"])
            for label, v in zip(_labels(found), found[name].to_numpy())
        }
        for name in investigation.measures
    ]
    differs = now.baseline.differing(**beside).reset_index(names="name") if beside else pd.DataFrame()
    model = found.attrs.get("model", "")
    return {
        "found": found, "table": pd.DataFrame(rows), "model": model, "known": selection, "source": investigation.source,
        "sentences": told(found[list(investigation.measures)], NOW) if NOW in beside else [],
        "notes": _notes(investigation, selection, now, kept),
        "keep": _keep_address(investigation, selection, now) if NOW in beside else "",
        "differs": _named(investigation, differs),
    }  # fmt: skip


def _notes(
    investigation: Investigation, selection: Selection, now: Exploration, kept: Sequence[str]
) -> list[str]:
    """Return what does nothing, or less than one would think, and which kept scenarios cannot be read."""
    lost = [text for text in kept if not is_readable(investigation, text)]
    told = investigation.notes(investigation.prepared(selection), now.present) if investigation.notes else []
    methods = {p.name: p for p in investigation.parameters if p.is_method}
    for number, text in zip(NUMBERS, kept):
        values = read(investigation, text) if is_readable(investigation, text) else now.present
        other = [p.title for name, p in methods.items() if values.get(name, p.default) != now.present[name]]
        if other:
            told.append(f"情景{number}的“{'”“'.join(other)}”与现状的不同，两者不能直接相比。")
    return [*told, *(f"链接中的情景“{text[:60]}”无法辨认，已略去。" for text in lost)]


def _keep_address(investigation: Investigation, selection: Selection, now: Exploration) -> str:
    """Return where the present scenario can be kept, to be held against what comes."""
    changed = {name: value for name, value in now.changed.items() if value != now.parameter(name).default}
    return "whatif?" + "&".join(
        filter(None, (urlencode({"keep": investigation.name} | changed), selection.query))
    )


def _labels(found: xr.Dataset) -> list[str]:
    return [FIRST if name == BASELINE else str(name) for name in found["scenario"].to_numpy()]


def _named(investigation: Investigation, differs: pd.DataFrame) -> pd.DataFrame:
    """Return the table of what differs with values as a reader knows them."""
    by_title = {p.title: p for p in investigation.parameters}
    if differs.empty:
        return differs
    rows = differs.rename(columns={"现值": FIRST}).to_dict("records")
    return pd.DataFrame(
        [
            {k: v if k == "name" else told_value(by_title[row["name"]], v) for k, v in row.items()}
            for row in rows
        ]
    )


def _told_html(found: Mapping[str, Any], **_: Any) -> str:
    return render("whatif/told.html", **{"fault": "", **found})


@tried
def _curve(
    investigation: Investigation, selection: Selection, kept: Sequence[str], curve: str, **options: Any
) -> dict[str, Any]:
    found = _side_by_side(investigation, selection, kept, **options)
    return found if "fault" in found else {"curve": found["found"][curve]}


@tried
def _bands(
    investigation: Investigation, selection: Selection, kept: Sequence[str], curve: str, **options: Any
) -> dict[str, Any]:
    found = _curve(investigation, selection, kept, curve, **options)
    if "fault" in found:
        return found
    now = asked(investigation, selection, options)
    beside = {BASELINE: now.baseline.present} | scenarios(investigation, now, kept)
    return banded(investigation, selection, found["curve"], beside)


@tried
def _swept(
    investigation: Investigation, selection: Selection, swept: str, measure: str, **options: Any
) -> dict[str, Any]:
    now = asked(investigation, selection, options)
    found = now.sweep(swept)[measure]
    rows = pd.DataFrame({"value": found[swept].to_numpy(), measure: found.to_numpy()})
    return {"swept": found, "present": now.present[swept], "rows": rows, "names": _choices(investigation)}


def _swept_plot(found: Mapping[str, Any], **_: Any) -> Any:
    if "fault" in found:
        return _fault(found)
    return sweep_plot(found["swept"], found["present"], names=found["names"].get(str(found["swept"].dims[0])))


@tried
def _tornado(
    investigation: Investigation, selection: Selection, measure: str, **options: Any
) -> dict[str, Any]:
    now = asked(investigation, selection, options)
    is_share = now.run()[measure].attrs["units"] == "share"
    return {"rows": now.tornado(measure), "is_share": is_share, "names": _choices(investigation)}


def _choices(investigation: Investigation) -> dict[str, Mapping[Any, str]]:
    """Return of each parameter with choices what these are called."""
    return {p.name: p.choices for p in investigation.parameters if p.choices is not None}


def _tornado_plot(found: Mapping[str, Any], **_: Any) -> Any:
    return _fault(found) or tornado_plot(found["rows"], found["is_share"], found["names"])


@tried
def _heat(
    investigation: Investigation, selection: Selection, swept: str, against: str, measure: str, **options: Any
) -> dict[str, Any]:
    if swept == against:
        raise WhatIfError("两个条件相同，请另选一个")
    now = asked(investigation, selection, options)
    found = now.heat(swept, against, measure, HEAT_STEPS)
    found.attrs["units"] = now.run()[measure].attrs["units"]
    titles = [now.parameter(name).title for name in (swept, against)]
    return {
        "heat": found,
        "titles": titles,
        "rows": found.to_dataframe().reset_index(),
        "names": _choices(investigation),
    }


def _heat_plot(found: Mapping[str, Any], **_: Any) -> Any:
    return _fault(found) or heat_plot(found["heat"], found["titles"], names=found["names"])


def _fault(found: Mapping[str, Any]) -> Any:
    return look.blank(found["fault"]) if "fault" in found else None


@tried
def _doubt(investigation: Investigation, selection: Selection) -> dict[str, Any]:
    sentences, tested = investigation.doubt(investigation.prepared(selection))
    return {"sentences": sentences, "tested": tested, "leaves_out": investigation.leaves_out}


def _option(p: Parameter) -> Option:
    if p.choices is not None:
        return Option(p.default, p.title, p.choices)
    return Option(p.default, p.title, low=int(p.low or 0), high=int(p.high or 0))


def investigation_cards(investigation: Investigation) -> list[Card]:
    """Return the cards of an investigation, named ``answering.levers`` and so on."""
    name, table = investigation.name, investigation.table
    levers = {p.name: _option(p) for p in investigation.parameters}
    numeric = {p.name: p.title for p in investigation.parameters if not p.is_method}
    first, second = (investigation.varied_first or tuple(numeric))[:2]
    swept = Option(first, "变哪一项", numeric)
    against = Option(second, "与哪一项", numeric)
    measure = Option(next(iter(investigation.measures)), "看哪个数", investigation.measures)
    curve = Option(next(iter(investigation.curves)), "看哪条线", investigation.curves)
    kept = {"kept": KEPT_SCENARIOS}
    live = type("LeversCard", (LeversCard,), {"investigation": investigation})

    def of(make: Callable[..., Any]) -> Callable[..., Any]:
        return partial(make, investigation)

    def levers_html(_: Any, kept: Sequence[str], **options: Any) -> str:
        return render(
            "whatif/levers.html", parameters=investigation.parameters, options=options, kept=list(zip(NUMBERS, kept)),
            text=written(investigation, options), most=MOST_KEPT, named=partial(named, investigation),
        )  # fmt: skip

    def choices_html(_: Mapping[str, Any], **options: Any) -> str:
        return render(
            "whatif/choices.html", options=options,
            offered={n: o for n, o in {"measure": measure, "swept": swept, "against": against, "curve": curve}.items() if n in options},
        )  # fmt: skip

    def goal_html(found: Any, goal: str, **options: Any) -> str:
        return render(
            "whatif/goal.html", fault=found.get("fault", ""), sentence=found.get("sentence", ""), goal=goal,
            options=options | {"way": way_of(investigation, options["measure"], options["way"])}, swept=numeric,
            measures=investigation.measures, ways=WAYS,
        )  # fmt: skip

    rest, further = 0.3, 0.35  # what is asked comes before what is asked further
    return [
        replace(filters_card(table, FILES[table][0], placeholder=FILES[table][1]), name=f"{name}.filters"),
        Card(f"{name}.levers", "要变的条件", "拖动即算；竖线是现状", table, lambda *_, **__: {}, live, levers_html,
             options=levers | kept, depends=lambda _: ""),
        Card(f"{name}.told", "会怎样", "现状与各情景并排", table, of(_side_by_side), LiveCard, _told_html, options=levers | kept, rest_seconds=rest,
             bare=True),
        Card(f"{name}.curve", "并排看", "虚线是现状", table, of(_curve), CurveCard, choices_html, curves_plot,
             levers | kept | {"curve": curve}, rest_seconds=rest),
        Card(f"{name}.bands", "有多确定", "色带在上图，算好才出", table, of(_bands), BandsCard, bands_html, curves_plot,
             levers | kept | {"curve": curve}, rest_seconds=LAST),
        Card(f"{name}.sweep", "一项从低到高", "其余条件照现在；橙线是现在的取值", table, of(_swept), ChartCard, choices_html, _swept_plot,
             levers | {"swept": swept, "measure": measure}, rest_seconds=further),
        Card(f"{name}.tornado", "哪一项最要紧", "只变一项：蓝为取最低值，红为取最高值，竖线是现在", table, of(_tornado), ChartCard, choices_html,
             _tornado_plot, levers | {"measure": measure}, rest_seconds=further),
        Card(f"{name}.heat", "两项一起变", "竖向为“变哪一项”，横向为“与哪一项”；越深越大", table, of(_heat), ChartCard, choices_html, _heat_plot,
             levers | {"swept": swept, "against": against, "measure": measure}, rest_seconds=0.5),
        Card(f"{name}.goal", "要达到目标", "只变一项，要变到多少", table, of(goal_data), LiveCard,
             goal_html,
             options=levers | {"swept": swept, "measure": measure} | GOAL, rest_seconds=further),
        Card(f"{name}.doubt", "可信吗", "模型在过去准不准，没有考虑什么", table, of(_doubt), LiveCard,
             lambda found: render("whatif/doubt.html", **{"fault": "", **found}), rest_seconds=rest),
    ]  # fmt: skip


for _investigation in (ANSWERING, ARRIVING, ALARMING, GATHERING):
    register(*investigation_cards(_investigation))
