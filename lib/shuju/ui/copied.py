"""Copies of a Bokeh model with all it refers to: what one visitor's figure has, and no other's."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from bokeh.core.has_props import HasProps
from bokeh.core.property.wrappers import PropertyValueContainer
from bokeh.model import Model

_VALUES = ("_property_values", "_unstable_default_values", "_unstable_themed_values")


class Prototype:
    """A model that nobody shows, of which each visitor gets a copy.

    Bokeh's own ways to copy are by JSON: each value is checked again, and each default made only to be replaced. They take eight times
    as long. Copies have the same ids, as documents have names of their own; callbacks are not copied.
    """

    def __init__(self, model: Model):
        """Take a model that is in no document."""
        self._model, self._all = model, list(model.references())

    def copy(self) -> Any:
        """Return a copy. O(models and their values)."""
        made = {model.id: _empty(model) for model in self._all}
        for model in self._all:
            _fill(made[model.id], model, made)
        return made[self._model.id]


def _empty(model: Model) -> Model:
    """Return a model of the same type and id, without values."""
    new = type(model).__new__(type(model), id=model.id)
    super(HasProps, new).__init__()
    for name in _VALUES:
        setattr(new, name, {})
    new._initialized = True
    return new


def _fill(new: Model, model: Model, made: dict[str, Model]) -> None:
    for kept in _VALUES:
        values = getattr(new, kept)
        for name, value in getattr(model, kept).items():
            values[name] = own = _copied(value, made)
            if isinstance(own, PropertyValueContainer):
                own._register_owner(new, type(new).lookup(name))


def _copied(value: Any, made: dict[str, Model]) -> Any:
    """Return a value in which the models are the copies; what cannot be changed, and arrays, are shared."""
    if isinstance(value, Model):
        return made[value.id]
    if isinstance(value, dict):
        return type(value)({key: _copied(part, made) for key, part in value.items()})
    if isinstance(value, list | set | tuple):
        make: Callable[[Sequence[Any]], Any] = type(value)
        return make([_copied(part, made) for part in value])
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.replace(
            value, **{f.name: _copied(getattr(value, f.name), made) for f in dataclasses.fields(value)}
        )
    return value
