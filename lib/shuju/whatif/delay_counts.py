"""Delays counted in one pass: how many letters are answered by when, which are overdue, how many wait at each week's end."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def count_delays(came, delay, times, workday, term, department, n_departments, n_steps, steps_a_day, n_weeks):
    """Return letters by step of their delay, overdue ones by department, by week how many are answered, and letters by department; one pass.

    A letter counts so many ``times``. Delays (days) of ``n_steps`` steps and more, and those that never end, are in no step; ``term`` is in
    working days, which ``workday`` counts by day.
    """
    by_step = np.zeros(n_steps, np.int64)
    overdue = np.zeros(n_departments, np.int64)
    answered = np.zeros(n_weeks + 1, np.int64)
    came_to = np.zeros(n_departments, np.int64)
    last_day = len(workday) - 1
    for k in range(len(came)):
        n = times[k]
        came_to[department[k]] += n
        if delay[k] == np.inf:
            overdue[department[k]] += n
            answered[n_weeks] += n
            continue
        step = int(delay[k] * steps_a_day)
        if step < n_steps:
            by_step[step] += n
        done = int(came[k] + delay[k])
        if workday[min(done, last_day)] - workday[int(came[k])] > term[k]:
            overdue[department[k]] += n
        answered[min(done // 7, n_weeks)] += n
    return by_step, overdue, answered, came_to
