"""``shuju key``: the file of keys, and what is sealed with them."""

from __future__ import annotations

import typer

from shuju.commands.opening import desk_of, operator
from shuju.commands.options import Home
from shuju.commands.terminal import Told, console

key_app = typer.Typer(help="密钥文件。", no_args_is_help=True, cls=Told)


def add_to(app: typer.Typer) -> None:
    """Add them to ``shuju``."""
    app.add_typer(key_app, name="key")


@key_app.command("rotate")
def key_rotate() -> None:
    """增加一个密钥，此后新加密的都用它；旧的仍留着，用来解开以前的。"""
    from shuju.keys import key_place, rotate

    console.print(f"{key_place()} 中新增密钥 {rotate()}；请备份这个文件，与资源库分开存放。")
    console.print("已加密的内容仍用旧密钥，照常可读；运行 shuju key seal 改用新密钥。")


@key_app.command("seal")
def key_seal(home: Home = None) -> None:
    """把未加密的、仍用旧密钥加密的个人信息，改用最新的密钥加密；中断后再运行即可接着做。"""
    from shuju.desk import trail
    from shuju.library import open_library
    from shuju.library.sealing import seal_library

    library = open_library(home)
    n = seal_library(library)
    trail.note(desk_of(home), "change", "sealed columns", {"rows": n}, n, account=operator())
    console.print(f"已重新加密 {n:,} 行；此前的数据文件已删除。" if n else "没有要重新加密的行。")
