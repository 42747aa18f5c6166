"""The legend of the map: no number lies in two bands, and none stands there that holds no county."""

from __future__ import annotations

from itertools import pairwise

from shuju.letters.facts import selection
from shuju.letters.region_bands import band_limits, bands_data
from tests.letters.conftest import Letters, letter

COUNTIES = ("430102", "430103", "430104", "430105", "430111", "430121", "430181", "430202", "430211")


def told(letters: Letters, *counts: int) -> list[tuple[str, int]]:
    rows = [
        letter(100 * k + j, place=county)
        for k, (county, n) in enumerate(zip(COUNTIES, counts, strict=False))
        for j in range(n)
    ]
    frame = bands_data(selection(letters.add(*rows)))
    return [(limits, n) for _, limits, n in band_limits(frame)]


def test_whole_numbers_lie_in_one_band(letters: Letters) -> None:
    found = told(letters, 1, 1, 2, 3, 4, 6, 8, 9, 20)
    assert sum(n for _, n in found) == 9
    assert found[-1][0].endswith("20")
    ends = [int(end) for limits, _ in found for end in limits.split(" 至 ")]
    assert ends == sorted(ends)
    assert all(a.split(" 至 ")[-1] != b.split(" 至 ")[0] for (a, _), (b, _) in pairwise(found))


def test_counties_that_are_alike_are_one_band(letters: Letters) -> None:
    assert told(letters, *[1] * 9) == [("1", 9)]
