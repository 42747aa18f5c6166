"""Colours, fonts and sizes of every page and plot: the only place where they are written.

Categorical colours are those of Okabe & Ito (2008), distinguishable under the common colour-vision
deficiencies; the sequential scale rises in lightness only, so it also reads in grey.
"""

from __future__ import annotations

FONT = (
    "'Source Han Sans SC', 'Noto Sans CJK SC', 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
)

PRIMARY = "#0f4c81"
ACCENT = "#d55e00"
INK = "#1b2733"
MUTED = "#5b6b7b"
FAINT = "#dfe6ee"
PAPER = "#ffffff"
GROUND = "#f3f6fa"
GOOD = "#00735c"
BAD = "#b3261e"
SELECTED = ACCENT
BAR = "#3f7fb5"
BAR_FADED = "#c9d9e8"
BORDER = "#7f93a8"
BORDER_FAINT = "#c3cfdb"
NIGHT = "#0b1f33"

CATEGORIES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#7a6a00", "#4d4d4d")
SEQUENCE = ("#e8f1f9", "#c6dcef", "#94c1e0", "#5a9fcd", "#2c7bb6", "#135a97", "#0a3a6b", "#061f3d")

# Five bands from low to high; and from less to more, its middle without colour.
BANDS = ("#e3eef7", "#b5d3ea", "#74b0d6", "#3480b8", "#0f4c81")
# From soonest to latest: what came soon is dark, what never came is hollow.
LAGS = ("#0a3a6b", "#2c7bb6", "#5a9fcd", "#94c1e0", "#c6dcef")
DIVERGING = ("#2166ac", "#92c5de", "#eef1f4", "#f4a582", "#b8460b")

# Grounds for text that was added, cut, changed, moved: dark ink on each keeps a contrast above 7.
ADDED, CUT, CHANGED, MOVED = "#d5efe3", "#fadbd8", "#ffe9bd", "#dbe4f8"

MUI = {
    "palette": {
        "primary": {"main": PRIMARY},
        "secondary": {"main": ACCENT},
        "error": {"main": BAD},
        "success": {"main": GOOD},
        "text": {"primary": INK, "secondary": MUTED},
        "background": {"default": GROUND, "paper": PAPER},
    },
    "typography": {"fontFamily": FONT, "fontSize": 14, "button": {"textTransform": "none"}},
    "shape": {"borderRadius": 8},
    "chart_style": "classic",
}

# Bokeh keeps every layout within its parent; in a page that scrolls the content decides.
FREE_HEIGHT = ":host { max-height: none !important; min-width: 0 !important; }"

# What pages and panes share; a pane's shadow root does not see the page's own style sheet.
STYLE = f"""
:host, body {{ font-family: {FONT}; color: {INK}; }}
a {{ color: {PRIMARY}; text-decoration: none; }}
a:hover {{ text-decoration: underline; }}
.card {{ background: {PAPER}; border: 1px solid {FAINT}; border-radius: 10px; padding: 14px 16px; box-sizing: border-box; }}
.card h3 {{ margin: 0 0 4px; font-size: 15px; font-weight: 600; }}
.muted {{ color: {MUTED}; font-size: 12.5px; }}
.kpis {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(148px, 1fr)); gap: 12px; }}
.kpi {{ background: {PAPER}; border: 1px solid {FAINT}; border-radius: 10px; padding: 12px 16px; }}
.kpi .name {{ color: {MUTED}; font-size: 13px; }}
.kpi .value {{ font-size: 28px; line-height: 1.25; font-weight: 700; font-variant-numeric: tabular-nums; white-space: nowrap; }}
.kpi .value small {{ font-size: 15px; font-weight: 500; margin-left: 3px; }}
.kpi .note {{ color: {MUTED}; font-size: 12px; }}
.good {{ color: {GOOD}; }} .bad {{ color: {BAD}; }}
.demo {{ display: inline-block; white-space: nowrap; vertical-align: middle; font-weight: 500; }}
.demo {{ background: #fff4e0; color: #7a4a00; border: 1px solid #f0cf90; border-radius: 4px; padding: 1px 8px; font-size: 12px; }}
table.plain {{ border-collapse: collapse; width: 100%; font-size: 14px; }}
table.plain th {{ text-align: left; color: {MUTED}; font-weight: 500; }}
table.plain th, table.plain td {{ padding: 6px 10px; border-bottom: 1px solid {FAINT}; }}
table.plain td.n, table.plain th.n {{ text-align: right; font-variant-numeric: tabular-nums; }}
"""
