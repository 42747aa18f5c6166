"""社情民意专报: a Word briefing on the letters under the filters of their page, as an office sends it.

Long, since a briefing reads as its document does, section by section.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd

from shuju.charts import theme
from shuju.charts.bars import bars_plot
from shuju.charts.printing import png
from shuju.charts.trend import trend_plot
from shuju.facts.change import FLOOR, change
from shuju.facts.naming import label_name
from shuju.facts.newest_days import thin_weeks
from shuju.facts.selection import Selection
from shuju.facts.series import UNITS
from shuju.letters.briefing import Briefing, band_ranges, briefing_data
from shuju.letters.region_bands import band_colours, bands_plot
from shuju.letters.reply_counts import day_count
from shuju.letters.reply_record import DEPARTMENT_LETTERS, READ, waiting_plot
from shuju.pages.letters.cards import BAND_NAMES
from shuju.standard import code_list
from shuju.ui.templates import day, is_missing, moment, text
from shuju.ui.word import OfficialDocument, blank_number

TITLE = "社情民意专报"
ISSUER = "数聚·统一信息资源库"
NUMBERS = "一二三四五六"
BAR_MM = 5.5
ONE_BAR = 0.9
NO_LETTERS = "所选条件下没有来信。"


def write_briefing(selection: Selection, path: Path, as_of: dt.datetime) -> None:
    """Write the briefing on a selection of letters to ``path`` (.docx).

    ``as_of`` is printed and gives number and date. The same letters and ``as_of`` give the same bytes. O(n) for counts;
    texts are read of at most 20,000 replies, which the briefing then says.

    Raises:
        NoChineseFontError: this machine has no font to write Chinese into the charts.
    """
    briefing = briefing_data(selection, as_of)
    number, note = blank_number(as_of), "演示数据　不代表真实情况"
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
    _definitions(document, briefing)
    document.small("本专报由数聚按上列条件自动生成。")
    document.save(path, TITLE, as_of)


def is_one_bar(n: pd.Series) -> bool:
    """Whether a chart of these numbers would be one giant bar: a sentence tells that better."""
    return int((n > 0).sum()) < 2 or n.max() >= ONE_BAR * n.sum()


def _scope(document: OfficialDocument, briefing: Briefing) -> None:
    demo = "本期含演示数据。" if briefing.is_synthetic else ""
    newest = moment(briefing.headline.newest)
    document.small(f"筛选条件：{briefing.filters}")
    document.small(f"数据来源：统一信息资源库·来信（已脱敏），系统：{'、'.join(briefing.sources) or '无'}")
    reach = moment(briefing.headline.as_of)
    document.small(
        f"数据截至：{reach}（库中最新一封来信）；所选最新一封：{newest}；制作：{moment(briefing.as_of)}。{demo}"
    )


def _whole(document: OfficialDocument, briefing: Briefing) -> None:
    whole = briefing.headline
    if not whole.n:
        document.text(NO_LETTERS)
        return
    part = "" if whole.n == whole.n_all else f"，占全部{whole.n_all:,}封的{_percent(whole.n / whole.n_all)}"
    if briefing.n_outside:
        part = f"（含更早或日期不明的{briefing.n_outside:,}封）{part}"
    document.text(
        f"{_days(*briefing.span)}，共收到来信{whole.n:,}封{part}，涉及{whole.n_counties}个县市区；{_answered(briefing)}。"
    )
    spell = briefing.spell
    days = (spell.last - spell.first).days + 1
    newest = f"{_days(spell.first, spell.last)}收到来信{spell.n:,}封（{days}天），"
    changes = f"环比{change(spell.n, spell.before)}，同比{change(spell.n, spell.year_before)}。"
    n, rows, usual = thin_weeks(whole.weeks if spell.last == whole.last_day else ())
    thin = f"最近{n}周只有{rows:,}封，此前每周约{usual:,}封，可能还没有收齐，变化仅供参考。" if n else ""
    document.text((changes if _is_all_spell(briefing) else newest + changes) + thin, "数量变化。")
    by = {"渠道": briefing.channels, "目的": briefing.motives, "承办部门": briefing.departments}
    for name, rows in by.items():
        if rows["is_unknown"].all():
            document.text(f"来源未提供{name}。")
            continue
        told = "、".join(f"{r.name}{r.n:,}封（{_percent(r.share)}）" for r in rows.head(5).itertuples())
        document.text(f"{told}{'，居前五位' if len(rows) > 5 else ''}。", f"从{name}看，")
    unit, (first, last) = UNITS[briefing.trend.attrs["unit"]], briefing.span
    if is_one_bar(briefing.trend["n"]):
        most = briefing.trend.loc[briefing.trend["n"].idxmax()]
        document.text(
            f"来信集中在{most['start']:%Y-%m-%d}起的一{unit}，{most['n']:,}封，不另作图。", "走势。"
        )
        return
    caption = f"来信趋势（封／{unit}，{first} 至 {last}；灰：全部来信的走势）"
    document.picture(png(trend_plot(briefing.trend, "封"), 155, 58), caption)


def _issues(document: OfficialDocument, briefing: Briefing) -> None:
    if briefing.issues is None:
        document.text("热点诉求尚未更新，本期从略。")
        return
    if briefing.issues.empty:
        document.text("所选条件下没有热点诉求。")
        return
    stages = code_list("stages").names
    document.text(f"所选来信涉及热点诉求{briefing.n_issues:,}件，按热度指数列前{len(briefing.issues)}件。")
    rows = [
        (
            *(r.title, stages[r.stage], label_name("regions", r.region_code), text(r.department) or "—"),
            *(f"{n:,}" for n in (r.n_letters, r.n_writers, r.n_regions)),
            "未知" if is_missing(r.n_unanswered) else f"{r.n_unanswered:,.0f}",
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
        document.text("预警尚未更新，本期从略。")
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
        matter = f"{r.matter}。" if text(r.matter) else ""
        voices = "" if is_missing(r.n_voices) else f"来信人至少{r.n_voices:.0f}人（措辞几乎相同的只算一人）。"
        document.text(
            f"{matter}{reason}{voices}{words}",
            f"{number}．{place}·{text(r.topic_1) or '各主题'}（{kinds[r.kind]}）。",
        )


def _topics_and_places(document: OfficialDocument, briefing: Briefing) -> None:
    if not briefing.headline.n:
        document.text(NO_LETTERS)
        return
    spell = briefing.spell
    document.subheading("（一）主题")
    first = briefing.topics.iloc[0]
    document.text(
        f"来信最多的主题为{first['name']}，{first['n']:,}封，占{_percent(first['share'])}。"
        f"{_days(spell.first, spell.last)}，{_risen(briefing.topics)}各主题变化见下表，对比数不足{FLOOR}封的只列两数、不算百分比。"
    )
    if not is_one_bar(briefing.topics["n"]):
        bars = png(bars_plot(briefing.topics, "封"), 155, 20 + BAR_MM * len(briefing.topics))
        document.picture(bars, "各一级主题来信数（封）")
    rows = [
        (r.name, f"{r.n:,}", f"{r.spell:,.0f}", change(r.spell, r.before), change(r.spell, r.year_before))
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


def _answered(briefing: Briefing) -> str:
    """Tell how many letters were answered or not, and of how many it is not known."""
    counts = briefing.replies.counts
    unknown = f"{counts.n_unknown:,}封来源不含答复信息，答复情况未知"
    if not counts.n_known:
        return unknown
    told = f"已答复{counts.n_answered:,}封，尚未答复{counts.n_unanswered:,}封，占答复情况已知的{_percent(counts.share_unanswered)}"
    return f"{told}；另{unknown}" if counts.n_unknown else told


def _replies(document: OfficialDocument, briefing: Briefing) -> None:
    if not briefing.headline.n:
        document.text(NO_LETTERS)
        return
    replies, values = briefing.replies, briefing.measured
    counts = replies.counts
    if not counts.n_known:
        document.text("所选来信的来源不含答复信息，是否答复、用时多少均未知，本节从略。")
        return
    unknown = f"，另{counts.n_unknown:,}封答复情况未知，不计入" if counts.n_unknown else ""
    document.text(
        f"以下对答复情况已知的全部{counts.n_known:,}封来信计算{unknown}；未答复的等待时间计至{counts.until}；期限为咨询5个、其他15个工作日。"
    )
    in_term = f"已答复或已到期的{counts.n_due:,}封中，按期答复{_percent(counts.share_in_term)}"
    late = f"逾期未答复{counts.n_overdue:,}封，其中超过三个月{counts.n_veto:,}封。"
    document.text(f"{in_term if counts.n_due else '均未到期'}；{late}", "按期答复。")
    document.text(_times(values), "答复用时。")
    if replies.n_read:
        read = f"按最新{READ:,}件" if counts.n_answered > READ else "全部"
        quality = (
            "" if replies.quality is None else f"；答复质量平均{100 * replies.quality:.0f}分（满分100分）"
        )
        document.text(
            f"{read}已答复来信中有答复文字的{replies.n_read:,}封，其中{replies.n_template:,}封"
            f"（{_percent(replies.n_template / replies.n_read)}）与给其他人的答复除人名、数字外相同{quality}。",
            "模板答复。",
        )
    if len(replies.curve):
        curve = png(waiting_plot(replies.curve, values["median_days_all"]), 155, 58)
        document.picture(curve, "来信后若干天内已答复的比例（未答复的按已等待的天数计入）")
    if replies.departments:
        rows = [
            (
                *(name, f"{of.n_known:,}", _percent(of.share_in_term), day_count(of.median_days)[0]),
                *(f"{of.n_overdue:,}", f"{of.n_veto:,}"),
            )
            for name, of in replies.departments
        ]
        caption = f"各类承办部门答复情况（答复情况已知的来信不少于{DEPARTMENT_LETTERS}封的，按来信数）"
        heads = ("承办部门", "所计来信", "按期答复", "用时中位数（天）", "逾期未答复", "超过三个月")
        document.table(caption, heads, rows, (40, 22, 22, 27, 23, 23))


def _times(values: dict[str, float | int | None]) -> str:
    """Tell how long replies take: those given, and with those that wait."""
    given = "没有答复时间已知的来信"
    if values["median_days"] is not None:
        given = f"已答复的，用时中位数{_days_in(values['median_days'])}"
    waiting = "计入未答复的，不足半数已答复，中位数无从得出"
    if values["median_days_all"] is not None:
        waiting = f"计入未答复的，中位数{_days_in(values['median_days_all'])}"
    ninth = "" if values["p90_days_all"] is None else f"，九成于{_days_in(values['p90_days_all'])}内答复"
    return f"{given}；{waiting}{ninth}。"


def _definitions(document: OfficialDocument, briefing: Briefing) -> None:
    """Say what each figure counts."""
    told = "".join(f"{measure.title}：{measure.definition}" for measure in briefing.definitions)
    document.small(f"指标口径　{told}")


def _quoted(document: OfficialDocument, briefing: Briefing) -> None:
    if briefing.quoted.empty:
        document.text(NO_LETTERS)
        return
    document.text("以下取自所选来信，已隐去个人信息；所述情况未经核实。")
    for number, r in enumerate(briefing.quoted.itertuples(), 1):
        answered = f"{day(r.replied_at)}答复" if pd.notna(r.replied_at) else r.answer
        department = f"，{r.department}" if text(r.department) else ""
        document.text(f"“{r.text}”" if r.text else "（没有正文）", f"{number}．{r.title}。")
        when = f"{moment(r.written_at)}来信，{answered}"
        document.small(f"来信编号 {r.letter_id}；{r.place}{department}；{when}。")


def _is_all_spell(briefing: Briefing) -> bool:
    """Tell whether the days compared are all days told of."""
    return (briefing.spell.first, briefing.spell.last) == briefing.span


def _risen(topics: pd.DataFrame) -> str:
    """Tell which topic rose most against the days before."""
    known = topics[topics["before"] >= FLOOR]
    rise = known["spell"] / known["before"]
    if not (rise > 1).any():
        return ""
    most = known.loc[rise.idxmax()]
    return f"环比上升最多的是{most['name']}（{change(most['spell'], most['before'])}）；"


def _days(first: dt.date, last: dt.date) -> str:
    return "至".join(f"{date.year}年{date.month}月{date.day}日" for date in (first, last))


def _percent(share: float | None) -> str:
    return "—" if is_missing(share) else f"{100 * share:.1f}%"  # type: ignore[operator]


def _days_in(days: float | None) -> str:
    """Return days as a sentence of a document has them: 30.7天."""
    return "".join(day_count(days))
