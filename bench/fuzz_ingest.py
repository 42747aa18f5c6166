"""Mutated catalogs and mutated files: each is right or a Chinese message, never a traceback.

    python -m bench.fuzz_ingest [examples]

Catalogs are sound ones with entries removed, renamed, doubled or given values of other kinds; files of every format are sound
ones with bytes changed, cut, doubled or put in. What is neither right nor refused in Chinese is printed with its kind.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from bench.fuzz_formats import FORMATS
from shuju import catalog as catalogs
from shuju.catalog import CatalogError
from shuju.library import LibraryError
from shuju.library.drafting import draft_source
from shuju.library.readers import sql_queries, web_feeds, web_sitemaps
from shuju.library.readers.files import Unit
from shuju.library.sampling import sample_file

CATALOG: dict[str, Any] = {
    "version": 1,
    "sources": {
        "s": {
            "title": "甲", "licence": "乙", "refresh": "once", "location": "src",
            "inputs": [
                {
                    "table": "letters", "reader": "csv", "files": "*", "hold": False,
                    "options": {"encoding": "utf-8", "header": 1, "footer": "^合计", "fill_down": ["单位"]},
                    "fields": {
                        "letter_id": {"from": ["编号", "no"], "as": ["integer_text", {"prefix": "a"}]},
                        "title": "标题",
                        "body": {"from": "内容", "as": ["html_text", {"extract": "(.*)"}], "optional": True},
                        "written_at": {"from": "时间", "invalid": "empty", "else": {"const": "2024-01-01"}},
                        "motive": {"from": "类型", "as": [{"map": {"01": "投诉"}}, {"slice": [0, 2]}], "optional": True},
                        "channel": {"const": "hotline"},
                        "region_code": {"const": "430100"},
                    },
                },
                {"table": "records", "reader": "html", "options": {"body": "#a > p"}, "fields": {"record_id": "file_name"}},
            ],
        }
    },
}  # fmt: skip
ODD = [
    None,
    "",
    0,
    -1,
    1e300,
    True,
    [],
    {},
    [1],
    {"a": 1},
    "(",
    "[",
    "abc",
    "编号",
    "\x00",
    "NaN",
    "2024-13-45",
    {"": None},
    [[]],
    "gbk",
    "*" * 50,
]


def _paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(path for key, one in items for path in _paths(one, (*here, key)))]


PATHS = [path for path in _paths(CATALOG) if path]
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(PATHS),
        st.sampled_from(["remove", "rename", "odd", "text"]),
        st.sampled_from(ODD),
        st.text(max_size=8),
    ),
    min_size=1,
    max_size=3,
)


def mutated(changes: list[tuple[tuple[Any, ...], str, Any, str]], noise: tuple[int, str] | None) -> str:
    value = json.loads(json.dumps(CATALOG))
    for path, how, odd, text in changes:
        outer = value
        try:
            for step in path[:-1]:
                outer = outer[step]
            inner = outer.pop(path[-1])
        except (KeyError, IndexError, TypeError, AttributeError):
            continue
        key = path[-1]
        if how == "remove":
            continue
        if isinstance(outer, list):
            outer.insert(key, odd if how == "odd" else text if how == "text" else inner)
        else:
            outer[text if how == "rename" else key] = (
                odd if how == "odd" else text if how == "text" else inner
            )
    written = json.dumps(value, ensure_ascii=False)
    if noise is not None:
        at, put = noise
        written = written[: at % len(written)] + put + written[at % len(written) + len(put) // 2 :]
    return written


NOISE = st.none() | st.tuples(st.integers(0, 5_000), st.text("{}[]:,'\"&*#|>!%@`\n\t -?a0", max_size=4))
BYTES = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.sampled_from(["cut", "put", "change", "double", "drop"]),
        st.binary(max_size=12),
        st.integers(1, 200),
    ),
    min_size=1,
    max_size=4,
)


def mangled(data: bytes, changes: list[tuple[float, str, bytes, int]]) -> bytes:
    for share, how, put, n in changes:
        at = int(share * len(data))
        data = {
            "cut": data[:at],
            "put": data[:at] + put + data[at:],
            "change": data[:at] + put + data[at + len(put) :],
            "double": data[:at] + data[at : at + n] * 3 + data[at + n :],
            "drop": data[:at] + data[at + n :],
        }[how]
    return data


def is_chinese(message: str) -> bool:
    return re.search(r"[\u4e00-\u9fff]{2}", message) is not None


def try_catalog(text: str, folder: Path) -> str:
    """Return ``right``, ``refused``, or what happened instead."""
    path = folder / "c.yaml"
    path.write_text(text, encoding="utf-8", errors="replace")
    return _outcome(lambda: catalogs.read(path))


def try_file(kind: str, changes: list[tuple[float, str, bytes, int]], folder: Path) -> str:
    """Return ``right``, ``refused`` (the file, or rows of it), or what happened instead, of a mutated file read and drafted."""
    reader, name, data = FORMATS[kind]
    path = folder / name
    path.write_bytes(mangled(data, changes))
    if reader in DIRECTLY:
        return _outcome(lambda: DIRECTLY[reader](path))
    catalog = folder / "file.yaml"
    fields = {
        "letter_id": "编号",
        "title": {"from": ["标题", "title"], "optional": True},
        "channel": {"const": "hotline"},
        "written_at": {"from": "时间", "optional": True},
    }
    if reader in ("html", "docx", "pdf"):
        fields["letter_id"] = "file_name"
    entry = {"table": "letters", "reader": reader, "fields": fields}
    source = {"title": "a", "licence": "b", "refresh": "once", "inputs": [entry]}
    catalog.write_text(json.dumps({"version": 1, "sources": {"s": source}}), encoding="utf-8")
    found = catalogs.read(catalog)

    def run() -> None:
        for sample in sample_file(found, "s", path):
            told = [*([sample.failure] if sample.failure else []), *sample.rejected]
            for said in told:
                if not is_chinese(said):
                    raise AssertionError(f"not in Chinese: {said}")
            if told:
                raise LibraryError("；".join(told))

    first = _outcome(run)
    if first not in ("right", "refused"):
        return first
    second = _outcome(lambda: draft_source(found, "d", [path]))
    return first if second in ("right", "refused") else f"draft: {second}"


@dataclass(frozen=True)
class _Kept:
    """What a site answers to every address: one file."""

    path: Path

    def fetch(self, *_: str) -> Path:
        return self.path


def _query(path: Path) -> None:
    options = {"url": f"sqlite:///{path.name}", "query": "SELECT * FROM letters", "watermark": "时间"}
    for unit in sql_queries.units(None, path.parent, options):
        list(sql_queries.read(unit, options))


# What comes from a database or a site has no file to show a sample of.
DIRECTLY: dict[str, Callable[[Path], object]] = {
    "sql": _query,
    "feed": lambda path: list(web_feeds.read(Unit("a", path, "", 0), {})),
    "sitemap": lambda path: list(web_sitemaps.pages(_Kept(path), "http://a/sitemap.xml")),
}


def _outcome(run: Callable[[], object]) -> str:
    try:
        run()
    except (CatalogError, LibraryError) as error:
        return "refused" if is_chinese(str(error)) else f"not in Chinese: {error}"
    except Exception as error:  # noqa: BLE001 - what it is here to find
        return f"{type(error).__name__}: {str(error)[:150]}"
    return "right"


def run(examples: int) -> Counter[str]:
    """Return how often each outcome was; those besides ``right`` and ``refused`` are faults."""
    found: Counter[str] = Counter()
    how = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        @seed(1)
        @how
        @given(CHANGES, NOISE)
        def of_catalogs(changes: Any, noise: Any) -> None:
            outcome = try_catalog(mutated(changes, noise), folder)
            found[f"catalog: {outcome}"] += 1

        @seed(2)
        @how
        @given(st.sampled_from(sorted(FORMATS)), BYTES)
        def of_files(kind: str, changes: Any) -> None:
            outcome = try_file(kind, changes, folder)
            found[f"file: {outcome}" if outcome in ("right", "refused") else f"file ({kind}): {outcome}"] += 1

        of_catalogs()
        of_files()
    return found


def is_fault(outcome: str) -> bool:
    return not outcome.endswith((": right", ": refused"))


if __name__ == "__main__":
    outcomes = run(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
    for outcome, n in outcomes.most_common():
        print(f"{n:>6}  {outcome}")
    sys.exit(any(map(is_fault, outcomes)))
