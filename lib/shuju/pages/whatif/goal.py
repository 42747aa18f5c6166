"""Goal-seek (要达到目标) on a page: which value of one parameter reaches a number."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from shuju.facts.cards import Option
from shuju.facts.selection import Selection
from shuju.pages.whatif.asking import asked, tried
from shuju.pages.whatif.kept import told_value
from shuju.whatif.investigation import Investigation
from shuju.whatif.parameter import WhatIfError
from shuju.whatif.telling import shown

WAYS = {"below": "不高于", "above": "不低于"}
GOAL = {"goal": Option("", "目标"), "way": Option("", "方向", {"": "往好的方向", **WAYS})}


def way_of(investigation: Investigation, measure: str, way: str = "") -> str:
    """Return in which direction a goal lies: as chosen, else where the measure is better."""
    return way or ("above" if measure in investigation.better_high else "below")


@tried
def goal_data(
    investigation: Investigation,
    selection: Selection,
    swept: str,
    measure: str,
    goal: str,
    way: str,
    **options: Any,
) -> dict[str, Any]:
    """Return the sentence that says which value of one parameter reaches a goal, and the sweep it was looked for on."""
    if not goal.strip():
        return {"rows": pd.DataFrame(), "sentence": ""}
    way = way_of(investigation, measure, way)
    now = asked(investigation, selection, options)
    units, title = now.run()[measure].attrs["units"], investigation.measures[measure]
    number = goal_number(goal, units, title)
    found = now.goal_seek(swept, measure, **{way: number})
    parameter = now.parameter(swept)
    gives = shown(found.gives, units)
    if math.isnan(found.gives):
        sentence = f"这些条件下算不出“{title}”，找不到要变到多少。"
    elif found.value is None:
        sentence = (
            f"只变“{parameter.title}”达不到：{title}最{'低' if way == 'below' else '高'}只能到 {gives}。"
        )
    elif found.value == now.present[swept]:
        sentence = f"照现在的条件，{title}为 {gives}，已达到目标。"
    else:
        value = told_value(parameter, found.value)
        value = f" {value} " if parameter.choices is None else f"“{value}”"
        sentence = f"“{parameter.title}”为{value}时，{title}为 {gives}，达到目标。"
    goal_told = f"目标：{title}{WAYS[way]} {shown(number, units)}。"
    return {"rows": found.sweep.rename("value").reset_index(), "sentence": goal_told + sentence}


def goal_number(goal: str, units: str, title: str) -> float:
    """Return a goal as somebody writes it: ``20%`` or ``20`` of a share, ``1,000`` of anything else.

    Raises:
        WhatIfError: it is no number, or a percentage of what is none.
    """
    text = goal.strip().replace("％", "%").replace(",", "").replace("，", "")
    if text.endswith("%") and units != "share":
        raise WhatIfError(f"“{title}”的单位是{units}，目标不能写成百分数")
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise WhatIfError(f"目标须是数，不能是“{goal[:20]}”")
    return number / 100 if units == "share" else number
