"""``shuju serve``: all pages."""

from __future__ import annotations

import errno
import socket
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from shuju.commands.opening import existing
from shuju.commands.options import Home
from shuju.commands.terminal import console, tell_error
from shuju.serve.memory import keep_little

# Of other services: Chromium, Firefox and Safari open no page there (https://fetch.spec.whatwg.org/#port-blocking).
REFUSED_PORTS = frozenset(
    {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, *range(6665, 6670), 6679, 6697, 10080}
)
Port = Annotated[int, typer.Option("--port", help="端口", min=1, max=65535)]


class Log(StrEnum):
    """How the server writes its log."""

    PLAIN = "plain"
    JSON = "json"


def add_to(app: typer.Typer) -> None:
    """Add it to ``shuju``."""
    app.command()(serve)


def serve(
    *,
    home: Home = None,
    port: Port = 5006,
    address: Annotated[str, typer.Option("--address", help="监听地址；默认只有本机可访问")] = "127.0.0.1",
    origin: Annotated[
        list[str] | None, typer.Option("--origin", help="允许访问的主机名:端口，可多次给出")
    ] = None,
    threads: Annotated[int, typer.Option("--threads", min=1, help="处理会话的线程数")] = 4,
    processes: Annotated[
        int, typer.Option("--processes", min=1, help="服务进程数；多人同时打开时可设为处理器核数")
    ] = 1,
    notebooks: Annotated[
        list[Path] | None,
        typer.Option("--notebooks", help="另一个笔记本文件夹，其中每个笔记本也是一页；可多次给出"),
    ] = None,
    behind_proxy: Annotated[
        bool,
        typer.Option(
            "--behind-proxy", help="本机前面有反向代理（TLS 由它终止），从它的报头得知来访地址与协议"
        ),
    ] = False,
    log: Annotated[
        Log, typer.Option("--log", help="运行日志的格式：plain 为文本，json 为每行一条 JSON；均不含个人信息")
    ] = Log.PLAIN,
) -> None:
    """打开各页面：http://localhost:5006。"""
    keep_little()
    from shuju.serve.processes import serve_together
    from shuju.serve.server import serve as run

    check_port(address, port)
    with console.status("正在打开资源库…"):
        existing(home)
    preparing = console.status("正在准备页面…")
    preparing.start()

    def tell() -> None:
        preparing.stop()
        console.print(f"页面在 [bold]http://localhost:{port}[/]；按 Ctrl+C 结束。", highlight=False)

    how = {"threads": threads, "origins": origin, "notebooks": notebooks or [], "behind_proxy": behind_proxy}
    how |= {"log": log.value}
    try:
        if processes > 1:
            serve_together(processes, home, port, address, tell, **how)
        else:
            run(home, port, address, ready=tell, **how)
    finally:
        preparing.stop()


def check_port(address: str, port: int) -> None:
    """End with a message where pages cannot be served or seen there: before anything long has been done."""
    if port in REFUSED_PORTS:
        told = "浏览器一律拒绝打开（ERR_UNSAFE_PORT）；请用 --port 换一个，例如 5006"
        tell_error(f"端口 {port} {told}")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((address, port))
        except OSError as error:
            reason = {
                errno.EADDRINUSE: "已被占用；请用 --port 换一个，或先停掉占用它的程序",
                errno.EACCES: "没有权限使用；1024 以下的端口须由系统管理员打开，请用 --port 换一个",
            }.get(error.errno or 0, f"不能使用（{error.strerror or error}）；请检查 --address 与 --port")
            tell_error(f"{address}:{port} {reason}")
