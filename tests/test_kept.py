"""What is kept: of each question the newest state, of the questions the last few."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from shuju.kept import Kept


def test_a_newer_state_takes_the_place_of_the_older() -> None:
    kept: Kept[str] = Kept(3)
    kept.put("letters", 1, "old")
    assert kept.get("letters", 1) == "old"
    kept.put("letters", 2, "new")
    assert (kept.get("letters", 1), kept.get("letters", 2), len(kept)) == (None, "new", 1)
    kept.clear()
    assert (kept.get("letters", 2), len(kept)) == (None, 0)


def test_what_was_asked_last_stays() -> None:
    kept: Kept[int] = Kept(2)
    for question in "ab":
        kept.put(question, 0, ord(question))
    assert kept.get("a", 0) == ord("a")
    kept.put("c", 0, ord("c"))
    assert [kept.get(question, 0) for question in "abc"] == [ord("a"), None, ord("c")]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=60))
def test_an_answer_is_never_of_another_question_or_state(asked: list[tuple[int, int]]) -> None:
    kept: Kept[tuple[int, int]] = Kept(3)
    for question, state in asked:
        assert kept.get(question, state) in (None, (question, state))
        kept.put(question, state, (question, state))
        assert kept.get(question, state) == (question, state)
        assert len(kept) <= 3


def test_threads_share_it() -> None:
    kept: Kept[int] = Kept(10)

    def work(seed: int) -> bool:
        told = []
        for number in range(500):
            question = (seed + number) % 17
            made = kept.get(question, number % 3)
            told.append(made in (None, question * 10 + number % 3))
            kept.put(question, number % 3, question * 10 + number % 3)
        return all(told)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(4)))
    assert len(kept) == 10
