"""One list of dependencies, told three times: pyproject.toml, environment.yml, requirements.lock."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DECLARED = sorted([*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]])


def name_of(requirement: str) -> str:
    return re.split(r"[<>=!~\[ ;]", requirement, maxsplit=1)[0].lower().replace(".", "-")


def test_conda_environment_names_the_same_dependencies() -> None:
    listed = YAML(typ="safe").load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    from_pip = next(entry["pip"] for entry in listed if isinstance(entry, dict))
    plain = [entry for entry in listed if isinstance(entry, str) and name_of(entry) not in ("python", "pip")]
    assert sorted([*plain, *from_pip]) == DECLARED
    assert f"python{PROJECT['requires-python']}" in listed


def test_dependencies_are_in_order() -> None:
    assert PROJECT["dependencies"] == sorted(PROJECT["dependencies"], key=name_of)


def test_lock_pins_every_dependency_with_hashes_and_without_addresses() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.findall(
        r"^([\w.-]+)==([^ ;\\]+)(?:[^\n]*)((?:\n    --hash=sha256:\w+(?: \\)?)+)", lock, re.MULTILINE
    )
    pinned = {name_of(name) for name, _, _ in entries}
    assert {name_of(d) for d in DECLARED} <= pinned
    assert len(entries) == len(re.findall(r"^[\w.-]+==", lock, re.MULTILINE)), "an entry has no hashes"
    assert not re.search(r"https?://|--(?:extra-)?index-url|@ ", lock)


@pytest.mark.parametrize("name", [name_of(d) for d in PROJECT["dependencies"]])
def test_dependency_is_used(name: str) -> None:
    """What nothing imports is removed; those used by other means say so here."""
    other_use = {
        "jupyterlab": "make lab",
        "nbclient": "notebooks are executed in tests",
        "markdown-it-py": "markdown_it",
        "python-calamine": "python_calamine",
        "pillow": "PIL",
        "ruamel-yaml": "ruamel",
        "zarr": "where xarray keeps cubes on disk",
        "python-docx": "docx",
        "argon2-cffi": "argon2",
        "psycopg": "named by the URL of a desk in PostgreSQL",
    }
    module = other_use.get(name, name).replace("-", "_")
    if " " in module:
        return
    sources = [*ROOT.glob("lib/**/*.py"), *ROOT.glob("apps/*.py"), *ROOT.glob("notebooks/*.ipynb")]
    pattern = re.compile(rf"(?:import|from) {re.escape(module)}\b")
    assert any(pattern.search(path.read_text(encoding="utf-8")) for path in sources), f"{name} is not used"
