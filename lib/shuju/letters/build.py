"""What ``shuju build`` makes of the letters: facts, words and where they go, then hot issues, then warnings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shuju.letters import facts as letter_facts
from shuju.letters.corrected import take_corrections
from shuju.letters.decisions import Decision
from shuju.letters.issue_table import HOT_ISSUES, Heard
from shuju.letters.letter_words import LETTER_WORDS
from shuju.letters.routing import ROUTING
from shuju.letters.warning_table import EARLY_WARNINGS
from shuju.library import Library
from shuju.library.derived import bring_up


@dataclass(frozen=True)
class Built:
    """What there is now: letters in the fact table (and its version), hot issues, warnings."""

    n_letters: int
    facts_version: int
    n_issues: int
    n_warnings: int
    is_new: bool


def build_letters(
    library: Library,
    progress: Callable[[str], None] | None = None,
    topics: Mapping[str, str] | None = None,
    decisions: Sequence[Decision] = (),
) -> Built:
    """Bring the letters' facts and derived tables up to the library; ``progress`` hears in Chinese what is begun.

    ``topics`` are those that people corrected, by letter id; ``decisions`` what they decided about issues, oldest
    first. Tables are left as they are where no letter and no decision came since.
    """
    if progress:
        progress("生成来信事实表")
    facts = take_corrections(library, letter_facts.build(library), topics or {})
    bring_up(LETTER_WORDS, library, facts, progress)
    bring_up(ROUTING, library, facts, progress)
    # A warning says which hot issue is behind it.
    issues = bring_up(HOT_ISSUES, library, Heard(facts, tuple(decisions)), progress)
    warnings = bring_up(EARLY_WARNINGS, library, facts, progress)
    return Built(
        facts.n,
        facts.version,
        issues.known["n_issues"],
        warnings.known["n_warnings"],
        issues.is_new or warnings.is_new,
    )
