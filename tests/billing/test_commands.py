"""What operators type about money: ``create_team``, ``grant_credits`` and ``reap``."""

import json
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import Team
from billing.balance import balance_of
from billing.models import Grant, Transfer
from tests.billing import stage

pytestmark = pytest.mark.usefixtures("db")


def printed(capsys, *command, **options):
    call_command(*command, **options)
    return capsys.readouterr().out


def test_create_team_prints_one_object_with_its_id_and_key(db, capsys):
    out = printed(capsys, "create_team", "Acme", "--credits", "2.5", "--json")
    made = json.loads(out)
    assert set(made) == {"team_id", "api_key"}
    assert out.count("\n") == 1
    assert made["api_key"].startswith("al_live_")
    assert balance_of(made["team_id"]).available == 2_500_000_000


def test_create_team_books_its_credit_as_a_grant(db, capsys):
    made = json.loads(printed(capsys, "create_team", "Acme", "--credits", "1", "--json"))
    line = Transfer.objects.get(account_id=made["team_id"])
    assert (line.kind, line.reference) == ("grant", f"opening:{made['team_id']}")


def test_a_team_without_credit_has_an_account_and_an_empty_statement(db, capsys):
    made = json.loads(printed(capsys, "create_team", "Acme", "--json"))
    assert balance_of(made["team_id"]).grants == []
    assert not Transfer.objects.filter(account_id=made["team_id"]).exists()


@pytest.mark.parametrize(
    "amount", ["-1", "1.0000000001", "NaN", "ten", "", "1e99", "0.1000000000000000000000000000001"]
)
def test_create_team_refuses_credit_that_is_no_exact_amount(db, amount):
    with pytest.raises(CommandError):
        call_command("create_team", "Acme", f"--credits={amount}")
    assert not Team.objects.exists()


def test_grant_credits_gives_credit_with_its_reason_on_the_statement(team, capsys):
    out = printed(capsys, "grant_credits", team.id, "0.000000001", "--reason", " Sorry ")
    assert "Acme received 0.000000001 credits" in out
    assert stage.standing(team) == (10 * stage.CREDIT + 1, 0)
    assert Transfer.objects.get(amount=1).note == "Sorry"


def test_grant_credits_knows_a_team_by_its_name(team):
    call_command("grant_credits", "Acme", "5", "--reason", "Hello")
    assert stage.standing(team) == (15 * stage.CREDIT, 0)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2099-01-02", datetime(2099, 1, 2, tzinfo=UTC)),
        ("2099-01-02T03:04:05+01:00", datetime(2099, 1, 2, 2, 4, 5, tzinfo=UTC)),
    ],
)
def test_grant_credits_may_expire(team, text, moment):
    call_command("grant_credits", team.id, "5", "--reason", "Trial", "--expires", text)
    assert Grant.objects.get(amount=5 * stage.CREDIT).expires_at == moment


@pytest.mark.parametrize(
    ("amount", "more", "words"),
    [
        ("0", {}, "more than 0"),
        ("-1", {}, "more than 0"),
        ("ten", {}, "not a number of credits"),
        ("1", {"reason": "  "}, "must say something"),
        ("1", {"reason": "x" * 301}, "at most 300"),
        ("1", {"expires": "2020-01-01"}, "in the future"),
        ("1", {"expires": "soon"}, "(?i)isoformat"),
        ("9300000000", {}, "out of range"),
    ],
)
def test_grant_credits_refuses(team, amount, more, words):
    options = {"reason": "Hello"} | more
    with pytest.raises(CommandError, match=words):
        call_command("grant_credits", team.id, amount, **options)
    assert stage.kinds(team) == ["grant"]


def test_grant_credits_refuses_a_team_that_does_not_exist(db):
    with pytest.raises(CommandError, match="nobody"):
        call_command("grant_credits", "nobody", "1", "--reason", "Hello")


def test_reap_tells_what_it_ended(clock, capsys):
    team = stage.a_team(stage.CREDIT)
    stage.held(team)
    clock.advance(minutes=1)
    nothing = ("claims", "accounts_with_expiries", "accounts_with_beginnings", "visits")
    done = {"holds": 1, **dict.fromkeys(nothing, 0)}
    assert json.loads(printed(capsys, "reap", "--json")) == done
    assert "holds: 0" in printed(capsys, "reap")
