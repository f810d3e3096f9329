"""What no committed file may say, and what the documents must."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts.key_text import checksum_ok, new_text
from aurous.kernel.errors import ERROR_CODES
from tests.architecture.source import ROOT, calls_in, committed, dotted, modules

MACHINE = [f"/{folder}/" for folder in ("work", "root", "tmp/spec")]
KEY = re.compile(r"al_live_[0-9a-f]{64}")
MACHINE_PATH = re.compile(r"(?<![\w.])(?:" + "|".join(map(re.escape, MACHINE)) + ")")
ENVIRONMENT = {"env_text", "env_int", "env_bool", "env_list", "env_secret"}


def texts() -> Iterator[tuple[Path, str]]:
    """Every committed file that is text."""
    for path in committed():
        try:
            yield path.relative_to(ROOT), path.read_text()
        except UnicodeDecodeError:
            continue


def machine_paths(text: str) -> list[str]:
    return [
        f"names {found}…, a folder of one machine. Go from BASE_DIR or AUROUS_VAR_DIR."
        for found in sorted(set(MACHINE_PATH.findall(text)))
    ]


def working_keys(text: str) -> list[str]:
    return [
        f"holds {key[:14]}…, which could be an API key. Make one in the test, or break its end."
        for key in KEY.findall(text)
        if checksum_ok(key)
    ]


RULES = {
    machine_paths: (f"cd {MACHINE[0]}main", "https://example.com/work/main and a/root/b"),
    working_keys: (None, "al_live_" + "0" * 64),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_committed_file_says_it(rule):
    assert [f"{path}: {line}" for path, text in texts() for line in rule(text)] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_rule_finds_the_bad_and_leaves_the_good(rule):
    bad, good = RULES[rule]
    assert len(rule(bad or f"Bearer {new_text()}")) == 1
    assert rule(good) == []


def test_the_page_of_errors_has_a_section_for_each_code_and_no_other():
    page = (ROOT / "docs/errors.md").read_text()
    sections = dict(re.findall(r"^## (\w+)\n\n`(\d{3})`", page, re.MULTILINE))
    assert sections == {name: str(code.status) for name, code in ERROR_CODES.items()}


def test_the_page_of_settings_lists_every_variable_that_is_read():
    read = {
        call.args[0].value
        for module in modules("aurous", "accounts", "billing", "embeddings")
        for call in calls_in(module)
        if dotted(call.func) in ENVIRONMENT and call.args and isinstance(call.args[0], ast.Constant)
    }
    listed = set(re.findall(r"`([A-Z][A-Z_]+)`", (ROOT / "docs/settings.md").read_text()))
    assert read - listed == set(), "say in docs/settings.md what these are for"
