"""Investigations (推演): analyses of a selection that are made to be asked again, each with its parameters, measures and doubts."""

from __future__ import annotations

import inspect
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from shuju.catalog import did_you_mean
from shuju.facts.selection import Selection
from shuju.whatif.exploration import Exploration
from shuju.whatif.parameter import Parameter, WhatIfError

KEPT = 4  # each holds every letter of its selection


@dataclass(frozen=True)
class Investigation:
    """One question with its parameters.

    ``prepare(selection)`` does once what all scenarios share; ``run(prepared, **parameters)`` answers, a pure function: a dataset whose
    numbers (``measures`` first) and curves (``curves``) have ``long_name`` and ``units``. ``doubt(prepared)`` are sentences and,
    as a frame, what its back-test gave; ``leaves_out`` what the model does not know; ``source`` what its rows are.
    ``replicates(prepared, curve, numbers, **parameters)`` gives a curve once for each number, what is ``drawn_anew`` (in words) by chance
    the same for all scenarios; where a curve is counted and no matter of chance, ``certainty(prepared, scenarios)`` says so, and how sure
    the other figures are. ``notes(prepared, parameters)`` says which of these do nothing, or less than one would think, and why.
    ``varied_first`` are the two parameters with which sweep and heat map begin, the first two where none are named. Of the measures in
    ``better_high`` more is better (a rate of arrival), of the others less.
    """

    name: str
    title: str
    about: str
    table: str
    parameters: tuple[Parameter, ...]
    prepare: Callable[[Selection], Any]
    run: Callable[..., xr.Dataset]
    measures: Mapping[str, str]
    curves: Mapping[str, str]
    doubt: Callable[[Any], tuple[list[str], Any]]
    leaves_out: tuple[str, ...] = ()
    source: str = ""
    replicates: Callable[..., np.ndarray] | None = None
    drawn_anew: str = ""
    notes: Callable[[Any, Mapping[str, Any]], list[str]] | None = None
    certainty: Callable[[Any, Mapping[str, Mapping[str, Any]]], list[str]] | None = None
    varied_first: tuple[str, ...] = ()
    better_high: frozenset[str] = frozenset()

    def of(self, selection: Selection) -> Exploration:
        """Return the tools over the rows of a selection.

        Raises:
            WhatIfError: there is too little to work with.
        """
        prepared = self.prepared(selection)
        run = self.run

        def asked(**parameters: Any) -> xr.Dataset:
            return run(prepared, **parameters)

        taken = [p for p in inspect.signature(run).parameters.values() if p.kind is p.KEYWORD_ONLY]
        asked.__signature__ = inspect.Signature(taken)  # type: ignore[attr-defined]
        asked.__name__ = self.name
        return Exploration(asked, {p.name: p for p in self.parameters}, name=self.name, is_pure=True)

    def prepared(self, selection: Selection) -> Any:
        """Return what all scenarios of a selection share, kept for the last few selections; who asks at once waits for the first."""
        key = (self.name, selection.identity, selection.scope, selection.query)
        with _lock:
            making = _making.setdefault(key, threading.Lock())
        with making:
            with _lock:
                if key in _prepared:
                    _prepared.move_to_end(key)
                    return _prepared[key]
            try:
                made = self.prepare(selection)
            except WhatIfError:
                _making.pop(key, None)
                raise
            with _lock:
                _prepared[key] = made
                while len(_prepared) > KEPT:
                    _making.pop(_prepared.popitem(last=False)[0], None)
            return made


_lock = threading.Lock()
_prepared: OrderedDict[Any, Any] = OrderedDict()
_making: dict[Any, threading.Lock] = {}
_known: dict[str, Investigation] = {}


def register(investigation: Investigation) -> Investigation:
    """Add an investigation to those that ``investigate`` finds."""
    _known[investigation.name] = investigation
    return investigation


def investigate(name: str, selection: Selection) -> Exploration:
    """Return the tools of a ready-made investigation over a selection: ``investigate("answering", shuju.select("letters"))``.

    Raises:
        WhatIfError: there is no such investigation, it is of another table, or there is too little to work with.
    """
    from shuju.whatif import alarming, answering, arriving, gathering  # noqa: F401 - they register themselves

    if name not in _known:
        raise WhatIfError(did_you_mean("推演", name, _known))
    if _known[name].table != selection.table:
        raise WhatIfError(f"推演 {name} 须从 {_known[name].table} 选择，不能是 {selection.table}")
    return _known[name].of(selection)
