"""What ``shuju build`` makes of the letters: facts, then hot issues and, beside them, warnings."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from shuju.facts import Facts
from shuju.letters import facts as letter_facts
from shuju.letters.issue_table import ISSUES, build_issues
from shuju.letters.warning_table import WARNINGS, build_warnings
from shuju.library import Library

# To be raised when a method changes: what was made by another is made anew.
METHOD = 2


@dataclass(frozen=True)
class Built:
    """What there is now: letters in the fact table (and its version), hot issues, warnings."""

    n_letters: int
    facts_version: int
    n_issues: int
    n_warnings: int
    is_new: bool


def build_letters(library: Library, progress: Callable[[str], None] | None = None) -> Built:
    """Bring the letters' facts and derived tables up to the library; ``progress`` hears in Chinese what is begun.

    Nothing is done where the library has not moved since.
    """
    tell = progress or (lambda _: None)
    tell("生成来信事实表")
    facts = letter_facts.build(library)
    is_same_method = _state(library).get("method") == METHOD
    if is_same_method and _state(library) == _made_of(library, facts):
        return Built(facts.n, facts.version, library.count(ISSUES), library.count(WARNINGS), is_new=False)
    tell("归集热点诉求，判断预警")
    with ThreadPoolExecutor(1) as beside:
        warned = beside.submit(build_warnings, library, facts, is_anew=not is_same_method)
        n_issues = build_issues(library, facts, is_anew=not is_same_method)
        n_warnings = warned.result()
    _keep_state(library, _made_of(library, facts))
    return Built(facts.n, facts.version, n_issues, n_warnings, is_new=True)


def _made_of(library: Library, facts: Facts) -> dict[str, object]:
    tables = [library.stored(name).refresh() for name in (ISSUES, WARNINGS)]
    return {
        "method": METHOD,
        "letters": facts.source_version,
        **{table.name: table.newest if table.exists else None for table in tables},
    }


def _place(library: Library) -> Path:
    return library.home.cache / "facts" / "letters.built.json"


def _state(library: Library) -> dict[str, object]:
    place = _place(library)
    return json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}


def _keep_state(library: Library, state: dict[str, object]) -> None:
    _place(library).parent.mkdir(parents=True, exist_ok=True)
    _place(library).write_text(json.dumps(state), encoding="utf-8")
