"""One message for one matter: an alert that was told stays told until the value has come back (滞回)."""

from __future__ import annotations

from shuju.desk.subscriptions.plan import ABOVE, Plan


def step(plan: Plan, is_raised: bool, value: float) -> tuple[bool, bool]:
    """Return whether an alert above or below is raised after ``value``, and whether that is to be told now.

    It is raised by a value beyond ``level`` (the level itself is not beyond), and rests again at ``reset``, which is the level
    where none is given. What lies between changes nothing, so that a value that trembles about the level is told once.
    """
    sign = 1.0 if plan.kind == ABOVE else -1.0
    assert plan.level is not None  # checked when the plan was made
    beyond = sign * (value - plan.level)
    back = sign * (value - (plan.level if plan.reset is None else plan.reset))
    if not is_raised:
        return beyond > 0, beyond > 0
    return back > 0, False
