"""Docs that cannot drift: the dictionary is fresh, commands and files that docs name exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from shuju import catalog
from shuju.cli import app
from shuju.data_dictionary import dictionary_path, render

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def test_data_dictionary_is_fresh() -> None:
    assert dictionary_path().read_text(encoding="utf-8") == render(catalog.read()), (
        "call: shuju check --write-docs"
    )


def commands() -> set[str]:
    command = get_command(app)
    names = set()
    for name, found in command.commands.items():
        names.add(name)
        names |= {f"{name} {sub}" for sub in getattr(found, "commands", {})}
    return names


def shuju_calls(text: str) -> list[str]:
    blocks = re.findall(r"```(?:sh|bash|console|shell)\n(.*?)```", text, re.DOTALL)
    return re.findall(r"(?:^|\s|/)shuju ((?:[a-z]+ )?[a-z]+)", "\n".join(blocks))


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_page_names_only_commands_and_files_that_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for call in shuju_calls(text):
        assert call in commands() or call.split()[0] in commands(), f"no command `shuju {call}`"
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (page.parent / target).exists(), f"{target} is not there"
    for target in re.findall(r"`make ([a-z]+)`", text):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("command", sorted(commands()))
def test_command_is_documented(command: str) -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert f"shuju {command}" in text, f"docs/operations.md does not tell of `shuju {command}`"
