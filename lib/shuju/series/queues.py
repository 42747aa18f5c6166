"""Queues (排队): how long each customer waits where a number of servers answer them in a given order.

Arrivals, services and patience are given, not drawn: the same draws under another number of servers differ by that alone
(common random numbers). Nobody is interrupted: who is served stays served.

Sources: J. Kiefer and J. Wolfowitz, On the theory of queues with many servers, Trans. AMS 78 (1955), whose recursion the first is;
D. Gross et al., Fundamentals of Queueing Theory, 5th ed. (2018), for the formula of Erlang.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuju.series.queue_kernels import (
    FEW_SERVERS,
    waits_by_heap,
    waits_in_turn,
    waits_of_patient,
    waits_of_pools,
    waits_of_roster,
)

ORDERS = ("fifo", "priority", "edd")


class QueueError(ValueError):
    """What is asked for cannot be a queue; the message says why."""


@dataclass(frozen=True)
class Roster:
    """How many serve from when on (班次): ``changes_at`` in seconds, rising, and ``servers`` from each on; before the first, none."""

    changes_at: npt.ArrayLike
    servers: npt.ArrayLike

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Return both as arrays.

        Raises:
            QueueError: they are of different length, times do not rise, or a number is negative.
        """
        at, servers = np.asarray(self.changes_at, float).ravel(), np.asarray(self.servers)
        if at.shape != servers.shape or not len(at):
            raise QueueError(f"班次须逐段写明：{len(at)} 个起始时刻，{servers.size} 个人数")
        if not (np.isfinite(at).all() and (np.diff(at) > 0).all()):
            raise QueueError("班次的起始时刻须依次递增")
        return at, np.array([_whole(n, "班次的人数") for n in servers.ravel()], np.int64)


def waits(
    arrivals: npt.ArrayLike,
    services: npt.ArrayLike,
    servers: int | Roster,
    order: str = "fifo",
    priority: npt.ArrayLike | None = None,
    due: npt.ArrayLike | None = None,
    patience: npt.ArrayLike | None = None,
) -> np.ndarray:
    """Return how long each customer waits before being served (seconds, in the order given); NaN for who gave up or is never served.

    ``arrivals`` (seconds, or datetime64) need not be sorted; who comes at the same time is taken as given. ``services``: how long each is
    served (seconds). ``order``: ``fifo`` whoever came first; ``priority`` the least number of ``priority`` first; ``edd`` the earliest
    ``due`` (as ``arrivals``) first; within these whoever came first. ``patience`` (seconds): who would wait longer gives up, and is
    not served; NaN or infinity waits for ever. Time O(n log(servers + waiting)), memory O(n).

    Raises:
        QueueError: arrays of different length, a time that is not known or negative, no such order, or no server.
    """
    at, start = _seconds(arrivals, "到达时刻")
    length = _column(services, len(at), "服务时长")
    if (length < 0).any() or not np.isfinite(length).all():
        raise QueueError("服务时长须是不小于 0 的秒数，不能空缺")
    if order not in ORDERS:
        raise QueueError(f"没有“{order}”这种次序；可选：{'、'.join(ORDERS)}")
    patient = _patience(patience, len(at))
    rank = _ranks(order, priority, due, at, start)
    if isinstance(servers, Roster):
        changes_at, staff = servers.arrays()
    else:
        changes_at, staff = np.array([-np.inf]), np.array([_whole(servers, "人数")])
        if staff[0] < 1:
            raise QueueError("至少要有一人服务")
    if (at[1:] >= at[:-1]).all():
        return _waited(at, length, rank, patient, changes_at - start, staff)
    sequence, found = np.argsort(at, kind="stable"), np.empty(len(at))
    rank, patient = (None if column is None else column[sequence] for column in (rank, patient))
    found[sequence] = _waited(at[sequence], length[sequence], rank, patient, changes_at - start, staff)
    return found


def _waited(
    at: np.ndarray,
    length: np.ndarray,
    rank: np.ndarray | None,
    patient: np.ndarray | None,
    changes_at: np.ndarray,
    staff: np.ndarray,
) -> np.ndarray:
    """Return the waits of sorted arrivals by the fastest kernel that can tell them."""
    if rank is None and changes_at[0] == -np.inf:
        if patient is None:
            return (waits_in_turn if staff[0] <= FEW_SERVERS else waits_by_heap)(at, length, staff[0])
        return waits_of_patient(at, length, patient, staff[0])
    rank = np.zeros(len(at)) if rank is None else rank
    patient = np.full(len(at), np.inf) if patient is None else patient
    return waits_of_roster(at, length, rank, patient, changes_at, staff)


def waits_by_pool(
    arrivals: npt.ArrayLike,
    services: npt.ArrayLike,
    pool: npt.ArrayLike,
    servers: npt.ArrayLike,
    priority: npt.ArrayLike | None = None,
) -> np.ndarray:
    """Return the waits of many queues at once: ``pool`` (a number from 0) says in which each customer waits, ``servers[pool]`` how many serve there.

    Whoever came first is served first, or the least ``priority``. Otherwise as ``waits``. O(n log n).

    Raises:
        QueueError: as ``waits``, or a pool that has no server.
    """
    at, _ = _seconds(arrivals, "到达时刻")
    length, of = _column(services, len(at), "服务时长"), np.asarray(pool, np.int64)
    staff = np.asarray(servers, np.int64)
    if len(of) != len(at) or (len(of) and not 0 <= of.min() <= of.max() < len(staff)) or (staff < 1).any():
        raise QueueError("每位来者须属于一个至少有一人服务的队")
    if (length < 0).any() or not np.isfinite(length).all():
        raise QueueError("服务时长须是不小于 0 的秒数，不能空缺")
    rank = np.empty(0) if priority is None else _column(priority, len(at), "priority（优先级）")
    if ((of[1:] > of[:-1]) | ((of[1:] == of[:-1]) & (at[1:] >= at[:-1]))).all():
        return waits_of_pools(at, length, rank, np.searchsorted(of, np.arange(len(staff) + 1)), staff)
    order = np.lexsort((at, of))
    ends = np.searchsorted(of[order], np.arange(len(staff) + 1))
    found = np.empty(len(at))
    found[order] = waits_of_pools(at[order], length[order], rank[order] if len(rank) else rank, ends, staff)
    return found


def erlang_c(arrival_rate: float, service_rate: float, servers: int) -> float:
    """Return the mean wait of a queue in balance with exponential times between arrivals and of service (M/M/c).

    Rates a second, the wait in seconds; infinite where more come than can be served. The share who wait at all is Erlang's C formula.
    O(servers).
    """
    load = arrival_rate / service_rate
    if load >= servers:
        return np.inf
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    waiting = blocked / (1 - load / servers * (1 - blocked))
    return waiting / (servers * service_rate - arrival_rate)


def _seconds(times: npt.ArrayLike, name: str) -> tuple[np.ndarray, float]:
    """Return times in seconds, and what was taken off so that they are small: days of this century have no room for microseconds."""
    given = np.asarray(times)
    if given.dtype.kind == "M":
        if np.isnat(given).any():
            raise QueueError(f"{name}不能空缺")
        seconds = given.astype("datetime64[ns]").astype(np.int64)
        start = int(seconds.min()) if len(seconds) else 0
        return (seconds - start) / 1e9, start / 1e9
    seconds = np.asarray(given, float).ravel()
    if not np.isfinite(seconds).all():
        raise QueueError(f"{name}须是秒数，不能空缺")
    return seconds, 0.0


def _column(values: npt.ArrayLike, n: int, name: str) -> np.ndarray:
    column = np.asarray(values)
    if column.dtype.kind == "m":
        column = column / np.timedelta64(1, "s")
    column = (
        np.broadcast_to(np.asarray(column, float), (n,)) if column.ndim == 0 else np.asarray(column, float)
    )
    if column.shape != (n,):
        raise QueueError(f"{name}有 {column.size} 个，到达时刻有 {n} 个，须一样多")
    return np.ascontiguousarray(column)


def _patience(patience: npt.ArrayLike | None, n: int) -> np.ndarray | None:
    if patience is None:
        return None
    patient = _column(patience, n, "耐心时长")
    patient = np.where(np.isnan(patient), np.inf, patient)
    if (patient < 0).any():
        raise QueueError("耐心时长不能小于 0")
    return patient


def _ranks(
    order: str, priority: npt.ArrayLike | None, due: npt.ArrayLike | None, at: np.ndarray, start: float
) -> np.ndarray | None:
    if order == "fifo":
        return None
    given, name = (priority, "priority（优先级）") if order == "priority" else (due, "due（期限）")
    if given is None:
        raise QueueError(f"次序为 {order} 时须给出 {name}")
    if np.asarray(given).dtype.kind == "M":
        given, first = _seconds(given, name)
        given = given + (first - start)
    rank = _column(given, len(at), name)
    if np.isnan(rank).any():
        raise QueueError(f"{name}不能空缺")
    return rank


def _whole(value: object, name: str) -> int:
    if isinstance(value, (int, float, np.number)) and value >= 0 and int(value) == value:
        return int(value)
    raise QueueError(f"{name}须是不小于 0 的整数，不能是 {value}")
