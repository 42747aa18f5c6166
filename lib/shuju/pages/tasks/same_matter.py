"""Whether a matter was assigned already (重复交办): the same letter, issue or figure, or a letter of the same matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import Engine

from shuju.access.subject import Subject
from shuju.desk.tasks.near import MOST_ASKED, tasks_about
from shuju.desk.tasks.record import Task
from shuju.letters.similar import similar_letters
from shuju.library import Library

SAME = {
    "letter": "同一封来信", "issue": "同一件热点诉求", "warning": "同一条预警", "document": "同一份文件", "site": "同一个网站",
    "card": "同一张图卡、同样的筛选", "suggestion": "同一条微建议",
}  # fmt: skip


@dataclass(frozen=True)
class Same:
    """An open task that may be about the same, and why it is thought to be."""

    task: Task
    why: str


def same_matter(library: Library, desk: Engine, by: Subject, query: str, *, but: str = "") -> list[Same]:
    """Return open tasks about the same matter as evidence of ``query``, the newest first; not what the command ``but`` made.

    A letter's matter is that of the letters of its issue, of repeats, and of letters that are likely of the same matter.
    """
    found = {query: _same(query)} | _related(library, dict(parse_qsl(query))) if query else {}
    return [Same(task, found[filters]) for task, filters in tasks_about(desk, by, list(found), but=but)]


def _same(query: str) -> str:
    asked = dict(parse_qsl(query))
    return next((why for name, why in SAME.items() if name in asked), "同样的依据")


def _related(library: Library, asked: Mapping[str, str]) -> dict[str, str]:
    """Return the evidence that other tasks of the same matter would have, and why."""
    if "letter" in asked:
        return _of_letter(library, asked["letter"])
    if "issue" in asked and library.version_of("issue_letters") >= 0:
        return _letters_of(library, asked["issue"], "这件热点诉求的来信")
    return {}


def _of_letter(library: Library, letter_id: str) -> dict[str, str]:
    row = library.get("letters", letter_id)
    if row is None:
        return {}
    found: dict[str, str] = {}
    member = library.get("issue_letters", letter_id) if library.version_of("issue_letters") >= 0 else None
    if member is not None:
        found = {urlencode({"issue": member["issue_id"]}): "这封来信所属的热点诉求"}
        found |= _letters_of(library, member["issue_id"], "同一件事的来信（含重复来信）")
    for other in similar_letters(library, row)["letter_id"]:
        found.setdefault(urlencode({"letter": other}), "相似来信")
    found.pop(urlencode({"letter": letter_id}), None)
    return found


def _letters_of(library: Library, issue_id: str, why: str) -> dict[str, str]:
    members = library.read("issue_letters", ["letter_id"], {"issue_id": issue_id})["letter_id"]
    return {urlencode({"letter": letter}): why for letter in members[: MOST_ASKED - 20]}
