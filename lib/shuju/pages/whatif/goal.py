"""Goal-seek (要达到目标) on a page: which value of one parameter reaches a number."""

from __future__ import annotations

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
GOAL = {"goal": Option("", "目标"), "way": Option("below", "方向", WAYS)}


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
    now = asked(investigation, selection, options)
    units = now.run()[measure].attrs["units"]
    is_share = units == "share"
    try:
        number = float(goal.strip().rstrip("%％")) / (100 if is_share else 1)
    except ValueError:
        raise WhatIfError(f"目标须是数，不能是“{goal[:20]}”") from None
    found = now.goal_seek(swept, measure, **{way: number})
    parameter = now.parameter(swept)
    gives = shown(found.gives, units).strip()
    if found.value is None:
        sentence = f"只变“{parameter.title}”达不到：{investigation.measures[measure]}最{'低' if way == 'below' else '高'}只能到 {gives}。"
    elif found.value == now.present[swept]:
        sentence = f"照现在的条件，{investigation.measures[measure]}为 {gives}，已达到目标。"
    else:
        sentence = f"“{parameter.title}”为 {told_value(parameter, found.value)} 时，{investigation.measures[measure]}为 {gives}，达到目标。"
    return {"rows": found.sweep.rename("value").reset_index(), "sentence": sentence}
