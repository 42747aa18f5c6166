"""The grammar of the synthetic texts, read from ``vocabulary/`` and compiled to flat arrays.

A rule is ``name = alternative alternative …``. In an alternative stand literal characters and
braces: ``{name}`` expands a rule, ``{@name}`` expands it the same way all through one matter,
``{~name}`` takes the same alternative all through one matter, with the same numbers but words of
its own; ``{name.2}`` takes another alternative than ``{name.1}`` does, ``{~name.2}`` than
``{~name.1}``; ``{a|b|}`` chooses, ``{3-18}`` is a number, ``{日-30..0}`` a date counted from the
document's day. ``¶`` is a line break, ``␣`` a blank, ``∅`` nothing. Rules under ``[section]``
come once for each topic (or scenario) and are chosen by the document's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

VOCABULARY = Path(__file__).with_name("vocabulary")

# The columns of a text's context: the axes along which families of rules are laid out, and its day.
# ORIGIN and ORIGIN_YEAR are the site and year of the document that the text is, copies or speaks of;
# MATTER_REGION stands for REGION within what is the same all through a matter.
TOPIC, SCENARIO, REGION, SITE, DAY, YEAR, ORIGIN, ORIGIN_YEAR, MATTER_REGION = range(9)
CONTEXT_COLUMNS = 9

# Kinds of symbols, and how a rule's alternative is chosen.
PIECE, NUMBER, DATE, RULE = range(4)
FREE, MATTER = -1, -2
THEME = -3  # and below: the n-th alternative of the matter is THEME - n

_NUMBER = re.compile(r"(\d+)-(\d+)")
_DATE = re.compile(r"日(-?\d+)\.\.(-?\d+)")
_NAME = re.compile(r"([@~]?)([^.@~{}|]+?)(?:\.(\d))?")
_ESCAPES = str.maketrans({"¶": "\n", "␣": " ", "∅": None})

Alternatives = list[str]


class GrammarError(ValueError):
    """A rule is not well-formed or names one that there is not; the message tells which."""


@dataclass(frozen=True)
class Grammar:
    """A compiled grammar.

    ``alternatives[r]:alternatives[r + 1]`` are the alternatives of rule r, ``symbols[a]:symbols[a + 1]``
    the symbols of alternative a; a symbol is (kind, a, b, c): PIECE (piece), NUMBER (from, to), DATE
    (from, to; days), RULE (rule, axis or -1, choice: FREE, MATTER, THEME - n or n-th). ``pieces`` are offsets
    into ``blob`` (UTF-8); ``first_day`` is the piece of day 0,
    ``last_day`` that of the last day there is. ``rules`` gives (rule, axis) by name.
    """

    alternatives: npt.NDArray[np.int32]
    symbols: npt.NDArray[np.int32]
    code: npt.NDArray[np.int32]
    pieces: npt.NDArray[np.int64]
    blob: npt.NDArray[np.uint8]
    first_day: int
    last_day: int
    rules: Mapping[str, tuple[int, int]]

    def rule(self, name: str) -> int:
        """Return the number of the rule ``name``; of a family, that of its first member."""
        return self.rules[name][0]


@dataclass
class _Compiler:
    rules: dict[str, tuple[int, int]]
    count: int
    bodies: dict[int, Alternatives]
    piece_of: dict[str, int] = field(default_factory=dict)
    made: dict[int, list[list[tuple[int, int, int, int]]]] = field(default_factory=dict)
    anonymous: dict[str, int] = field(default_factory=dict)

    def piece(self, text: str) -> int:
        return self.piece_of.setdefault(text, len(self.piece_of))

    def compile(self) -> None:
        for rule, body in self.bodies.items():
            self.made[rule] = [self.sequence(text) for text in body]

    def sequence(self, text: str) -> list[tuple[int, int, int, int]]:
        found: list[tuple[int, int, int, int]] = []
        for literal, braced in _split(text):
            if literal:
                found.append((PIECE, self.piece(literal.translate(_ESCAPES)), 0, 0))
            if braced is not None:
                found.append(self.symbol(braced))
        return found

    def symbol(self, text: str) -> tuple[int, int, int, int]:
        if len(parts := _alternatives(text)) > 1 or "{" in text:
            if wrong := [part for part in parts if part.startswith("@")]:
                raise GrammarError(f"{{{text}}} 中的 {wrong[0]} 要写成 {{{wrong[0]}}}")
            if text not in self.anonymous:
                self.anonymous[text] = rule = self.count
                self.count += 1
                self.made[rule] = [self.sequence(part) for part in parts]
            return RULE, self.anonymous[text], -1, FREE
        if match := _NUMBER.fullmatch(text):
            return NUMBER, int(match[1]), int(match[2]), 0
        if match := _DATE.fullmatch(text):
            return DATE, int(match[1]), int(match[2]), 0
        match = _NAME.fullmatch(text)
        if match is None or match[2] not in self.rules:
            raise GrammarError(f"没有规则 {{{text}}}")
        rule, axis = self.rules[match[2]]
        nth = int(match[3]) if match[3] else None
        if match[1] == "~":
            return RULE, rule, axis, THEME - (nth or 0)
        return RULE, rule, axis, MATTER if match[1] else FREE if nth is None else nth


def _split(text: str) -> list[tuple[str, str | None]]:
    """Return (literal, following braced part or None) pairs; braces may nest."""
    found: list[tuple[str, str | None]] = []
    start = depth = 0
    literal = ""
    for at, char in enumerate(text):
        if char == "{":
            if depth == 0:
                literal, start = text[start:at], at + 1
            depth += 1
        elif char == "}":
            depth -= 1
            if depth < 0:
                break
            if depth == 0:
                found.append((literal, text[start:at]))
                start = at + 1
    if depth != 0:
        raise GrammarError(f"括号不配对：{text}")
    return [*found, (text[start:], None)]


def _alternatives(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for at, char in enumerate(text):
        depth += (char == "{") - (char == "}")
        if char == "|" and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


def _read(path: Path) -> dict[str, dict[str, Alternatives]]:
    """Return {section: {rule: alternatives}} of a vocabulary file; rules before any section are in ''."""
    sections: dict[str, dict[str, Alternatives]] = {"": {}}
    current = sections[""]
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            current = sections.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            name, _, body = line.partition(" = ")
            current[name] = body.split()
    return sections


@cache
def scenarios() -> tuple[str, ...]:
    """Return the scenarios of letters, ``topic/name``, in the order of the axis SCENARIO."""
    return tuple(s for s in _read(VOCABULARY / "letters.txt") if s)


def build(
    topics: Sequence[str],
    families: Mapping[tuple[str, int], Sequence[Alternatives]],
    days: Sequence[str],
    first_day: int,
) -> Grammar:
    """Read and compile the vocabulary.

    ``topics`` is the order of the axis TOPIC; ``families`` adds rules by (name, axis), one body for
    each member; ``days`` are the texts of consecutive days, of which ``days[first_day]`` is day 0.

    Raises:
        GrammarError: for a rule that is missing or not well-formed.
    """
    plain: dict[str, Alternatives] = {}
    laid_out = dict(families)
    for name, axis, order in (
        ("common", -1, ()),
        ("pages", -1, ()),
        ("topics", TOPIC, topics),
        ("letters", SCENARIO, scenarios()),
    ):
        sections = _read(VOCABULARY / f"{name}.txt")
        plain |= sections.pop("")
        for rule in sorted({r for body in sections.values() for r in body}):
            missing = [s for s in order if rule not in sections.get(s, {})]
            if missing:
                raise GrammarError(f"{name}.txt：规则 {rule} 在 {missing[0]} 中没有写")
            laid_out[rule, axis] = [sections[s][rule] for s in order]
    rules: dict[str, tuple[int, int]] = {}
    bodies: dict[int, Alternatives] = {}
    for rule, body in plain.items():
        rules[rule] = (len(bodies), -1)
        bodies[len(bodies)] = body
    for (rule, axis), members in laid_out.items():
        rules[rule] = (len(bodies), axis)
        for body in members:
            bodies[len(bodies)] = body
    compiler = _Compiler(rules, len(bodies), bodies, {text: n for n, text in enumerate(days)})
    compiler.compile()
    return _flatten(compiler, first_day, len(days) - 1)


def _flatten(compiler: _Compiler, first_day: int, last_day: int) -> Grammar:
    alternatives, symbols, code = [0], [0], []
    for rule in range(compiler.count):
        for sequence in compiler.made[rule]:
            code += sequence
            symbols.append(len(code))
        alternatives.append(len(symbols) - 1)
    encoded = [text.encode() for text in compiler.piece_of]
    return Grammar(
        alternatives=np.array(alternatives, np.int32),
        symbols=np.array(symbols, np.int32),
        code=np.array(code, np.int32),
        pieces=np.concatenate([[0], np.cumsum([len(t) for t in encoded])]).astype(np.int64),
        blob=np.frombuffer(b"".join(encoded), np.uint8),
        first_day=first_day,
        last_day=last_day,
        rules=compiler.rules,
    )
