"""The quickstarts of docs/quickstarts run as they stand there, each against the platform."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.conftest import IN_CI

FOLDER = ROOT / "docs/quickstarts"
LIMIT_S = 120
NEAREST = r"Interest rates went up again\."
ROW = re.compile(r"(-?[01]\.\d{3})  (.+)")


def lacking(what: str) -> None:
    """Say that a program or package is not here; a build machine must have it."""
    (pytest.fail if IN_CI else pytest.skip)(f"needs {what}, which is not here")


@pytest.fixture
def run(base_url, acme):
    """Run a command as a customer does, with Acme's key in the environment."""

    def start(*words):
        environ = os.environ | {"AUROUS_API_KEY": acme.key, "AUROUS_BASE_URL": base_url}
        done = subprocess.run(
            words,
            cwd=ROOT,
            env=environ,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return start


def nearness(output: str) -> dict[str, float]:
    """What a quickstart printed: text to nearness."""
    rows = [ROW.fullmatch(line) for line in output.splitlines()]
    assert all(rows), output
    return {row[2]: float(row[1]) for row in rows if row}


def assert_finds_the_economy(output: str) -> None:
    """The text about interest rates is the nearest to the question about the economy."""
    found = nearness(output)
    assert len(found) == 3
    assert re.fullmatch(NEAREST, max(found, key=found.__getitem__))


def test_curl(run):
    if shutil.which("curl") is None:
        lacking("curl")
    answer = json.loads(run("sh", str(FOLDER / "curl.sh")))
    assert len(answer["data"][0]["embedding"]) == 384
    assert answer["usage"]["total_tokens"] == 7


def test_python(run):
    assert_finds_the_economy(run(sys.executable, str(FOLDER / "python.py")))


def test_javascript(run, node_modules):
    """``node_modules``: a folder in which ``npm install openai`` was run."""
    if shutil.which("node") is None:
        lacking("node")
    # A module is looked up from where the file is, so the file must stand beside them.
    copy = node_modules / "quickstart.mjs"
    copy.write_text((FOLDER / "javascript.mjs").read_text())
    assert_finds_the_economy(run("node", str(copy)))


def test_langchain(run):
    if importlib.util.find_spec("langchain_openai") is None:
        lacking("langchain-openai")
    assert_finds_the_economy(run(sys.executable, str(FOLDER / "langchain_search.py")))


@pytest.fixture
def node_modules(tmp_path) -> Path:
    """A folder whose ``node_modules`` has ``openai``, from AUROUS_TEST_NODE_MODULES."""
    named = os.environ.get("AUROUS_TEST_NODE_MODULES", "")
    if not (Path(named) / "openai").is_dir() or not named:
        lacking("the npm package openai, in the folder that AUROUS_TEST_NODE_MODULES names")
    (tmp_path / "node_modules").symlink_to(Path(named).resolve())
    return tmp_path
