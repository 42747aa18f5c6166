"""Where passes run: in this process, or on a cluster if somebody named its scheduler."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shuju.engine.cluster import Client

VARIABLE = "SHUJU_SCHEDULER"


class EngineError(Exception):
    """The cluster cannot be reached, or does not fit; the message says in Chinese what to do."""


def use(scheduler: str | None) -> str | None:
    """Run all passes of this process, and of those it starts, on the cluster of ``scheduler`` (``tcp://host:8786``).

    Return what to tell whoever waits: workers, threads, the dashboard's address. None, and nothing changes, without one.

    Raises:
        EngineError: no scheduler answers there, it has no worker, or a worker has another version.
    """
    if not scheduler:
        return None
    from shuju.engine.cluster import told

    found = _connected(scheduler)
    os.environ[VARIABLE] = scheduler
    return told(found)


def client() -> Client | None:
    """Return the client of the cluster named by ``use`` or ``SHUJU_SCHEDULER``; None where passes run here."""
    scheduler = os.environ.get(VARIABLE)
    return _connected(scheduler) if scheduler else None


def lead_dask() -> None:
    """Have dask's own lazy frames computed where passes run now."""
    import dask

    found = client()
    if found is not None:
        dask.config.set(scheduler=found.get)
    elif getattr(dask.config.get("scheduler", None), "__self__", None) in _clients.values():
        dask.config.set(scheduler=None)


def leave() -> None:
    """Run passes in this process again, and end the connection with any cluster."""
    os.environ.pop(VARIABLE, None)
    lead_dask()
    for found in _clients.values():
        found.close()
    _clients.clear()


_clients: dict[str, Client] = {}


def _connected(scheduler: str) -> Client:
    from shuju.engine.cluster import connect

    found = _clients.get(scheduler)
    if found is None or found.status != "running":
        found = _clients[scheduler] = connect(scheduler)
    return found
