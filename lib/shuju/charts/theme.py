"""Colours and fonts of every page and plot: the only place where they are written.

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
BAR = "#3f7fb5"
BAR_FADED = "#c9d9e8"
BORDER = "#7f93a8"
BORDER_FAINT = "#c3cfdb"

CATEGORIES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#7a6a00", "#4d4d4d")
SEQUENCE = ("#e8f1f9", "#c6dcef", "#94c1e0", "#5a9fcd", "#2c7bb6", "#135a97", "#0a3a6b", "#061f3d")

# Five bands from low to high; and from less to more, its middle without colour.
BANDS = ("#e3eef7", "#b5d3ea", "#74b0d6", "#3480b8", "#0f4c81")
# From soonest to latest: what came soon is dark, what never came is hollow.
LAGS = ("#0a3a6b", "#2c7bb6", "#5a9fcd", "#94c1e0", "#c6dcef")
DIVERGING = ("#2166ac", "#92c5de", "#eef1f4", "#f4a582", "#b8460b")

# Grounds for text that was added, cut, changed, moved: dark ink on each keeps a contrast above 7.
ADDED, CUT, CHANGED, MOVED = "#d5efe3", "#fadbd8", "#ffe9bd", "#dbe4f8"
