"""Expansion of grammar rules to texts: one Numba pass, a text being a pure function of its seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

from shuju.demo.chance import mix
from shuju.demo.grammar import DATE, DAY, MATTER, MATTER_REGION, NUMBER, PIECE, REGION, THEME, Grammar

DEPTH = 64


@dataclass(frozen=True)
class Segments:
    """Parts of texts, in order: each a rule, its seed, the seed of its matter, and a row of ``context``.

    ``context`` is (rows, CONTEXT_COLUMNS) int32; the others have one entry a segment.
    """

    rule: npt.NDArray[np.int32]
    seed: npt.NDArray[np.uint64]
    matter: npt.NDArray[np.uint64]
    row: npt.NDArray[np.int64]
    context: npt.NDArray[np.int32]


def expand(grammar: Grammar, segments: Segments, starts: Any = None) -> pa.LargeStringArray:
    """Return the texts of ``segments``, O(bytes written).

    ``starts`` (ascending, the first 0) says at which segment each text begins, so that a text may
    have several; without it each segment is a text of its own.
    """
    rule = np.ascontiguousarray(segments.rule, np.int32)
    out, offsets = _expand(
        grammar.alternatives,
        grammar.symbols,
        grammar.code,
        grammar.pieces,
        grammar.blob,
        grammar.first_day,
        grammar.last_day,
        rule,
        segments.seed,
        segments.matter,
        segments.row,
        segments.context,
    )
    if starts is not None:
        offsets = np.ascontiguousarray(np.append(offsets[np.asarray(starts)], offsets[-1]))
    return pa.LargeStringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(out))


def texts(
    grammar: Grammar, rule: Any, seed: npt.NDArray[np.uint64], matter: Any, context: npt.NDArray[np.int32]
) -> pa.LargeStringArray:
    """Return one text for each seed: ``rule`` is a name, a rule's number, or an array of numbers."""
    number = grammar.rule(rule) if isinstance(rule, str) else rule
    n = len(seed)
    return expand(
        grammar,
        Segments(
            np.broadcast_to(np.asarray(number, np.int32), n),
            np.ascontiguousarray(seed, np.uint64),
            np.ascontiguousarray(np.broadcast_to(np.asarray(matter, np.uint64), n)),
            np.arange(n),
            np.ascontiguousarray(context, np.int32),
        ),
    )


@njit(cache=True)
def _below(state, n):
    return np.int64(((state >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32))


@njit(cache=True)
def _nth(state, n, index):
    """Choose the ``index``-th of a random order of n alternatives: a stride coprime to n walks all."""
    step = 1 + _below(mix(state), n - 1) if n > 1 else 1
    a, b = step, n
    while b:
        a, b = b, a % b
    if a != 1:
        step = 1
    return (_below(state, n) + index * step) % n


@njit(cache=True)
def _grown(out, used):
    larger = np.empty(out.size * 2, np.uint8)
    larger[:used] = out[:used]
    return larger


@njit(cache=True)
def _expand(
    alternatives, symbols, code, pieces, blob, first_day, last_day, rules, seeds, matters, rows, context
):
    out = np.empty(max(4096, rules.size * 400), np.uint8)
    offsets = np.zeros(rules.size + 1, np.int64)
    at = np.empty(DEPTH, np.int64)
    end = np.empty(DEPTH, np.int64)
    back = np.zeros(DEPTH, np.uint64)
    is_back = np.zeros(DEPTH, np.bool_)
    is_theme = np.zeros(DEPTH, np.bool_)
    used = 0
    for text in range(rules.size):
        seed, matter, row = seeds[text], matters[text], rows[text]
        depth = within = in_theme = 0
        rule = np.int64(rules[text])
        state = mix(seed ^ mix(np.uint64(rule)))
        chosen = alternatives[rule] + _below(state, alternatives[rule + 1] - alternatives[rule])
        at[0], end[0], is_back[0], is_theme[0] = symbols[chosen], symbols[chosen + 1], False, False
        while depth >= 0:
            if at[depth] == end[depth]:
                if is_back[depth]:
                    state = back[depth]
                    within -= 1
                in_theme -= is_theme[depth]
                depth -= 1
                continue
            symbol = at[depth]
            at[depth] += 1
            kind, a, b, c = code[symbol, 0], np.int64(code[symbol, 1]), code[symbol, 2], code[symbol, 3]
            if kind in (PIECE, DATE):
                if kind == DATE:
                    state = mix(state)
                    a = first_day + context[row, DAY] + a + _below(state, b - a + 1)
                    a = min(max(a, 0), last_day)
                low, high = pieces[a], pieces[a + 1]
                while used + high - low > out.size:
                    out = _grown(out, used)
                for byte in range(low, high):
                    out[used] = blob[byte]
                    used += 1
            elif kind == NUMBER:
                state = mix(state)
                # Letters about one matter tell the same figures of it, each in words of its own.
                number = a + _below(mix(matter ^ mix(np.uint64(symbol))) if in_theme else state, b - a + 1)
                if used + 20 > out.size:
                    out = _grown(out, used)
                digits = 1
                scale = 10
                while number >= scale:
                    scale *= 10
                    digits += 1
                for digit in range(digits):
                    out[used + digits - 1 - digit] = 48 + number % 10
                    number //= 10
                used += digits
            else:
                if b == REGION and (within > 0 or c == MATTER):
                    b = MATTER_REGION
                rule = a if b < 0 else a + context[row, b]
                n = alternatives[rule + 1] - alternatives[rule]
                depth += 1
                if depth >= DEPTH:
                    raise RecursionError("a rule expands into itself")
                is_back[depth], is_theme[depth] = c == MATTER, c <= THEME
                in_theme += is_theme[depth]
                if c >= 0:
                    chosen = alternatives[rule] + _nth(mix(seed ^ mix(np.uint64(rule))), n, c)
                elif c <= THEME:
                    # The first is the one that MATTER takes.
                    themed = mix(mix(matter ^ mix(np.uint64(rule))))
                    chosen = alternatives[rule] + _nth(themed, n, THEME - c)
                else:
                    if c == MATTER:
                        back[depth] = state
                        within += 1
                        state = mix(matter ^ mix(np.uint64(rule)))
                    state = mix(state)
                    chosen = alternatives[rule] + _below(state, n)
                at[depth], end[depth] = symbols[chosen], symbols[chosen + 1]
        offsets[text + 1] = used
    return out[:used], offsets
