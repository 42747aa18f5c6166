"""The table of what may become of a task (``desk/transitions.yaml``), read, checked and drawn."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

PLACE = Path(__file__).parents[1] / "transitions.yaml"
STAYS, OPEN = "=", "open"
BEGIN, END = "<!-- transitions -->", "<!-- end of transitions -->"
# What begins and what takes back is no transition between states of the table.
ASSIGN, UNDO, TAKE_IN, RECOUNT = "assign", "undo", "take_in", "recount"
BEGINNINGS = {ASSIGN: "交办", UNDO: "撤销", TAKE_IN: "并入", RECOUNT: "按新日历重算期限"}


@dataclass(frozen=True)
class State:
    """A state of a task: ``clock`` is the term that runs in it (sign, result), that it rests, or none."""

    name: str
    title: str
    clock: str
    is_open: bool


@dataclass(frozen=True)
class Transition:
    """One line of the table for one state; ``gives`` must be given, ``tells`` are told of it."""

    state: str
    action: str
    who: tuple[str, ...]
    to: str
    gives: tuple[str, ...]
    tells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """The whole table: states, names of actions, of parts and of what is given, and each transition by state and action."""

    states: Mapping[str, State]
    actions: Mapping[str, str]
    can_undo: frozenset[str]
    parts: Mapping[str, str]
    given: Mapping[str, str]
    transitions: Mapping[tuple[str, str], Transition]


@cache
def table() -> Table:
    """Return the table.

    Raises:
        ValueError: it names a state, an action, a part or something given that it does not define, or one transition twice.
    """
    told = YAML(typ="safe").load(PLACE.read_text(encoding="utf-8"))
    states = {name: State(name, s["name"], s["clock"], s["open"]) for name, s in told["states"].items()}
    actions = {name: a["name"] for name, a in told["actions"].items()}
    undone = frozenset(name for name, a in told["actions"].items() if a["undo"])
    found: dict[tuple[str, str], Transition] = {}
    for row in told["transitions"]:
        known = {
            "do": ([row["do"]], actions),
            "who": (row["who"], told["parts"]),
            "gives": (row["gives"], told["given"]),
        }
        known |= {"tells": (row["tells"], told["parts"]), "to": ([row["to"]], [*states, STAYS])}
        known["from"] = (froms := _states(row["from"], states)), states
        for column, (names, defined) in known.items():
            if wrong := [name for name in names if name not in defined]:
                raise ValueError(f"{PLACE.name}：{column} 中的 {wrong[0]!r} 没有定义")
        for state in froms:
            if (state, row["do"]) in found:
                raise ValueError(f"{PLACE.name}：{state} 的 {row['do']} 写了两次")
            to = state if row["to"] == STAYS else row["to"]
            lists = (tuple(row[column]) for column in ("gives", "tells"))
            found[state, row["do"]] = Transition(state, row["do"], tuple(row["who"]), to, *lists)
    return Table(states, actions, undone, told["parts"], told["given"], found)


def find(state: str, action: str) -> Transition | None:
    """Return what an action does in a state, None if it cannot be done there."""
    return table().transitions.get((state, action))


def choices(state: str, parts: Collection[str]) -> list[Transition]:
    """Return what somebody with these parts in a task may do in a state, in the order of the table."""
    return [t for t in table().transitions.values() if t.state == state and set(t.who) & set(parts)]


def title_of(action: str) -> str:
    """Return an action's Chinese name."""
    return BEGINNINGS.get(action) or table().actions[action]


def diagram() -> str:
    """Return the table as a state diagram of Mermaid; actions that leave a state as it is are left to the table below it."""
    whole = table()
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{state.title}" as {name}' for name, state in whole.states.items()]
    lines += ["    [*] --> to_sign: 交办", "    [*] --> draft: 存为拟办"]
    between: dict[tuple[str, str], list[str]] = {}
    for t in whole.transitions.values():
        if t.to != t.state or t.action == "reassign":
            between.setdefault((t.state, t.to), []).append(whole.actions[t.action])
    lines += [f"    {a} --> {b}: {'、'.join(names)}" for (a, b), names in between.items()]
    lines += [f"    {name} --> [*]" for name in ("archived", "merged", "void")]
    return "\n".join(lines) + "\n"


def written() -> str:
    """Return the table as a table of Markdown, a line for each state and action."""
    whole = table()
    lines = ["| 状态 | 操作 | 谁 | 之后 | 须给出 | 通知 |", "|---|---|---|---|---|---|"]
    for t in whole.transitions.values():
        cells = [
            whole.states[t.state].title, whole.actions[t.action], _named(t.who, whole.parts),
            "不变" if t.to == t.state else whole.states[t.to].title, _named(t.gives, whole.given), _named(t.tells, whole.parts),
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def docs_path() -> Path:
    """Return where the diagram and the table stand in the docs of a checkout."""
    return Path(__file__).parents[4] / "docs" / "methods" / "tasks.md"


def in_docs(text: str) -> str:
    """Return the page of the docs with diagram and table as they are now, between their marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, behind = rest.partition(END)
    return f"{before}{BEGIN}\n```mermaid\n{diagram()}```\n\n{written()}{END}{behind}"


def _states(told: str | list[str], states: Mapping[str, State]) -> list[str]:
    every = [name for name, state in states.items() if state.is_open]
    return [
        name
        for one in ([told] if isinstance(told, str) else told)
        for name in (every if one == OPEN else [one])
    ]


def _named(names: Collection[str], titles: Mapping[str, str]) -> str:
    return "、".join(titles[name] for name in names) or "—"
