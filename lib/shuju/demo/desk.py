"""The desk of the demo: tasks in all states about what the synthetic province wrote of, each marked 演示数据."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from zlib import crc32

from sqlalchemy import func, select, update

from shuju.access.roles import ANALYST, DEPARTMENT, LEADER, ROLES
from shuju.access.subject import Subject
from shuju.desk.organisations import Organisation, all_organisations, full_name, of_region
from shuju.desk.sessions import DEMO_REGION, demo_account, demo_subject
from shuju.desk.store import open_desk, writing
from shuju.desk.tables.messages import outbox
from shuju.desk.tables.tasks import tasks
from shuju.desk.tasks.commands import Order, act, assign
from shuju.desk.tasks.effects import longest_delay
from shuju.desk.tasks.record import Task
from shuju.desk.terms_reading import terms_of
from shuju.library import Library
from shuju.pages.tasks.assigning import evidence_for, figure_of
from shuju.pages.tasks.figures import Figure
from shuju.standard import province

N = 160
URGENCIES = ("normal", "normal", "normal", "urgent", "extra_urgent")
# What was done to a task: by whom (h: who has it, a: who assigned it), what, with what.
SIGN, WORK = ("h", "sign", {}), ("h", "feed_back", {"text": "已到现场核实，正在与相关单位会商。"})
RESULT = ("h", "submit", {"text": "问题属实，已责令整改并回访来信人，来信人表示认可。"})
DELAY = ("h", "ask_delay", {"text": "需第三方检测，申请延期。"})
WAYS: tuple[tuple[tuple[str, str, dict[str, str]], ...], ...] = (
    (),
    (("a", "urge", {}),),
    (SIGN,),
    (SIGN, WORK),
    (SIGN, WORK, ("a", "urge", {}), ("a", "supervise", {"text": "请每三日报一次进展。"})),
    (("h", "object", {"text": "所涉路段由上级交通部门管养，建议改派。"}),),
    (SIGN, WORK, DELAY),
    (SIGN, DELAY, ("a", "approve_delay", {})),
    (SIGN, ("h", "wait", {"text": "来信没有写明小区，已联系来信人补充。"})),
    (SIGN, WORK, RESULT),
    (SIGN, RESULT, ("a", "return", {"text": "没有说明整改期限，请补充后再报。"})),
    (SIGN, WORK, RESULT, ("a", "approve", {"solved": "yes"})),
    (SIGN, RESULT, ("a", "approve", {"solved": "yes"}), ("a", "rate", {"score": "5"})),
    (SIGN, WORK, RESULT, ("a", "approve", {"solved": "yes"}), ("a", "rate", {"score": "4"})),
    (SIGN, RESULT, ("a", "approve", {"solved": "no"}), ("a", "rate", {"score": "2", "text": "问题又出现了。"})),
    (SIGN, WORK, RESULT, ("a", "approve", {"solved": "yes"}), ("a", "ask_rating", {})),
    (SIGN, WORK, RESULT, ("a", "approve", {"solved": "yes"}), ("a", "archive", {})),
)  # fmt: skip


def fill_desk(library: Library, *, seed: int, at: dt.datetime) -> int:
    """Fill the desk of a demo with tasks in all states; return how many, none where there are some already."""
    desk = open_desk(library.home)
    with desk.connect() as connection:
        if connection.execute(select(func.count()).select_from(tasks)).scalar_one():
            return 0
    figures, chance = _figures(library), random.Random(seed)  # noqa: S311 - a demo
    by = [demo_subject(desk, role) for role in (LEADER, ANALYST)]
    of_region(desk, province().code)
    places = {o.region_code: o for o in all_organisations(desk) if o.department is None}
    for number in range(N if figures else 0):
        figure = figures[number % len(figures)]
        # What is of the demo's prefecture is its own, so that its demo person finds something to do.
        code = DEMO_REGION if figure.region_code.startswith(DEMO_REGION[:4]) else figure.region_code
        start = at - dt.timedelta(days=chance.uniform(0, 30) if number % 3 else chance.uniform(0, 2))
        made = _Made(
            library, f"demo-{number:06d}", by[number % 4 == 3], places.get(code) or places[DEMO_REGION]
        )
        task = made.assigned(figure, chance.choice(URGENCIES), start)
        for who, action, given in WAYS[number % len(WAYS)]:
            start = min(start + dt.timedelta(hours=chance.choice((1, 3, 6, 20, 30, 50))), at)
            if action == "ask_delay" and made.longest(task) <= max(task.result_due, start):
                break  # days off take up the whole extension
            task = made.after(task, who, action, given, start)
    with writing(desk) as connection:  # nobody is told of what is made up
        connection.execute(update(outbox).values(cancelled_at=at))
    return N if figures else 0


@dataclass(frozen=True)
class _Made:
    """Makes one task of the demo: who assigns it, and to which organisation."""

    library: Library
    name: str
    by: Subject
    place: Organisation

    def assigned(self, figure: Figure, urgency: str, at: dt.datetime) -> Task:
        order = Order(
            figure.title, f"{figure.sentence}\n{figure.asks}", full_name(self.place), urgency, figure.kind, figure.channel,
            figure.topic, self.place.region_code, is_synthetic=True, evidence=evidence_for(self.library, figure, self.by.title),
        )  # fmt: skip
        desk, terms = open_desk(self.library.home), terms_of(self.library.home)
        return assign(desk, order, by=self.by, command_id=self.name, at=at, terms=terms)

    def longest(self, task: Task) -> dt.datetime:
        return longest_delay(terms_of(self.library.home), task)

    def after(self, task: Task, who: str, action: str, given: dict[str, str], at: dt.datetime) -> Task:
        desk, terms = open_desk(self.library.home), terms_of(self.library.home)
        if action == "ask_delay":
            given = {**given, "until": self.longest(task).isoformat()}
        name = demo_account(DEPARTMENT), f"演示{ROLES[DEPARTMENT].title}"
        handler = Subject(*name, DEPARTMENT, self.place.name, organisation_id=self.place.id)
        asked = {
            "by": handler if who == "h" else self.by,
            "command_id": f"{self.name}-{task.seq}",
            "seq": task.seq,
            "at": at,
        }
        return act(desk, task.id, action, given, **asked, terms=terms)


def _figures(library: Library) -> list[Figure]:
    """Return what tasks are made of, in turn of the demo's prefecture and of elsewhere: issues, warnings, letters, policies."""
    own: list[Figure] = []
    others: list[Figure] = []
    for name, table, key, n in (
        ("issue", "hot_issues", "issue_id", 12),
        ("warning", "warnings", "warning_id", 6),
        ("letter", "letters", "letter_id", 20),
        ("document", "cascades", "origin_id", 3),
    ):
        if library.version_of(table) < 0:
            continue
        regions = [] if table == "cascades" else ["region_code"]
        rows = library.read(table, [key, *regions]).sort_values(key)
        is_own = (
            rows["region_code"].fillna("").str.startswith(DEMO_REGION[:4]) if regions else rows[key] != ""
        )
        for found, part in ((own, rows[is_own]), (others, rows[~is_own])):
            found += [figure_of(library, {name: str(one)}) for one in part[key].head(n)]
    mixed = [sorted(found, key=lambda figure: crc32(figure.query.encode())) for found in (others, own)]
    return [figure for pair in zip(*mixed, strict=False) for figure in pair]
