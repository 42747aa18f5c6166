"""Notebooks in JupyterLab: all cells run, cards appear, and what is used on one card changes the others."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from shuju.library import Library
from tests.browser.conftest import library_of_letters, running, watched
from tests.pages.conftest import free_port
from tests.pages.issue_library import issue_library
from tests.spread.spread_library import spread_library

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
FIGURES = ".kpi .value"


@dataclass(frozen=True)
class Case:
    """A notebook over a library: after a click on ``control`` what stands ``at`` (the nth of its kind) is another."""

    library: str
    control: str
    before: str
    after: str
    at: str = FIGURES
    nth: int = 0


CASES = {
    "letters": Case("letters", 'button.row[data-value="教育文体"]', "40封", "10封"),
    "own_page": Case("letters", 'button[data-do="clear"]', "0封", "40封"),
    "panorama": Case("letters", 'button.row[data-value="news"]', "36条", "20条"),
    "issues": Case("issues", 'button.row[data-value="430100"]', "3条", "1条", nth=3),
    "issue": Case(
        "issues", 'button[data-do="take-out"]', "相关的诉求", "已作的判定", at='[data-slot^="hot_issues.decisions"]'
    ),
    "spread": Case("spread", 'button.row[data-value="notice"]', "2份", "1份"),
    "document": Case(
        "spread", 'button.copy[data-value="a2"]', "一字不差", "保留原文 99%", at='[data-slot^="cascades.compare"]'
    ),
}  # fmt: skip
# What a failure must tell: whether the click reached the card, which JupyterLab may be moving.
CLICKS = """() => {
  window.clicks = []
  document.addEventListener("click", event => window.clicks.push(event.composedPath()[0].outerHTML.slice(0, 200)), true)
}"""


@dataclass
class Lab:
    """A JupyterLab with the notebooks in a folder for each library, and a kernel for all notebooks of a folder."""

    base: str
    kernels: dict[str, str] = field(default_factory=dict)

    def address(self, library: str, name: str) -> str:
        """Return the address of a notebook, which the kernel of its library runs: only the first has to wait for what is imported."""
        path = f"{library}/{name}.ipynb"
        known = self.kernels.get(library)
        told = {
            "path": path,
            "name": name,
            "type": "notebook",
            "kernel": {"id": known} if known else {"name": library},
        }
        answer = httpx.post(
            f"{self.base}/api/sessions", json=told, headers={"Authorization": "token t"}, timeout=60
        )
        self.kernels[library] = answer.raise_for_status().json()["kernel"]["id"]
        return f"{self.base}/lab/tree/{path}?token=t&reset"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, province: Library) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    small = {"letters": library_of_letters, "issues": issue_library, "spread": spread_library}
    homes = {name: make(folder / name).home.uri for name, make in small.items()}
    for name, home in {**homes, "province": province.home.uri}.items():
        shutil.copytree(NOTEBOOKS, folder / "notebooks" / name)
        kernel = {
            "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"], "display_name": name,
            "language": "python", "env": {"SHUJU_HOME": home},
        }  # fmt: skip
        (folder / "share" / "kernels" / name).mkdir(parents=True)
        (folder / "share" / "kernels" / name / "kernel.json").write_text(json.dumps(kernel))
    port = free_port()
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--IdentityProvider.token=t",
        "--ServerApp.use_redirect_file=False", f"--notebook-dir={folder / 'notebooks'}", "--LabApp.news_url=",
    ]  # fmt: skip
    env = {**os.environ, "JUPYTER_PATH": str(folder / "share"), "JUPYTER_CONFIG_DIR": str(folder / "config")}
    base = f"http://127.0.0.1:{port}"
    with (
        (folder / "lab.log").open("w") as log,
        running(command, f"{base}/api?token=t", env=env, stdout=log, stderr=log),
    ):
        yield Lab(base)


@pytest.fixture
def window(browser: Browser, errors: list[str], request: pytest.FixtureRequest) -> Iterator[Page]:
    yield from watched(browser, errors, 1500, 6000)
    harmless = ["Failed to load resource"]
    if "own_page" in request.node.name:
        # What an answer makes anew asks for Panel's style sheets before the hook can put them in; it shows without them.
        harmless.append("https://cdn.holoviz.org/panel/")
    assert not [text for text in errors if not any(told in text for told in harmless)]


def run_all(window: Page, address: str) -> None:
    """Open a notebook and run all its cells."""
    window.goto(address)
    expect(window.locator(".jp-Notebook .jp-Cell").first).to_be_visible(timeout=90_000)
    # Cells that are run before their kernel answers are dropped by JupyterLab without a word.
    expect(window.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=90_000)
    window.locator(".lm-MenuBar-itemLabel", has_text="Run").click()
    window.get_by_text("Run All Cells", exact=True).click()


def ended(window: Page) -> None:
    """Wait until every cell has been run, without an error."""
    expect(window.locator(".jp-Notebook")).not_to_contain_text("Traceback")
    # The kernel is idle between two cells, too; a cell that waits or runs has a star.
    expect(window.locator(".jp-InputPrompt", has_text="[*]")).to_have_count(0, timeout=240_000)


@pytest.mark.parametrize("name", CASES)
def test_cards_live_in_jupyterlab(lab: Lab, window: Page, name: str) -> None:
    case = CASES[name]
    run_all(window, lab.address(case.library, name))
    shown = window.locator(case.at).nth(case.nth)
    told = expect(shown).to_have_text if case.at == FIGURES else expect(shown).to_contain_text
    told(case.before, timeout=180_000)
    ended(window)
    button = window.locator(case.control).first
    expect(button).to_be_visible(timeout=60_000)
    window.evaluate(CLICKS)
    button.click()
    try:
        told(case.after, timeout=60_000)
    except AssertionError as error:
        raise AssertionError(f"clicked on {window.evaluate('window.clicks')}; {error}") from error


def test_an_own_function_is_explored_in_jupyterlab(lab: Lab, window: Page) -> None:
    """The sliders of ``explore`` show, a value that is set is computed, and a scenario is kept beside the present."""
    run_all(window, lab.address("province", "_own_what_if"))
    keep = window.locator("button", has_text="留下这个情景").first
    expect(keep).to_be_visible(timeout=180_000)
    ended(window)
    slider = window.get_by_role("slider").first
    keep.scroll_into_view_if_needed()
    slider.focus()
    for _ in range(5):
        slider.press("ArrowRight")
    kept = window.get_by_text("情景1").first
    for _ in range(6):  # a view shows before its kernel hears it: what is clicked in that moment is lost
        keep.click()
        with suppress(AssertionError):
            expect(kept).to_be_visible(timeout=10_000)
            break
    expect(kept).to_be_visible()
    expect(window.locator(".jp-Notebook")).not_to_contain_text("Traceback")


@pytest.mark.parametrize("name", ["whatif_letters", "whatif_spread", "whatif_warnings", "whatif_issues"])
def test_levers_of_what_if_move_in_jupyterlab(lab: Lab, window: Page, name: str) -> None:
    run_all(window, lab.address("province", name))
    lever = window.locator(".levers input[type=range]").first
    expect(lever).to_be_visible(timeout=180_000)
    ended(window)
    expect(window.locator(".lever.is-set")).to_have_count(0)
    lever.scroll_into_view_if_needed()
    lever.focus()
    lever.press("ArrowRight")
    expect(window.locator(".lever.is-set").first).to_be_visible(timeout=60_000)
