"""The cards of letters: figures, map, trend, bars, bands, words, the letters themselves."""

from __future__ import annotations

import pandas as pd

from shuju.clock import now
from shuju.facts.cards import Card, Option, register
from shuju.facts.selection import Selection
from shuju.letters.headline import Headline, headline_data
from shuju.letters.key_words import key_words_data, key_words_plot
from shuju.letters.letter_list import COLUMNS, SHOWN, letter_list_data
from shuju.letters.measures import MEASURES
from shuju.letters.region_bands import (
    MAP_MEASURES,
    band_colours,
    band_limits,
    bands_data,
    bands_plot,
    value_told,
)
from shuju.ui.cards.live import LiveCard
from shuju.ui.cards.shared import facets_card, filters_card, trend_card
from shuju.ui.cards.table_options import list_html, table_options
from shuju.ui.dot_map import DotMapCard
from shuju.ui.templates import render

FACETS = {
    "topic": "一级主题",
    "department": "承办部门（最多的 12 类）",
    "channel": "来信渠道",
    "motive": "来信目的",
    "age": "来信人年龄",
    "answer": "答复情况",
    "reply_days": "答复用时",
}
GROUPED = {
    "topic": "按主题",
    "library": "按市州",
    "channel": "按渠道",
    "motive": "按目的",
    "department": "按部门",
    "answer": "按答复情况",
}
NOTES = {
    "dots": "每封信一个点，落在所涉县市区内，位置随机；点击县市区筛选。",
    "n": "按来信多少分成五档，每档的县市区大致一样多；点击县市区筛选。",
    "rate": "每万常住人口（2020 年普查）来信数，按市州计；点击县市区筛选。",
    "change": "与上年同期相比的变化；未选日期时为最近一年。上年同期不足 20 封的不计。点击县市区筛选。",
}
BAND_NAMES = ("一档（最高）", "二档", "三档", "四档", "五档（最低）")
MEASURE = Option("n", "地图指标", MAP_MEASURES)

LIST = table_options(COLUMNS, SHOWN)


class HeadlineCard(LiveCard):
    """The figures, which also tell of letters that just came."""

    def html(self, found: Headline) -> str:
        """Return the figures as of now."""
        return headline_html(found, self.link.news)


def headline_html(found: Headline, news: int = 0) -> str:
    """Return the figures; ``news`` is how many rows just came."""
    return render("letters/headline.html", shown=found, now=now(), measures=MEASURES, news=news)


def _map_html(found: pd.DataFrame, measure: str) -> str:
    limits = [(band_colours(measure)[band], limits, n) for band, limits, n in band_limits(found)]
    few = int((found["band"] < 0).sum())
    unit = {"n": "封", "rate": "封/万人", "change": "%", "dots": ""}[measure]
    return render(
        "letters/map.html",
        measures=MAP_MEASURES,
        measure=measure,
        note=NOTES[measure],
        limits=limits,
        few=few,
        nowhere=found.attrs["nowhere"],
        unit=unit,
    )


def _bands_html(found: pd.DataFrame, measure: str) -> str:
    known = found[found["band"] >= 0].sort_values("value", ascending=False, kind="stable")
    bands = [
        (
            name,
            [
                (r.code, r.name, r.prefecture, value_told(measure, r.value), r.n)
                for r in own.itertuples(index=False)
            ],
        )
        for name, band in zip(BAND_NAMES, range(len(found.attrs["edges"]), -1, -1))
        for own in [known[known["band"] == band]]
    ]
    return render("letters/bands.html", bands=bands, is_empty=known.empty)


def _list(selection: Selection, sort: str, columns: list[str], rows: str, page: int) -> pd.DataFrame:  # noqa: ARG001
    return letter_list_data(selection, page, sort, int(rows))


register(
    Card("letters.headline", "来信概况", "来信多少、近来多少、答复多快", "letters", headline_data, HeadlineCard, headline_html, bare=True),
    filters_card("letters", "letters", [("专报（Word）", "export/letters-briefing.docx")]),
    Card("letters.map", "来信地图", "哪里来的信多", "letters", bands_data, DotMapCard, _map_html, bands_plot,
         {"measure": MEASURE}, size_mm=(155, 130)),
    Card("letters.words", "关键词", "所选来信比一般来信说得更多的词，数字为封数；点击筛选", "letters", key_words_data, LiveCard,
         lambda found: render("letters/words.html", words=found), key_words_plot, rest_seconds=0.5, size_mm=(155, 80)),
    trend_card("letters", "来信趋势", "来信", GROUPED),
    facets_card("letters", FACETS, "来信", {"department": 12}),
    Card("letters.bands", "分档", "按地图所选的指标由高到低分五档，档内不分先后：人口、渠道不同，名次没有意义。", "letters", bands_data, LiveCard,
         _bands_html, options={"measure": MEASURE}),
    Card("letters.list", "来信列表", "最新在前；点击标题看来信、答复与相似来信。", "letters", _list, LiveCard,
         list_html("letters/list.html", COLUMNS, LIST),
         options=LIST,
         rest_seconds=0.25),
)  # fmt: skip
