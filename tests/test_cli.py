"""What the command says where something is not as it should be: where, what, and how to mend it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shuju.cli import app
from tests.conftest import PAGES_CATALOG


@pytest.fixture
def place(tmp_path: Path) -> list[str]:
    """Options of a library whose sources have empty folders."""
    (tmp_path / "catalog.yaml").write_text(PAGES_CATALOG, encoding="utf-8")
    for name in ("sites", "pages", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "other" / "readme.txt").write_text("x", encoding="utf-8")
    return ["--home", str(tmp_path / "home"), "--catalog", str(tmp_path / "catalog.yaml")]


@pytest.mark.parametrize("folder", ["", "other"], ids=["of the catalog, empty", "given, other files"])
def test_ingest_of_a_folder_without_such_files_says_so(place: list[str], tmp_path: Path, folder: str) -> None:
    given = [str(tmp_path / folder)] if folder else []
    done = CliRunner().invoke(app, ["ingest", "test_pages", *given, *place])
    assert done.exit_code == 0
    for text in ("没有找到文件", str(tmp_path / (folder or "pages")), "*.json*", "test_pages"):
        assert text in done.output


def test_ingest_of_a_folder_that_is_not_there_fails(place: list[str], tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["ingest", "test_pages", str(tmp_path / "gone"), *place])
    assert done.exit_code != 0
    assert "没有找到文件" not in done.output


@pytest.mark.parametrize("command", [["serve"], ["demo", "--records", "1000"]])
def test_a_port_in_use_is_told_before_anything_is_done(tmp_path: Path, command: list[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        home = tmp_path / "home"
        done = CliRunner().invoke(app, [*command, "--home", str(home), "--port", str(port)])
    assert done.exit_code == 2
    assert f"127.0.0.1:{port} 已被占用；请用 --port 换一个" in done.output
    assert not home.exists()


@pytest.mark.parametrize("port", ["0", "70000", "x"])
def test_an_impossible_port_is_refused(tmp_path: Path, port: str) -> None:
    done = CliRunner().invoke(app, ["serve", "--home", str(tmp_path), "--port", port])
    assert done.exit_code == 2


def test_an_address_that_is_not_this_machines_is_told(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["serve", "--home", str(tmp_path), "--address", "192.0.2.1"])
    assert done.exit_code == 2
    assert "192.0.2.1:5006 不能使用" in done.output


WRONG_OF_THE_TRAIL = {
    # what is asked: what is told
    "close --until soon --out {to}": "'soon' 不是日期，应如 2026-01-01",
    "close --until 2999-01-01 --out {to}": "审计日志至少保留",
    "verify --heads {to}/gone": "没有这个文件或文件夹",
    "export --out {to}/gone/trail.jsonl": "没有这个文件或文件夹",
}


@pytest.mark.parametrize(("asked", "told"), WRONG_OF_THE_TRAIL.items())
def test_what_is_wrong_about_the_trail_is_told_in_one_message(tmp_path: Path, asked: str, told: str) -> None:
    done = CliRunner().invoke(
        app, ["audit", *asked.format(to=tmp_path).split(), "--home", str(tmp_path / "home")]
    )
    assert done.exit_code == 2
    assert told in done.output
    assert done.output.count("\n") == 1


def test_sealing_nothing_says_so(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["key", "seal", "--home", str(tmp_path / "home")])
    assert "没有要重新加密的行" in done.output


@pytest.mark.parametrize("port", ["5060", "5061", "6667", "10080"])
def test_a_port_that_no_browser_opens_is_refused_before_anything_long(tmp_path: Path, port: str) -> None:
    done = CliRunner().invoke(app, ["serve", "--home", str(tmp_path / "home"), "--port", port])
    assert done.exit_code == 2
    assert f"端口 {port} 浏览器一律拒绝打开" in done.output
    assert "--port" in done.output
    assert not (tmp_path / "home").exists()
