"""The colours have one home, and everybody can tell them apart from the paper."""

import tomllib
from pathlib import Path

import pytest

import dashboards
from dashboards.theme import DARK, LIGHT

CONFIG = tomllib.loads((Path(dashboards.__file__).parent / ".streamlit" / "config.toml").read_text("utf-8"))
MODES = pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])


def contrast(one: str, other: str) -> float:
    """The contrast of two colours by WCAG 2.2, from 1 to 21."""

    def luminance(colour: str) -> float:
        parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@MODES
@pytest.mark.parametrize("name", ["ink", "muted", "counted", "below", "above", "target"])
def test_text_stands_out_from_the_paper(look, name):
    assert contrast(getattr(look, name), look.paper) >= 4.5


@MODES
@pytest.mark.parametrize("name", ["undecided", "focus", "other"])
def test_marks_stand_out_from_the_paper(look, name):
    assert contrast(getattr(look, name), look.paper) >= 3


@pytest.mark.parametrize(("mode", "look"), [("light", LIGHT), ("dark", DARK)])
def test_streamlit_is_told_the_same_colours(mode, look):
    assert CONFIG["theme"][mode] == {
        "primaryColor": look.counted,
        "backgroundColor": look.paper,
        "secondaryBackgroundColor": look.panel,
        "textColor": look.ink,
        "borderColor": look.hairline,
    }


def test_no_statistics_leave_and_no_developer_menu_shows():
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["client"]["toolbarMode"] == "minimal"
    assert CONFIG["client"]["showErrorDetails"] == "none"
