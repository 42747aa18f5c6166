"""Reading of ``terms.yaml``: the package's, or a library's own; a fault gives one sentence that says where."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from pyarrow.fs import FileType

from shuju.catalog.yaml_text import CatalogError, Document, parse_text
from shuju.desk.terms import KINDS, STEPS, URGENCY, Rule, Span, Term, Terms, Unit
from shuju.desk.working_time import WorkingCalendar
from shuju.library import LibraryError
from shuju.library.home import Home
from shuju.standard import code_list
from shuju.standard.working_days import OWN_NAME, CalendarError, working_days

SHIPPED = Path(__file__).with_name("terms.yaml")
LONGEST = 250  # of any span: a year of working days
Where = tuple[str | int, ...]

_SPAN = re.compile(rf"([0-9]+) ?({'|'.join(unit.value for unit in Unit)})")
_HOURS = re.compile(r"([0-2][0-9]):([0-5][0-9])-([0-2][0-9]):([0-5][0-9])")
_SIZE = {Unit.WORKING_HOURS: 1, Unit.WORKING_DAYS: 8, Unit.DAYS: 8}  # roughly, in working hours


class TermsError(LibraryError):
    """A file of terms or of working days cannot be used; the message says in one sentence where and why."""


def terms_of(home: Home) -> Terms:
    """Return the terms of a library: by ``HOME/terms.yaml`` and ``HOME/working_days.csv`` where these are.

    Raises:
        TermsError: one of them cannot be used.
    """
    return read_terms(
        own_text(home, SHIPPED.name) or SHIPPED.read_text(encoding="utf-8"), own_text(home, OWN_NAME)
    )


def shipped_terms() -> Terms:
    """Return the terms of the package."""
    return read_terms(SHIPPED.read_text(encoding="utf-8"), "")


@lru_cache(maxsize=8)
def read_terms(text: str, own_days: str) -> Terms:
    """Return the terms that YAML tells; ``own_days`` is the text of a library's own working days.

    Raises:
        TermsError: one of them cannot be used.
    """
    try:
        reading = _Reading(parse_text(SHIPPED, text))
        return reading.terms(own_days)
    except CatalogError as error:
        line = re.search(r":(\d+):\d+：", str(error))
        place = f"第 {line[1]} 行" if line else "某处"
        raise TermsError(f"{SHIPPED.name} {place}：不是正确的 YAML，请检查缩进、冒号和括号") from None
    except CalendarError as error:
        raise TermsError(str(error)) from None


def own_text(home: Home, name: str) -> str:
    """Return the text of a library's own file of a name, empty where it has none; raises ``TermsError`` where it is no UTF-8."""
    place = f"{home.root}/{name}"
    if home.files.get_file_info(place).type != FileType.File:
        return ""
    with home.files.open_input_stream(place) as file:
        try:
            return file.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise TermsError(f"{name}：应为 UTF-8 编码（第 {error.start} 字节处不是）") from None


@dataclass(frozen=True)
class _Reading:
    """One file that is read: each method takes an entry and its path, and refuses it by its line."""

    document: Document

    def terms(self, own_days: str) -> Terms:
        told = self._mapping((), {"hours", "rules"}, self.document.data)
        hours = self._hours(told["hours"])
        rules = told["rules"]
        if not isinstance(rules, list) or not rules:
            self._refuse(("rules",), "rules 应是一列规则，至少一条")
        found = tuple(self._rule(("rules", number), rule) for number, rule in enumerate(rules))
        for number, rule in enumerate(found):
            if any(rule.name == other.name for other in found[:number]):
                self._refuse(("rules", number, "name"), f"规则“{rule.name}”出现两次")
            is_about_all = not (rule.kinds or rule.channels or rule.urgency)
            if is_about_all != (number == len(found) - 1):
                self._refuse(
                    ("rules", number),
                    f"规则“{rule.name}”不设条件，其后的规则永远用不到"
                    if is_about_all
                    else f"最后一条规则“{rule.name}”应不设条件，否则有的事项没有时限",
                )
        return Terms(found, WorkingCalendar(working_days(own_days), hours))

    def _rule(self, where: Where, told: Any) -> Rule:
        told = self._mapping(where, {"name", *STEPS}, told, {"kinds", "channels", "urgency"})
        name = told["name"]
        if not isinstance(name, str) or not name.strip():
            self._refuse((*where, "name"), "规则应有名称")
        steps = {step: self._term((*where, step), told[step]) for step in STEPS}
        known = {"kinds": KINDS, "channels": code_list("channels").names, "urgency": URGENCY}
        conditions = {
            key: self._codes((*where, key), told[key], codes) for key, codes in known.items() if key in told
        }
        return Rule(name.strip(), **steps, **conditions)

    def _term(self, where: Where, told: Any) -> Term:
        told = self._mapping(where, {"within", "yellow"}, told, {"extension"})
        spans = {key: self._span((*where, key), value) for key, value in told.items()}
        term = Term(**spans)
        if _size(term.yellow) >= _size(term.within):
            self._refuse((*where, "yellow"), f"黄灯提前量 {term.yellow} 应短于时限 {term.within}")
        if term.yellow.unit is Unit.DAYS:
            self._refuse((*where, "yellow"), "黄灯提前量应以工作小时或工作日计")
        if term.extension is not None and term.extension.unit is not term.within.unit:
            self._refuse((*where, "extension"), f"延长 {term.extension} 应与时限 {term.within} 同一单位")
        return term

    def _span(self, where: Where, told: Any) -> Span:
        found = _SPAN.fullmatch(told) if isinstance(told, str) else None
        if found is None:
            self._refuse(where, f"时限 {told!r} 应写作“5 工作日”“4 工作小时”或“7 日”")
        n = int(found[1])
        if not 0 < n <= LONGEST:
            self._refuse(where, f"时限 {told!r} 应在 1 至 {LONGEST} 之间")
        return Span(n, Unit(found[2]))

    def _hours(self, told: Any) -> tuple[tuple[int, int], ...]:
        if not isinstance(told, list) or not told:
            self._refuse(("hours",), "hours 应是一列办公时段，如 [08:30-12:00, 14:00-17:30]")
        hours = []
        for number, text in enumerate(told):
            found = _HOURS.fullmatch(text) if isinstance(text, str) else None
            if found is None:
                self._refuse(("hours", number), f"办公时段 {text!r} 应写作 08:30-12:00")
            h, m, until_h, until_m = map(int, found.groups())
            hours.append((h * 3600 + m * 60, until_h * 3600 + until_m * 60))
            if not (hours[-2][1] if number else 0) <= hours[-1][0] < hours[-1][1] < 86_400:
                self._refuse(("hours", number), f"办公时段 {text} 应先起后止，且在前一时段之后")
        return tuple(hours)

    def _codes(self, where: Where, told: Any, known: Mapping[str, str]) -> tuple[str, ...]:
        if not isinstance(told, list) or not told:
            self._refuse(where, f"{where[-1]} 应是一列代码；不限则不写这一项")
        for number, code in enumerate(told):
            if not isinstance(code, str) or code not in known:
                names = "、".join(f"{one}（{name}）" for one, name in known.items())
                self._refuse((*where, number), f"{where[-1]} 中没有 {code!r}，只有：{names}")
        return tuple(told)

    def _mapping(
        self, where: Where, needed: set[str], told: Any, allowed: Sequence[str] | set[str] = ()
    ) -> Mapping[str, Any]:
        what = f"“{where[-1]}”" if where and isinstance(where[-1], str) else "规则" if where else "文件"
        if not isinstance(told, dict):
            self._refuse(where, f"{what}应由“键: 值”组成")
        for key in told:
            if key not in needed and key not in allowed:
                self._refuse((*where, key), f"{what}没有 {key!r} 这一项")
        if twice := self.document.repeated(where):
            self._refuse((*where, twice), f"“{twice}”写了两次")
        if missing := sorted(needed - told.keys()):
            self._refuse(where, f"{what}缺少 {'、'.join(missing)}")
        return told

    def _refuse(self, where: Where, why: str) -> NoReturn:
        line = self.document.place(where).rsplit(":", 2)[1]
        raise TermsError(f"{SHIPPED.name} 第 {line} 行：{why}")


def _size(span: Span) -> int:
    return span.n * _SIZE[span.unit]
