"""The committed style sheet is what `make css` makes."""

import shutil
import subprocess

import pytest

from tests.architecture.source import ROOT
from tests.conftest import IN_CI

STYLES = ROOT / "aurous/styles"


def test_the_style_sheet_is_built_from_its_sources(tmp_path):
    if not (STYLES / "node_modules/.installed").exists():
        (pytest.fail if IN_CI else pytest.skip)(
            "needs Tailwind: make aurous/styles/node_modules/.installed"
        )
    npx = shutil.which("npx")
    assert npx, "npm installed Tailwind, and npx comes with it"
    made = tmp_path / "dashboard.css"
    subprocess.run(
        [npx, "tailwindcss", "-i", "dashboard.css", "-o", str(made), "--minify"],
        cwd=STYLES,
        check=True,
        capture_output=True,
        timeout=120,
    )
    committed = ROOT / "aurous/static/aurous/dashboard.css"
    assert made.read_text() == committed.read_text(), "run `make css` and commit its result"
