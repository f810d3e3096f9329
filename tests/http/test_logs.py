"""Log lines as a process really writes them."""

import json
import subprocess
import sys

import pytest

from aurous.logs import hidden

KEY = "al_live_" + "0123456789abcdef" * 4
SCRIPT = f"""
import logging
import structlog
from aurous import logs

KEY = {KEY!r}
logs.configure({{"level": "info"}})
ours, theirs = structlog.get_logger("aurous.test"), logging.getLogger("library")
ours.debug("not shown")
ours.info("text", a=KEY, b=["x", {{KEY: (KEY,)}}], c=KEY.encode(), d=ValueError(KEY), n=1)
ours.info(f"event {{KEY}}", **{{KEY: 1}})
theirs.debug("not shown")
theirs.warning("said %s and %s", KEY, 7, extra={{"team": "team_1", "request": KEY + "?secret"}})
try:
    raise ValueError(f"with {{KEY}}")
except ValueError:
    ours.exception("broke")
    theirs.exception("broke")
with structlog.contextvars.bound_contextvars(request_id="req_1"):
    ours.info("inside")
    theirs.error("inside")
ours.info("odd", surrogate="\\ud800", huge=2**100)
"""


@pytest.fixture(scope="module")
def lines():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == ""
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_every_line_is_one_json_object_with_time_level_and_logger(lines):
    assert len(lines) == 8
    for line in lines:
        assert {"event", "level", "logger", "timestamp"} <= line.keys()
    assert [line["logger"] for line in lines].count("library") == 3


def test_no_value_of_any_kind_keeps_a_key(lines):
    assert "89abcdef" not in json.dumps(lines)
    text = lines[0]
    assert text["a"] == "al_live_[hidden]"
    assert "al_live_[hidden]" in text["d"]
    assert lines[1]["event"] == "event al_live_[hidden]"


def test_the_standard_librarys_loggers_come_out_alike(lines):
    line = lines[2]
    assert line["event"] == "said al_live_[hidden] and 7"
    assert (line["level"], line["team"]) == ("warning", "team_1")
    assert "request" not in line  # its text would show the query string


def test_a_stack_is_one_field_of_the_line(lines):
    for line in lines[3:5]:
        assert "ValueError: with al_live_[hidden]" in line["exception"]


def test_the_request_id_is_on_every_line_of_a_request(lines):
    assert [line["request_id"] for line in lines[5:7]] == ["req_1", "req_1"]


def test_what_json_cannot_say_is_written_all_the_same(lines):
    assert lines[7]["event"] == "'odd'"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (KEY, "al_live_[hidden]"),
        (f"Bearer {KEY}, {KEY}", "Bearer al_live_[hidden], al_live_[hidden]"),
        (KEY[:14], "al_live_[hidden]"),
        (f"whsec_{'0' * 64} and {KEY}", "whsec_[hidden] and al_live_[hidden]"),
        ("al_live_… is how a key begins", "al_live_… is how a key begins"),
        ("nothing here", "nothing here"),
    ],
)
def test_hidden_takes_out_whole_keys_and_pieces(text, shown):
    assert hidden(text) == shown
