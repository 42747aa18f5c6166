"""社情民意专报: a Word briefing on the letters under the filters of their page, as an office sends it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd

from shuju.charts import theme
from shuju.charts.bars import bars_plot
from shuju.charts.printing import png
from shuju.charts.trend import trend_plot
from shuju.facts.naming import label_name
from shuju.facts.selection import UNITS, Selection
from shuju.letters.briefing import Briefing, band_ranges, briefing_data
from shuju.letters.region_bands import FEW, band_colours, bands_plot
from shuju.letters.reply_record import DEPARTMENT_LETTERS, waiting_plot
from shuju.pages.letters.cards import BAND_NAMES
from shuju.standard import code_list
from shuju.ui.templates import day, is_missing, moment, text
from shuju.ui.word import OfficialDocument

TITLE = "社情民意专报"
ISSUER = "数聚·统一信息资源库"
NUMBERS = "一二三四五六"
BAR_MM = 5.5
NO_LETTERS = "所选条件下没有来信。"


def write_briefing(selection: Selection, path: Path, as_of: dt.datetime) -> None:
    """Write the briefing on a selection of letters to ``path`` (.docx).

    ``as_of`` is printed, gives number and date, and ends the waiting of letters without a reply. The same letters
    and ``as_of`` give the same bytes. O(n) for counts; replies are judged on at most 5,000 letters.

    Raises:
        NoChineseFontError: this machine has no font to write Chinese into the charts.
    """
    briefing = briefing_data(selection, as_of)
    number, note = f"〔{as_of.year}〕第{as_of.timetuple().tm_yday}期", "演示数据　不代表真实情况"
    document = OfficialDocument(TITLE, number, ISSUER, as_of.date(), note if briefing.is_synthetic else "")
    _scope(document, briefing)
    parts = {
        "总体情况": _whole,
        "热点诉求": _issues,
        "预警": _warnings,
        "主题与地区": _topics_and_places,
        "答复情况": _replies,
        "代表来信": _quoted,
    }
    for number, (heading, write) in zip(NUMBERS, parts.items(), strict=True):
        document.heading(f"{number}、{heading}")
        write(document, briefing)
    document.small("本专报由数聚按上列条件自动生成。")
    document.save(path, TITLE, as_of)


def _scope(document: OfficialDocument, briefing: Briefing) -> None:
    demo = "本期含演示数据。" if briefing.is_synthetic else ""
    newest = moment(briefing.headline.newest)
    document.small(f"筛选条件：{briefing.filters}")
    document.small(f"数据来源：统一信息资源库·来信（已脱敏），系统：{'、'.join(briefing.sources) or '无'}")
    document.small(f"数据截至：{moment(briefing.as_of)}；最新一封来信：{newest}。{demo}")


def _whole(document: OfficialDocument, briefing: Briefing) -> None:
    whole = briefing.headline
    if not whole.n:
        document.text(NO_LETTERS)
        return
    part = "" if whole.n == whole.n_all else f"，占全部{whole.n_all:,}封的{_percent(whole.n / whole.n_all)}"
    document.text(
        f"{_days(*briefing.span)}，共收到来信{whole.n:,}封{part}，涉及{whole.n_counties}个县市区；"
        f"尚未答复{whole.n_unanswered:,}封，占{_percent(whole.n_unanswered / whole.n)}。"
    )
    spell = briefing.spell
    days = (spell.last - spell.first).days + 1
    newest = f"{_days(spell.first, spell.last)}收到来信{spell.n:,}封（{days}天），"
    changes = f"环比{_change(spell.n, spell.before)}，同比{_change(spell.n, spell.year_before)}。"
    document.text(changes if _is_all_spell(briefing) else newest + changes, "数量变化。")
    by = {"渠道": briefing.channels, "目的": briefing.motives, "承办部门": briefing.departments}
    for name, rows in by.items():
        told = "、".join(f"{r.name}{r.n:,}封（{_percent(r.share)}）" for r in rows.head(5).itertuples())
        document.text(f"{told}{'，居前五位' if len(rows) > 5 else ''}。", f"从{name}看，")
    unit, (first, last) = UNITS[briefing.trend.attrs["unit"]], briefing.span
    caption = f"来信趋势（封／{unit}，{first} 至 {last}；灰：全部来信的走势）"
    document.picture(png(trend_plot(briefing.trend, "封"), 155, 58), caption)


def _issues(document: OfficialDocument, briefing: Briefing) -> None:
    if briefing.issues is None:
        document.text("热点诉求尚未计算（由 shuju build 生成），本期从略。")
        return
    if briefing.issues.empty:
        document.text("所选条件下没有热点诉求。")
        return
    stages = code_list("stages").names
    document.text(f"所选来信涉及热点诉求{briefing.n_issues:,}件，按热度指数列前{len(briefing.issues)}件。")
    rows = [
        (
            *(r.title, stages[r.stage], label_name("regions", r.region_code), text(r.department) or "—"),
            *(f"{n:,}" for n in (r.n_letters, r.n_writers, r.n_regions, r.n_unanswered)),
            f"{r.heat:.1f}",
        )
        for r in briefing.issues.itertuples()
    ]
    heads = ("诉求", "阶段", "源头地区", "承办部门", "来信", "人数", "县市区", "未答复", "热度")
    document.table(
        "热点诉求（来信、人数等为该件诉求全部来信）", heads, rows, (41, 12, 17, 24, 12, 12, 14, 14, 12), 4
    )


def _warnings(document: OfficialDocument, briefing: Briefing) -> None:
    if briefing.warnings is None:
        document.text("预警尚未计算（由 shuju build 生成），本期从略。")
        return
    if briefing.warnings.empty:
        document.text("所选地区、主题与日期内没有预警。")
        return
    kinds = code_list("warning_kinds").names
    by_kind = "、".join(f"{kinds[k]}{n}条" for k, n in briefing.warnings["kind"].value_counts().items())
    document.text(
        f"所选地区、主题与日期内预警{briefing.n_warnings:,}条，以下列最近{len(briefing.warnings)}条（{by_kind}）。"
    )
    for number, r in enumerate(briefing.warnings.itertuples(), 1):
        place = label_name("regions", r.region_code) if isinstance(r.region_code, str) else "全省"
        words = f"增多的词：{r.words}。" if text(r.words) else ""
        reason = text(r.reason) or f"来信{r.n_observed:,}封，预期{r.n_expected:.1f}封。"
        document.text(f"{reason}{words}", f"{number}．{place}·{r.topic_1 or '各主题'}（{kinds[r.kind]}）。")


def _topics_and_places(document: OfficialDocument, briefing: Briefing) -> None:
    if not briefing.headline.n:
        document.text(NO_LETTERS)
        return
    spell = briefing.spell
    document.subheading("（一）主题")
    first = briefing.topics.iloc[0]
    document.text(
        f"来信最多的主题为{first['name']}，{first['n']:,}封，占{_percent(first['share'])}。"
        f"{_days(spell.first, spell.last)}，{_risen(briefing.topics)}各主题变化见下表，对比数少于{FEW}封的标“样本少”。"
    )
    bars = png(bars_plot(briefing.topics, "封"), 155, 20 + BAR_MM * len(briefing.topics))
    document.picture(bars, "各一级主题来信数（封）")
    rows = [
        (r.name, f"{r.n:,}", f"{r.spell:,.0f}", _change(r.spell, r.before), _change(r.spell, r.year_before))
        for r in briefing.topics.itertuples()
    ]
    heads, widths = ("一级主题", "来信总数", "本期来信", "环比", "同比"), (42, 26, 26, 31, 31)
    if _is_all_spell(briefing):
        rows = [(name, spell_n, *changes) for name, _, spell_n, *changes in rows]
        heads, widths = (heads[0], *heads[2:]), (51, 31, 37, 37)
    document.table(f"各一级主题来信数与变化（本期：{spell.first} 至 {spell.last}）", heads, rows, widths)
    document.subheading("（二）地区")
    ranges = band_ranges(briefing.bands)
    if not ranges:
        document.text("所选来信没有写明县市区，无从分档。")
        return
    document.text(
        f"{briefing.headline.n_counties}个县市区有来信。按来信数由多到少分档，不排名次；未按人口折算，来信多不等于问题多。"
    )
    colours = band_colours("n")
    legend = [(colours[band], f"{told} 封") for band, told, _ in reversed(ranges)]
    if (briefing.bands["band"] < 0).any():
        legend.append((theme.FAINT, "没有来信"))
    document.picture(png(bands_plot(briefing.bands, legend=legend), 155, 130), "各县市区来信数分档")
    rows = [
        (name, told, f"{len(members)} 个", "、".join(members))
        for name, (_, told, members) in zip(BAND_NAMES, reversed(ranges), strict=False)
    ]
    heads = ("档次", "来信数（封）", "县市区数", "县市区")
    document.table("县市区分档（按行政区划代码排列）", heads, rows, (28, 32, 20, 76), 4)


def _replies(document: OfficialDocument, briefing: Briefing) -> None:
    told = briefing.replies
    if not told.n:
        document.text(NO_LETTERS)
        return
    sample = f"从{told.n_all:,}封所选来信中按时间等距抽取{told.n:,}封"
    judged = "全部所选来信" if told.n == told.n_all else sample
    document.text(f"以下对{judged}计算，未答复的计至{moment(told.until)}；期限为咨询5个、其他15个工作日。")
    in_term = f"已答复或已到期的{told.n_due:,}封中，按期答复{_percent(told.share_in_term)}"
    late = f"逾期未答复{told.n_overdue:,}封，其中超过三个月{told.n_veto:,}封。"
    document.text(f"{in_term if told.n_due else '均未到期'}；{late}", "按期答复。")
    median = "不足半数已答复，中位用时无从得出"
    if told.median_days is not None:
        median = f"半数来信于{told.median_days:.1f}天内答复"
    ninth = "" if told.p90_days is None else f"，九成于{told.p90_days:.1f}天内答复"
    document.text(f"{median}{ninth}（未答复的一并计入，按 Kaplan–Meier 法估计）。", "答复用时。")
    if told.n_answered:
        quality = "" if told.quality is None else f"；答复质量平均{100 * told.quality:.0f}分（满分100分）"
        document.text(
            f"已答复{told.n_answered:,}封中，{told.n_template:,}封（{_percent(told.n_template / told.n_answered)}）"
            f"与给其他人的答复除人名、数字外相同{quality}。",
            "模板答复。",
        )
        curve = png(waiting_plot(told.curve, told.median_days), 155, 58)
        document.picture(curve, "来信后若干天内已答复的比例")
    if len(told.departments):
        rows = [
            (
                *(r.Index, f"{r.n:,}", _percent(r.share_in_term)),
                *(
                    "—" if pd.isna(r.median_days) else f"{r.median_days:.1f}",
                    f"{r.n_overdue:,}",
                    f"{r.n_veto:,}",
                ),
            )
            for r in told.departments.itertuples()
        ]
        caption = f"各类承办部门答复情况（所计来信不少于{DEPARTMENT_LETTERS}封的，按来信数）"
        heads = ("承办部门", "所计来信", "按期答复", "中位用时（天）", "逾期未答复", "超过三个月")
        document.table(caption, heads, rows, (40, 22, 22, 27, 23, 23))


def _quoted(document: OfficialDocument, briefing: Briefing) -> None:
    if briefing.quoted.empty:
        document.text(NO_LETTERS)
        return
    document.text("以下取自所选来信，已隐去个人信息；所述情况未经核实。")
    for number, r in enumerate(briefing.quoted.itertuples(), 1):
        answered = f"{day(r.replied_at)}答复" if pd.notna(r.replied_at) else "未答复"
        department = f"，{r.department}" if text(r.department) else ""
        document.text(f"“{r.text}”" if r.text else "（没有正文）", f"{number}．{r.title}。")
        when = f"{moment(r.written_at)}来信，{answered}"
        document.small(f"来信编号 {r.letter_id}；{r.place}{department}；{when}。")


def _is_all_spell(briefing: Briefing) -> bool:
    """Tell whether the days compared are all days told of."""
    return (briefing.spell.first, briefing.spell.last) == briefing.span


def _risen(topics: pd.DataFrame) -> str:
    """Tell which topic rose most against the days before."""
    known = topics[topics["before"] >= FEW]
    rise = known["spell"] / known["before"]
    if not (rise > 1).any():
        return ""
    most = known.loc[rise.idxmax()]
    return f"环比上升最多的是{most['name']}（{_change(most['spell'], most['before'])}）；"


def _days(first: dt.date, last: dt.date) -> str:
    return "至".join(f"{date.year}年{date.month}月{date.day}日" for date in (first, last))


def _percent(share: float | None) -> str:
    return "—" if is_missing(share) else f"{100 * share:.1f}%"  # type: ignore[operator]


def _change(now: float, before: float | None) -> str:
    """Return a change in words: none to compare with, too few to tell, or by how much."""
    if is_missing(before):
        return "无可比数据"
    if before < FEW:
        return f"样本少（对比{before:.0f}封）"
    change = 100 * (now - before) / before
    return "持平" if abs(change) < 0.05 else f"{'上升' if change > 0 else '下降'}{abs(change):.1f}%"
