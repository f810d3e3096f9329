"""Play money: offered where no Stripe is set up, and never in production."""

import os
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from aurous import play_money
from billing import gateway
from tests.architecture.source import ROOT


@pytest.fixture(autouse=True)
def nothing_set_up(settings):
    settings.STRIPE_SECRET_KEY, settings.PRODUCTION = "", False
    settings.PLAY_MONEY_OFFERED, settings.LOCAL_STRIPE_PORT = True, 0


def test_the_web_process_is_told_to_pay_there_and_whom_to_believe():
    offered = play_money.offer()
    assert offered.env["STRIPE_API_BASE"] == offered.url
    assert offered.env["AUROUS_PLAY_MONEY"] == "1"
    assert offered.child.env["STRIPE_WEBHOOK_SECRET"] == offered.env["STRIPE_WEBHOOK_SECRET"]
    assert f"--port={offered.url.rpartition(':')[2]}" in offered.child.argv
    assert not any("whsec" in word for word in offered.child.argv)  # anybody may list processes


def test_the_secret_is_another_one_every_time():
    first, second = play_money.offer(), play_money.offer()
    assert first.env["STRIPE_WEBHOOK_SECRET"] != second.env["STRIPE_WEBHOOK_SECRET"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("STRIPE_SECRET_KEY", "sk_test_x"), ("PRODUCTION", True), ("PLAY_MONEY_OFFERED", False)],
)
def test_it_is_not_offered_beside_a_real_one_in_production_or_when_switched_off(
    settings, name, value
):
    setattr(settings, name, value)
    assert play_money.offer() is None


def test_in_production_it_stops_the_start():
    environ = os.environ | {"AUROUS_ENV": "production", "AUROUS_PLAY_MONEY": "1"}
    asked = [sys.executable, "-c", "import aurous.stripe_settings"]
    done = subprocess.run(
        asked, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "AUROUS_PLAY_MONEY=1 is not for production." in done.stderr


def test_in_production_a_local_stripe_is_not_served(settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="not for production"):
        call_command("local_stripe")


def test_pages_can_ask_whether_payments_are_set_up_and_are_play(settings):
    assert (gateway.is_configured(), gateway.is_play_money()) == (False, False)
    settings.STRIPE_SECRET_KEY, settings.PLAY_MONEY = "sk_test_x", True
    assert (gateway.is_configured(), gateway.is_play_money()) == (True, True)
    settings.STRIPE_SECRET_KEY = ""
    with pytest.raises(RuntimeError, match="is_configured"):
        gateway.gateway()
