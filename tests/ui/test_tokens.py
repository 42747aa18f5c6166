"""The visual system: words can be read on every ground, light and dark, and no number stands twice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shuju import ui
from shuju.charts import theme
from shuju.ui.templates import environment, style

# Words of this colour stand on that ground.
PAIRS = [
    *[(word, ground) for word in ("ink", "muted", "link", "good", "bad") for ground in ("paper", "ground")],
    ("ink", "tint"), ("link", "tint"), ("warm", "warm-ground"), ("bad", "bad-ground"), ("white", "shell"), ("white", "fill"),
    ("paper", "ink"), ("paper", "good"), ("paper", "bad"), *[("ink", mark) for mark in ("added", "cut", "changed", "moved")],
]  # fmt: skip


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("word", "ground"), PAIRS, ids=lambda name: name)
def test_words_have_a_contrast_of_four_and_a_half(colours: dict[str, str], word: str, ground: str) -> None:
    known = colours | {"white": "#ffffff"}
    assert contrast(known[word], known[ground]) >= 4.5


@pytest.mark.parametrize("name", ["bar", "bar-strong", "accent", "edge"])
@pytest.mark.parametrize("colours", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_marks_of_data_stand_out_from_paper(colours: dict[str, str], name: str) -> None:
    assert contrast(colours[name], colours["paper"]) >= 3


def test_light_and_dark_have_the_same_names() -> None:
    assert theme.LIGHT.keys() == theme.DARK.keys()


def test_no_text_is_smaller_than_twelve_pixels() -> None:
    assert min(theme.TEXT.values()) * 16 >= 12
    sizes = [float(size) for size in re.findall(r"font-size: (\.?\d+(?:\.\d+)?)rem", style())]
    assert sizes
    assert min(sizes) * 16 >= 12


def test_every_token_that_the_style_sheet_uses_is_defined() -> None:
    css = style()
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", css))
    defined = set(re.findall(r"--([a-z0-9-]+):", css)) | {"columns", "at"}  # set where they are used
    assert used <= defined


def test_colours_are_written_in_the_theme_alone() -> None:
    source = Path(ui.__file__).with_name("templates").joinpath("style.css").read_text(encoding="utf-8")
    # White and its veils on the header; shadows.
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", source)) <= {
        "#fff",
        "#ffffff26",
        "#ffffff33",
        "#0002",
        "#0003",
    }


def test_a_dimension_of_one_value_is_a_line_and_of_nothing_known_says_so() -> None:
    import pandas as pd

    def rows(*labels: tuple[str, int, bool]) -> pd.DataFrame:
        return pd.DataFrame(
            [
                {"label": label, "name": label, "n": n, "n_all": n, "is_on": False, "is_unknown": unknown}
                for label, n, unknown in labels
            ]
        )

    facets = environment().get_template("parts.html").module.facets
    html = facets(
        {
            "department": rows(("未知", 9, True)),
            "channel": rows(("网上留言板", 9, False)),
            "topic": rows(*[(f"主题{k}", 20 - k, False) for k in range(14)], ("未分类", 50, True)),
        },
        {"department": "承办部门", "channel": "来信渠道", "topic": "主题"},
        "封",
    )
    assert "<b>承办部门</b>：来源未提供" in html
    assert "<b>来信渠道</b>：全部是网上留言板" in html
    assert "其余 7 项" in html
    assert re.findall(r'class="row most" data-key="([^"]+)"', html) == ["主题0"]
    assert re.findall(r'class="row unknown over" data-key="([^"]+)"', html) == ["未分类"]
