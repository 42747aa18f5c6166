"""The table of transitions: whole, reachable, drawn in the docs as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from shuju.desk.tasks import transitions
from shuju.desk.tasks.transitions import diagram, table, written


@pytest.fixture(autouse=True)
def database() -> None:
    """No database here."""


def test_every_state_can_be_reached_and_left_for_an_end() -> None:
    steps = {(t.state, t.to) for t in table().transitions.values()}
    reached, ends = {"to_sign", "draft"}, {"archived", "merged", "void"}
    for _ in table().states:
        reached |= {to for state, to in steps if state in reached}
    assert reached == set(table().states)
    led = set(ends)
    for _ in table().states:
        led |= {state for state, to in steps if to in led}
    assert led == set(table().states)
    assert {state for state, _ in steps if state in ends} == set()


def test_no_action_stands_nowhere() -> None:
    used = {action for _, action in table().transitions}
    assert used == set(table().actions)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("to: nowhere", "to 中的 'nowhere'"),
        ("who: [stranger]", "who 中的 'stranger'"),
        ("do: dance", "do 中的 'dance'"),
        ("gives: [gold]", "gives 中的 'gold'"),
        ("from: [to_sign, to_sign]", "写了两次"),
    ],
)
def test_a_table_that_is_wrong_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str, told: str
) -> None:
    name = wrong.partition(":")[0]
    row = {"from": "to_sign", "do": "sign", "who": "[handler]", "to": "working", "gives": "[]", "tells": "[]"}
    row[name] = wrong.partition(": ")[2]
    text = transitions.PLACE.read_text(encoding="utf-8").partition("transitions:\n")[0]
    place = tmp_path / "transitions.yaml"
    place.write_text(
        f"{text}transitions:\n  - {{{', '.join(f'{k}: {v}' for k, v in row.items())}}}\n", encoding="utf-8"
    )
    monkeypatch.setattr(transitions, "PLACE", place)
    with pytest.raises(ValueError, match=told):
        table.__wrapped__()


def test_the_docs_hold_the_diagram_and_the_table() -> None:
    text = transitions.docs_path().read_text(encoding="utf-8")
    assert transitions.in_docs(text) == text, "call shuju check --write-docs"
    assert diagram() in text
    assert written() in text
