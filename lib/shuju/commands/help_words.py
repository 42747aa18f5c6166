"""What ``--help`` shows, in Chinese and whole: Typer's headings are English, and a line of Chinese, which has no blanks, it cuts off."""

from __future__ import annotations

from typing import Any

import typer
from rich.text import Text
from typer import rich_utils

HEADINGS = {
    "ARGUMENTS_PANEL_TITLE": "参数",
    "OPTIONS_PANEL_TITLE": "选项",
    "COMMANDS_PANEL_TITLE": "命令",
    "ERRORS_PANEL_TITLE": "错误",
    "DEFAULT_STRING": "［默认 {}］",
    "ENVVAR_STRING": "［环境变量 {}］",
    "REQUIRED_LONG_STRING": "［必填］",
    "DEPRECATED_STRING": "（已停用）",
}
SAID = {"Show this message and exit.": "显示这段说明。"}
_made = rich_utils._make_rich_text
_Context: Any = typer.Context.__base__  # of every command


def speak_chinese() -> None:
    """Have Typer show all help of this process so."""
    for name, heading in HEADINGS.items():
        setattr(rich_utils, name, heading)
    rich_utils._make_rich_text = _whole
    _Context.formatter_class = _Usage


def _whole(*, text: str, **how: Any) -> Any:
    found = _made(text=SAID.get(text, text), **how)
    if isinstance(found, Text):
        found.overflow = "fold"
    return found


class _Usage(_Context.formatter_class):
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, "用法：" if prefix is None else prefix)
