"""The quickstarts of docs/quickstarts run as they stand there, each against the platform."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.architecture.source import ROOT
from tests.conftest import IN_CI

FOLDER = ROOT / "docs/quickstarts"
OPENAI_JS = ROOT / "tests/sdk/js/node_modules/openai7"
SDK_PYTHON = ROOT / ".venv-sdk/bin/python"
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


def test_javascript(run, tmp_path):
    if shutil.which("node") is None:
        lacking("Node.js")
    if not OPENAI_JS.exists():
        lacking("openai7 in tests/sdk/js/node_modules")
    # A package is looked up from where the file is, so the file must stand beside it.
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules/openai").symlink_to(OPENAI_JS)
    copy = tmp_path / "quickstart.mjs"
    copy.write_text((FOLDER / "javascript.mjs").read_text())
    assert_finds_the_economy(run("node", str(copy)))


def test_langchain(run):
    if not SDK_PYTHON.exists():
        lacking(".venv-sdk with langchain-openai")
    assert_finds_the_economy(run(str(SDK_PYTHON), str(FOLDER / "langchain_search.py")))
