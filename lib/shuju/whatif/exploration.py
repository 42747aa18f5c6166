"""Explore (推演): the tools of what-if over any function, in a script, a notebook or behind a page."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
import xarray as xr

from shuju.catalog import did_you_mean
from shuju.whatif import sensitivity
from shuju.whatif.compare import compare
from shuju.whatif.parameter import Parameter, WhatIfError, parameters_of
from shuju.whatif.scenario import Scenario
from shuju.whatif.sensitivity import Found


@dataclass(frozen=True)
class Exploration:
    """A function with ranges for its parameters; every question runs it again, the other parameters as at ``present``.

    A pure function (``is_pure``) is run in several threads at once.
    """

    function: Callable[..., Any]
    parameters: Mapping[str, Parameter]
    changed: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    is_pure: bool = False

    @property
    def present(self) -> dict[str, Any]:
        """The present value of every parameter."""
        return {name: p.default for name, p in self.parameters.items()} | dict(self.changed)

    def change(self, **changes: Any) -> Exploration:
        """Return the same with other present values.

        Raises:
            WhatIfError: no such parameter, or outside of its range.
        """
        proved = {name: self.parameter(name).value(value) for name, value in changes.items()}
        return replace(self, changed={**self.changed, **proved})

    def parameter(self, name: str) -> Parameter:
        """Return a parameter by name.

        Raises:
            WhatIfError: there is none; the message suggests the nearest.
        """
        if name not in self.parameters:
            raise WhatIfError(did_you_mean("可变的参数", name, self.parameters))
        return self.parameters[name]

    def run(self, **changes: Any) -> xr.Dataset:
        """Return the result under the present values and ``changes``."""
        return self._run(**(self.present | {n: self.parameter(n).value(v) for n, v in changes.items()}))

    @property
    def baseline(self) -> Exploration:
        """What the present values are compared with: every parameter as it is by default, reached by the same methods."""
        methods = {name: value for name, value in self.changed.items() if self.parameters[name].is_method}
        return replace(self, changed=methods)

    def scenario(self, name: str, **changes: Any) -> Scenario:
        """Return a scenario to keep."""
        return Scenario(
            name, self.name or getattr(self.function, "__name__", ""), self.change(**changes).changed
        )

    def compare(self, **scenarios: Mapping[str, Any] | Scenario) -> xr.Dataset:
        """Return the present and scenarios side by side; see ``shuju.whatif.compare``."""
        return compare(self.function, self.present, **scenarios)

    def differing(self, **scenarios: Mapping[str, Any]) -> pd.DataFrame:
        """Return the parameters that differ: a row a parameter, a column a scenario, the present first."""
        asked = {"现值": self.present} | {n: self.change(**given).present for n, given in scenarios.items()}
        table = pd.DataFrame(asked).reindex(list(self.parameters))
        differs = table.apply(lambda row: row.map(repr).nunique() > 1, axis=1)
        return table[differs].rename(index={n: p.title for n, p in self.parameters.items()})

    def sweep(self, name: str, n: int = sensitivity.COARSE) -> xr.Dataset:
        """Return the result for values of one parameter from end to end; its dimension is the parameter."""
        return sensitivity.sweep(self._run, self.parameter(name), self.present, n)

    def heat(self, one: str, other: str, measure: str | None = None, n: int = 15) -> xr.DataArray:
        """Return one number for n × n values of two parameters."""
        return sensitivity.heat(
            self._run, self.parameter(one), self.parameter(other), self.present, measure, n
        )

    def tornado(self, measure: str | None = None) -> pd.DataFrame:
        """Return how far one number moves with each parameter alone, the widest first; methods are left out."""
        moved = [p for p in self.parameters.values() if not p.is_method]
        return sensitivity.tornado(self._run, moved, self.present, measure)

    def goal_seek(
        self, name: str, measure: str | None = None, *, below: float | None = None, above: float | None = None
    ) -> Found:
        """Return the value of a parameter nearest to the present one at which a number reaches a goal."""
        return sensitivity.goal_seek(
            self._run, self.parameter(name), self.present, measure, below=below, above=above
        )

    def bands(self, measure: str | None = None, share: float = 0.9) -> dict[str, Any]:
        """Return where a number lies in ``share`` of all runs under other seeds.

        Raises:
            WhatIfError: the function takes no ``seed``.
        """
        if "seed" not in inspect.signature(self.function).parameters:
            raise WhatIfError("函数没有 seed 参数：结果不随机，没有区间可算")
        return sensitivity.bands(self._run, self.present, measure, share)

    @property
    def _run(self) -> sensitivity.Run:
        return sensitivity.Run(self.function, self.is_pure)

    def __panel__(self) -> Any:
        """Return sliders, figures and tools, as a notebook shows them."""
        from shuju.whatif.explorer import Explorer

        return Explorer(self).view

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        """Show the sliders where IPython shows a value; a script never comes here."""
        return self.__panel__()._repr_mimebundle_(include, exclude)


def explore(function: Callable[..., Any], /, **ranges: Any) -> Exploration:
    """Return the tools of what-if over ``function``: ``explore(queue, servers=(1, 20), order=["fifo", "edd"])``.

    ``function(**parameters)`` gives whatever ``compare`` takes. A range is ``(low, high)``, ``(low, high, step)``, a list of choices, or a
    ``Parameter``; the present value is the function's default, else the middle or the first. In a notebook the result shows itself
    with a slider a parameter.

    Raises:
        WhatIfError: no such parameter, or no such range.
    """
    if not ranges:
        raise WhatIfError("请至少给一个参数的范围，例如 explore(函数, servers=(1, 20))")
    return Exploration(function, parameters_of(function, ranges), name=getattr(function, "__name__", ""))
