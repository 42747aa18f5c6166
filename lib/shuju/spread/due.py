"""Which sites ought to carry a document (应转规则): a rule of clauses that a user can read and edit.

The rule that comes with the package is ``due_rule.yaml``; a library may have one of its own in that name. A clause names
documents and sites; a document is due only in the area of the site that published it, on sites that were open by
then, and never on its own.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from pyarrow.fs import FileType
from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator

from shuju.library import LibraryError
from shuju.library.home import Home
from shuju.standard import code_list, list_rows

DEFAULT = Path(__file__).with_name("due_rule.yaml")
CHUNK_DOCUMENTS = 8_192
_CODES = {
    "kinds": "site_kinds", "levels": "levels", "departments": "departments", "genres": "genres", "topics": "topics",
}  # fmt: skip
_COLUMN = {
    "kinds": "kind", "levels": "level", "departments": "department", "genres": "genre", "topics": "topic_1",
}  # fmt: skip


class RuleError(LibraryError):
    """The rule cannot be read; the message says where and why."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Selection(_Entry):
    """Codes that a row must have; an empty list admits all."""

    kinds: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()

    @field_validator(*_CODES, check_fields=False)
    @classmethod
    def _codes_exist(cls, codes: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        name = _CODES[str(info.field_name)]
        if unknown := [c for c in codes if c not in code_list(name).names]:
            raise ValueError(f"代码表 {name} 中没有：{'、'.join(unknown)}")
        return codes

    def select(self, frame: pd.DataFrame) -> np.ndarray:
        """Return which rows of ``frame`` (columns kind, level, department, genre, topic_1) are meant."""
        chosen = np.ones(len(frame), bool)
        for name, column in _COLUMN.items():
            if codes := getattr(self, name, ()):
                chosen &= frame[column].isin(codes).to_numpy(bool)
        return chosen


class Documents(_Selection):
    """The documents that a clause speaks of: by the site that published them, genre and topic."""

    genres: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


class DueSites(_Selection):
    """The sites that ought to carry them; also only those of the same department, or of the document's subject."""

    same_department: bool = False
    same_subject: bool = False


class Clause(_Entry):
    """One sentence of the rule, with the reason that is shown for it."""

    name: str
    why: str
    documents: Documents = Documents()
    sites: DueSites = DueSites()


class DueRule(_Entry):
    """The rule: a site is due by the first clause that says so."""

    title: str
    clauses: tuple[Clause, ...]


def rule_of(home: Home) -> DueRule:
    """Return the rule of a library: ``HOME/due_rule.yaml`` if it exists, else the package's.

    Raises:
        RuleError: its own is not YAML, or not a rule.
    """
    own = f"{home.root}/due_rule.yaml"
    if home.files.get_file_info(own).type != FileType.File:
        return read_rule()
    with home.files.open_input_stream(own) as file:
        return _parsed(file.read(), own)


def read_rule(path: Path = DEFAULT) -> DueRule:
    """Read the rule from a YAML file, by default the package's.

    Raises:
        RuleError: it is not YAML, or not a rule.
    """
    return _parsed(path.read_bytes(), path.name)


def _parsed(text: bytes, name: str) -> DueRule:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return DueRule.model_validate(YAML(typ="safe").load(text.decode("utf-8")))
    except (YAMLError, UnicodeDecodeError) as error:
        raise RuleError(f"{name}：YAML 写法有误：{error}") from None
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, e['loc']))}：{e['msg']}" for e in error.errors())
        raise RuleError(f"{name}：" + "；".join(faults)) from None


def due_pairs(
    documents: pd.DataFrame, sites: pd.DataFrame, rule: DueRule
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return who ought to carry what: rows of ``documents``, rows of ``sites``, numbers of clauses (int32, int32, int16).

    Pairs are in the order of documents, then sites. ``documents``: site_id, region_code, published_at, genre, topic_1, and kind, level,
    department of their site; ``sites``: site_id, region_code, kind, level, department, opened_on. Where a document
    has no region (it is from outside), it is due everywhere; undated, on sites opened at any time.
    O(documents × sites).
    """
    found = [
        _pairs_of_chunk(documents.iloc[start : start + CHUNK_DOCUMENTS], start, sites, rule)
        for start in range(0, len(documents), CHUNK_DOCUMENTS)
    ]
    columns = zip(*found) if found else ([],) * 3
    types = (np.int32, np.int32, np.int16)
    return tuple(np.concatenate(c).astype(t) if c else np.empty(0, t) for c, t in zip(columns, types))


def _pairs_of_chunk(
    documents: pd.DataFrame, start: int, sites: pd.DataFrame, rule: DueRule
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    of = np.full((len(documents), len(sites)), -1, np.int16)
    is_possible = _is_possible(documents, sites)
    department = _pair_codes(documents["department"], sites["department"])
    subject = _subjects(documents, sites)
    for number, clause in enumerate(rule.clauses):
        rows, columns = (
            np.flatnonzero(clause.documents.select(documents)),
            np.flatnonzero(clause.sites.select(sites)),
        )
        block = np.ix_(rows, columns)
        is_due = is_possible[block] & (of[block] < 0)
        for is_asked, (own, theirs) in (
            (clause.sites.same_department, department),
            (clause.sites.same_subject, subject),
        ):
            if is_asked:
                is_due &= (own[rows, None] == theirs[None, columns]) & (own[rows, None] >= 0)
        of[block] = np.where(is_due, number, of[block])
    row, column = np.nonzero(of >= 0)
    return row + start, column, of[row, column]


def _is_possible(documents: pd.DataFrame, sites: pd.DataFrame) -> np.ndarray:
    """Tell whether a site lies in the document's area, was open by then, and is not the publisher."""
    code, of_site = (
        pd.to_numeric(f["region_code"]).fillna(0).to_numpy().astype(np.int64) for f in (documents, sites)
    )
    # The province has all below it, a prefecture its counties, a county itself; no region, all.
    width = np.select([code == 0, code % 10_000 == 0, code % 100 == 0], [10**6, 10_000, 100], 1)
    is_within = (of_site[None, :] // width[:, None] == (code // width)[:, None]) | (code == 0)[:, None]
    opened = pd.to_datetime(sites["opened_on"]).to_numpy("datetime64[s]")
    published = pd.to_datetime(documents["published_at"]).to_numpy("datetime64[s]")
    is_later = opened[None, :] > published[:, None]  # false where either is not known
    own, other = _pair_codes(documents["site_id"], sites["site_id"])
    return is_within & ~is_later & (own[:, None] != other[None, :])


def _subjects(documents: pd.DataFrame, sites: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return codes of the documents' topics and of the topics that the sites' departments answer for."""
    listed = {row["code"]: row["topic_1"] or None for row in list_rows("departments")}
    return _pair_codes(documents["topic_1"], sites["department"].map(listed))


def _pair_codes(one: pd.Series, other: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers that are equal where the values are; -1 for null."""
    codes = pd.factorize(pd.concat([one.astype(object), other.astype(object)], ignore_index=True))[0]
    return codes[: len(one)], codes[len(one) :]
