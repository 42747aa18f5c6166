"""What ``shuju build`` makes of the letters: facts, then hot issues, then warnings."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shuju.facts import Facts
from shuju.letters import facts as letter_facts
from shuju.letters.warning_table import NAME as WARNINGS
from shuju.letters.warning_table import warnings_of
from shuju.library import Library
from shuju.library.derived import replace_table

# To be raised when a method changes: what was made by another is made anew.
METHOD = 1


@dataclass(frozen=True)
class Built:
    """What there is now: letters in the fact table (and its version), warnings."""

    n_letters: int
    facts_version: int
    n_warnings: int
    is_new: bool


def build_letters(library: Library, progress: Callable[[str], None] | None = None) -> Built:
    """Bring the letters' facts and derived tables up to the library; ``progress`` hears in Chinese what is begun.

    Nothing is done where the library has not moved since.
    """
    tell = progress or (lambda _: None)
    tell("生成来信事实表")
    facts = letter_facts.build(library)
    stored = library.stored(WARNINGS).refresh()
    made_of = {
        "method": METHOD,
        "letters": facts.source_version,
        "warnings": stored.newest if stored.exists else None,
    }
    if _state(library) == made_of:
        return Built(facts.n, facts.version, library.count(WARNINGS), is_new=False)
    tell("判断预警")
    n_warnings, version = _build_warnings(library, facts)
    _keep_state(library, made_of | {"warnings": version})
    return Built(facts.n, facts.version, n_warnings, is_new=True)


def _build_warnings(library: Library, facts: Facts) -> tuple[int, int]:
    known = library.read(WARNINGS)
    is_same_method = _state(library).get("method") == METHOD
    rows = warnings_of(library, facts, known if is_same_method else known.iloc[:0])
    return len(rows), replace_table(library, WARNINGS, rows, made_by="shuju.letters.warning")


def _place(library: Library) -> Path:
    return library.home.cache / "facts" / "letters.built.json"


def _state(library: Library) -> dict[str, object]:
    place = _place(library)
    return json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}


def _keep_state(library: Library, state: dict[str, object]) -> None:
    _place(library).parent.mkdir(parents=True, exist_ok=True)
    _place(library).write_text(json.dumps(state), encoding="utf-8")
