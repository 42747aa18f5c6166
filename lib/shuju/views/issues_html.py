"""The page of hot issues and warnings as HTML; whatever comes from records is escaped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import quote, urlencode

import pandas as pd

from shuju.clock import now
from shuju.views import theme
from shuju.views.filters import label_name
from shuju.views.formats import count, kpi, moment
from shuju.views.issues_data import HEAT_PARTS, MUTE_DAYS, RECENT_DAYS, Headline, place_name
from shuju.views.linked_html import pager_html, percent

ISSUE_ROWS, LETTER_ROWS, SHOWN_WARNINGS = 12, 10, 5
RECORD_ROWS = 10
HEAT_COLOURS = dict(zip(HEAT_PARTS, theme.CATEGORIES))
VERDICTS = {"right": "属实", "wrong": "误报"}


def headline_html(shown: Headline, as_of: dt.datetime | None, is_synthetic: bool, has_tables: bool) -> str:
    """Return the key figures with source and as-of."""
    judged = shown.verdicts
    rate = percent(100 * judged.n_right / judged.n_judged) if judged.n_judged else "—"
    cards = [
        kpi(
            "热点诉求",
            count(shown.n_issues),
            "件",
            f"共 {shown.n_issues_all:,} 件，{shown.n_letters:,} 封来信",
        ),
        kpi("处于转化阶段", count(shown.n_converted), "件", "重复、逾期未答或已有信访用语"),
        kpi("热点中未答复来信", count(shown.n_unanswered), "封", _share(shown.n_unanswered, shown.n_letters)),
        kpi("有效预警", count(shown.n_warnings), "条", f"{shown.n_new:,} 条待确认；不含静音与误报"),
        kpi("预警属实率", rate, "", f"已判断 {judged.n_judged:,} 条，属实 {judged.n_right:,} 条"),
    ]
    empty = (
        ""
        if has_tables
        else '<div class="alert" role="status">还没有生成热点与预警：请运行 shuju build。</div>'
    )
    return f'{asof_html(as_of, is_synthetic)}{empty}<div class="kpis">{"".join(cards)}</div>'


def asof_html(as_of: dt.datetime | None, is_synthetic: bool) -> str:
    """Return the line that tells source and as-of."""
    badge = '<span class="demo">演示数据</span>' if is_synthetic else ""
    return f'<div class="line asof"><span>来源：统一信息资源库·来信，经 shuju build 算得　数据截至 {moment(as_of)}</span>{badge}</div>'


def _share(n: int, of: int) -> str:
    return f"占热点来信的 {percent(100 * n / of)}" if of else "没有来信"


def search_html() -> str:
    """Return where words are typed; each becomes a filter."""
    return '<input type="search" data-do="words" value="" placeholder="搜标题、关键词、部门" aria-label="搜索热点" maxlength="40">'


# Warnings


def warnings_html(
    rows: pd.DataFrame,
    earlier: pd.DataFrame,
    chosen: Sequence[str],
    *,
    is_all: bool,
    shows_muted: bool,
    has_days: bool,
) -> str:
    """Return the list of warnings, those muted folded at its end; where there are none, the way to ``earlier`` ones."""
    kinds = "".join(
        f'<button class="tag" data-do="toggle" data-of="warning" data-value="{kind}" '
        f'aria-pressed="{_bool(kind in chosen)}">{label_name("warning", kind)}</button>'
        for kind in ("emerging", "widespread", "seasonal")
    )
    muted, heard = rows[rows["is_muted"]], rows[~rows["is_muted"]]
    when = "所选日期内" if has_days else f"近 {RECENT_DAYS} 天"
    top = f'<div class="line kinds">{kinds}</div>'
    if heard.empty:
        top += f'<div class="empty">{when}没有预警{_earlier(earlier)}</div>'
    shown = heard if is_all else heard.head(SHOWN_WARNINGS)
    items = "".join(_warning(row) for row in shown.to_dict("records"))
    fold = ""
    if len(heard) > SHOWN_WARNINGS:
        name = "收起" if is_all else f"显示全部 {len(heard):,} 条"
        fold += f'<button class="tag" data-do="toggle" data-of="show" data-value="all">{name}</button>'
    if len(muted):
        name = "收起静音的" if shows_muted else f"静音的 {len(muted):,} 条"
        fold += f'<button class="tag" data-do="toggle" data-of="show" data-value="muted" aria-expanded="{_bool(shows_muted)}">{name}</button>'
    quiet = "".join(_warning(row) for row in muted.to_dict("records")) if shows_muted else ""
    return f'{top}<div class="warnings">{items}</div><div class="line turn">{fold}</div><div class="warnings quiet">{quiet}</div>'


def _earlier(warnings: pd.DataFrame) -> str:
    if warnings.empty:
        return ""
    first, last = (pd.Timestamp(day).date() for day in (warnings["first_day"].min(), warnings["day"].max()))
    return (
        f'；此前有 {len(warnings):,} 条，最近一条在 {last}<br><button class="tag" data-do="from" data-value="{first}">'
        f"查看 {first} 以来的预警</button>"
    )


def _warning(row: Mapping[str, object]) -> str:
    key = escape(str(row["warning_id"]))
    observed, expected, upper = (float(row[name]) for name in ("n_observed", "n_expected", "n_upper"))
    most = max(observed, upper, 1)
    place, topic = place_name(row["region_code"]), _text(row["topic_1"]) or "未分类"
    first, last = (pd.Timestamp(row[name]).date() for name in ("first_day", "day"))
    query = urlencode({"region": row["region_code"] or "", "topic": topic, "day": f"{first}_{last}"})
    verdict = row["verdict"]
    states = [
        ("acknowledged", "已确认", isinstance(row["acknowledged"], str)),
        ("muted", f"静音{MUTE_DAYS}天", bool(row["is_muted"])),
        ("right", "属实", verdict == "right"),
        ("wrong", "误报", verdict == "wrong"),
    ]
    buttons = "".join(
        f'<button class="tag {name}" data-do="mark" data-of="{name}" data-value="{key}" aria-pressed="{_bool(is_on)}">{text}</button>'
        for name, text, is_on in states
    )
    buttons += f'<button class="tag" data-do="mark" data-of="undo" data-value="{key}">撤销</button>'
    words = _words(row["words"])
    until = f"，静音至 {row['muted']}" if row["is_muted"] else ""
    since = f"{first:%m-%d} 起" if first.year == last.year == now().year else f"{first} 起"
    return (
        f'<article class="warning {row["kind"]}" data-key="{key}">'
        f'<div class="line"><span class="kind">{label_name("warning", str(row["kind"]))}</span>'
        f"<b>{escape(place)}</b><span>{escape(str(topic))}</span>"
        f'<span class="muted push">{since}，最近 {last:%m-%d}{until}</span></div>'
        f'<div class="gauge" role="img" aria-label="观察 {observed:.0f}，预期 {expected:.1f}，上限 {upper:.0f}">'
        f'<span class="track"><i class="seen" style="width:{100 * observed / most:.1f}%"></i>'
        f'<i class="usual" style="width:{100 * expected / most:.1f}%"></i>'
        f'<i class="limit" style="left:{100 * upper / most:.1f}%"></i></span>'
        f"<span>观察 <b>{observed:.0f}</b>　预期 {expected:.1f}　上限 {upper:.0f}</span></div>"
        f'<p>{escape(_text(row["reason"]))}</p><div class="words">{words}</div>'
        f'<div class="line">{buttons}<a class="push" href="letters?{escape(query)}">看这 {observed:.0f} 封来信 →</a></div></article>'
    )


# The table of issues


def issues_html(rows: pd.DataFrame, page: int, n: int, query: str) -> str:
    """Return a page of the hot issues, hottest first; ``query`` goes along to each."""
    if not n:
        return '<div class="empty">没有符合条件的热点<br><br><button class="tag" data-do="clear">清除全部条件</button></div>'
    first = (page - 1) * ISSUE_ROWS
    lines = "".join(_issue(first + at, row, query) for at, row in enumerate(rows.to_dict("records"), 1))
    heads = (
        "<th class='rank'>序</th><th class='title'>热点诉求</th><th class='stage'>源头 → 传导 → 转化</th><th class='heat'>热度</th>"
        "<th class='n'>来信</th><th class='n'>人</th><th class='n'>县市区</th><th class='n'>未答复</th><th class='when'>最近</th>"
    )
    return (
        f'{legend_html()}<table class="records issues"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>'
        f"{pager_html(page, n, ISSUE_ROWS).replace('条</span>', '件</span>', 1)}"
    )


def legend_html() -> str:
    """Return which colour is which part of the heat."""
    parts = "".join(
        f'<span><i style="background:{HEAT_COLOURS[k]}"></i>{name}</span>' for k, name in HEAT_PARTS.items()
    )
    return f'<div class="legend"><span class="muted">热度的五部分（各 0 至 100）：</span>{parts}</div>'


def _issue(rank: int, row: Mapping[str, object], query: str) -> str:
    link = f"issues?issue={quote(str(row['issue_id']), safe='')}{'&' + query if query else ''}"
    about = "　".join(
        filter(
            None,
            [place_name(row["region_code"]), _text(row["topic_1"]) or "未分类", _text(row["department"])],
        )
    )
    waiting = int(row["n_unanswered"])
    return (
        f'<tr data-key="{escape(str(row["issue_id"]))}"><td class="rank">{rank}</td>'
        f'<td class="title"><a href="{escape(link)}">{escape(str(row["title"]))}</a><span class="muted">{escape(about)}</span></td>'
        f'<td class="stage">{_small_steps(row)}</td>'
        f'<td class="heat"><b>{row["heat"]:.1f}</b>{_heat_bars(row)}</td>'
        f'<td class="n" data-name="来信">{row["n_letters"]:,}</td><td class="n" data-name="人">{row["n_writers"]:,}</td>'
        f'<td class="n" data-name="县市区">{row["n_regions"]:,}</td>'
        f'<td class="n{" bad" if waiting else ""}" data-name="未答复">{waiting:,}</td>'
        f'<td class="when">{moment(row["last_at"], with_time=False)}</td></tr>'
    )


def _small_steps(row: Mapping[str, object]) -> str:
    at = [
        row["source_at"] if not pd.isna(row["source_at"]) else row["first_at"],
        row["transmission_at"],
        row["conversion_at"],
    ]
    names = ("源头", "传导", "转化")
    steps = "".join(
        f'<span class="{"on" if not pd.isna(moment_) else ""}" title="{name}：{moment(moment_, with_time=False)}">'
        f"<i></i><small>{'' if pd.isna(moment_) else f'{pd.Timestamp(moment_):%m-%d}'}</small></span>"
        for name, moment_ in zip(names, at)
    )
    return f'<span class="steps" role="img" aria-label="{label_name("stage", str(row["stage"]))}阶段">{steps}</span>'


def _heat_bars(row: Mapping[str, object]) -> str:
    parts = {name: _number(row[name]) for name in HEAT_PARTS}
    bars = "".join(
        f'<i style="height:{max(min(value, 100), 3):.0f}%;background:{HEAT_COLOURS[name]}"></i>'
        for name, value in parts.items()
    )
    told = "，".join(f"{HEAT_PARTS[name]} {value:.0f}" for name, value in parts.items())
    return f'<span class="bars" role="img" title="{told}" aria-label="{told}">{bars}</span>'


# One issue


def issue_head_html(
    issue: Mapping[str, object],
    letters: pd.DataFrame,
    back: str,
    as_of: dt.datetime | None,
    is_synthetic: bool,
) -> str:
    """Return the head of one issue: title, what and where, key figures; ``back`` is the query of the list."""
    about = [
        place_name(issue["region_code"]) + "（源头）",
        _text(issue["topic_1"]) or "未分类",
        _text(issue["department"]),
    ]
    tags = "".join(f'<span class="about">{escape(text)}</span>' for text in about if text)
    words = _words(issue["words"])
    days = (pd.Timestamp(issue["last_at"]).normalize() - pd.Timestamp(issue["first_at"]).normalize()).days + 1
    answered = letters["days"].dropna()
    cards = [
        kpi("热度", f"{issue['heat']:.1f}", "", f"{label_name('stage', str(issue['stage']))}阶段"),
        kpi("来信", count(issue["n_letters"]), "封", f"{issue['n_writers']:,} 人，同一人只算一次"),
        kpi("涉及县市区", count(issue["n_regions"]), "个", f"源头 {place_name(issue['region_code'])}"),
        kpi(
            "未答复",
            count(issue["n_unanswered"]),
            "封",
            f"已答复的用时中位数 {answered.median():.1f} 天" if len(answered) else "还没有答复",
        ),
        kpi(
            "持续",
            count(days),
            "天",
            f"{moment(issue['first_at'], with_time=False)} 至 {moment(issue['last_at'], with_time=False)}",
        ),
    ]
    return (
        f'<div class="line"><a class="tag" href="issues{escape("?" + back if back else "")}">← 返回热点与预警</a>'
        f'<span class="muted">编号 {escape(str(issue["issue_id"]))}</span></div>'
        f'<h2>{escape(str(issue["title"]))}</h2><div class="line tags">{tags}</div><div class="words">{words}</div>'
        f'{asof_html(as_of, is_synthetic)}<div class="kpis">{"".join(cards)}</div>'
    )


def steps_html(steps: Sequence[Mapping[str, object]]) -> str:
    """Return the three steps with their dates and what was the case by then."""
    items = "".join(
        f'<li class="{"on" if step["at"] is not None else ""}"><i></i><b>{step["name"]}</b>'
        f'<span class="when">{moment(step["at"], with_time=False) if step["at"] is not None else "未到"}</span>'
        f"<p>{escape(str(step['why']))}</p></li>"
        for step in steps
    )
    return f'<ol class="journey">{items}</ol>'


def heat_html(issue: Mapping[str, object]) -> str:
    """Return the parts of the heat as bars of 100."""
    lines = "".join(
        f'<div class="part"><span>{name}</span><span class="track"><i style="width:{min(_number(issue[key]), 100):.1f}%;'
        f'background:{HEAT_COLOURS[key]}"></i></span><span class="n">{_number(issue[key]):.1f}</span></div>'
        for key, name in HEAT_PARTS.items()
    )
    return f'<div class="parts">{lines}</div>'


def choices_html(name: str, options: Mapping[str, str], chosen: str) -> str:
    """Return buttons of which one is pressed."""
    buttons = "".join(
        f'<button class="tag" data-do="choose" data-of="{name}" data-value="{value}" aria-pressed="{_bool(value == chosen)}">{text}</button>'
        for value, text in options.items()
    )
    return f'<div class="line choices">{buttons}</div>'


def colours_html(colours: Mapping[str, str]) -> str:
    """Return which colour stands for what."""
    items = "".join(
        f'<span><i style="background:{c}"></i>{escape(name)}</span>' for name, c in colours.items()
    )
    return f'<div class="legend">{items}</div>'


def answers_html(rows: pd.DataFrame) -> str:
    """Return who answered how many, and how fast."""
    lines = "".join(
        f'<tr><td>{escape(row.department)}</td><td class="n">{row.n:,}</td><td class="n">{row.n_answered:,}</td>'
        f'<td class="n{" bad" if row.n > row.n_answered else ""}">{row.n - row.n_answered:,}</td>'
        f'<td class="n">{"—" if pd.isna(row.median_days) else f"{row.median_days:.1f} 天"}</td>'
        f"<td>{moment(row.newest, with_time=False)}</td></tr>"
        for row in rows.itertuples(index=False)
    )
    heads = "<th>部门</th><th class='n'>来信</th><th class='n'>已答复</th><th class='n'>未答复</th><th class='n'>用时中位数</th><th>最近答复</th>"
    return f'<div class="scroll"><table class="plain"><tr>{heads}</tr>{lines}</table></div>'


def records_html(rows: pd.DataFrame) -> str:
    """Return the first records that speak of the issue, each with the words that tell so."""
    if rows.empty:
        return '<div class="empty">没有找到说到这件事的要闻、公告或政策文件</div>'
    items = "".join(
        f'<article class="reaction"><div class="line"><a href="record?id={quote(str(row.record_id), safe="")}">{escape(row.title)}</a></div>'
        f'<div class="muted">{moment(row.published_at)}　{escape(label_name("genre", row.genre))}　{escape(row.site)}'
        f"　依据：{escape(_text(row.words))}</div></article>"
        for row in rows.head(RECORD_ROWS).itertuples(index=False)
    )
    more = f'<p class="muted">共 {len(rows):,} 条，此处列出最早的 {min(len(rows), RECORD_ROWS)} 条。</p>'
    return f'{more}<div class="letters">{items}</div>'


def letters_html(rows: pd.DataFrame, texts: pd.DataFrame, page: int, n: int, marked: set[str]) -> str:
    """Return a page of an issue's letters with their replies; ``marked`` are the representative ones."""
    if not n:
        return '<div class="empty">没有来信</div>'
    items = "".join(
        _letter(
            row,
            texts.loc[row["letter_id"]] if row["letter_id"] in texts.index else None,
            row["letter_id"] in marked,
        )
        for row in rows.to_dict("records")
    )
    return f'<div class="letters">{items}</div>{pager_html(page, n, LETTER_ROWS).replace("条</span>", "封</span>", 1)}'


def _letter(row: Mapping[str, object], texts: Mapping[str, object] | None, is_marked: bool) -> str:
    body, reply = (_text(texts[name]) if texts is not None else "" for name in ("body", "reply"))
    tags = ('<span class="kind">代表来信</span>' if is_marked else "") + (
        '<span class="again">重复来信</span>' if row["is_repeat"] else ""
    )
    by = _text(row["reply_department"]) or _text(row["department"]) or "承办部门"
    if pd.isna(row["replied_at"]) and not reply:
        answer = f'<p class="reply bad">尚未答复（{escape(by)}）</p>'
    else:
        took = "" if pd.isna(row["days"]) else f"，用时 {row['days']:.0f} 天"
        answer = f'<p class="reply"><b>{escape(by)} 答复</b>（{moment(row["replied_at"], with_time=False)}{took}）：{escape(_short(reply, 160))}</p>'
    likes = f"　点赞 {int(row['likes']):,}" if not pd.isna(row["likes"]) and row["likes"] else ""
    return (
        f'<article class="letter"><div class="line">{_letter_link(row)}{tags}</div>'
        f'<div class="muted">{escape(place_name(row["region_code"]))}　{label_name("channel", str(row["channel"]))}'
        f"　{moment(row['written_at'])}{likes}</div><p>{escape(_short(body, 160))}</p>{answer}</article>"
    )


def repeats_html(groups: Sequence[pd.DataFrame], texts: pd.DataFrame, n: int) -> str:
    """Return letters of one writer side by side, to be put together (并单)."""
    if not groups:
        return '<div class="empty">没有同一人的重复来信</div>'
    items = "".join(_pair(group, texts) for group in groups)
    return (
        f'<p class="muted">同一人就同一件事多次来信，可并为一单办理：共 {n:,} 封。'
        f"此处列出来信最多的 {len(groups)} 人，各取最早与最近一封。</p>{items}"
    )


def _pair(group: pd.DataFrame, texts: pd.DataFrame) -> str:
    two = group.iloc[[0, -1]].to_dict("records")
    sides = "".join(
        f"<div>{_letter_link(row)}"
        f'<div class="muted">{moment(row["written_at"])}　{label_name("channel", str(row["channel"]))}　'
        f"{'未答复' if pd.isna(row['replied_at']) else '已答复'}</div>"
        f"<p>{escape(_short(_text(texts.loc[row['letter_id'], 'body']) if row['letter_id'] in texts.index else '', 200))}</p></div>"
        for row in two
    )
    return f'<section class="pair"><h4>同一来信人共 {len(group):,} 封</h4><div class="sides">{sides}</div></section>'


def _letter_link(row: Mapping[str, object]) -> str:
    return f'<a href="letter?id={quote(str(row["letter_id"]), safe="")}">{escape(str(row["title"]))}</a>'


def missing_html(issue_id: str) -> str:
    """Return what to say where there is no such issue."""
    return (
        f'<div class="card" role="alert"><h3>没有这件热点</h3><p>编号“{escape(issue_id[:100])}”不在现有热点中；可能已并入别的诉求，或链接有误。</p>'
        '<p><a href="issues">返回热点与预警</a></p></div>'
    )


def _words(words: object) -> str:
    return "".join(f"<span>{escape(word)}</span>" for word in _text(words).split("、") if word)


def _text(value: object) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def _number(value: object) -> float:
    return 0.0 if value is None or pd.isna(value) else max(float(value), 0.0)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + "…"


def _bool(value: bool) -> str:
    return "true" if value else "false"
