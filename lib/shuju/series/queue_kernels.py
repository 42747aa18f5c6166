"""The kernels of queues: who is served when, over sorted arrivals; ``queues`` proves what is given and chooses one of them.

Times are in seconds, NaN is who is never served. The first three serve whoever came first by a number of servers that does not change.
"""

from __future__ import annotations

import numpy as np
from numba import njit

FEW_SERVERS = 48  # so many are kept in order faster than in a heap
MOST_STEPS = 1 << 16  # their counts stay near the processor


@njit(nogil=True, cache=True)
def serve_at_once(at, length, free, waited):
    """Serve those who come before the first who may find no server free: nobody waits, whatever the order of service; return how many.

    ``free`` is filled with when each server is free, the earliest first. Whoever is done is counted in a step of time and taken off when
    it is over: rather too late than too early, so that whoever is said to find a server does. O(customers).
    """
    free[:] = -np.inf
    n, n_servers = len(at), len(free)
    n_steps, span = min(n, MOST_STEPS), at[-1] - at[0] if n else 0.0
    if span <= 0:
        return 0
    a_second = n_steps / span
    done = waited  # until it is known how many do not wait
    n_done = np.zeros(n_steps, np.int32)  # in each step; later than the last step nobody is taken off
    step = n_busy = 0
    for i in range(n):
        now = min((at[i] - at[0]) * a_second, n_steps - 1.0)
        while step + 1 <= now:
            n_busy -= n_done[step]
            step += 1
        if n_busy == n_servers:
            earlier = i
            for server in range(n_servers):  # those who are not taken off
                earlier -= 1
                while (done[earlier] - at[0]) * a_second < step:
                    earlier -= 1
                free[server] = done[earlier]
            free.sort()
            waited[:i] = 0
            return i
        done[i] = at[i] + length[i]
        over = (done[i] - at[0]) * a_second
        if over < n_steps:
            n_done[int(over)] += 1
        n_busy += 1
    waited[:] = 0
    return n


@njit(nogil=True, cache=True)
def waits_in_turn(at, length, n_servers):
    """Kiefer and Wolfowitz: the next is served by whichever server is free first; their times are kept in order without a branch."""
    free = np.empty(n_servers)
    waited = np.empty(len(at))
    for i in range(serve_at_once(at, length, free, waited), len(at)):
        begun = max(free[0], at[i])
        waited[i] = begun - at[i]
        later = begun + length[i]
        for server in range(1, n_servers):
            other = free[server]
            free[server - 1] = min(other, later)
            later = max(other, later)
        free[n_servers - 1] = later
    return waited


@njit(nogil=True, cache=True)
def waits_by_heap(at, length, n_servers):
    """The same for many servers."""
    free = np.empty(n_servers)  # a heap, the least at its top
    waited = np.empty(len(at))
    for i in range(serve_at_once(at, length, free, waited), len(at)):
        begun = max(free[0], at[i])
        waited[i] = begun - at[i]
        _replace_top(free, n_servers, begun + length[i])
    return waited


@njit(nogil=True, cache=True)
def waits_of_patient(at, length, patient, n_servers):
    """The same where some give up."""
    free = np.full(n_servers, -np.inf)
    waited = np.empty(len(at))
    for i in range(len(at)):
        begun = max(free[0], at[i])
        waited[i] = begun - at[i]
        if waited[i] <= patient[i]:
            _replace_top(free, n_servers, begun + length[i])
        else:
            waited[i] = np.nan
    return waited


@njit(nogil=True, cache=True)
def _replace_top(heap, n, value):
    hole = 0
    while True:
        child = 2 * hole + 1
        if child >= n:
            break
        if child + 1 < n and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= value:
            break
        heap[hole] = heap[child]
        hole = child
    heap[hole] = value


@njit(nogil=True, cache=True)
def _push(heap, n, value):
    hole = n
    while hole > 0 and heap[(hole - 1) // 2] > value:
        heap[hole] = heap[(hole - 1) // 2]
        hole = (hole - 1) // 2
    heap[hole] = value


@njit(nogil=True, cache=True)
def _pop(heap, n):
    _replace_top(heap, n - 1, heap[n - 1])


@njit(nogil=True, cache=True)
def _is_before(rank, one, other):
    return rank[one] < rank[other] or (rank[one] == rank[other] and one < other)


@njit(nogil=True, cache=True)
def _push_waiting(heap, n, one, rank):
    hole = n
    while hole > 0 and _is_before(rank, one, heap[(hole - 1) // 2]):
        heap[hole] = heap[(hole - 1) // 2]
        hole = (hole - 1) // 2
    heap[hole] = one


@njit(nogil=True, cache=True)
def _pop_waiting(heap, n, rank):
    last, hole = heap[n - 1], 0
    while True:
        child = 2 * hole + 1
        if child >= n - 1:
            break
        if child + 1 < n - 1 and _is_before(rank, heap[child + 1], heap[child]):
            child += 1
        if not _is_before(rank, heap[child], last):
            break
        heap[hole] = heap[child]
        hole = child
    heap[hole] = last


@njit(nogil=True, cache=True)
def waits_of_roster(at, length, rank, patient, changes_at, staff):
    """Event by event: a server comes or goes, one is done, one arrives; then whoever may be served is."""
    n = len(at)
    waited = np.full(n, np.nan)
    done = np.empty(max(n, 1))  # a heap of when those who are served are done
    waiting = np.empty(max(n, 1), np.int64)  # a heap of who waits, by rank and arrival
    n_busy = n_waiting = i = change = n_servers = 0
    while i < n or n_waiting:
        now = at[i] if i < n else np.inf
        if n_busy and done[0] < now:
            now = done[0]
        if change < len(changes_at) and changes_at[change] < now:
            now = changes_at[change]
        if now == np.inf:  # nobody will come any more who could serve
            break
        while change < len(changes_at) and changes_at[change] <= now:
            n_servers = staff[change]
            change += 1
        while n_busy and done[0] <= now:
            _pop(done, n_busy)
            n_busy -= 1
        while i < n and at[i] <= now:
            _push_waiting(waiting, n_waiting, i, rank)
            n_waiting += 1
            i += 1
        while n_waiting and n_busy < n_servers:
            one = waiting[0]
            _pop_waiting(waiting, n_waiting, rank)
            n_waiting -= 1
            if now - at[one] <= patient[one]:
                waited[one] = now - at[one]
                _push(done, n_busy, now + length[one])
                n_busy += 1
    return waited


@njit(nogil=True, cache=True)
def waits_of_pools(at, length, rank, ends, n_servers):
    """Many queues, one after the other in the arrays: that of ``ends[pool]`` to ``ends[pool + 1]`` has ``n_servers[pool]``."""
    waited = np.empty(len(at))
    since = np.array([-np.inf])
    for pool in range(len(n_servers)):
        start, end = ends[pool], ends[pool + 1]
        if len(rank):
            free = np.empty(n_servers[pool])
            if serve_at_once(at[start:end], length[start:end], free, waited[start:end]) == end - start:
                continue
            patient = np.full(end - start, np.inf)
            staff = n_servers[pool : pool + 1]
            found = waits_of_roster(at[start:end], length[start:end], rank[start:end], patient, since, staff)
        elif n_servers[pool] <= FEW_SERVERS:
            found = waits_in_turn(at[start:end], length[start:end], n_servers[pool])
        else:
            found = waits_by_heap(at[start:end], length[start:end], n_servers[pool])
        waited[start:end] = found
    return waited
