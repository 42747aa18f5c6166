"""What one's page says when nothing changed is said of what its reader sees alone."""

from __future__ import annotations

import datetime as dt

import pytest

from shuju.access import Subject, entered
from shuju.clock import now
from shuju.library import open_library
from shuju.pages.mine.my_page import my_page
from tests.letters.conftest import Letters, letter, letters

__all__ = ["letters"]

ROLES = {"leader": "没有新的热点与预警，各地各主题来信与平常相当", "operator": "没有需要您看的变化"}


@pytest.mark.parametrize("role", ["operator", "analyst", "department"])
def test_files_to_be_looked_at_are_told_to_those_who_run_the_library(
    role: str, letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters.add(letter(1, department="NULL"))
    monkeypatch.setenv("SHUJU_HOME", letters.library.home.uri)
    monkeypatch.setenv("SHUJU_CATALOG", str(letters.folder / "catalog.yaml"))
    with entered(Subject("jia", "甲", role, regions=("430100",))):
        html = my_page(open_library(), {})
    assert ("近 7 天入库的文件中有 1 个请核对" in html) == (role != "department")


@pytest.mark.parametrize(("role", "told"), ROLES.items(), ids=ROLES)
def test_nobody_is_told_of_letters_that_they_do_not_see(
    role: str, told: str, letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters.add(*[letter(n, time=f"{now() - dt.timedelta(days=1):%Y-%m-%d} 10:00") for n in range(5)])
    monkeypatch.setenv("SHUJU_HOME", letters.library.home.uri)
    monkeypatch.setenv("SHUJU_CATALOG", str(letters.folder / "catalog.yaml"))
    by = Subject("jia", "甲", role)
    with entered(by):
        html = my_page(open_library(), {})
    other = next(one for name, one in ROLES.items() if name != role)
    assert told in html
    assert other not in html
