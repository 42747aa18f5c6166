"""The library's files that a backup needs: those of each table up to one version, pinned while no run is under way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

import pyarrow.fs as pafs

from shuju.library import Library
from shuju.library.home import Home
from shuju.library.status import table_states

_LOG = re.compile(r"(\d{20})(\.checkpoint.*)?\.(json|parquet)")


def pin(library: Library) -> tuple[dict[str, int], list[str]]:
    """Return the newest version of each table at a moment when no ingest is under way, and which tables do not balance there.

    Waits for runs that are; others may begin as soon as the versions are read.
    """
    names = [f"ingest-{source}" for source in library.catalog.sources] + ["retry"]
    with library.home.lock_all(names):
        stored = [library.stored(name).refresh() for name in library.catalog.tables]
        versions = {table.name: table.newest for table in stored if table.exists}
        return versions, unbalanced(library)


def unbalanced(library: Library) -> list[str]:
    """Return, in Chinese, which tables hold other rows than the ledger says."""
    return [
        f"{state.title}（{state.name}）与台账不符" for state in table_states(library) if not state.is_balanced
    ]


def files_of(home: Home, table: str, version: int) -> Iterator[tuple[str, int]]:
    """Yield path (in the home) and size of each file of a table up to ``version``: its log, and all data files that this names.

    Older versions stay readable, so what was replaced comes along, unless it was deleted: sealing deletes what was under an older key.
    O(files).
    """
    root = home.table_root(table)
    sizes = _sizes(home, root)
    logs = sorted(path for path in sizes if path.startswith("_delta_log/") and _number(path) <= version)
    data: dict[str, None] = {}
    replaced: set[str] = set()
    for path in logs:
        if path.endswith(".json"):
            added, removed = _changes(home.files, f"{root}/{path}")
            data |= dict.fromkeys(added)
            replaced |= removed
    for path in [*data, *logs]:
        if path in sizes or path not in replaced:
            yield f"tables/{table}/{path}", sizes.get(path, -1)


def _sizes(home: Home, root: str) -> Mapping[str, int]:
    infos = home.files.get_file_info(pafs.FileSelector(root, recursive=True))
    return {
        info.path.removeprefix(f"{root}/"): info.size for info in infos if info.type == pafs.FileType.File
    }


def _number(path: str) -> float:
    found = _LOG.fullmatch(path.removeprefix("_delta_log/"))
    return int(found[1]) if found is not None else float("inf")  # what points to newer versions stays behind


def _changes(files: pafs.FileSystem, path: str) -> tuple[list[str], set[str]]:
    """Return the data files that a commit adds, and those that it takes out of the table."""
    found: dict[str, list[str]] = {"add": [], "remove": []}
    with files.open_input_stream(path) as stream:
        for line in stream.read().splitlines():
            if line.startswith((b'{"add"', b'{"remove"')):
                for what, told in json.loads(line).items():
                    found[what].append(unquote(told["path"]))
    return found["add"], set(found["remove"])
