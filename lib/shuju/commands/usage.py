"""What is said where a command is written wrongly: in Chinese, as everything else; Typer says it in English."""

from __future__ import annotations

import re
from typing import Any

import typer

UsageError: Any = typer.BadParameter.__base__  # Typer has its own, and names it nowhere else
# What Typer, or pydantic behind it, says of a value that is none, and what it means.
VALUES = (
    (r"Input should be less than or equal to (\S+)", r"不能大于 \1"),
    (r"Input should be greater than or equal to (\S+)", r"不能小于 \1"),
    (r"Input should be a valid integer.*", "应为整数"),
    (r"Input should be a valid number.*", "应为数"),
    (r"Value error, '.*' is not one of '(.*)'\.", r"只能是 '\1'"),
    (r"\w+ '(.*)' does not exist\.", r"没有 \1"),
    (r"\w+ '(.*)' is a directory\.", r"\1 是文件夹"),
    (r"\w+ '(.*)' is a file\.", r"\1 不是文件夹"),
)
COMMANDS = (
    (r"Got unexpected extra arguments? ?(?:\(s\) )?\((.*)\)", r"多出的参数：\1"),
    (r"Option '(.*)' requires an? .*", r"选项 \1 后要写它的值"),
    (r"Option '(.*)' does not take a value\.", r"选项 \1 后不写值"),
    (r"Missing command\.", "没有写是哪个命令"),
)


def told(error: Any) -> str:
    """Return in Chinese what a usage error of Typer says, and where the usage is told."""
    command = error.ctx.command_path if error.ctx is not None else "shuju"
    return f"{_why(error).rstrip('。；')}；用法见 {command} --help。"


def is_help(error: Any) -> bool:
    """Whether it is the help of a command that was given without arguments, which has shown itself."""
    return type(error).__name__ == "NoArgsIsHelpError"


def _why(error: Any) -> str:
    match type(error).__name__:
        case "MissingParameter":
            return f"缺少{_name(error)}"
        case "BadParameter":
            return f"{_name(error)}：{_said(error.message, VALUES)}"
        case "NoSuchOption":
            near = "、".join(error.possibilities or ())
            return f"没有选项 {error.option_name}" + (f"，是否想用 {near}" if near else "")
    unknown = re.match(r"No such command '(.*?)'", error.message)
    if unknown and error.ctx is not None:
        from shuju.catalog import did_you_mean

        return did_you_mean("命令", unknown[1], getattr(error.ctx.command, "commands", ()))
    return _said(error.message, COMMANDS)


def _name(error: Any) -> str:
    parameter = error.param
    if parameter is None:
        return "参数"
    is_option = parameter.param_type_name == "option"
    return f"选项 {parameter.opts[0]}" if is_option else f"参数 {parameter.name}"


def _said(message: str, meanings: tuple[tuple[str, str], ...]) -> str:
    """Return what a message means; one that is ours is Chinese already."""
    for pattern, meaning in meanings:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return found.expand(meaning)
    return message
