"""From an address to the first vector: a team, a key that is shown once, a first request."""

import json
import re

import pytest

from accounts.models import ApiKey, AuditEvent, Team, User
from billing.balance import balance_of
from tests.billing.stage import CREDIT
from tests.cast import bearer, person
from tests.people.acts import code_in_mail, words
from tests.people.test_signup import NEW, VERIFY, sign_up

NEW_TEAM = "/new-team"


@pytest.fixture
def newcomer(browser):
    """Dora, who has just proven her address."""
    sign_up(browser)
    browser.post(VERIFY, {"code": code_in_mail()})
    return browser


def make(browser, name="Northwind"):
    return browser.post(NEW_TEAM, {"name": name})


def key_on(page):
    (text,) = re.findall(r"al_live_[0-9a-f]{64}", page.text)
    return text


def test_the_way_from_signing_up_to_a_request_that_works(newcomer, client, settings):
    settings.WELCOME_CREDITS = "100"
    page = newcomer.get("/", follow=True)
    assert page.redirect_chain[-1][0] == NEW_TEAM
    made = make(newcomer)
    assert made.status_code == 200
    assert "no-store" in made["Cache-Control"]
    team = Team.objects.get()
    (way,) = re.findall(r'action="(/t/[^"]*)"', made.text)
    assert way == f"/t/{team.id}/quickstart"
    page = newcomer.get(way)
    assert "Waiting for the first request of this team." in page.text
    assert "This team has no credit." not in page.text
    answer = client.post(
        "/v1/embeddings/estimate",
        json.dumps({"model": "aurous-embed-text", "input": "The quick brown fox"}),
        content_type="application/json",
        **bearer(key_on(made)),
    )
    assert answer.status_code == 200, answer.text


def test_the_key_is_shown_this_once_and_is_who_made_its(newcomer):
    made = make(newcomer)
    text = key_on(made)
    team = Team.objects.get()
    for path in (f"/t/{team.id}/quickstart", "/", NEW_TEAM):
        assert text not in newcomer.get(path, follow=True).text
    key = ApiKey.objects.get()
    assert (key.name, key.scope, key.created_by) == ("First key", "full", User.objects.get())
    assert AuditEvent.objects.filter(team=team, action="key.created", actor_label=NEW).exists()


def test_welcome_credit_is_given_once_a_person(newcomer, settings):
    settings.WELCOME_CREDITS = "100"
    make(newcomer, "First")
    make(newcomer, "Second")
    balances = {team.name: balance_of(team.id).available for team in Team.objects.all()}
    assert balances == {"First": 100 * CREDIT, "Second": 0}


def test_without_welcome_credit_the_quickstart_says_what_is_missing(newcomer, settings):
    settings.WELCOME_CREDITS = "0"
    make(newcomer)
    team = Team.objects.get()
    assert balance_of(team.id).available == 0
    assert "This team has no credit." in newcomer.get(f"/t/{team.id}/quickstart").text


@pytest.mark.parametrize("name", ["", " ", "x" * 129, "a\x00b"])
def test_a_bad_name_is_refused_beside_its_field(newcomer, name):
    page = make(newcomer, name)
    assert page.status_code == 200
    assert 'class="error"' in page.text
    assert not Team.objects.exists()


def test_a_name_is_no_markup(newcomer):
    assert "<b>" not in make(newcomer, "<b>Northwind</b>").text


def test_who_has_a_team_can_make_another_or_go_back(client, cast):
    client.force_login(cast.ada)
    assert "Back to the dashboard" in words(client.get(NEW_TEAM))
    client.force_login(person("nobody@acme.example"))
    page = words(client.get(NEW_TEAM))
    assert "You are nobody@acme.example." in page
    assert "Back to the dashboard" not in page


def test_who_is_not_in_is_asked_in_first(browser, db):
    assert make(browser)["Location"] == f"/account/login/?next={NEW_TEAM}"
    assert not Team.objects.exists()
