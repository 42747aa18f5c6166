"""The command ``shuju``.

Long, since every command is a short function here; what it does lies elsewhere.
"""

from __future__ import annotations

import errno
import json
import re
import socket
import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from shuju.account_commands import add_to as add_account_commands
from shuju.backup.commands import add_to as add_backup_commands
from shuju.desk_commands import add_to as add_desk_commands

app = typer.Typer(
    help="数聚：全省政府网站统一信息资源库的分析工作台。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
quarantine_app = typer.Typer(help="隔离区：未能入库的数据及其原因。", no_args_is_help=True)
app.add_typer(quarantine_app, name="quarantine")

source_app = typer.Typer(help="数据来源。", no_args_is_help=True)
app.add_typer(source_app, name="source")

pack_app = typer.Typer(help="一省的数据包：行政区划、边界、乡镇、部门。", no_args_is_help=True)
app.add_typer(pack_app, name="pack")

train_app = typer.Typer(help="用已标注的数据训练模型。", no_args_is_help=True)
app.add_typer(train_app, name="train")
add_account_commands(app)
add_backup_commands(app)
add_desk_commands(app)

Home = Annotated[
    str | None, typer.Option("--home", help="资源库的位置；默认取环境变量 SHUJU_HOME，再默认 ~/.shuju")
]
CatalogFile = Annotated[
    list[Path] | None, typer.Option("--catalog", help="另加的目录文件（YAML），可多次给出")
]

Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        envvar="SHUJU_SCHEDULER",
        help="在这个 Dask 集群上计算，如 tcp://host:8786；不给时在本机",
    ),
]


class Log(StrEnum):
    """How the server writes its log."""

    PLAIN = "plain"
    JSON = "json"


PREPARED_WITH = 2_000  # records: enough to need every kernel of ingest and build

console = Console(stderr=True)
out = Console(width=None if sys.stdout.isatty() else 160)  # a pipe has no width: numbers stay whole


def main() -> None:
    """Run the command; what a user can mend is told in one message, without a traceback."""
    from shuju.catalog import CatalogError
    from shuju.engine import EngineError
    from shuju.keys import KeyFileError
    from shuju.library import LibraryError
    from shuju.standard import PackError

    try:
        app()
    except (CatalogError, EngineError, KeyFileError, LibraryError, PackError) as error:
        console.print(f"[bold red]错误[/]：{error}", highlight=False, soft_wrap=True)
        sys.exit(2)
    except KeyboardInterrupt:
        console.print("已中断；资源库完好，重新运行同一命令即可接着做。")
        sys.exit(130)


def _open(home: str | None, catalogs: list[Path] | None = None):
    from shuju.library import open_library

    return open_library(home, *(catalogs or ()))


def _compute_on(scheduler: str | None) -> None:
    """Have all passes run on the cluster, if one is named, and tell where that is seen."""
    from shuju.engine import use

    if told := use(scheduler):
        console.print(told, highlight=False, soft_wrap=True)


@app.command()
def check(
    catalog: CatalogFile = None,
    write_docs: Annotated[
        bool,
        typer.Option(
            "--write-docs", help="重新生成 docs/data-dictionary.md 与 docs/methods/tasks.md 中的状态图"
        ),
    ] = False,
    sample: Annotated[
        Path | None, typer.Option("--sample", help="读这个文件的前 1,000 行，列出每个字段会成为什么；不入库")
    ] = None,
    source: Annotated[str | None, typer.Option("--source", help="用哪个来源读 --sample 的文件")] = None,
) -> None:
    """检查目录文件（来源与表）；有误时逐条给出文件、行号与列号。"""
    from shuju import catalog as catalogs
    from shuju.data_dictionary import dictionary_path, render
    from shuju.desk.tasks.transitions import docs_path, in_docs

    found = catalogs.read(*(catalog or ()))
    if write_docs:
        dictionary_path().write_text(render(catalogs.read()), encoding="utf-8")
        docs_path().write_text(in_docs(docs_path().read_text(encoding="utf-8")), encoding="utf-8")
        console.print(f"已写 {dictionary_path()}、{docs_path()}")
    console.print(f"目录正确：{len(found.tables)} 张表，{len(found.sources)} 个来源。")
    if sample is not None:
        own = [name for path in catalog or () for name in catalogs.source_names(path)]
        _print_samples(found, [source] if source else own or list(found.sources), sample, source is not None)


def _print_samples(found, sources: list[str], path: Path, is_told: bool) -> None:
    from shuju.library import LibraryError
    from shuju.library.sampling import sample_file

    samples = []
    for name in sources:
        try:
            samples += sample_file(found, name, path)
        except LibraryError:
            if is_told or not path.is_file():
                raise
    if not samples:
        raise LibraryError(
            f"{path.name}：没有来源收这样的文件；请用 --source 写明来源，或用 shuju source new 起草一个"
        )
    for sample in samples:
        if sample.failure:
            console.print(f"[red]{sample.source}[/]：{sample.failure}", highlight=False, soft_wrap=True)
            continue
        table = Table(title=f"{sample.source} → {sample.table}：前 {sample.n_rows:,} 行")
        for title in ("字段", "中文名", "取自", "有值", "留空标记", "例"):
            table.add_column(
                title, justify="right" if title in ("有值", "留空标记") else "left", overflow="fold"
            )
        for row in sample.fields:
            examples = "｜".join(row.examples).replace("[", r"\[")
            table.add_row(row.field, row.title, row.raw, f"{row.n_filled:,}", f"{row.n_flagged:,}", examples)
        out.print(table)
        for reason, n in sorted(sample.rejected.items(), key=lambda one: -one[1]):
            out.print(f"将隔离 {n:,} 行：{reason}", highlight=False, soft_wrap=True)
    if all(sample.failure for sample in samples):
        sys.exit(1)


@source_app.command("new")
def source_new(
    files: Annotated[list[Path], typer.Argument(help="一个来源的文件或文件夹")],
    name: Annotated[str, typer.Option("--name", help="来源名：小写字母、数字、下划线")] = "new_source",
    to: Annotated[Path | None, typer.Option("--out", help="写到哪个目录文件；不给时显示出来")] = None,
) -> None:
    """为没见过的文件起草目录条目：读法、列名行、各字段取自哪里；由人核对后使用。"""
    from shuju import catalog as catalogs
    from shuju.library import LibraryError
    from shuju.library.draft_yaml import as_yaml
    from shuju.library.drafting import draft_source

    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise LibraryError(f"来源名 {name!r} 应由小写字母、数字、下划线组成，以字母开头")
    if to is not None and to.exists():
        raise LibraryError(f"{to} 已存在；请换一个文件名")
    draft = draft_source(catalogs.read(), name, files)
    place = files[0] if files[0].is_dir() else files[0].parent
    text = as_yaml(draft, place.resolve())
    if to is None:
        out.print(text, highlight=False, markup=False, soft_wrap=True, end="")
        return
    to.write_text(text, encoding="utf-8")
    found = catalogs.read(to)
    console.print(
        f"已写 {to}：{draft.table} 表，映射 {len(draft.fields)} 个字段，{len(draft.unused)} 个没有用到。"
    )
    for note in draft.notes:
        console.print(f"· {note}", highlight=False, markup=False, soft_wrap=True)
    if files[0].is_file():
        _print_samples(found, [name], files[0], True)


@app.command()
def ingest(
    source: Annotated[str, typer.Argument(help="目录中的来源名")],
    location: Annotated[
        str | None, typer.Argument(help="来源所在的文件夹或文件；不给时用目录中的 location")
    ] = None,
    home: Home = None,
    catalog: CatalogFile = None,
    scheduler: Scheduler = None,
    release: Annotated[
        bool, typer.Option("--release", help="与以往不同而暂不入库的文件（目录中写有 hold），这次也入库")
    ] = False,
) -> None:
    """把一个来源汇聚入库；已入库且未改变的文件不再读取。"""
    from shuju.library.ingest import ingest as run
    from shuju.progress import ingest_progress

    _compute_on(scheduler)
    library = _open(home, catalog)
    with ingest_progress(console) as progress:
        report = run(library, source, location, progress=progress, release=release)
    _print_report(report)
    if not report.n_files + report.n_unchanged:
        patterns = "、".join(dict.fromkeys(entry.files or "*" for entry in library.source(source).inputs))
        place = location or library.location_of(source)
        console.print(
            f"[yellow]没有找到文件[/]：{place} 中没有符合 {patterns} 的文件。"
            f"请核对文件夹，或目录中来源 {source} 的 files。",
            highlight=False,
            soft_wrap=True,
        )
    if report.failures:
        for failure in report.failures:
            console.print(f"[red]未能读取[/]：{failure}", highlight=False, soft_wrap=True)
        sys.exit(1)


def _print_report(report) -> None:
    table = Table(title=f"入库批次 {report.run_id}")
    for name in ("表", "读入", "新入库", "修订", "合并", "隔离"):
        table.add_column(name, justify="left" if name == "表" else "right")
    for name, t in report.tallies.items():
        numbers = (t.n_read, t.n_stored, t.n_revised, t.n_merged, t.n_quarantined)
        table.add_row(name, *(f"{n:,}" for n in numbers))
    console.print(table)
    console.print(f"读取文件 {report.n_files:,} 个，未改变而跳过 {report.n_unchanged:,} 个。")
    for said in report.warnings:
        console.print(f"[yellow]与以往不同[/]：{said}", highlight=False, soft_wrap=True)
    for said in report.held:
        console.print(f"[yellow]暂不入库[/]：{said}", highlight=False, soft_wrap=True)
    if report.held:
        console.print("核对无误后，用 shuju ingest … --release 入库。")


@app.command()
def status(
    home: Home = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """资源库现状：每张表的行数、台账是否相符、隔离区的原因。"""
    from shuju.library.status import status as state_of

    library = _open(home)
    state = state_of(library)
    if as_json:
        out.print_json(json.dumps(state, ensure_ascii=False))
        return
    table = Table(title=f"资源库 {state['home']}")
    for name in ("表", "现行", "读入", "新入库", "修订", "合并", "隔离", "台账", "最新"):
        table.add_column(name, justify="left" if name in ("表", "台账", "最新") else "right", no_wrap=True)
    for t in state["tables"]:
        numbers = (
            t["n_current"],
            t["n_read"],
            t["n_stored"],
            t["n_revised"],
            t["n_merged"],
            t["n_quarantined"],
        )
        balanced = "[green]相符[/]" if t["balanced"] else "[bold red]不符[/]"
        table.add_row(t["title"], *(f"{n:,}" for n in numbers), balanced, (t["newest"] or "—")[:16])
    out.print(table)
    for entry in state["quarantine"]["by_reason"][:20]:
        out.print(f"隔离 {entry['n']:>8,}  {entry['table']}：{entry['reason']}", highlight=False)
    for entry in state["sealing"]:
        for n, how in ((entry["n_plain_rows"], "未加密"), (entry["n_older_rows"], "仍用旧密钥加密")):
            if n:
                out.print(f"{how} {n:>8,} 行  {entry['table']}；请运行 shuju key seal", highlight=False)
    for entry in state["warnings"]:
        how = "暂不入库" if entry["held"] else "与以往不同"
        for said in entry["said"]:
            out.print(f"{how} {entry['source']} {entry['path']}：{said}", highlight=False, soft_wrap=True)
    if not state["balanced"]:
        sys.exit(1)


Source = Annotated[str | None, typer.Option("--source", help="只看一个来源")]
Reason = Annotated[str | None, typer.Option("--reason", help="原因中含有的文字")]


@quarantine_app.command("list")
def quarantine_list(
    home: Home = None,
    source: Source = None,
    reason: Reason = None,
    limit: Annotated[int, typer.Option("--limit", help="最多列出多少条")] = 50,
) -> None:
    """列出待处理的数据。"""
    from shuju.library.quarantine import waiting

    rows = waiting(_open(home), source, reason)
    table = Table(title=f"隔离区待处理 {len(rows):,} 条")
    for name in ("编号", "来源", "文件", "行", "表", "原因"):
        table.add_column(name, overflow="fold")
    for row in rows.head(limit).itertuples():
        table.add_row(
            row.quarantine_id, row.source, row.path, f"{row.row_number:,}", row.table_name, row.reason
        )
    out.print(table)
    if len(rows) > limit:
        console.print(f"只列出前 {limit:,} 条；用 --limit 看更多。")


@quarantine_app.command("show")
def quarantine_show(number: Annotated[str, typer.Argument(help="隔离编号")], home: Home = None) -> None:
    """显示一条数据的原因与原始内容（已脱敏）。"""
    from shuju.library import LibraryError
    from shuju.library.quarantine import shown

    library = _open(home)
    row = library.get("quarantine", number)
    if row is None:
        raise LibraryError(f"隔离区没有编号 {number!r}；用 shuju quarantine list 查看编号")
    row["raw"] = shown(library, row)
    for name in ("source", "path", "row_number", "table_name", "reason", "state", "quarantined_at", "raw"):
        out.print(f"{name:>15}  {row[name]}", highlight=False, markup=False, soft_wrap=True)


@quarantine_app.command("retry")
def quarantine_retry(
    home: Home = None,
    source: Source = None,
    reason: Reason = None,
    location: Annotated[
        str | None, typer.Option("--location", help="来源文件所在的文件夹；目录中没有写明时用，对照表在其中")
    ] = None,
    catalog: CatalogFile = None,
) -> None:
    """按现在的目录再次入库；通过的从隔离区移出。"""
    from shuju.library.quarantine import retry, waiting

    library = _open(home, catalog)
    for name, t in retry(library, source, reason, location).items():
        console.print(f"{name}：新入库 {t.n_stored:,}，修订 {t.n_revised:,}，合并 {t.n_merged:,}")
    console.print(f"隔离区还有 {len(waiting(library, source, reason)):,} 条待处理。")


@app.command()
def build(home: Home = None, scheduler: Scheduler = None) -> None:
    """由资源库生成分析用的派生数据（事实表等）；只处理新增部分。"""
    from shuju.desk.corrections import corrections
    from shuju.desk.issue_decisions import standing_decisions
    from shuju.desk.store import open_desk
    from shuju.fulltext.build import build_search
    from shuju.letters.build import build_letters
    from shuju.library.compaction import compact
    from shuju.records import facts as records
    from shuju.spread.build import build_spread

    _compute_on(scheduler)
    library = _open(home)
    with console.status("合并小文件…"):
        gone = sum(compact(library.stored(name)) for name in library.catalog.tables)
    if gone:
        console.print(f"已合并 {gone:,} 个小文件。")
    with console.status("生成网页信息事实表…"):
        facts = records.build(library)
    console.print(f"网页信息事实表：{facts.n:,} 条，第 {facts.version} 版。")
    with console.status("来信…") as shown:
        desk = open_desk(library.home)
        told = corrections(desk)
        topics = dict(zip(told["letter_id"], told["topic_1"], strict=True))
        built = build_letters(
            library, lambda step: shown.update(f"{step}…"), topics, standing_decisions(desk)
        )
    console.print(f"来信事实表：{built.n_letters:,} 封，第 {built.facts_version} 版。")
    unchanged = "" if built.is_new else "（来信没有变化，未重算）"
    console.print(f"热点诉求：{built.n_issues:,} 件；预警：{built.n_warnings:,} 条{unchanged}。")
    with console.status("传播…") as shown:
        spread = build_spread(library, lambda step: shown.update(f"{step}…"))
    unchanged = "" if spread.is_new else "（网页信息没有变化，未重算）"
    console.print(f"传播：{spread.n_documents:,} 件原文，{spread.n_reprints:,} 条转载{unchanged}。")
    with console.status("全文索引…") as shown:
        indexed = build_search(library, lambda step: shown.update(f"{step}…"))
    library.home.built.touch()
    console.print("全文索引：" + "，".join(f"{title} {n:,}" for title, n in indexed.items()) + "。")


@app.command()
def prepare() -> None:
    """安装之后编译一次计算内核，以后各命令不必再等；在临时文件夹中建一个很小的演示省份来编译。"""
    from tempfile import TemporaryDirectory

    from shuju.demo.run import run_demo

    with TemporaryDirectory() as folder:
        run_demo(Path(folder) / "home", records=PREPARED_WITH, seed=1, workers=1, console=console)
        build(home=str(Path(folder) / "home"))
    console.print("计算内核已编译。")


@train_app.command("topics")
def train_topics(
    labelled: Annotated[
        list[Path],
        typer.Option("--labelled", help="已标注的来信（CSV、XLSX、Parquet），可多次给出，例如加上复核的结果"),
    ],
    to: Annotated[Path, typer.Option("--out", help="模型写到哪里")] = Path("topics.npz"),
) -> None:
    """训练一级主题模型：列为 留言主题、留言详情、一级标签（或 title、body、topic_1），可有 权重（weight）。"""
    import pandas as pd

    from shuju.text.labelled import read_labelled
    from shuju.text.topic_training import train
    from shuju.text.topics import save

    try:
        letters = pd.concat([read_labelled(path) for path in labelled], ignore_index=True)
        with console.status(f"用 {len(letters):,} 封来信训练，五折交叉验证…"):
            model = train(letters["title"], letters["body"], letters["topic_1"], weights=letters["weight"])
        save(model, to)
    except (ValueError, OSError) as error:
        console.print(f"[bold red]错误[/]：{error}", highlight=False, soft_wrap=True)
        sys.exit(2)
    card = model.card
    table = Table(title=f"一级主题模型 {to}")
    table.add_column("项目")
    table.add_column("值", justify="right")
    for name, value in (
        ("来信", f"{int(card['letters']):,} 封"),
        ("主题", "、".join(model.topics)),
        ("宏平均 F1（交叉验证）", f"{card['macro_f1']:.4f}"),
        ("准确率（交叉验证）", f"{card['accuracy']:.4f}"),
        ("校准误差", f"{card['calibration_error']:.4f}"),
        ("低于此置信度即不给主题", f"{card['unsure_below']:.2f}"),
        ("给出主题的来信，其中判对", f"{card['answered']:.0%}，{card['right']:.1%}"),
    ):
        table.add_row(name, value)
    out.print(table)


@app.command()
def review(
    to: Annotated[Path, typer.Option("--out", help="复核清单写到哪里（XLSX）")] = Path("复核.xlsx"),
    limit: Annotated[int, typer.Option("--limit", help="最多多少封")] = 200,
    home: Home = None,
) -> None:
    """导出主题存疑的来信供人复核（页面上已更正的列在最前）；填好一级标签后交给 shuju train topics。"""
    from shuju.desk.corrections import corrections
    from shuju.desk.store import open_desk
    from shuju.letters.review import review_list, write_review_list

    library = _open(home)
    told = corrections(open_desk(library.home))
    rows = review_list(library, limit, dict(zip(told["letter_id"], told["topic_1"], strict=True)))
    if rows.empty:
        console.print("没有主题存疑或已更正的来信。")
        return
    write_review_list(rows, to)
    console.print(f"已写 {to}：{len(rows):,} 封。填好“一级标签”后：shuju train topics --labelled {to}")


@app.command()
def watch(
    sources: Annotated[
        list[str] | None, typer.Argument(help="来源名；不给时为目录中所有写明位置的来源")
    ] = None,
    home: Home = None,
    catalog: CatalogFile = None,
    poll_seconds: Annotated[
        float, typer.Option("--poll-seconds", help="数据库与网络来源多少秒问一次")
    ] = 60.0,
) -> None:
    """持续汇聚：文件放入即入库，数据库按水位增量入库；按 Ctrl+C 结束。"""
    from shuju.library import LibraryError
    from shuju.library.watch import watch as follow

    library = _open(home, catalog)
    names = sources or [n for n, s in library.catalog.sources.items() if s.location is not None]
    if not names:
        raise LibraryError("目录中没有写明位置（location）的来源；请在命令后给出来源名")
    console.print(f"正在跟随 {'、'.join(names)}；按 Ctrl+C 结束。")

    def tell(name: str, report) -> None:
        for table, t in report.tallies.items():
            console.print(f"{name} → {table}：读入 {t.n_read:,}，新入库 {t.n_stored:,}，修订 {t.n_revised:,}")

    follow(
        library,
        names,
        poll_seconds=poll_seconds,
        on_report=tell,
        on_error=lambda name, error: console.print(f"[red]{name}[/]：{error}", highlight=False),
    )


# Of other services: Chromium, Firefox and Safari open no page there (https://fetch.spec.whatwg.org/#port-blocking).
REFUSED_PORTS = frozenset(
    {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, *range(6665, 6670), 6679, 6697, 10080}
)
Port = Annotated[int, typer.Option("--port", help="端口", min=1, max=65535)]


def _check_port(address: str, port: int) -> None:
    """End with a message where pages cannot be served or seen there: before anything long has been done."""
    if port in REFUSED_PORTS:
        told = "浏览器一律拒绝打开（ERR_UNSAFE_PORT）；请用 --port 换一个，例如 5006"
        console.print(f"[bold red]错误[/]：端口 {port} {told}", highlight=False, soft_wrap=True)
        sys.exit(2)
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
            console.print(f"[bold red]错误[/]：{address}:{port} {reason}", highlight=False, soft_wrap=True)
            sys.exit(2)


@app.command()
def serve(
    *,
    home: Home = None,
    port: Port = 5006,
    address: Annotated[str, typer.Option("--address", help="监听地址；默认只有本机可访问")] = "127.0.0.1",
    origin: Annotated[
        list[str] | None, typer.Option("--origin", help="允许访问的主机名:端口，可多次给出")
    ] = None,
    threads: Annotated[int, typer.Option("--threads", help="处理会话的线程数")] = 4,
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
    from shuju.serve.processes import serve_together
    from shuju.serve.server import serve as run

    _check_port(address, port)
    with console.status("正在打开资源库…"):
        _open(home)
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


@pack_app.command("build")
def pack_build(
    folder: Annotated[Path, typer.Argument(help="写到这个空文件夹")],
    counties: Annotated[
        Path, typer.Option("--counties", help="县市区边界，GeoJSON，属性 adcode 或 code 为代码")
    ],
    codes: Annotated[
        Path,
        typer.Option("--codes", help="行政区划代码表，CSV：code、name，可有 population_2020、old_code 等"),
    ],
    towns: Annotated[
        Path | None, typer.Option("--towns", help="乡镇街道代码表，CSV：code（九位）、name")
    ] = None,
    departments: Annotated[
        Path | None,
        typer.Option("--departments", help="部门表，CSV：code、name，可有 short_name、topic_1（一级主题）"),
    ] = None,
    system: Annotated[
        str, typer.Option("--system", help="坐标系：wgs84（WGS-84、CGCS2000）或 gcj02（高德、腾讯）")
    ] = "wgs84",
    tolerance: Annotated[float, typer.Option("--tolerance", help="边界化简的程度，度")] = 0.002,
) -> None:
    """由县市区边界与代码表制作一省的数据包；再在目录中写 province: 这个文件夹。"""
    from shuju.standard.pack_building import build_pack

    n = build_pack(folder, counties, codes, towns, departments, system=system, tolerance=tolerance)
    console.print(
        f"已写成 {folder}：{n['prefecture']} 个市州，{n['county']} 个县市区，{n['town']:,} 个乡镇街道，"
        f"{n['department']} 个部门。节假日照国务院的安排。",
        highlight=False,
    )
    if not n["department"]:
        console.print(
            "没有给出部门表（--departments）：应转规则按部门的条目不起作用，部门以代码显示；"
            f"也可稍后写 {folder / 'departments.csv'}。",
            highlight=False,
        )


def _day(text: str | None) -> date | None:
    """Return the day that ``text`` tells; one that lies ahead is refused."""
    from shuju.clock import today

    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter(f"{text!r} 不是日期，应如 2025-12-31") from None
    if day and not date(2019, 1, 1) <= day <= today():
        raise typer.BadParameter(f"{text}：只能是 2019-01-01 至今天的某一日")
    return day


@app.command()
def demo(
    records: Annotated[int, typer.Option("--records", help="网页信息条数，可写作 20_700_000")] = 200_000,
    home: Annotated[Path, typer.Option("--home", help="放在哪里")] = Path("home/demo"),
    *,
    seed: Annotated[int, typer.Option("--seed", help="随机种子；相同则逐字节相同")] = 1,
    port: Port = 5006,
    until: Annotated[
        str | None, typer.Option("--until", help="数据止于哪一日，如 2025-12-31；不写则为昨天")
    ] = None,
    province: Annotated[
        str | None, typer.Option("--province", help="省级行政区划代码，取随附的数据包")
    ] = None,
    pack: Annotated[Path | None, typer.Option("--pack", help="shuju pack build 制作的数据包文件夹")] = None,
    workers: Annotated[int, typer.Option("--workers", help="生成数据的进程数")] = 2,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="只生成与入库，不打开页面")] = False,
    scheduler: Scheduler = None,
) -> None:
    """生成一个演示省份（演示数据），按真实系统的原始格式写出、入库，并打开页面。"""
    from shuju.clock import now
    from shuju.demo.desk import fill_desk
    from shuju.demo.run import choose_province, run_demo

    if not no_serve:
        _check_port("127.0.0.1", port)
    if province and pack:
        raise typer.BadParameter("--province 与 --pack 只能写一个")
    choose_province(home, province, pack)
    _compute_on(scheduler)
    run_demo(home, records=records, seed=seed, until=_day(until), workers=workers, console=console)
    if not no_serve:
        build(home=str(home))
        fill_desk(_open(str(home)), seed=seed, at=now())
        serve(home=str(home), port=port)
