"""``set_low_balance``, and the checks of the settings of webhooks."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEvent
from billing import checks
from tests.billing import stage


def run(*args):
    out = StringIO()
    call_command("set_low_balance", *args, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("text", "stored", "shown"),
    [("12.5", 12_500_000_000, "12.5"), ("0", 0, "0"), ("default", None, None)],
)
def test_the_threshold_is_set(team, text, stored, shown):
    told = json.loads(run(team.id, text, "--json"))
    assert told == {"team_id": team.id, "low_balance_credits": shown}
    assert stage.account(team).low_balance == stored
    event = AuditEvent.objects.get(action="team.low_balance_set")
    assert (event.target, event.data) == (team.id, {"credits": shown})


def test_it_is_said_in_words(team):
    assert run(team.name, "7") == f"Acme ({team.id}): low under 7 credits.\n"


@pytest.mark.parametrize("text", ["x", "-1", "0.0000000001"])
def test_what_is_no_threshold_is_refused(team, text):
    with pytest.raises(CommandError, match="--credits"):
        run(team.id, "--", text)
    assert stage.account(team).low_balance is None


def test_an_unknown_team_is_refused(db):
    with pytest.raises(CommandError, match="no team"):
        run("nobody", "5")


def test_good_settings_pass(settings):
    settings.AUROUS_EGRESS_PROXY = "http://10.0.0.1:3128"
    assert checks.check_low_balance() + checks.check_egress_proxy() == []


def test_wrong_settings_stop_the_start(settings):
    settings.LOW_BALANCE_CREDITS = "much"
    settings.AUROUS_EGRESS_PROXY = "10.0.0.1"
    found = checks.check_low_balance() + checks.check_egress_proxy()
    assert [error.id for error in found] == ["billing.E001", "billing.E002"]
    assert all(error.hint for error in found)
