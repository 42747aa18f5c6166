"""Where a library is: a folder or an object store, reached through the same code."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow.fs as pafs

from shuju.library.errors import LibraryError

DEFAULT_HOME = "~/.shuju"


@dataclass(frozen=True)
class Home:
    """A library's place: ``uri`` for Delta, ``files`` and ``root`` for reading and writing data files.

    ``cache`` is always a local folder, for what can be made anew from the tables (indexes, facts).
    """

    uri: str
    root: str
    files: pafs.FileSystem
    cache: Path
    is_local: bool

    def table_uri(self, name: str) -> str:
        """Return where the Delta table ``name`` is."""
        return f"{self.uri}/tables/{name}"

    @property
    def built(self) -> Path:
        """A file that is touched by each ``shuju build`` that ends."""
        return self.cache / "built"

    def table_root(self, name: str) -> str:
        """Return the same place as a path of ``files``."""
        return f"{self.root}/tables/{name}"

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold the lock ``name`` among this machine's processes; waits until it is free."""
        import fcntl

        folder = self.cache / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{name}.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def lock_all(self, names: Collection[str]) -> Iterator[None]:
        """Hold several locks at once; waits for one at a time, holding no other meanwhile: who needs two of them is not stopped."""
        import fcntl

        folder = self.cache / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        busy: str | None = None
        while True:
            with ExitStack() as held:
                # The one that was busy first, in the queue of who waits for it: else whoever holds it in turn is always faster.
                for name in sorted(names, key=lambda name: name != busy):
                    file = held.enter_context((folder / f"{name}.lock").open("a"))
                    try:
                        fcntl.flock(file, fcntl.LOCK_EX | (0 if name == busy else fcntl.LOCK_NB))
                    except BlockingIOError:
                        busy = name
                        break
                else:
                    yield
                    return


def is_there(home: str | Path | None = None) -> bool:
    """Whether the folder ``home`` (else as ``find_home``) is there already; of an object store nobody asks."""
    place = _place(home)
    return "://" in place or Path(place).expanduser().is_dir()


def find_home(home: str | Path | None = None) -> Home:
    """Return the place ``home``, else that of ``SHUJU_HOME``, else ``~/.shuju``.

    ``s3://bucket/path`` and other URLs are reached with the credentials of the environment
    (``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL``, …); their caches are kept under ``SHUJU_CACHE``.

    Raises:
        LibraryError: the URL's kind is not known, or the folder cannot be made.
    """
    place = _place(home)
    if "://" in place:
        cache = Path(os.environ.get("SHUJU_CACHE", "~/.cache/shuju")).expanduser()
        try:
            files, root = _remote_files(place)
        except Exception as error:  # noqa: BLE001 - every kind of store has errors of its own
            raise LibraryError(f"{place}：打不开这个位置：{error}") from None
        return Home(place, root, files, cache / hashlib.sha1(place.encode()).hexdigest()[:12], False)  # noqa: S324
    folder = Path(place).expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LibraryError(
            f"{folder}：不能建立资源库文件夹：{error.strerror}；请换一个位置或检查权限"
        ) from None
    return Home(str(folder), str(folder), pafs.LocalFileSystem(), folder / "cache", True)


def _place(home: str | Path | None) -> str:
    return str(home or os.environ.get("SHUJU_HOME") or DEFAULT_HOME).rstrip("/")


def _remote_files(place: str) -> tuple[pafs.FileSystem, str]:
    if place.startswith("s3://"):
        endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
        scheme, _, address = endpoint.rpartition("://")
        files = pafs.S3FileSystem(
            endpoint_override=address or None,
            scheme=scheme or "https",
            region=os.environ.get("AWS_REGION", "us-east-1"),
            access_key=os.environ.get("AWS_ACCESS_KEY_ID"),
            secret_key=os.environ.get("AWS_SECRET_ACCESS_KEY"),
        )
        return files, place.removeprefix("s3://")
    return pafs.FileSystem.from_uri(place)
