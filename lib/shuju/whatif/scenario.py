"""Scenarios (情景): an analysis with its parameters, kept so that it gives the same again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from shuju.whatif.parameter import WhatIfError

BASELINE = "baseline"


@dataclass(frozen=True)
class Scenario:
    """What was asked: parameters that differ from the present, and the versions and seed that make the answer the same bits again.

    ``library_version`` is the version of each table that the analysis reads, ``rules_version`` a digest of the rules that it follows.
    """

    name: str
    analysis: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    library_version: Mapping[str, int] = field(default_factory=dict)
    rules_version: str = ""
    seed: int = 0

    @property
    def query(self) -> str:
        """The address of the scenario: what differs, by name."""
        told = {name: _told(value) for name, value in sorted(self.parameters.items())}
        return urlencode(told | ({"seed": self.seed} if self.seed else {}))

    def save(self, path: str | Path) -> Path:
        """Write the scenario into a file (JSON)."""
        Path(path).write_text(
            json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True, default=_plain) + "\n",
            encoding="utf-8",
        )
        return Path(path)

    @classmethod
    def load(cls, path: str | Path) -> Scenario:
        """Read a scenario from a file that ``save`` wrote.

        Raises:
            WhatIfError: the file is missing, or holds no scenario.
        """
        try:
            found = json.loads(Path(path).read_text(encoding="utf-8"))
            return cls(**found)
        except (OSError, UnicodeDecodeError, json.JSONDecodeError, TypeError) as error:
            raise WhatIfError(f"{path} 不是保存的情景：{error}") from None


def _told(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)
