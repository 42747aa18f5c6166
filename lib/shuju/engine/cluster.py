"""Passes on a ``dask.distributed`` cluster: what is shared goes once to each worker, partitions with their tasks.

A partition travels within its task, so that the scheduler can send it again when a worker dies. What is shared is a
plugin of the workers: one that joins later, or is begun anew, is given it before its first task.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import dask
from distributed import Client, Future, WorkerPlugin
from distributed.comm import CommClosedError
from distributed.protocol.pickle import dumps, loads
from distributed.scheduler import KilledWorker

from shuju.engine import threads
from shuju.engine.passes import Pass
from shuju.engine.place import EngineError
from shuju.engine.run import Runner

CONNECT_SECONDS = 30
LOOK_SECONDS = 5  # after which the number of workers is asked again
TRIES = 8  # of a partition; the scheduler itself tries one several times before it gives up
CARRIED = ("SHUJU_PROVINCE",)  # variables that workers must share with whoever asks them
LOST = (KilledWorker, CancelledError, CommClosedError, OSError)


def connect(scheduler: str) -> Client:
    """Return a client of the cluster, once it has a worker and all have this version."""
    # Partitions travel within tasks: a large one is no mistake.
    dask.config.set({"distributed.admin.large-graph-warning-threshold": "4 GiB"})
    try:
        client = Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise EngineError(
            f"连不上调度器 {scheduler}（{error}）；请核对地址，并先在那里运行 dask scheduler"
        ) from None
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        versions = client.run(_version)
    except (TimeoutError, OSError) as error:
        client.close()
        raise EngineError(f"调度器 {scheduler} 没有工作进程（{error}）；请先运行 dask worker") from None
    here = _version()
    other = {worker: found for worker, found in versions.items() if found != here}
    if other:
        client.close()
        named = "、".join(f"{worker} {found}" for worker, found in other.items())
        raise EngineError(f"工作进程的数聚版本与此处 {here} 不同：{named}；请装同一版本")
    return client


def _version() -> str:
    return version("shuju")


def told(client: Client) -> str:
    """Return in Chinese where passes run now, and the address of the dashboard."""
    sizes = client.nthreads()
    return (
        f"计算在集群 {client.scheduler.address} 上进行：{len(sizes)} 个工作进程，{sum(sizes.values())} 个线程；"
        f"看板 {client.dashboard_link}"
    )


# What workers were told, by the name of the run: packed as it came, and unpacked once a process.
_packed: dict[str, bytes] = {}
_unpacked: dict[str, Any] = {}
_unpacking = threading.Lock()


class _Shared(WorkerPlugin):
    def __init__(self, name: str, packed: bytes):
        self.name, self.packed = name, packed
        self.environment = {name: os.environ[name] for name in CARRIED if name in os.environ}

    def setup(self, worker: Any) -> None:  # noqa: ARG002 - the plugin's signature
        for variable, value in self.environment.items():
            if os.environ.setdefault(variable, value) != value:
                raise EngineError(
                    f"工作进程的 {variable} 是 {os.environ[variable]}，此处是 {value}：请另起工作进程"
                )
        _packed[self.name] = self.packed

    def teardown(self, worker: Any) -> None:  # noqa: ARG002
        _packed.pop(self.name, None)
        _unpacked.pop(self.name, None)


def _work(name: str, part: Any) -> Any:
    """Work on a partition. Runs in a worker."""
    with _unpacking:
        if name not in _unpacked:
            _unpacked[name] = loads(_packed[name])
    function, shared = _unpacked[name]
    return threads.inside(function, part, shared)


@dataclass
class _Sent:
    """A partition on its way; it is sent again if it is lost with its workers."""

    client: Client
    title: str
    name: str
    part: Any
    future: Future = field(init=False)

    def __post_init__(self) -> None:
        self._send()

    def _send(self) -> None:
        key = f"{self.title}-{uuid.uuid4().hex}"
        self.future = self.client.submit(_work, self.name, self.part, key=key, pure=False)

    def result(self) -> Any:
        for _ in range(TRIES):
            try:
                return self.future.result()
            except LOST as error:
                if self.future.status == "error" and not isinstance(error, KilledWorker):
                    raise  # what the function itself said
                self._send()
        raise EngineError(
            f"{self.title}：工作进程一再丢失，已重试 {TRIES} 次；请查看看板与工作进程的日志，再运行同一命令"
        )

    def cancel(self) -> None:
        self.future.cancel()


@contextmanager
def on_cluster(client: Client, a_pass: Pass[Any, Any, Any], shared: Any) -> Iterator[Runner]:
    """Give the workers what is shared, and yield where partitions are sent."""
    name = f"{a_pass.title}-{uuid.uuid4().hex}"
    _share(client, name, dumps((a_pass.function, shared)))
    width = _Width(client)
    try:
        yield Runner(lambda part: _Sent(client, a_pass.title, name, part), width.now)
    finally:
        _forget(client, name)


def _share(client: Client, name: str, packed: bytes) -> None:
    for attempt in range(TRIES):
        try:
            client.register_plugin(_Shared(name, packed), name=name)
        except LOST:  # a worker died while it was told; the one begun in its place is told when it joins
            if attempt + 1 == TRIES:
                raise EngineError(
                    f"不能把 {name} 交给工作进程；请查看工作进程的日志，再运行同一命令"
                ) from None
            time.sleep(1)
        else:
            return


def _forget(client: Client, name: str) -> None:
    try:
        client.unregister_worker_plugin(name)
    except (*LOST, ValueError):  # a worker that is gone has forgotten it
        return


class _Width:
    """How many partitions the cluster works on side by side, asked now and then: workers come and go."""

    def __init__(self, client: Client):
        self.client, self.at, self.n = client, 0.0, 1

    def now(self) -> int:
        if time.monotonic() - self.at > LOOK_SECONDS:
            self.n = max(1, sum(self.client.nthreads().values()))
            self.at = time.monotonic()
        return self.n
