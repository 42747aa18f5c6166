"""Which sites ought to carry a document (应到网站): a rule that a user can edit, as a table of sites × sites."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

DEFAULT = Path(__file__).with_name("due_rules.yaml")

Kind = Literal[
    "province_portal", "province_department", "prefecture_portal", "prefecture_department", "county_portal", "media", "outside"
]  # fmt: skip


class Due(BaseModel):
    """Some sites: of these kinds, in the origin's prefecture only, of the origin's department only."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kinds: list[Kind]
    within: Literal["prefecture"] | None = None
    same_department: bool = False


class DueRule(BaseModel):
    """For documents of origins of these kinds, who ought to carry them."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    origin: list[Kind]
    due: list[Due]


class _Rules(BaseModel):
    model_config = ConfigDict(extra="forbid")
    rules: list[DueRule]


@dataclass(frozen=True)
class DueSites:
    """``is_due[origin's site, site]`` and the rule of each origin's site (-1: none), by rows of ``site_ids``."""

    site_ids: pd.Index
    is_due: np.ndarray
    rule: np.ndarray
    rules: tuple[DueRule, ...]

    def rows(self, site_ids: pd.Series) -> np.ndarray:
        """Return the row of each site, -1 for one that is not known."""
        return self.site_ids.get_indexer(site_ids)


def read_rules(path: Path = DEFAULT) -> tuple[DueRule, ...]:
    """Return the rules of a YAML file.

    Raises:
        ValueError: says in Chinese where the file is wrong.
    """
    try:
        return tuple(_Rules.model_validate(YAML(typ="safe").load(path.read_text(encoding="utf-8"))).rules)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "全文"
        raise ValueError(f"{path.name}：{where} 处有误：{first['msg']}") from None
    except (YAMLError, OSError) as error:
        raise ValueError(f"{path.name}：读不出应到规则：{error}") from None


def due_sites(sites: pd.DataFrame, rules: tuple[DueRule, ...] | None = None) -> DueSites:
    """Return which site ought to carry the documents of which: ``sites`` has site_id, kind, region_code, department.

    O(sites²).
    """
    rules = read_rules() if rules is None else rules
    kind = sites["kind"].to_numpy(object)
    prefecture = sites["region_code"].fillna("").astype(str).str[:4].to_numpy(object)
    department = sites["department"].fillna("").astype(str).to_numpy(object)
    is_near = (prefecture[:, None] == prefecture[None, :]) & (prefecture != "")[:, None]
    is_same = (department[:, None] == department[None, :]) & (department != "")[:, None]
    is_due = np.zeros((len(sites), len(sites)), bool)
    of_rule = np.full(len(sites), -1)
    for number, rule in enumerate(rules):
        origins = np.isin(kind, rule.origin) & (of_rule < 0)
        of_rule[origins] = number
        for due in rule.due:
            asked = np.tile(np.isin(kind, due.kinds), (int(origins.sum()), 1))
            if due.within:
                asked &= is_near[origins]
            if due.same_department:
                asked &= is_same[origins]
            is_due[origins] |= asked
    np.fill_diagonal(is_due, val=False)
    return DueSites(pd.Index(sites["site_id"]), is_due, of_rule, rules)
