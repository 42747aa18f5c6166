"""Colours, type and spacing of every page and plot: the only place where they are written (docs/design.md).

Figures read the constants, the style sheet the tokens that are made of them. Categorical colours are those of
Okabe & Ito (2008), distinguishable under the common colour-vision deficiencies; the sequential scale rises in
lightness only, so it also reads in grey.
"""

from __future__ import annotations

FONT = (
    "'Source Han Sans SC', 'Noto Sans CJK SC', 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
)

PRIMARY = "#0f4c81"
ACCENT = "#d55e00"
INK = "#1b2733"
MUTED = "#556575"
FAINT = "#dfe6ee"
PAPER = "#ffffff"
GROUND = "#f3f6fa"
GOOD = "#00735c"
BAD = "#b3261e"
BAR = "#3f7fb5"
BAR_FADED = "#b9cfe3"
UNKNOWN = "#b4bec9"
BORDER = "#7f93a8"
BORDER_FAINT = "#c3cfdb"

CATEGORIES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#7a6a00", "#4d4d4d")
SEQUENCE = ("#e8f1f9", "#c6dcef", "#94c1e0", "#5a9fcd", "#2c7bb6", "#135a97", "#0a3a6b", "#061f3d")

# Five bands from low to high; and from less to more, its middle without colour.
BANDS = ("#d5e5f2", "#a9cbe6", "#6aa8d2", "#3480b8", "#0f4c81")
# The same on a dark screen, where what is more is brighter; the first is of counties without a number.
DARK_BANDS = ("#1c2733", "#17395a", "#1f5a8c", "#2f7fbd", "#5fa8de", "#a8d6f7")
# From soonest to latest: what came soon is dark, what never came is hollow.
LAGS = ("#0a3a6b", "#2c7bb6", "#5a9fcd", "#94c1e0", "#c6dcef")
DIVERGING = ("#2166ac", "#92c5de", "#eef1f4", "#f4a582", "#b8460b")

# Grounds for text that was added, cut, changed, moved: dark ink on each keeps a contrast above 7.
ADDED, CUT, CHANGED, MOVED = "#d5efe3", "#fadbd8", "#ffe9bd", "#dbe4f8"

# Type in rem (1 rem = 16 px, more on a wall screen) and spacing in rem.
TEXT = {"xs": 0.8125, "s": 0.875, "m": 0.9375, "l": 1.125, "xl": 1.5, "figure": 1.75, "hero": 2.5}
SPACE = {"1": 0.25, "2": 0.5, "3": 0.75, "4": 1.0, "5": 1.5, "6": 2.0}
RADIUS = {"s": 0.25, "m": 0.5, "l": 0.75}

# What the style sheet calls colours. Words stand on paper or ground in ink, muted, link, good, bad, warm; on shell and
# fill in white; on tint in link; on warm-ground in warm; on bad-ground in bad.
LIGHT = {
    "ink": INK, "muted": MUTED, "faint": FAINT, "paper": PAPER, "ground": GROUND, "line": BORDER_FAINT, "edge": BORDER,
    "shell": PRIMARY, "fill": PRIMARY, "link": PRIMARY, "tint": SEQUENCE[0],
    "accent": ACCENT, "warm": "#8a3d00", "warm-ground": "#fdeee2",
    "good": GOOD, "bad": BAD, "bad-ground": "#fdecea",
    "bar": BAR, "bar-strong": PRIMARY, "bar-faded": BAR_FADED, "unknown": UNKNOWN,
    "added": ADDED, "cut": CUT, "changed": CHANGED, "moved": MOVED,
}  # fmt: skip
DARK = {
    "ink": "#e6edf3", "muted": "#a7b4c2", "faint": "#2c3947", "paper": "#17202a", "ground": "#0e151c", "line": "#3a4958",
    "edge": "#6d8093", "shell": "#0b2f50", "fill": "#2368a6", "link": "#8fc4f2", "tint": "#1d3349",
    "accent": "#f08a3c", "warm": "#ffb27a", "warm-ground": "#3a2616",
    "good": "#5cc9ad", "bad": "#ff9c92", "bad-ground": "#43201e",
    "bar": "#5a9fcd", "bar-strong": "#9fd0f5", "bar-faded": "#38536b", "unknown": "#566472",
    "added": "#17402f", "cut": "#4d2422", "changed": "#493a12", "moved": "#26355a",
}  # fmt: skip


def tokens(colours: dict[str, str]) -> dict[str, str]:
    """Return the custom properties of a style sheet by name: colours, ``text-…``, ``space-…``, ``radius-…``."""
    scales = {"text": TEXT, "space": SPACE, "radius": RADIUS}
    sizes = {
        f"{kind}-{step}": f"{size:g}rem" for kind, scale in scales.items() for step, size in scale.items()
    }
    return {**colours, **sizes, "font": FONT}
