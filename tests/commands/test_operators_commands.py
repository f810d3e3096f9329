"""Commands as an operator types them, and what customers notice of them."""

import io
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command, get_commands
from django.core.management.base import OutputWrapper

from tests.architecture.source import ROOT
from tests.embeddings.api.stage import (
    STUB,
    TEN_TOKENS,
    TEXT,
    VERSION,
    Api,
    complaints,
    credits_of,
)

COMMANDS = (
    "create_team",
    "fill_history",
    "grant_credits",
    "issue_key",
    "prove",
    "reap",
    "revoke_key",
    "set_limits",
    "set_team",
)


def run(*words):
    out, err = io.StringIO(), io.StringIO()
    call_command(*words, stdout=OutputWrapper(out), stderr=OutputWrapper(err))
    return out.getvalue()


def run_json(*words):
    """One JSON object on one line, and nothing else."""
    out = run(*words, "--json")
    assert out.count("\n") == 1
    told = json.loads(out)
    assert isinstance(told, dict)
    return told


def issue(team, *options):
    made = run_json("issue_key", team, *options)
    return Api(made["api_key"], made["key_id"])


def make_team(name, *options):
    made = run_json("create_team", name, *options)
    assert set(made) == {"team_id", "api_key"}
    return made["team_id"], Api(made["api_key"])


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as left:
        call_command(command, "--help")
    assert left.value.code == 0
    assert "usage:" in capsys.readouterr().out
    assert get_commands()[command] in {"accounts", "billing", "embeddings"}


def test_a_new_team_can_embed_with_its_key_and_credit(transactional_db):
    _, api = make_team("Fresh", "--credits", "2", "--owner", "ada@fresh.example")
    assert api.embed(TEN_TOKENS).status == 200
    assert api.get("balance").json["credits"] == 2 - credits_of(10)
    assert api.call("PATCH", "team", {"name": "Fresher"}).status == 200  # scope full


def test_a_new_team_without_credit_is_402_until_it_is_granted_some(transactional_db):
    team_id, api = make_team("Poor")
    assert api.embed().code == "balance_too_low"
    run("grant_credits", team_id, "0.5", "--reason", "Welcome")
    assert api.embed().status == 200
    (grant,) = api.get("balance").json["grants"]
    assert (grant["kind"], grant["expires_at"]) == ("promotional", None)


def test_a_key_does_what_its_options_say(transactional_db):
    _, api = make_team("Optional", "--credits", "1")
    reader = issue("Optional", "--scope", "read")
    assert reader.get("balance").status == 200
    assert reader.embed().code == "missing_scope"
    assert issue("Optional").embed().status == 200  # write is the default
    assert issue("Optional", "--models", f"{TEXT},other").embed().code == "model_not_allowed"
    assert issue("Optional", "--cidrs", "192.0.2.0/24").embed().code == "ip_not_allowed"
    assert issue("Optional", "--cidrs", "192.0.2.0/24,127.0.0.0/8").embed().status == 200
    slow = issue("Optional", "--rpm", "1")
    assert [slow.get("balance").status, slow.get("balance").code] == [200, "too_many_requests"]
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
    assert issue("Optional", "--expires", soon).embed().status == 200
    for limit in ("--limit-day", "--limit-month", "--limit-total"):
        limited = issue("Optional", limit, str(credits_of(10)))
        assert limited.embed(TEN_TOKENS).status == 200
        assert limited.embed("x").code == "key_limit_reached"
    assert api.get("balance").status == 200


def test_a_revoked_key_opens_nothing_more(transactional_db):
    make_team("Careful", "--credits", "1")
    key = issue("Careful")
    assert key.embed().status == 200
    run("revoke_key", key.key_id)
    assert key.embed().code == "revoked_api_key"


def test_a_team_is_suspended_resumed_and_exempted(transactional_db):
    team_id, api = make_team("Moody")
    run("set_team", team_id, "--suspend")
    assert api.get("balance").code == "team_suspended"
    run("set_team", team_id, "--resume", "--version", VERSION, "--billing-mode", "exempt")
    answer = api.embed()
    assert (answer.status, answer.json["usage"]["credits_charged"]) == (200, 0)
    run("set_team", team_id, "--billing-mode", "metered")
    assert api.embed().code == "balance_too_low"


def test_limits_hold_at_once_and_0_is_none(transactional_db):
    team_id, api = make_team("Busy", "--credits", "1")
    run("set_limits", team_id, "--rpm", "1", "--tpm", "100", "--concurrency", "5")
    first = api.embed()
    assert first.headers["X-RateLimit-Limit"] == "1"
    assert first.headers["X-RateLimit-TPM-Limit"] == "100"
    assert api.embed().code == "too_many_requests"
    run("set_limits", team_id, "--rpm", "0", "--tpm", "0", "--concurrency", "0")
    assert "X-RateLimit-Limit" not in api.embed().headers


def test_history_is_booked_so_that_the_books_stay_in_order(transactional_db):
    team_id, api = make_team("Old")
    told = run("fill_history", team_id, "--rows", "400")
    assert "400" in told
    assert complaints() == {}
    events = api.get("usage/events?limit=500").json["data"]
    assert len(events) == 400
    assert {event["status"] for event in events} == {"settled", "released", "failed"}
    assert {event["model"] for event in events} == {STUB, TEXT}
    assert len({event["api_key_id"] for event in events}) >= 3
    assert len({event["user"] for event in events}) >= 3
    oldest = datetime.fromisoformat(events[-1]["created_at"])
    assert timedelta(days=88) < datetime.now(UTC) - oldest < timedelta(days=91)
    lines = api.get("ledger/entries?limit=500").json["data"]
    charged = sum(event["credits_charged"] for event in events)
    assert charged == -sum(line["amount"] for line in lines if line["kind"] == "usage")
    assert api.get("balance").json["credits"] == lines[0]["balance_after"]
    assert api.embed().status == 200  # and life goes on
    assert complaints() == {}


def test_history_can_be_booked_twice(transactional_db):
    team_id, api = make_team("Older")
    for _ in range(2):
        run("fill_history", team_id, "--rows", "30")
    assert len(api.get("usage/events?limit=500").json["data"]) == 60
    assert complaints() == {}


def test_history_is_not_for_production(asker, settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="not for production"):
        run("fill_history", asker.team.id, "--rows", "1")


@pytest.mark.parametrize(
    "words",
    [
        ("fill_history", "Nobody", "--rows", "1"),
        ("fill_history", "Nobody", "--rows", "0"),
        ("grant_credits", "Nobody", "1", "--reason", "x"),
        ("issue_key", "Nobody"),
        ("revoke_key", "key_none"),
        ("set_team", "Nobody", "--suspend"),
        ("set_limits", "Nobody", "--rpm", "1"),
    ],
    ids=lambda words: words[0],
)
def test_who_does_not_exist_is_one_sentence_and_exit_status_1(db, words):
    with pytest.raises(CommandError) as refused:
        run(*words)
    assert refused.value.returncode == 1
    assert "\n" not in str(refused.value)


def manage(*words, var_dir):
    environ = os.environ | {
        "DJANGO_SETTINGS_MODULE": "aurous.settings",
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "AUROUS_VAR_DIR": str(var_dir),
        "AUROUS_ENV": "dev",
        "AUROUS_LOG_LEVEL": "DEBUG",  # logs must not get between an object and its reader
    }
    asked = [sys.executable, "manage.py", *words]
    return subprocess.run(
        asked, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, check=False
    )


def test_from_a_shell_json_is_alone_on_stdout_and_the_exit_status_tells(tmp_path):
    """A fresh installation, where somebody goes round the ledger with a tool of the database."""
    assert manage("migrate", "--verbosity", "0", var_dir=tmp_path).returncode == 0
    made = manage("create_team", "Acme", "--credits", "1", "--json", var_dir=tmp_path)
    assert set(json.loads(made.stdout)) == {"team_id", "api_key"}
    with closing(sqlite3.connect(tmp_path / "aurous.sqlite3")) as database:
        database.execute("UPDATE billing_account SET posted = posted + 1 WHERE team_id IS NOT NULL")
        database.commit()
    proof = manage("prove", "--json", var_dir=tmp_path)
    assert proof.returncode == 1
    told = json.loads(proof.stdout)
    assert told["ok"] is False
    assert "I1" in [found["id"] for found in told["invariants"] if not found["ok"]]
    assert "Traceback" not in proof.stderr
