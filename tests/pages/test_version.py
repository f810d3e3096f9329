"""The page of versions: who asks for which, what another would change, switch and undo."""

import json
import shlex
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from accounts import teams
from accounts.models import AuditEvent, Team
from accounts.roles import May, allowed
from aurous.http.versions.deprecations import VERSIONS, Deprecation
from billing.models import UsageRollup
from embeddings import catalog
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.cast import NOBODY, bearer
from tests.pages.browsers import browsers_of, queries_of, words

OLD, NEW = "2026-05-15", "2026-11-01"
MAY = {"owner", "admin", "developer"}


@pytest.fixture
def page(cast):
    return reverse("version", args=[cast.acme.id])


@pytest.fixture
def switch(cast):
    return reverse("version-switch", args=[cast.acme.id])


def pin_of(team):
    return Team.objects.get(pk=team.pk).default_api_version


def test_calls_are_counted_by_version_and_key(ada, cast, page):
    stage.grant(cast.acme, CREDIT)
    stage.grant(cast.cleos, CREDIT)
    indexer = cast.new_key(name="Indexer").api_key
    for _ in range(3):
        stage.spent(cast.acme, 7, api_key_id=indexer.id)
    stage.spent(cast.acme, 7, api_version=NEW)
    stage.spent(cast.cleos, 7, api_version=NEW)
    shown = ada.get(page)
    text = words(shown)
    assert f"{NEW} Newest 1 1" in text
    assert f"{OLD} Pinned 3 3" in text
    assert f"Indexer {OLD} 3 3" in text
    uses = [call["use"] for call in shown.context["calls"]]
    assert [(use.version, use.short, use.long) for use in uses] == [(NEW, 1, 1), (OLD, 3, 3)]


def test_seven_and_thirty_days_are_told_apart(ada, cast, page):
    stage.grant(cast.acme, CREDIT)
    stage.spent(cast.acme, 7)
    day = UsageRollup.objects.get(width="day")
    today = day.start
    for days, requests in ((6, 10), (7, 100), (29, 1_000), (30, 10_000)):
        day.pk, day.start, day.requests = None, today - timedelta(days=days), requests
        day.save(force_insert=True)
    assert f"{OLD} Pinned 11 1,111" in words(ada.get(page))


def test_a_team_without_requests_is_told_the_next_step(ada, page):
    text = words(ada.get(page))
    assert "No requests in 30 days" in text
    assert "This team sent none under an older version in the last 30 days." in text


def test_each_newer_version_says_what_it_would_change(ada, cast, page):
    stage.grant(cast.acme, CREDIT)
    stage.spent(cast.acme, 7)
    text = words(ada.get(page))
    assert f"What {NEW} would change" in text
    assert 'encoding_format: "base64" is honoured' in text
    assert "1 request of this team came under an older version" in text
    teams.set_version(cast.acme.id, NEW, actor=NOBODY)
    assert "would change" not in words(ada.get(page))


def test_the_trial_is_a_request_that_is_answered_under_the_version(client, ada, cast, page):
    line = ada.get(page).context["trial"]
    _, address, *options = shlex.split(line.replace("\\\n", ""))
    assert address.endswith("/v1/embeddings")
    body = json.loads(options[options.index("-d") + 1])
    version = next(one for one in options if one.startswith("Aurous-Version: "))
    answer = client.post(
        "/v1/embeddings/estimate",
        json.dumps({name: body[name] for name in ("model", "input")}),
        content_type="application/json",
        HTTP_AUROUS_VERSION=version.removeprefix("Aurous-Version: "),
        **bearer(cast.key()),
    )
    assert answer.status_code == 200, answer.text
    assert answer["Aurous-Version"] == NEW


def test_switching_asks_first_and_can_be_undone(ada, cast, page, switch):
    assert "Switch back" not in words(ada.get(page))
    asked = words(ada.get(switch, {"to": NEW}))
    assert f"Switch to {NEW}" in asked
    assert "What changes 2 changes between" in asked
    assert pin_of(cast.acme) == OLD
    done = ada.post(switch, {"to": NEW}, follow=True)
    assert pin_of(cast.acme) == NEW
    assert f"Switch back to {OLD}" in words(done)
    event = AuditEvent.objects.get(action="team.version_set")
    assert event.actor_label == cast.ada.email
    assert "What is undone" in words(ada.get(switch, {"to": OLD}))
    ada.post(switch, {"to": OLD})
    assert pin_of(cast.acme) == OLD
    assert f"Switch back to {NEW}" in words(ada.get(page))


@pytest.mark.parametrize("to", ["", OLD, "2020-01-01", "nonsense"])
def test_what_is_no_other_version_goes_back(ada, cast, switch, page, to):
    assert ada.get(switch, {"to": to})["Location"] == page
    assert ada.post(switch, {"to": to})["Location"] == page
    assert pin_of(cast.acme) == OLD


def test_a_deprecated_version_in_use_is_warned_of(ada, cast, page, monkeypatch):
    day = datetime(2027, 5, 15, tzinfo=UTC)
    monkeypatch.setitem(VERSIONS, OLD, Deprecation(datetime(2027, 1, 1, tzinfo=UTC), "/docs", day))
    unused = words(ada.get(page))
    assert f"Version {OLD} is deprecated since 2027-01-01." in unused
    assert "asked for it in the last 30 days" not in unused
    stage.grant(cast.acme, CREDIT)
    stage.spent(cast.acme, 7)
    teams.set_version(cast.acme.id, NEW, actor=NOBODY)
    text = words(ada.get(page))
    assert "It ends on 2027-05-15" in text
    assert "1 request of this team asked for it in the last 30 days." in text


def test_roles(cast, page, switch):
    for role, browser in browsers_of(cast).items():
        assert (switch in browser.get(page).text) is (role in MAY)
        status = browser.post(switch, {"to": NEW}).status_code
        assert status == (302 if role in MAY else 403)
        if role == "owner":
            assert f"by {cast.ada.email}" in words(browser.get(page))
        if May.AUDIT not in allowed(role):
            assert "Last switched" in words(browser.get(page))
            assert cast.ada.email not in words(browser.get(page))
    assert pin_of(cast.acme) == NEW


def test_another_team_is_not_there(ada, cast):
    assert ada.get(reverse("version", args=[cast.cleos.id])).status_code == 404
    assert ada.post(reverse("version-switch", args=[cast.cleos.id]), {"to": NEW}).status_code == 404


def test_many_keys_take_as_many_queries(ada, cast, page):
    catalog.served()
    stage.grant(cast.acme, CREDIT)
    stage.spent(cast.acme, 7, api_key_id=cast.new_key().api_key.id)
    ada.get(page)
    before = queries_of(ada, page)
    for _ in range(8):
        stage.spent(cast.acme, 7, api_key_id=cast.new_key().api_key.id, api_version=NEW)
    assert queries_of(ada, page) == before <= 14
