"""The command ``shuju``; what each command does is in ``shuju.commands``, by its name."""

from __future__ import annotations

import sys

import typer

from shuju.commands import (
    alerts,
    audit,
    backup,
    build,
    check,
    demo,
    desk,
    ingest,
    key,
    pack,
    prepare,
    quarantine,
    review,
    role,
    serve,
    session,
    source,
    status,
    train,
    user,
    watch,
)
from shuju.commands.help_words import speak_chinese
from shuju.commands.terminal import console, reason, tell_error
from shuju.commands.usage import UsageError, is_help, told

INTERRUPTED = 130  # what Typer makes of Ctrl+C

speak_chinese()

app = typer.Typer(
    help="数聚：全省政府网站统一信息资源库的分析工作台。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
# In the order in which --help lists them.
for _command in (
    quarantine, source, pack, train, user, role, session, audit, key, desk, alerts,
    backup, check, ingest, status, build, prepare, review, watch, serve, demo,
):  # fmt: skip
    _command.add_to(app)


def main() -> None:
    """Run the command; what a user can mend is told in one message, without a traceback."""
    try:
        code = app(prog_name="shuju", standalone_mode=False)
    except UsageError as error:
        if is_help(error):
            sys.exit(error.exit_code)
        tell_error(told(error))
    except Exception as error:
        if why := reason(error):
            tell_error(why)
        raise
    if code == INTERRUPTED:
        console.print("已中断；资源库完好，重新运行同一命令即可接着做。")
    sys.exit(code if isinstance(code, int) else 0)
