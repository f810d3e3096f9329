"""What README and docs tell a customer to run does run, as it stands there."""

import os
import re
import subprocess
import sys

import pytest
from PIL import Image

from tests.architecture.source import ROOT
from tests.embeddings.api.vision import vision

__all__ = ["vision"]
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
EXAMPLE = ROOT / "docs/examples/picture_search.py"
LIMIT_S = 120


@pytest.fixture
def run(base_url, acme, vision):
    """Run Python as a customer does, in a process of its own, with Acme's key."""

    def start(*words):
        environ = os.environ | {"AUROUS_API_KEY": acme.key, "AUROUS_BASE_URL": base_url}
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=environ,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return start


def test_the_python_of_the_readme_runs_from_top_to_bottom(run, base_url, acme):
    blocks = PYTHON.findall((ROOT / "README.md").read_text())
    program = "\n".join(blocks)
    assert "http://127.0.0.1:8000/v1" in program
    assert "al_live_…" in program
    mine = program.replace("http://127.0.0.1:8000/v1", base_url).replace("al_live_…", acme.key)
    first, second = run("-c", mine)
    assert first == "384 7"
    assert second.startswith("512 {")
    assert "'visual': " in second


def test_pictures_to_vectors_to_nearest_neighbours(run, acme):
    *rows, last = run(str(EXAMPLE))
    assert len(rows) == 12
    for row in rows:
        assert re.fullmatch(r"[a-z ]{16} [a-z ]+ \(-?[01]\.\d{3}\), [a-z ]+ \(-?[01]\.\d{3}\)", row)
    spent = -sum(line["amount"] for line in acme.lines() if line["kind"] == "usage")
    assert last == f"12 pictures, {spent:.5f} credits"


def test_a_picture_of_the_same_pixels_is_the_nearest_one_in_a_folder_of_ones_own(run, tmp_path):
    picture = Image.linear_gradient("L").resize((96, 96))
    picture.save(tmp_path / "one.png")
    picture.save(tmp_path / "same.webp", lossless=True)
    picture.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.jpg")
    (tmp_path / "notes.txt").write_text("no picture")
    one, same, _turned, last = run(str(EXAMPLE), str(tmp_path))
    assert one.split()[1] == "same.webp"
    assert same.split()[1] == "one.png"
    assert last.startswith("3 pictures, ")
