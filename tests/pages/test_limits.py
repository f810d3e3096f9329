"""Limits with what is used of them, and the alert of a low balance."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import api_keys, teams
from accounts.models import ApiKey, AuditEvent
from aurous.http.caller import Caller
from aurous.http.throttles import ROUTE_CLASSES, take_request, take_tokens, team_levels
from aurous.kernel.errors import AurousError
from billing.models import KeyDay, WebhookEvent
from billing.webhooks.dispatch import dispatch
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.cast import NOBODY
from tests.pages.browsers import browsers_of, queries_of, words
from tests.pages.rows import new_endpoint

MAY = {"owner", "admin", "billing"}


@pytest.fixture
def page(cast):
    return reverse("limits", args=[cast.acme.id])


def meters(browser, page):
    return {one.name: (one.used, one.limit) for one in browser.get(page).context["meters"]}


def caller(team, **more):
    return Caller(team.id, team.name, "key_x", "full", None, "2026-05-15", "metered", **more)


# --- the team ---------------------------------------------------------------------------------


def test_the_teams_limits_with_present_use(ada, cast, page):
    teams.set_limits(cast.acme.id, rpm=60, tpm=1_000, concurrency=2, actor=NOBODY)
    stage.grant(cast.acme, CREDIT)
    stage.held(cast.acme, 7)
    limited = caller(cast.acme, team_rpm=60, team_tpm=1_000)
    take_request(limited, "embeddings")
    take_tokens(limited, 400)
    found = meters(ada, page)
    assert found["Embedding requests a minute"] == (1, 60)
    assert found["Reading requests a minute"] == (0, 60)
    assert found["Embedding requests at once"] == (1, 2)
    used, limit = found["Tokens a minute"]
    assert (380 < used <= 400, limit) == (True, 1_000)


def test_no_limit_and_the_usual_one(ada, cast, page, settings):
    teams.set_limits(cast.acme.id, rpm=0, tpm=0, concurrency=0, actor=NOBODY)
    assert {limit for _, limit in meters(ada, page).values()} == {None}
    assert "Tokens a minute no limit" in words(ada.get(page))
    teams.set_limits(cast.acme.id, rpm=None, actor=NOBODY)
    found = meters(ada, page)["Managing requests a minute"]
    assert found == (0, settings.RATE_REQUESTS_PER_MINUTE)


def test_a_store_that_is_away_leaves_the_limits(ada, cast, page, monkeypatch):
    def away(*_args):
        raise AurousError("provider_unavailable", "away")

    monkeypatch.setattr("billing.pages.limits.team_levels", away)
    used, limit = meters(ada, page)["Tokens a minute"]
    assert (used, limit > 0) == (None, True)


def test_the_levels_are_of_every_route_class():
    assert set(team_levels("team_levels", 10, 10)) == {*ROUTE_CLASSES, "tokens"}
    assert team_levels("team_levels", 0, 0) == {}


# --- keys -------------------------------------------------------------------------------------


def test_keys_with_limits_tell_what_is_used(ada, cast, page):
    stage.grant(cast.acme, CREDIT)
    key = cast.new_key(name="Nightly", limit_day_nano=10_000, limit_month_nano=100_000).api_key
    stage.spent(cast.acme, 7, api_key_id=key.id)
    month = stage.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    KeyDay.objects.create(
        team=cast.acme, api_key_id=key.id, day=month - timedelta(days=1), used=500
    )
    ((found, (day, in_month, total)),) = ada.get(page).context["keys"]
    assert found.name == "Nightly"
    assert (day.used, day.limit, day.is_full) == (7_000, 10_000, False)
    assert (in_month.used, in_month.limit) == (7_000, 100_000)
    assert (total.used, total.limit) == (7_500, None)
    stage.spent(cast.acme, 2, api_key_id=key.id)
    ((_, (day, *_)),) = ada.get(page).context["keys"]
    assert day.is_full


def test_keys_without_limits_are_counted_and_dead_ones_are_not(ada, cast, page):
    assert "No key has a limit of its own" in words(ada.get(page))
    cast.new_key(name="free")
    dead = cast.new_key(name="dead", rpm=5).api_key
    api_keys.revoke(cast.acme.id, dead.id, actor=NOBODY)
    past = cast.new_key(name="past", rpm=5).api_key
    ApiKey.objects.filter(pk=past.pk).update(expires_at=stage.now() - timedelta(days=1))
    cast.new_key(cast.cleos, name="Cleo's", rpm=5)
    cast.new_key(name="slow", rpm=5)
    shown = ada.get(page)
    assert [key.name for key, _ in shown.context["keys"]] == ["slow"]
    assert shown.context["free_keys"] == 1
    assert "the team’s credit is all that bounds it." in words(shown)


def test_many_keys_take_as_many_queries(ada, cast, page):
    cast.new_key(rpm=5)
    ada.get(page)
    before = queries_of(ada, page)
    for _ in range(30):
        cast.new_key(rpm=5)
    assert queries_of(ada, page) == before <= 20
    assert 'rel="next"' in ada.get(page).text


# --- the alert --------------------------------------------------------------------------------


def test_the_threshold_can_be_set_and_taken_back(ada, cast, page):
    assert ada.get(page).context["threshold"] == 100 * CREDIT
    ada.post(page, {"mode": "own", "credits": "99.5"})
    assert stage.account(cast.acme).low_balance == 99_500_000_000
    event = AuditEvent.objects.get(action="team.low_balance_set")
    assert (event.actor_label, event.data) == (cast.ada.email, {"credits": "99.5"})
    form = ada.get(page).context["form"]
    assert (form["mode"].value(), form["credits"].value()) == ("own", "99.5")
    ada.post(page, {"mode": "never"})
    assert stage.account(cast.acme).low_balance == 0
    assert "Nobody is told of a low balance." in words(ada.get(page))
    ada.post(page, {"mode": "default", "credits": "7"})
    assert stage.account(cast.acme).low_balance is None


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "mode"),
        ({"mode": "sometimes"}, "mode"),
        ({"mode": "own"}, "credits"),
        ({"mode": "own", "credits": "much"}, "credits"),
        ({"mode": "own", "credits": "0"}, "credits"),
        ({"mode": "own", "credits": "-1"}, "credits"),
        ({"mode": "own", "credits": "0.0000000001"}, "credits"),
        ({"mode": "own", "credits": "NaN"}, "credits"),
        ({"mode": "own", "credits": "1" * 30}, "credits"),
    ],
)
def test_what_is_no_threshold_is_said_beside_its_field(ada, cast, page, sent, field):
    answer = ada.post(page, {"x": "y", **sent})
    assert answer.context["form"].errors.keys() == {field}
    assert stage.account(cast.acme).low_balance is None


def test_the_effect_follows_the_balance(ada, cast, page):
    def said():
        return ada.get(page).context["effect"]

    assert "below that already" in said()
    stage.grant(cast.acme, 110 * CREDIT)
    assert said().startswith("It is told once")
    stage.spent(cast.acme, 20_000_000)
    assert "It was told, and the balance is below that." in said()
    stage.grant(cast.acme, 15 * CREDIT)
    assert "only a little above that" in said()
    assert "to 110." in said()
    stage.grant(cast.acme, 5 * CREDIT)
    assert said().startswith("It is told once")


def test_firings_are_told_with_who_was_told(ada, cast, page):
    assert "No alert yet" in words(ada.get(page))
    assert "Nobody: no enabled webhook endpoint wants" in words(ada.get(page))
    new_endpoint(cast.acme.id, events=["usage.balance_low"])
    new_endpoint(cast.acme.id, url="https://other.acme.example/", events=["topup.failed"])
    stage.grant(cast.acme, 110 * CREDIT)
    stage.spent(cast.acme, 20_000_000)
    dispatch()
    assert WebhookEvent.objects.count() == 1
    text = words(ada.get(page))
    assert "Who is told hooks.acme.example" in text
    assert "usage.balance_low 90 100 hooks.acme.example On its way" in text
    assert "other.acme.example" not in text


def test_many_firings_take_as_many_queries(ada, cast, page):
    new_endpoint(cast.acme.id)

    def fire():
        stage.grant(cast.acme, 200 * CREDIT)
        stage.spent(cast.acme, 195_000_000)
        dispatch()

    fire()
    ada.get(page)
    before = queries_of(ada, page)
    for _ in range(3):
        stage.grant(cast.acme, 200 * CREDIT)
        stage.spent(cast.acme, 199_000_000)
        dispatch()
    assert queries_of(ada, page) == before


def test_roles(cast, page):
    for role, browser in browsers_of(cast).items():
        assert ("Save the alert" in browser.get(page).text) is (role in MAY)
        status = browser.post(page, {"mode": "never"}).status_code
        assert status == (302 if role in MAY else 403)


def test_another_team_is_not_there(ada, cast):
    theirs = reverse("limits", args=[cast.cleos.id])
    assert ada.get(theirs).status_code == 404
    assert ada.post(theirs, {"mode": "never"}).status_code == 404
