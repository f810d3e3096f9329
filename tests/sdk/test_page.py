"""docs/sdks.md: its programs run as they stand, and its versions are the ones that are tested."""

import json
import re
import subprocess
import sys

import pytest

from accounts import teams
from tests.architecture.source import ROOT
from tests.cast import NOBODY
from tests.embeddings.api.stage import STUB
from tests.sdk.program import node_words
from tests.sdk.vectors import OLD

PAGE = (ROOT / "docs/sdks.md").read_text()
REQUEST_ID = "req_[0-9A-Z]{26}"
LIMIT_S = 60


def programs_of(heading, language):
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)


@pytest.fixture
def mine(base_url, acme):
    """A program of the page with Acme's address, key and the model that costs no time."""

    def program(text):
        assert "http://127.0.0.1:8000/v1" in text
        assert "al_live_…" in text
        text = text.replace("http://127.0.0.1:8000/v1", base_url).replace("al_live_…", acme.key)
        return re.sub(r"aurous-embed-(text|vision)", STUB, text)

    return program


@pytest.mark.parametrize(
    ("heading", "program", "printed"),
    [
        ("LangChain", "langchain_embeddings", "2 384"),
        ("LlamaIndex", "llama_index_embeddings", "2 384"),
        ("LiteLLM", "litellm_embedding", "2 14"),
    ],
)
def test_the_program_of_a_framework_runs(programs, mine, heading, program, printed):
    (text,) = programs_of(heading, "python")
    assert programs.python(program).ask(code=mine(text))["printed"].strip() == printed


def test_the_python_program_runs(mine):
    (text,) = programs_of("OpenAI, Python", "python")
    assert re.fullmatch(f"2 14 {REQUEST_ID}", printed_by([sys.executable, "-c", mine(text)]))


@pytest.mark.parametrize("package", ["openai4", "openai6", "openai7"])
def test_the_javascript_programs_run(mine, acme, package):
    batch, single = programs_of("OpenAI, JavaScript", "js")
    assert re.fullmatch(f"2 14 {REQUEST_ID}", printed_by(javascript(mine(batch), package)))
    teams.set_version(acme.team.id, OLD, actor=NOBODY)
    assert printed_by(javascript(mine(single), package)) == "384"


def javascript(text, package):
    node, *_ = node_words(package)
    return [node, "--input-type=module", "-e", text.replace('from "openai"', f'from "{package}"')]


def printed_by(words):
    done = subprocess.run(
        words,
        cwd=ROOT / "tests/sdk/js",
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_table_names_the_versions_that_are_tested():
    rows = {name: re.findall(r"\d+\.\d+\.\d+", cell) for name, cell in listed()}
    pins = (ROOT / "requirements-dev.txt").read_text() + (
        ROOT / "tests/sdk/requirements.txt"
    ).read_text()
    pinned = dict(re.findall(r"^([a-z-]+)==(\S+)$", pins, re.MULTILINE))
    for name in ("langchain-openai", "llama-index-embeddings-openai", "litellm"):
        assert rows[name] == [pinned[name]]
    packages = json.loads((ROOT / "tests/sdk/js/package.json").read_text())["dependencies"]
    openai = [spec for name, spec in packages.items() if name.startswith("openai")]
    javascript = [spec.rpartition("@")[2] for spec in openai]
    assert "openai==" + rows["openai"][0] in pins
    assert rows["openai"][1:] == javascript


def listed():
    """The clients of the table, those of one name together."""
    cells = re.findall(r"^\| (`([a-z-]+)` \d[^|]*) \|", PAGE, re.MULTILINE)
    names = dict.fromkeys(name for _, name in cells)
    return [(name, " ".join(cell for cell, other in cells if other == name)) for name in names]
