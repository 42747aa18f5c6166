"""Hot issues under other thresholds: as issues are made where nothing is changed, fewer and purer where it is stricter, and earlier days."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from shuju.letters.heat import heat
from shuju.letters.issues import find_issues
from shuju.letters.same_matter import THRESHOLD
from shuju.letters.scored import scored
from shuju.whatif import WhatIfError, investigate
from shuju.whatif.exploration import Exploration
from shuju.whatif.gathering import GATHERING, MOST_LETTERS, SURE, Gathered, doubt, notes, read_pairs, run
from tests.letters.conftest import Letters, letter
from tests.letters.conftest import letters as made
from tests.letters.test_issues import BUS, OTHERS, PLANT, letters

made_letters = made  # the fixture under another name: ``letters`` are texts here


def gathered(frame) -> Gathered:
    known = scored(frame)
    return Gathered(
        known, np.unique(known.letters["writer_id"].astype(str), return_inverse=True)[1], len(frame)
    )


@pytest.fixture(scope="module")
def two_matters() -> Gathered:
    return gathered(letters())


def test_nothing_changed_gives_the_issues_that_there_are(two_matters: Gathered) -> None:
    issues, members = find_issues(letters())
    found = run(two_matters)
    assert float(found["issues"]) == len(issues) == 2
    hot = members[members["issue_id"].isin(issues["issue_id"])]
    assert float(found["gathered"]) == pytest.approx(len(hot) / len(letters()))
    assert float(found["largest"]) == hot.groupby("issue_id").size().max()
    assert found["by_voices"].to_numpy()[:3].tolist() == [2, 2, 2]


@pytest.mark.parametrize(
    ("changed", "n"),
    [({"voices": 5}, 1), ({"voices": 4}, 2), ({"sure": 94}, 0), ({"heat_floor": 80}, 0), ({"weeks_back": 2}, 1), ({"weeks_back": 52}, 0)],
)  # fmt: skip
def test_what_each_parameter_does(two_matters: Gathered, changed: dict[str, int], n: int) -> None:
    found = run(two_matters, **changed)
    assert float(found["issues"]) <= n if "sure" in changed else float(found["issues"]) == n


def test_a_later_letter_is_not_known_on_an_earlier_day() -> None:
    """What a day saw is what there would be, had nothing come since."""
    whole, day = letters(), letters()["written_at"].max() - np.timedelta64(14, "D")
    past = gathered(whole[whole["written_at"] <= day])
    then, back = run(past), run(gathered(whole), weeks_back=2)
    for name in ("issues", "gathered", "largest"):
        assert float(then[name]) == float(back[name])


def test_one_who_writes_thrice_is_one_voice() -> None:
    thrice = letters((*PLANT[:3], *OTHERS), writer_id=["w"] * 3 + [f"o{n}" for n in range(len(OTHERS))])
    assert float(run(gathered(thrice))["issues"]) == 0
    assert float(run(gathered(letters((*PLANT[:3], *OTHERS))))["issues"]) == 1


def test_heat_is_that_of_the_list(two_matters: Gathered) -> None:
    issues, members = find_issues(letters())
    floor = int(np.floor(issues["heat"].max() / 5) * 5)
    assert float(run(two_matters, heat_floor=floor)["issues"]) == (issues["heat"] >= floor).sum()
    assert heat(members, members["written_at"].max()).shape[0] >= len(issues)


def test_purity_is_looked_up_between_what_was_measured() -> None:
    """Stricter is purer and keeps less, within what few pairs can tell."""
    at = [read_pairs(level, 3) for level in (-1.2, 0.0, THRESHOLD, 2.0)]
    assert [one["recall"] for one in at] == sorted((one["recall"] for one in at), reverse=True)
    assert at[0]["purity"] < at[1]["purity"] < at[2]["purity"] <= 1
    assert np.isnan(read_pairs(9, 3)["purity"])
    assert np.isnan(read_pairs(0, 99)["purity"])
    middle = read_pairs(0.1, 3)["purity"]
    assert read_pairs(0.0, 3)["purity"] <= middle <= read_pairs(0.2, 3)["purity"]


def test_what_it_rests_on_is_told(two_matters: Gathered) -> None:
    told, table = doubt(two_matters)
    assert "两人读过的真实来信" in "".join(told)
    assert {"24%", "69%"} & set(table["归集把握"]) or len(table) >= 4
    assert SURE == 69


def test_over_a_library(made_letters: Letters) -> None:
    rows = [
        letter(n, id=f"l{n}", writer=f"w{n}", title=text, body=text) for n, text in enumerate((*PLANT, *BUS))
    ]
    few = made_letters.add(*rows)
    from shuju.letters.facts import selection

    with pytest.raises(WhatIfError, match="只有 9 封"):
        investigate("gathering", selection(few))
    more = [
        letter(100 + n, id=f"o{n}", writer=f"v{n}", title=f"{text}{n}", body=f"{text}第{n}次")
        for n, text in enumerate(OTHERS * 4)
    ]
    found = investigate("gathering", selection(made_letters.add(*more)))
    assert float(found.run()["issues"]) >= 2
    assert found.scenario("严", sure=90).parameters == {"sure": 90}


def test_voices_are_swept(two_matters: Gathered) -> None:
    asked = Exploration(partial(run, two_matters), {p.name: p for p in GATHERING.parameters})
    for name in ("voices", "sure", "heat_floor", "weeks_back"):
        assert len(asked.sweep(name)["issues"]) == len(asked.parameter(name).values(21))


def test_a_day_whose_letters_are_not_gathered_is_not_known(two_matters: Gathered) -> None:
    """Of very many letters only the newest are gathered: that few older ones are left does not say that there was nothing."""
    present = {p.name: p.default for p in GATHERING.parameters}
    cut = replace(two_matters, n_all=MOST_LETTERS + 1)
    assert float(run(cut)["issues"]) == float(run(two_matters)["issues"])
    assert notes(cut, present) == notes(two_matters, present | {"weeks_back": 52}) == []
    found = run(cut, weeks_back=52)
    assert all(np.isnan(float(found[name])) for name in ("issues", "alive", "gathered", "largest"))
    assert np.isnan(found["by_voices"]).all()
    assert "说不出那天会看到什么" in notes(cut, present | {"weeks_back": 52})[0]
    assert "为“未知”" in notes(two_matters, present | {"sure": 94, "voices": 5})[0]
