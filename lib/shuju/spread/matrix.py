"""Documents × prefectures (文件 × 市州): in each prefecture the share of due sites that carry each document."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from shuju.charts import look, theme
from shuju.facts.selection import Selection, nearest_page
from shuju.spread.arrival import FEW
from shuju.spread.document_list import ROWS, ordered
from shuju.spread.due_counts import by_prefecture
from shuju.spread.where_it_arrives import BAND_EDGES
from shuju.standard import regions

ROW_PIXELS = 26
TITLE_CHARACTERS = 18
TOOLTIP = "<b>@prefecture</b> @told<br>@title"


def matrix_data(
    selection: Selection, within: str = "24", order: str = "recent", page: int = 1
) -> pd.DataFrame:
    """Return for each document of one page of the list and each prefecture (with its counties): ``origin_id, title, prefecture,
    row, column, n_due, share, colour, told``. ``attrs["n_all"]`` is how many documents there are in all. O(due pairs of these
    documents).
    """
    held, rows = selection.held, ordered(selection, within, order)  # type: ignore[attr-defined]
    page = nearest_page(page, len(rows), ROWS)
    rows = rows[(page - 1) * ROWS : page * ROWS]
    documents = held.rows.iloc[rows]
    counts = by_prefecture(held.due, held.sites, rows, documents["origin_id"].tolist())
    n_due = counts["due"].to_numpy()
    share = (counts["arrived"].sel(within=within) / counts["due"].where(counts["due"] > 0)).to_numpy()
    row, column = np.indices(share.shape)
    names = [r.short_name for r in regions("prefecture")]
    frame = pd.DataFrame(
        {
            "origin_id": documents["origin_id"].to_numpy(object)[row.ravel()],
            "title": documents["title"].to_numpy(object)[row.ravel()],
            "prefecture": np.array(names, object)[column.ravel()],
            "row": row.ravel(),
            "column": column.ravel(),
            "n_due": n_due.ravel(),
            "share": share.ravel(),
        }
    )
    band = np.searchsorted(BAND_EDGES, np.nan_to_num(frame["share"]), side="right")
    colours = np.where(frame["share"].isna(), theme.PAPER, np.array(theme.BANDS)[band])
    frame.attrs["n_all"] = len(held.rows)
    return frame.assign(colour=colours, told=[_told(r.n_due, r.share) for r in frame.itertuples(index=False)])


def matrix_plot(frame: pd.DataFrame) -> Any:
    """Return documents (rows, the first on top) × prefectures as cells in the colour of their band; a dash where nothing is due."""
    import holoviews as hv

    if frame.empty:
        return look.blank("没有符合条件的文件" if frame.attrs.get("n_all", 1) else "库中还没有文件")
    titles = frame.drop_duplicates("row")["title"].tolist()
    n, width = len(titles), len(regions("prefecture"))
    cells = frame.assign(
        x0=frame["column"] - 0.47, x1=frame["column"] + 0.47, y0=frame["row"] - 0.44, y1=frame["row"] + 0.44
    )
    shown = hv.Rectangles(cells, ["x0", "y0", "x1", "y1"], ["colour", "prefecture", "told", "title"])
    shown = look.styled(
        shown,
        page={
            "color": "colour", "line_color": None, "hover_line_color": theme.ACCENT, "hover_line_width": 2,
            "tools": [look.hover(TOOLTIP)],
        },
        print_={"color": "colour", "edgecolor": "none"},
    )  # fmt: skip
    axes = {
        "xlim": (-0.5, width - 0.5),
        "ylim": (-0.5, n - 0.5),
        "invert_yaxis": True,
        "xaxis": "top",
        "xticks": [(at, name) for at, name in enumerate(frame["prefecture"].iloc[:width])],
        "yticks": [(at, _cut(title)) for at, title in enumerate(titles)],
    }
    # Where nothing is due there is no share, which is not a low one: a dash, not a colour.
    nothing = frame.loc[frame["n_due"] == 0, ["column", "row"]].assign(mark="–")
    dashes = hv.Labels(nothing, ["column", "row"], "mark")
    shown = shown * look.styled(
        dashes,
        page={"text_color": theme.MUTED, "text_font_size": "0.8rem"},
        print_={"color": theme.MUTED, "size": 7},
    )
    page = {"height": 44 + ROW_PIXELS * n, **axes}
    return look.laid_out(shown, page=page, print_={"aspect": 2.2, **axes})


def _told(n_due: int, share: float) -> str:
    if not n_due:
        return "无应转网站"
    return f"{n_due} 个应转网站，到达 {share:.0%}{'（样本少）' if n_due < FEW else ''}"


def _cut(title: str) -> str:
    return title if len(title) <= TITLE_CHARACTERS else title[: TITLE_CHARACTERS - 1] + "…"
