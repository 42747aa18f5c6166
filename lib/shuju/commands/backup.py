"""``shuju backup`` and ``shuju restore``."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from shuju.commands.terminal import console


def add_to(app: typer.Typer) -> None:
    """Add it to ``shuju``."""
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(
    folder: Annotated[Path, typer.Argument(help="备份放在这个文件夹，最好在另一块磁盘")],
    home: Annotated[
        str | None, typer.Option("--home", help="资源库的位置；默认取环境变量 SHUJU_HOME，再默认 ~/.shuju")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="把文件夹里已有的也读一遍，损坏的重新复制")] = False,
) -> None:
    """备份资源库、标注与账号、审计日志；服务可以照常运行，已有的文件不重复复制。"""
    from shuju.backup.make import back_up
    from shuju.keys import key_place
    from shuju.library import open_library

    with console.status("正在等候入库告一段落…") as status:
        made = back_up(
            open_library(home), folder, by=f"命令行:{getpass.getuser()}", is_checked=check,
            tell=lambda n, of: status.update(f"正在复制 {n:,} / {of:,} 个文件…"),
        )  # fmt: skip
    held = made.manifest
    console.print(
        f"备份完成：{len(held.files):,} 个文件，{held.n_bytes / 1e6:,.1f} MB；本次复制 {made.n_copied:,} 个，"
        f"{made.n_bytes_copied / 1e6:,.1f} MB。审计日志到第 {held.newest[0]:,} 行。",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    console.print(
        f"密钥文件 {key_place()} 不在备份中：请另行保管一份，与备份分开；没有它，加密内容打不开，审计日志无从核验。",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    _tell_faults(made.faults)


def restore(
    folder: Annotated[Path, typer.Argument(help="备份所在的文件夹")],
    home: Annotated[str, typer.Option("--home", help="恢复到这个空的位置")],
    without_keys: Annotated[
        bool, typer.Option("--without-keys", help="密钥文件确已丢失：只核对文件，不核对封印与审计日志")
    ] = False,
    accept_lost: Annotated[
        bool, typer.Option("--accept-lost", help="审计日志在备份之后的行已经丢失，照此继续并记下")
    ] = False,
) -> None:
    """把备份恢复到一个空的位置，逐个文件核对校验值，再核验台账与审计日志。"""
    from shuju.backup.restore import restore as bring_back

    with console.status("正在核对备份…") as status:
        done = bring_back(
            folder, home, by=f"命令行:{getpass.getuser()}", is_sealed=not without_keys, are_losses_accepted=accept_lost,
            tell=lambda n, of: status.update(f"正在恢复 {n:,} / {of:,} 个文件…"),
        )  # fmt: skip
    held = done.manifest
    console.print(
        f"已恢复 {held.made_at} 的备份：{len(held.files):,} 个文件，{len(held.versions)} 张表，审计日志 {done.n_trail:,} 行。"
        "原有会话全部结束。请运行 shuju build，再 shuju serve。",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    _tell_faults(done.faults)


def _tell_faults(faults: tuple[str, ...]) -> None:
    for fault in faults:
        console.print(f"[bold red]不符[/]：{fault}", highlight=False, soft_wrap=True)
    if faults:
        sys.exit(1)
