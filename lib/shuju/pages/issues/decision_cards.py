"""What people decide about one hot issue: its name, letters that do not belong to it, issues that are the same matter."""

from __future__ import annotations

from typing import Any

from shuju.access import who
from shuju.access.roles import DECIDE
from shuju.clock import now
from shuju.desk.issue_decisions import (
    NAME_LENGTH,
    decisions_of,
    merge_issues,
    rename_issue,
    take_back,
    take_out_letter,
)
from shuju.desk.marks import change_number
from shuju.desk.store import open_desk
from shuju.desk.trail import note
from shuju.facts.cards import Card, register
from shuju.facts.selection import Selection
from shuju.letters.decisions import KINDS, TAKE_OUT
from shuju.letters.one_issue import ROWS, issue_letters, issue_row, member_list_data
from shuju.pages.issues.cards import PAGE
from shuju.pages.issues.issue_cards import ID
from shuju.ui.cards.live import LiveCard
from shuju.ui.templates import render


class DecisionCard(LiveCard):
    """A card whose buttons decide something about the issue that it shows; all who look at the page see it."""

    def act(self, do: str, of: str, value: str) -> bool:  # noqa: ARG002
        """Rename the issue, merge another into it, take a letter out, or take a decision back."""
        if do not in ("rename", "merge", "take-out", "take-back"):
            return False
        issue_id = self.own_options()["id"]
        row = issue_row(self.selection, issue_id)
        if row is not None and self.is_allowed(DECIDE):
            note(
                open_desk(self.selection.resources.home),
                "change",
                row["issue_id"],
                {"decision": do, "value": value},
            )
            self._decide(do, value, row["issue_id"])
            self.link.ask()
        return True

    def _decide(self, do: str, value: str, issue_id: str) -> None:
        desk = open_desk(self.selection.resources.home)
        letters = issue_letters(self.selection, issue_id)["letter_id"].tolist()
        told = {"at": now(), "who": who()}
        # What a browser sends is checked against what the issue is: anything else is left alone.
        match do:
            case "rename" if 0 < len(value.strip()) <= NAME_LENGTH:
                rename_issue(desk, issue_id, letters, value, **told)
            case "merge" if value in {row["issue_id"] for row in related(self.selection, issue_id)}:
                merged = issue_letters(self.selection, value)["letter_id"].tolist()
                merge_issues(desk, issue_id, letters, merged, **told)
            case "take-out" if value in letters and value not in taken_out(self.selection, issue_id):
                others = [letter for letter in letters if letter != value]
                if others:
                    take_out_letter(desk, issue_id, value, others, **told)
            case "take-back" if value in {str(row["id"]) for row in decisions_of(desk, issue_id)}:
                take_back(desk, int(value), **told)


def related(selection: Selection, issue_id: str) -> list[dict[str, Any]]:
    """Return the issues that name the same things as one: ``issue_id, title, n_letters``."""
    row = issue_row(selection, issue_id)
    ids = str(row["related"] or "").split(",") if row is not None else []
    found = [issue_row(selection, other) for other in ids if other]
    return [other for other in found if other is not None]


def taken_out(selection: Selection, issue_id: str) -> set[str]:
    """Return the letters that people took out of an issue, and that the next build leaves out."""
    found = decisions_of(open_desk(selection.resources.home), issue_id)
    standing = [row for row in found if row["kind"] == TAKE_OUT and row["undone_at"] is None]
    return {letter for row in standing for letter in row["letters"]}


def _decisions(selection: Selection, id: str) -> dict[str, Any]:  # noqa: A002
    row = issue_row(selection, id)
    if row is None:
        return {"issue": None}
    desk = open_desk(selection.resources.home)
    made = decisions_of(desk, row["issue_id"])[::-1]
    return {"issue": row, "related": related(selection, row["issue_id"]), "made": made}


def _members(selection: Selection, id: str, page: int) -> dict[str, Any]:  # noqa: A002
    row = issue_row(selection, id)
    gone = taken_out(selection, row["issue_id"]) if row is not None else set()
    return {"found": member_list_data(selection, id, page), "gone": gone}


def _with_decisions(selection: Selection) -> Any:
    return selection.query, change_number(open_desk(selection.resources.home))


register(
    Card("hot_issues.decisions", "人的判定", "改名、并入相关的诉求；下一次更新数据时生效，可以撤回。机器会记住，并据此调整归集的松紧。",
         "hot_issues", _decisions, DecisionCard,
         lambda told, **_: render("issues/decisions.html", kinds=KINDS, most=NAME_LENGTH, **told),
         options={"id": ID}, depends=_with_decisions),
    Card("hot_issues.letters", "来信与答复", "最早在前；已脱敏。点击标题看全文、答复与相似来信；不属于这件事的可以移出。",
         "hot_issues", _members, DecisionCard,
         lambda told, **_: render("issues/letters.html", rows_a_page=ROWS, **told),
         options={"id": ID, "page": PAGE}, depends=_with_decisions, letters=lambda told: told["found"]["letter_id"].tolist()),
)  # fmt: skip
