"""``/whatif``: the investigations there are, each with the questions that it answers; every question is an address."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from shuju.library import Library
from shuju.pages.whatif.saved import saved_html
from shuju.ui.templates import render

# Of each page its questions as a leader asks them, and the address that answers.
QUESTIONS = (
    (
        "whatif_letters", "来信办理推演", "人手、次序、期限、来信多少、派给谁变了，答复会快多少、逾期会少多少",
        (
            ("期限缩短到 10 个工作日，会有多少逾期？", "other_days=10"),
            ("每封办理时间缩短三成，中位数降到几天？", "faster=30"),
            ("来信多两成而人手不变，会积压多少？", "model=at_desks&demand=120&curve=backlog"),
            ("主汛期来信多一半，最多会积压多少？", "model=at_desks&demand=150&season=flood&curve=backlog"),
            ("最慢的部门把三成来信转给最快的，逾期少多少？", "moved=30&routing=quickest"),
            ("要把逾期压到两成以下，每封要快多少？", "goal=20&swept=faster"),
        ),
    ),
    (
        "whatif_spread", "文件到达推演", "门户自动转载、慢的网站改进、发布时刻提前，文件会快多少到达，还缺哪些网站",
        (
            ("市州门户自动转载，24 小时到达率升到多少？", "relay=prefecture_portal"),
            ("市州、县市区门户都自动转载，还缺多少？", "relay=portals&measure=lacking"),
            ("文件提前四小时发布，早到多少？", "earlier=4"),
            ("最慢的二十个网站改进，有多大作用？", "mended=20"),
        ),
    ),
    (
        "whatif_warnings", "预警推演", "换方法、放宽或收紧限额，预警会多多少，突增能找到几成、晚几周",
        (
            ("每周容许多一次误报，能多找到多少？", "budget=2&swept=budget&against=burst&measure=found"),
            ("换成 EARS，每周会多出多少次？", "method=ears_c2"),
            ("每周只多三封的突增，找得到几成？", "burst=3&swept=burst&measure=found"),
        ),
    ),
    (
        "whatif_issues", "热点归集推演", "归集门槛放宽或收紧、几个人算热点，热点会多多少、纯不纯，退回某一天会看到什么",
        (
            ("把握放宽到一半，热点多多少、纯度降多少？", "sure=50&swept=sure&measure=purity"),
            ("五个人才算热点，还剩多少？", "voices=5"),
            ("退回八周前，当时会看到几件？", "weeks_back=8&measure=alive"),
        ),
    ),
)  # fmt: skip


def whatif_html(library: Library, query: Mapping[str, str]) -> str:
    """Return what the page shows: the questions and kept scenarios, or what is asked of one of these."""
    saved = Markup(saved_html(library, query))
    if query.get("keep") or query.get("id"):
        return saved
    return render("whatif/whatif.html", investigations=QUESTIONS, saved=saved)
