"""The colours of the pages keep to WCAG 2.2 AA, in the light and in the dark."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from tests.architecture.source import ROOT

CSS = Path(finders.find("aurous/pages.css")).read_text()
TOKENS = (ROOT / "aurous/styles/tokens.css").read_text()
TEXT = [
    *[(ink, back) for ink in ("ink", "muted", "accent") for back in ("page", "surface", "sunken")],
    ("accent-ink", "accent"),
    *[(tone, f"{tone}-back") for tone in ("good", "warn", "bad", "open")],
]
EDGES = [("edge", "surface"), ("edge", "page"), ("accent", "surface"), ("accent", "page")]


def tokens(part):
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", part))


LIGHT, DARK = (tokens(part) for part in CSS.split("@media (prefers-color-scheme: dark)")[:2])
_CHOSEN = ':root[data-theme="dark"]'
_PREFERRED = "@media (prefers-color-scheme: dark)"
DASHBOARD_LIGHT = tokens(TOKENS.partition(_CHOSEN)[0])
DASHBOARD_DARK = tokens(TOKENS.partition(_CHOSEN)[2].partition(_PREFERRED)[0])
DASHBOARD = pytest.mark.parametrize("dashboard", [DASHBOARD_LIGHT, DASHBOARD_DARK])


def luminance(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_21_to_1():
    assert round(contrast("#000000", "#ffffff"), 6) == 21


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "back"), TEXT)
def test_text_can_be_read(scheme, ink, back):
    assert contrast(scheme[ink], scheme[back]) >= 4.5


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("edge", "back"), EDGES)
def test_edges_of_fields_and_the_focus_can_be_seen(scheme, edge, back):
    assert contrast(scheme[edge], scheme[back]) >= 3


def test_both_schemes_name_the_same_colours():
    assert set(LIGHT) == set(DARK)


def test_no_colour_stands_outside_the_tokens():
    rules = CSS.split("*, *::before")[1]
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb|hsl", rules)


@DASHBOARD
@pytest.mark.parametrize(("ink", "back"), [*TEXT, ("accent", "accent-back"), ("muted", "page")])
def test_text_of_the_dashboard_can_be_read(dashboard, ink, back):
    assert contrast(dashboard[ink], dashboard[back]) >= 4.5


@DASHBOARD
@pytest.mark.parametrize("number", range(1, 7))
def test_every_series_of_a_chart_can_be_seen(dashboard, number):
    assert contrast(dashboard[f"series-{number}"], dashboard["surface"]) >= 3


@DASHBOARD
@pytest.mark.parametrize(("edge", "back"), EDGES)
def test_edges_of_the_dashboards_fields_can_be_seen(dashboard, edge, back):
    assert contrast(dashboard[edge], dashboard[back]) >= 3


def test_a_dark_scheme_is_the_same_whether_chosen_or_preferred():
    preferred = tokens(TOKENS.partition(_PREFERRED)[2])
    assert preferred == DASHBOARD_DARK
    assert set(DASHBOARD_LIGHT) == set(DASHBOARD_DARK)
