"""The kernels of arrival: copies' hours added up along cascades, when each due pair has arrived, and how many have by when; one pass each."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def add_up(parent, own, site, hour, is_slow, longest, ratio, relays, relay_hours):
    """Return the hours of each copy after its document; parents stand before their children.

    Copies at a site that ``is_slow`` take no longer than ``longest``, first ones so many times as long as the ``ratio`` of their document's
    hour; a site that ``relays`` has them after ``relay_hours`` at the latest. A site of -1 is none, an hour of -1 not known.
    """
    lag = np.empty(len(own))
    for i in range(len(own)):
        takes, at = own[i], site[i]
        if at >= 0 and is_slow[at]:
            takes = min(takes, longest)
        if parent[i] >= 0:
            takes += lag[parent[i]]
        elif hour[i] >= 0:
            takes *= ratio[hour[i]]
        if at >= 0 and relays[at]:
            takes = min(takes, relay_hours)
        lag[i] = takes
    return lag


@njit(nogil=True, cache=True)
def first_arrivals(lag, pair, site, is_run, watched, relays, relay_hours):
    """Return the hours of the first copy of each pair, infinite where there is none; ``pair`` is that of each copy, -1 if it has none.

    A site that ``relays`` has every document for which it ``is_run`` and was ``watched`` for ``relay_hours``.
    """
    hours = np.empty(len(site))
    for i in range(len(site)):
        relayed = relays[site[i]] and is_run[i] and watched[i] >= relay_hours
        hours[i] = relay_hours if relayed else np.inf
    for i in range(len(lag)):
        if pair[i] >= 0:
            hours[pair[i]] = min(hours[pair[i]], lag[i])
    return hours


@njit(nogil=True, cache=True)
def count_arrivals(hours, watched, is_untimed, site, level, counted, limits, n_sites, n_levels, longest):
    """Return of the pairs of levels that are ``counted``, a row each: within the ``limits`` of those watched so long, and these; ever, and all.

    Then how many arrived at the latest after each whole hour up to ``longest``, by level, of those watched so long, with these in the last column;
    and how many each site lacks.
    """
    within, watched_so_long = np.zeros(len(limits), np.int64), np.zeros(len(limits), np.int64)
    by_hour, lacks = np.zeros((n_levels, longest + 2), np.int64), np.zeros(n_sites, np.int64)
    n = n_arrived = 0
    for i in range(len(hours)):
        if not counted[level[i]]:
            continue
        n += 1
        if hours[i] < np.inf or is_untimed[i]:
            n_arrived += 1
        else:
            lacks[site[i]] += 1
        for k in range(len(limits)):
            if watched[i] >= limits[k]:
                watched_so_long[k] += 1
                within[k] += hours[i] <= limits[k]
        if watched[i] >= longest:
            by_hour[level[i], longest + 1] += 1
            if hours[i] <= longest:
                by_hour[level[i], int(np.ceil(hours[i]))] += 1
    for at in range(n_levels):
        for hour in range(1, longest + 1):
            by_hour[at, hour] += by_hour[at, hour - 1]
    return within, watched_so_long, n_arrived, n, by_hour, lacks
