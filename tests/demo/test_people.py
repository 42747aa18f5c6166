"""Numbers of people and enterprises have right check digits, counted here in another way."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from shuju.demo import people, personal, world
from shuju.demo.chance import seeds_of
from shuju.demo.issues import plan

N = 500


@pytest.fixture(scope="module")
def small():
    return world.build(5, 20_000, date(2025, 12, 31))


def is_identity_number(text: str) -> bool:
    """ISO 7064 MOD 11-2: weighted by powers of two from the right, the sum is 1 modulo 11."""
    values = [10 if c == "X" else int(c) for c in text]
    return sum(v * pow(2, 17 - i, 11) for i, v in enumerate(values)) % 11 == 1


def is_luhn(text: str) -> bool:
    total = 0
    for place, c in enumerate(reversed(text)):
        doubled = int(c) * (1 + place % 2)
        total += doubled - 9 * (doubled > 9)
    return total % 10 == 0


def is_credit_code(text: str) -> bool:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    weighted = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(text[:17]))
    return (weighted + alphabet.index(text[17])) % 31 == 0


def test_identity_numbers(small):
    writers = people.Writers(small, np.arange(N), small.counties[np.arange(N) % 122])
    numbers = writers.id_number.to_pylist()
    assert {len(n) for n in numbers} <= {15, 18}
    for number, female, birth in zip(numbers, writers.is_female, writers.birth, strict=True):
        if len(number) == 18:
            assert is_identity_number(number)
            assert number[6:14] == str(birth)
            assert (int(number[16]) % 2 == 0) == female
        else:
            assert number[6:12] == str(birth)[2:]


@pytest.mark.parametrize(
    ("make", "holds"),
    [
        (people.bank_cards, lambda t: len(t) == 19 and is_luhn(t)),
        (people.mobiles, lambda t: len(t) == 11 and t[0] == "1" and t[1] in "3456789"),
        (people.passports, lambda t: len(t) == 9 and t[0] == "E"),
        (people.plates, lambda t: len(t) == 7 and t[1].isalpha() and t[2:].isdigit()),
        (people.mails, lambda t: t.endswith(".example.com") and "@" in t),
        (people.qqs, lambda t: len(t) == 9 and t[0] != "0"),
    ],
)
def test_numbers_have_their_form(make, holds):
    found = make(seeds_of(1, np.arange(N))).to_pylist()
    assert all(map(holds, found))
    assert len(set(found)) > N * 0.98


def test_credit_codes_are_right_and_distinct(small):
    found = people.credit_codes(small, np.arange(3000)).to_pylist()
    assert all(len(t) == 18 and is_credit_code(t) for t in found)
    assert len(set(found)) == len(found)


def test_decoys_are_no_bank_cards(small):
    letters, _ = plan(small, 2000)
    planted, sentences = personal.sentences(small, letters)
    with_data = set(planted["row"].tolist())
    decoys = [s for n, s in enumerate(sentences.to_pylist()) if s and n not in with_data]
    digits = ["".join(c for c in s if c.isdigit()) for s in decoys]
    assert len(decoys) > 50
    assert not any(len(d) == 19 and is_luhn(d) for d in digits)


@pytest.mark.parametrize("count", [0, 1])
def test_empty_and_single_batches(small, count):
    letters, _ = plan(small, 1000)
    few = letters.take(np.arange(count))
    planted, sentences = personal.sentences(small, few)
    assert len(sentences) == count
    assert len(planted["text"]) == len(planted["row"]) <= count
