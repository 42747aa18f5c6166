"""我的专报: a board as a Word briefing, each card with its filters, how far its data reach, its source; under the reader's sight."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from shuju.charts.printing import png
from shuju.clock import now
from shuju.desk.board_content import Item
from shuju.desk.store import open_desk
from shuju.desk.visits import last_visit
from shuju.facts.address import parse
from shuju.facts.selection import Selection
from shuju.library import Library
from shuju.mine.changed import begin, what_changed
from shuju.mine.fields import topics_of
from shuju.pages.mine.my_page import board_asked, card_or_why, known_card
from shuju.pages.mine.still_text import lines_of
from shuju.pages.tasks.assigning import who_asks
from shuju.ui.cards.address import asked
from shuju.ui.cards.answers import answer
from shuju.ui.cards.still import StillCard, state_of
from shuju.ui.exports import Briefing, register
from shuju.ui.templates import moment
from shuju.ui.word import OfficialDocument, blank_number

TITLE, ISSUER = "我的专报", "数聚·统一信息资源库"
NUMBERS = "一二三四五六七八九十"
OTHERS = "其他"
STAYS = "来信的标题和原文不随邮件发出，请在网页上查看"
LIST = "letters.list"  # of titles, which are the senders' own words, too


@dataclass(frozen=True)
class Written:
    """What a briefing tells: of which board, how many cards, the sentences of what changed; how far the data reach."""

    board: str
    n_cards: int
    changes: tuple[str, ...]
    as_of: dt.datetime | None
    is_synthetic: bool


def write_briefing(
    library: Library, query: Mapping[str, str], path: Path, as_of: dt.datetime, *, is_sent: bool = False
) -> Written:
    """Write a board (``board``: its number, one's own page if not told) to ``path`` (.docx) as whoever asks sees it.

    Where it ``is_sent`` by mail, cards that show letters' texts stay out of it.

    Raises:
        NotAllowedError: there is no such board, or it is not shown to this person.
        NoChineseFontError: this machine has no font to write Chinese into the charts.
    """
    by, desk, state = who_asks(), open_desk(library.home), state_of(library)
    board = board_asked(library, by, query.get("board", ""))
    stays = {item.key for item in board.content.items if is_sent and _shows_texts(item.card)}
    cards = {
        item.key: (None, STAYS) if item.key in stays else card_or_why(item.card, state)
        for item in board.content.items
    }
    is_synthetic = any(still is not None and still.is_synthetic for still, _ in cards.values())
    note = "演示数据　不代表真实情况" if is_synthetic else ""
    document = OfficialDocument(TITLE, blank_number(as_of), ISSUER, as_of.date(), note)
    document.small(
        f"{board.name}；为{by.name}（{by.title}）制作，所列数字为其可见范围内的数字；制作：{moment(as_of)}。"
    )
    reach = [still.as_of for still, _ in cards.values() if still is not None and still.as_of is not None]
    number, changes = 0, []
    if board.owner == by.account:
        document.heading(f"{NUMBERS[number]}、近期变化")
        number += 1
        visit, at = last_visit(desk, by.account, at=now()), now()
        changes = what_changed(library, desk, by, visit, topics_of(board.field), at=at)
        for place, change in enumerate(changes, 1):
            document.text(f"{place}．{change.sentence}。")
        if not changes:
            is_still = bool(reach) and max(reach) < begin(visit, at)
            nothing = (
                f"没有收到新的数据（数据截至 {moment(max(reach))}），无从比较。"
                if is_still
                else "没有异常变化。"
            )
            document.text(nothing)
    for section, items in groupby(board.content.items, lambda item: item.section or OTHERS):
        document.heading(f"{NUMBERS[number % len(NUMBERS)]}、{section}")
        number += 1
        for item in items:
            _write_card(document, item, *cards[item.key])
    document.small("本专报由数聚按首页的图卡自动生成，筛选条件、数据截至时间与来源见各图卡之下。")
    document.save(path, TITLE, as_of)
    told = tuple(change.sentence for change in changes)
    return Written(board.name, len(cards), told, max(reach, default=None), is_synthetic)


def _shows_texts(address: str) -> bool:
    card, _ = known_card(address)
    return card is not None and (card.letters is not None or card.name == LIST)


def _write_card(document: OfficialDocument, item: Item, still: StillCard | None, refusal: str) -> None:
    if still is None:
        document.text(f"{item.title or '图卡'}：{refusal}。")
        return
    card, title = still.card, item.title or still.card.title
    document.subheading(title)
    if item.note:
        document.text(item.note)
    if card.plot is not None:
        selection, options = asked(card, parse(still.query))
        found = answer(card, selection, options)
        document.picture(png(card.plot(found, **options), *card.print_size(found)), title)
    else:
        for line in lines_of(str(still.body)):
            document.text(line)
    document.small(
        f"筛选：{still.filters or '全部'}；数据截至 {moment(still.as_of)}；来源：统一信息资源库，图卡 {card.name}"
    )


def _write(selection: Selection, query: Mapping[str, str], path: Path, as_of: dt.datetime) -> None:
    write_briefing(selection.resources, query, path, as_of)


register(Briefing("my-briefing", TITLE, "records", _write, asks=("board",)))
