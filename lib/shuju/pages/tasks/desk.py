"""``/desk``: what is to be done, what one watches, what one's organisation has; filtered by the address, done to several at once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from urllib.parse import urlencode

from shuju.access import NotAllowedError
from shuju.access.roles import ASSIGN, HANDLE
from shuju.clock import now
from shuju.desk.messages.calendar_feed import feed_name
from shuju.desk.organisations import full_name
from shuju.desk.store import open_desk
from shuju.desk.tasks.commands import NoTaskError, act, get
from shuju.desk.tasks.counted import FIGURES
from shuju.desk.tasks.listing import VIEWS, Wanted, list_tasks, organisations_with_tasks, tally
from shuju.desk.tasks.record import LIGHTS
from shuju.desk.tasks.transitions import find, table
from shuju.desk.terms import KINDS, URGENCY
from shuju.desk.terms_reading import terms_of
from shuju.desk.trail import note
from shuju.library import Library
from shuju.pages.tasks.assigning import who_asks
from shuju.pages.tasks.figures import due_in_words
from shuju.standard import code_list, regions
from shuju.ui.templates import render

ROWS = 50
MOST_AT_ONCE = 200
MOST_DIGITS = 12
# What can be done to several tasks at once: by the handler, and by who assigned them.
AT_ONCE = (("sign",), ("urge", "issue", "approve_delay", "escalate", "archive"))
FILTERS = (
    "state",
    "light",
    "topic",
    "region",
    "organisation",
    "urgency",
    "kind",
    "figure",
    "since",
    "until",
    "words",
)


def desk_html(library: Library, query: Mapping[str, str]) -> str:
    """Return the page as HTML."""
    desk, at, by = open_desk(library.home), now(), who_asks()
    view = query.get("view", "") if query.get("view", "") in VIEWS else "mine"
    asked = {name: query.get(name, "").strip()[:100] for name in FILTERS}
    text = query.get("page", "")
    page = max(int(text), 1) if text.isdecimal() and len(text) < 7 else 1
    rows, n = list_tasks(desk, by, Wanted(view, **asked), at=at, n=ROWS, first=ROWS * (page - 1))
    chosen = {name: value for name, value in asked.items() if value}
    views = {name: title if by.may(HANDLE) or name != "all" else "全部任务" for name, title in VIEWS.items()}
    return render(
        "tasks/desk.html", rows=rows, n=n, page=page, size=ROWS, view=view, views=views, asked=asked, chosen=chosen, at=at,
        counts={name: tally(desk, by, name, at=at) for name in VIEWS}, lights=LIGHTS, states=table().states, urgencies=URGENCY,
        kinds=KINDS, topics=code_list("topics").names, regions=regions(), due_in_words=due_in_words, told=query.get("told", "")[:300],
        at_once=[(name, table().actions[name]) for name in AT_ONCE[0 if by.may(HANDLE) else 1]], batch=str(uuid.uuid4()),
        feed=feed_name(desk, by), has_fast=by.may(ASSIGN), figure=FIGURES.get(asked["figure"], ("",))[0],
        organisations=[(str(one.id), full_name(one)) for one in organisations_with_tasks(desk, by)],
        address=lambda **changes: f"desk?{urlencode({k: v for k, v in {'view': view, **chosen, **changes}.items() if v})}",
    )  # fmt: skip


def receive_several(library: Library, form: Mapping[str, str]) -> str:
    """Do one thing to several tasks, each as it was seen; return the address of the list, with what became of it.

    Raises:
        ValueError: nothing was chosen, or it is not among what can be done to several at once.
    """
    desk, at, by = open_desk(library.home), now(), who_asks()
    do, chosen = form.get("do", ""), [part for part in form.get("chosen", "").split(",") if part]
    if do not in {name for names in AT_ONCE for name in names}:
        raise ValueError("没有这项批量操作")
    if not 0 < len(chosen) <= MOST_AT_ONCE:
        raise ValueError(f"请选择 1 至 {MOST_AT_ONCE} 件任务")
    note(desk, "task", f"{len(chosen)} 件", {"do": do, "chosen": ",".join(chosen)[:1000]}, len(chosen))
    n_done, refused = 0, []
    for part in chosen:
        number, _, seq = part.partition(".")
        if not all(text.isdecimal() and len(text) < MOST_DIGITS for text in (number, seq)):
            raise ValueError("任务编号不对")
        try:
            task, _ = get(desk, int(number), by)
            if find(task.state, do) is None:
                raise ValueError(f"“{task.state_title}”不能{table().actions[do]}")
            command_id = f"{form.get('batch', '')[:40]}-{number}"
            act(
                desk,
                int(number),
                do,
                by=by,
                command_id=command_id,
                seq=int(seq),
                at=at,
                terms=terms_of(library.home),
            )
            n_done += 1
        except (ValueError, NotAllowedError) as error:
            if isinstance(error, NoTaskError | NotAllowedError):
                note(desk, "refused", f"task:{int(number)}", {"why": str(error), "do": do}, 0)
            refused.append(f"{number}号：{error}")
    told = f"{table().actions[do]} {n_done} 件" + (
        f"；{len(refused)} 件没有执行（{'；'.join(refused[:3])}）" if refused else ""
    )
    return f"desk?{urlencode({'view': form.get('view', 'mine'), 'told': told})}"
