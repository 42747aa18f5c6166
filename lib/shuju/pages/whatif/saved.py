"""Scenarios that somebody keeps on ``/whatif``: what was told when they were kept, beside what is now."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from shuju import select
from shuju.access import who
from shuju.clock import now
from shuju.desk.scenarios import (
    KeptScenario,
    Told,
    change_scenario,
    find_scenario,
    keep_scenario,
    list_scenarios,
)
from shuju.desk.store import open_desk
from shuju.desk.trail import note
from shuju.library import Library
from shuju.pages.whatif.kept import told_value
from shuju.ui.templates import render
from shuju.whatif import WhatIfError
from shuju.whatif.alarming import ALARMING
from shuju.whatif.answering import ANSWERING
from shuju.whatif.arriving import ARRIVING
from shuju.whatif.exploration import Exploration
from shuju.whatif.gathering import GATHERING
from shuju.whatif.investigation import Investigation
from shuju.whatif.telling import shown

ROUTES: Mapping[str, tuple[str, Investigation]] = {
    one.name: (route, one)
    for route, one in (
        ("whatif_letters", ANSWERING), ("whatif_spread", ARRIVING), ("whatif_warnings", ALARMING), ("whatif_issues", GATHERING),
    )
}  # fmt: skip


def saved_html(library: Library, query: Mapping[str, str]) -> str:
    """Return what ``/whatif`` shows of kept scenarios: the form for one (``keep``), one beside what is now (``id``), or the list."""
    desk, owner = open_desk(library.home), who()
    if query.get("keep"):
        return _form(query)
    text = query.get("id", "")
    if text:
        kept = find_scenario(desk, owner, _number(text))
        if kept is None:
            note(desk, "refused", f"scenario:{text}"[:300], {"why": "没有这个情景"}, 0)
            return render("whatif/saved_one.html", kept=None, fault="")
        return _beside_now(library, kept)
    rows = [_listed(kept) for kept in list_scenarios(desk, owner)]
    return render(
        "whatif/saved_list.html", rows=rows, told=query.get("told", "")[:200], undo=query.get("undo", "") if query.get("undo", "").isdecimal() else ""
    )  # fmt: skip


def receive_saved(library: Library, form: Mapping[str, str]) -> str:
    """Do what a form says: keep a scenario, delete one, take that back; return the address to go to.

    Raises:
        ValueError: it cannot be kept, or there is no such one; the message says why.
    """
    desk, owner, at = open_desk(library.home), who(), now()
    match form.get("do"):
        case "keep":
            investigation, address, asked = _asked(form)
            kept = keep_scenario(
                desk, owner, form.get("name", ""), investigation.name, address,
                versions={investigation.table: library.version_of(investigation.table)}, told=_told(investigation, asked), at=at,
            )  # fmt: skip
            return f"whatif?id={kept.id}"
        case "delete":
            number = _number(form.get("id", ""))
            change_scenario(desk, owner, number, deleted_at=at)
            return f"whatif?told={quote('已删除')}&undo={number}"
        case "restore":
            change_scenario(desk, owner, _number(form.get("id", "")), deleted_at=None)
            return f"whatif?told={quote('已恢复')}"
    raise ValueError("没有这项操作")


def _form(query: Mapping[str, str]) -> str:
    try:
        investigation, address, asked = _asked(
            {"investigation": query["keep"], "query": urlencode([*query.items()])}
        )
        told = _told(investigation, asked)
    except ValueError as error:
        return render("whatif/saved_one.html", kept=None, fault=str(error))
    changed = "，".join(
        f"{asked.parameter(name).title} {told_value(asked.parameter(name), value)}"
        for name, value in asked.changed.items()
    )
    return render(
        "whatif/keep.html", investigation=investigation, query=address, changed=changed, rows=[_row(one) for one in told.values()],
        route=ROUTES[investigation.name][0],
    )  # fmt: skip


def _asked(form: Mapping[str, str]) -> tuple[Investigation, str, Exploration]:
    """Return which investigation is asked, the address of what is asked on its page, and the tools at these parameters."""
    if form.get("investigation") not in ROUTES:
        raise WhatIfError("没有这项推演")
    investigation = ROUTES[form["investigation"]][1]
    given = dict(parse_qsl(form.get("query", "")[:20_000]))
    selection = select(investigation.table)
    refused = selection.take(given)
    if refused:
        raise WhatIfError("；".join(refused))
    changed = {p.name: p.value(given[p.name]) for p in investigation.parameters if p.name in given}
    changed = {
        p.name: changed[p.name]
        for p in investigation.parameters
        if p.name in changed and changed[p.name] != p.default
    }
    if not changed:
        raise WhatIfError("条件与现状相同，没有可存的；请先拖动条件")
    address = "&".join(filter(None, (selection.query, urlencode(changed))))
    return investigation, address, investigation.of(selection).change(**changed)


def _told(investigation: Investigation, asked: Exploration) -> dict[str, Told]:
    is_now, would_be = asked.baseline.run(), asked.run()
    return {
        name: Told(
            title, str(is_now[name].attrs.get("units", "")), _known(is_now[name]), _known(would_be[name])
        )
        for name, title in investigation.measures.items()
    }


def _known(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None


def _beside_now(library: Library, kept: KeptScenario) -> str:
    """Return a kept scenario beside what is now: its own present has come, and its scenario asked anew."""
    route, investigation = ROUTES[kept.investigation]
    try:
        told, fault = (
            _told(investigation, _asked({"investigation": kept.investigation, "query": kept.query})[2]),
            "",
        )
    except ValueError as error:
        told, fault = {}, str(error)
    rows = [
        _row(one)
        | {
            "today": _shown(told[name].now, one.units) if name in told else "—",
            "again": _shown(told[name].then, one.units) if name in told else "—",
        }
        for name, one in kept.told.items()
    ]
    is_same = kept.versions == {investigation.table: library.version_of(investigation.table)}
    return render(
        "whatif/saved_one.html",
        kept=kept,
        rows=rows,
        fault=fault,
        route=route,
        is_same=is_same,
        title=investigation.title,
    )


def _listed(kept: KeptScenario) -> dict[str, Any]:
    first = next(iter(kept.told.values()))
    return {"kept": kept, "title": ROUTES[kept.investigation][1].title, "first": _row(first)}


def _row(one: Told) -> dict[str, str]:
    return {"title": one.title, "now": _shown(one.now, one.units), "then": _shown(one.then, one.units)}


def _shown(value: float | None, units: str) -> str:
    return "未知" if value is None else shown(value, units)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 12 else 0
