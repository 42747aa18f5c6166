"""Draw the icons with which phones and desktops install the application, from the drawing of ``icon.svg``.

python tools/build_icons.py lib/shuju/ui/static
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image, ImageDraw

SIDE, RADIUS = 32, 7  # of the drawing
BARS = ((7, 13, 11, 23), (14, 8, 18, 23), (21, 16, 25, 23))
GROUND, BAR = "#0f4c81", "#ffffff"
SMOOTH = 4
# What launchers cut into any shape has no corners of its own, and its drawing within the safe middle.
ICONS = {"icon.small.png": (192, 1.0), "icon.large.png": (512, 1.0), "icon.mask.png": (512, 0.7)}


def icon(size: int, share: float) -> Image.Image:
    """Return the icon ``size`` pixels wide, the bars in the middle ``share`` of it."""
    whole = size * SMOOTH
    made = Image.new("RGBA", (whole, whole))
    draw = ImageDraw.Draw(made)
    draw.rounded_rectangle((0, 0, whole - 1, whole - 1), RADIUS / SIDE * whole if share == 1 else 0, GROUND)
    scale, margin = whole * share / SIDE, whole * (1 - share) / 2
    for bar in BARS:
        draw.rectangle([margin + scale * at for at in bar], BAR)
    return made.resize((size, size), Image.Resampling.LANCZOS).quantize(32)


def main() -> None:
    """Draw all of them."""
    for name, (size, share) in ICONS.items():
        icon(size, share).save(Path(sys.argv[1]) / name, optimize=True)


if __name__ == "__main__":
    main()
