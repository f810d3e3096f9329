import io
import json
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from accounts import access, teams
from accounts.authentication import caller_for
from accounts.models import ApiKey, AuditEvent
from aurous.kernel.errors import AurousError
from tests.cast import NOBODY


def run(*arguments):
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def run_json(*arguments):
    printed = run(*arguments, "--json")
    assert printed.endswith("\n")
    assert printed.count("\n") == 1
    return json.loads(printed)


def refused(*arguments):
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    assert caught.value.returncode == 1
    return str(caught.value)


# --- issue_key --------------------------------------------------------------------------------


def test_issue_key_prints_one_json_object_with_a_key_that_works(cast):
    made = run_json("issue_key", "Acme")
    assert set(made) == {"key_id", "api_key"}
    caller = caller_for(made["api_key"])
    assert (caller.team_id, caller.api_key_id) == (cast.acme.id, made["key_id"])
    assert caller.scope == "write"


def test_issue_key_takes_every_rule(cast):
    made = run_json(
        *("issue_key", cast.acme.id, "--scope", "read", "--name", "nightly"),
        *("--expires", "2090-01-31", "--models", "a, b", "--cidrs", "10.0.0.0/8,::1"),
        *("--limit-day", "1.5", "--limit-month", "20", "--limit-total", "0.000000001"),
        *("--rpm", "7"),
    )
    key = access.api_key_for(cast.acme.id, made["key_id"])
    assert (key.name, key.scope, key.rpm) == ("nightly", "read", 7)
    assert key.expires_at == datetime(2090, 1, 31, tzinfo=UTC)
    assert (key.models, key.cidrs) == (["a", "b"], ["10.0.0.0/8", "::1/128"])
    limits = (key.limit_day_nano, key.limit_month_nano, key.limit_total_nano)
    assert limits == (1_500_000_000, 20_000_000_000, 1)


def test_issue_key_takes_a_moment_with_a_zone(cast):
    made = run_json("issue_key", "Acme", "--expires", "2090-01-31T12:00:00+02:00")
    key = access.api_key_for(cast.acme.id, made["key_id"])
    assert key.expires_at == datetime(2090, 1, 31, 10, tzinfo=UTC)


def test_issue_key_tells_a_person_what_was_made(cast):
    told = run("issue_key", "Acme", "--expires", "2090-01-31")
    key = ApiKey.objects.get()
    assert key.id in told
    assert "2090-01-31T00:00:00+00:00" in told
    assert any(caller_for(word) for word in told.split() if word.startswith("al_live_"))


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--scope", "admin", "scope must be one of"),
        ("--expires", "tomorrow", "--expires: 'tomorrow' is no date"),
        ("--expires", "2090-01-31T12:00:00", "no time zone"),
        ("--expires", "2020-01-01", "must lie in the future"),
        ("--models", ",", "models has 0 items"),
        ("--cidrs", "10.0.0.1/8", "did you mean 10.0.0.0/8"),
        ("--limit-day", "1.0000000001", "--limit-day: '1.0000000001' has more than 9 digits"),
        ("--limit-month", "-1", "is negative"),
        ("--limit-total", "lots", "is not a number of credits"),
        ("--limit-total", "nan", "--limit-total"),
        ("--rpm", "1.5", "--rpm: '1.5' is not a whole number"),
        ("--rpm", "0", "rpm must be from 1"),
        ("--name", "", "name has 0 characters"),
    ],
)
def test_issue_key_refuses_bad_input_in_one_sentence_and_makes_nothing(cast, option, value, words):
    assert words in refused("issue_key", "Acme", option, value)
    assert not ApiKey.objects.exists()


# --- revoke_key -------------------------------------------------------------------------------


def test_revoke_key_ends_a_key_and_says_which(cast):
    made = cast.new_key()
    told = run_json("revoke_key", made.api_key.id)
    assert (told["key_id"], told["team_id"]) == (made.api_key.id, cast.acme.id)
    with pytest.raises(AurousError, match="revoked"):
        caller_for(made.text)
    assert "is revoked" in run("revoke_key", made.api_key.id)
    event = AuditEvent.objects.latest("id")
    assert (event.action, event.actor_kind, event.actor_id) == (
        "key.revoked",
        "command",
        "revoke_key",
    )


def test_revoke_key_refuses_a_key_that_is_not_there(cast):
    assert "no API key 'key_x'" in refused("revoke_key", "key_x")


# --- roll_key ---------------------------------------------------------------------------------


def test_roll_key_prints_a_second_secret_beside_which_the_first_still_works(cast):
    made = cast.new_key()
    told = run_json("roll_key", made.api_key.id)
    assert set(told) == {"key_id", "api_key"}
    assert caller_for(told["api_key"]) == caller_for(made.text)
    event = AuditEvent.objects.latest("id")
    assert (event.action, event.actor_id) == ("key.rolled", "roll_key")
    assert event.data["overlap_hours"] == 24


def test_roll_key_ends_the_first_at_once_where_asked(cast):
    made = cast.new_key()
    words = run("roll_key", made.api_key.id, "--overlap-hours", "0").split()
    with pytest.raises(AurousError):
        caller_for(made.text)
    assert any(caller_for(word) for word in words if word.startswith("al_live_"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["key_x"], "no API key 'key_x'"),
        (["{id}", "--overlap-hours", "2"], "one of 0, 1, 24, 168"),
        (["{id}", "--overlap-hours", "a day"], "not a whole number"),
    ],
)
def test_roll_key_refuses_what_makes_no_sense(cast, arguments, words):
    key_id = cast.new_key().api_key.id
    assert words in refused("roll_key", *(word.format(id=key_id) for word in arguments))


# --- set_team ---------------------------------------------------------------------------------


def test_set_team_changes_several_things_at_once(cast):
    told = run_json("set_team", "Acme", "--billing-mode", "exempt", "--suspend")
    assert told == {
        "team_id": cast.acme.id,
        "name": "Acme",
        "default_api_version": "2026-05-15",
        "billing_mode": "exempt",
        "suspended": True,
    }
    assert "active" in run("set_team", "Acme", "--resume")


def test_set_team_means_an_api_version_by_version(cast, monkeypatch):
    known = ("2026-05-15", "2026-11-01")
    monkeypatch.setattr("aurous.http.versions.registry.versions", lambda: known)
    told = run_json("set_team", cast.acme.id, "--version", "2026-11-01")
    assert told["default_api_version"] == "2026-11-01"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "at least one"),
        (("--suspend", "--resume"), "not both"),
        (("--version", "2020-01-01"), "Known versions: 2026-05-15"),
        (("--version", "2020-01-01", "--suspend"), "Known versions: 2026-05-15"),
        (("--billing-mode", "free"), "metered, exempt"),
    ],
)
def test_set_team_refuses_bad_input_and_changes_nothing(cast, options, words):
    assert words in refused("set_team", "Acme", *options)
    cast.acme.refresh_from_db()
    assert not cast.acme.is_suspended


# --- set_limits -------------------------------------------------------------------------------


def test_set_limits_sets_what_is_named_and_leaves_the_rest(cast):
    run("set_limits", "Acme", "--rpm", "60", "--tpm", "1000")
    told = run_json("set_limits", "Acme", "--rpm", "0", "--concurrency", "4")
    assert told == {"team_id": cast.acme.id, "rpm": 0, "tpm": 1000, "concurrency": 4}
    told = run("set_limits", "Acme", "--tpm", "default")
    assert "rpm no limit, tpm default, concurrency 4" in told


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "at least one"),
        (("--rpm", "-1"), "rpm must be from 0"),
        (("--tpm", "many"), "--tpm: 'many' is not a whole number"),
        (("--concurrency", "99999999999"), "concurrency must be from 0"),
    ],
)
def test_set_limits_refuses_bad_input(cast, options, words):
    assert words in refused("set_limits", "Acme", *options)


# --- all --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("issue_key", "{team}"),
        ("set_team", "{team}", "--suspend"),
        ("set_limits", "{team}", "--rpm", "1"),
    ],
)
def test_a_team_is_an_id_or_a_name_that_only_one_team_has(cast, arguments):
    def named(team):
        return [argument.format(team=team) for argument in arguments]

    run(*named(cast.acme.id))
    run(*named("Acme"))
    assert "There is no team" in refused(*named("Nobody"))
    teams.create_team("Acme", actor=NOBODY)
    assert "More than one team is named 'Acme'" in refused(*named("Acme"))


@pytest.mark.parametrize(
    "command", ["issue_key", "revoke_key", "roll_key", "set_team", "set_limits"]
)
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as caught:
        call_command(command, "--help")
    assert caught.value.code == 0
    assert "--json" in capsys.readouterr().out
