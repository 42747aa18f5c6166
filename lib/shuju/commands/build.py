"""``shuju build``: what analyses count over is brought up to the library."""

from __future__ import annotations

import typer

from shuju.commands.opening import compute_on, existing
from shuju.commands.options import Home, Scheduler
from shuju.commands.terminal import console


def add_to(app: typer.Typer) -> None:
    """Add it to ``shuju``."""
    app.command()(build)


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

    compute_on(scheduler)
    library = existing(home)
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
