"""What the command says where something is not as it should be: where, what, and how to mend it."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shuju.cli import app, main
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


# What is written: what is told, and what it is of.
WRITTEN_WRONGLY = {
    "ingest": "缺少参数 source；用法见 ",
    "statsu": "没有名为 'statsu' 的命令，是否想用 'status'？",
    "status --jsn": "没有选项 --jsn，是否想用 --json",
    "serve --port 70000": "选项 --port：不能大于 65535",
    "serve --port x": "选项 --port：应为整数",
    "serve --port": "选项 --port 后要写它的值",
    "serve --log xml": "选项 --log：只能是 'plain', 'json'",
    "status here": "多出的参数：here",
    "status --json=1": "选项 --json 后不写值",
    "demo --until soon": "参数：'soon' 不是日期，应如 2025-12-31",
    "user add --name 王": "缺少参数 account",
    "quarantine shwo": "没有名为 'shwo' 的命令，是否想用 'show'？",
}


@pytest.mark.parametrize("written", WRITTEN_WRONGLY)
def test_a_command_written_wrongly_is_told_in_chinese(
    written: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["shuju", *written.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert f"错误：{WRITTEN_WRONGLY[written]}" in said
    assert "--help" in said


def test_a_command_alone_shows_its_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["shuju", "quarantine"])
    with pytest.raises(SystemExit):
        main()
    said = capsys.readouterr()
    assert "隔离区" in said.out + said.err
    assert "错误" not in said.out + said.err


@pytest.mark.parametrize("command", ["", "serve", "source new", "quarantine show", "user add"])
def test_help_is_chinese_and_whole_on_a_narrow_screen(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = CliRunner().invoke(app, [*command.split(), "--help"]).output
    assert "用法：" in said
    assert "…" not in said, "something is cut off"
    for word in ("Usage", "Options", "Arguments", "Commands", "default:", "required", "Show this"):
        assert word not in said


def test_a_home_that_was_not_there_is_told_where_one_is_wanted(tmp_path: Path) -> None:
    gone = str(tmp_path / "hmoe")
    assert "新建资源库" in (said := CliRunner().invoke(app, ["status", "--home", gone]).output)
    assert gone in said
    assert "新建资源库" not in CliRunner().invoke(app, ["status", "--home", gone]).output


def test_a_desk_whose_address_is_none_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for address in ("nonsense", "oracel://user:secret@host/x"):
        monkeypatch.setenv("SHUJU_DESK", address)
        monkeypatch.setattr(sys, "argv", ["shuju", "user", "list", "--home", str(tmp_path)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr().err
        assert ended.value.code == 2
        assert "SHUJU_DESK 不是能用的数据库地址" in said
        assert "secret" not in said


def test_ctrl_c_says_that_the_library_is_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("shuju.library.open_library", interrupt)
    monkeypatch.setattr(sys, "argv", ["shuju", "ingest", "gov_pages", "--home", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    assert "已中断；资源库完好" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("user list --home {to}", "标注与账号的数据库（desk）读写失败：unable to open database file"),
        ("build --home {to}", "标注与账号的数据库（desk）读写失败"),
        ("source new {to}/a.csv --out {to}/gone/a.yaml", "gone/a.yaml：没有这个文件或文件夹"),
        ("audit export --home {to} --out {to}/gone/a", "标注与账号的数据库（desk）读写失败"),
    ],
)
def test_what_a_disk_refuses_is_told_without_a_traceback(
    written: str,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "a.csv").write_text("编号,标题\n1,路灯不亮\n", encoding="utf-8")
    monkeypatch.setenv("SHUJU_DESK", f"sqlite:///{tmp_path}/gone/desk.db")
    monkeypatch.setattr(sys, "argv", ["shuju", *written.format(to=tmp_path).split()])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert told in capsys.readouterr().err
