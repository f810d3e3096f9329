"""What is sent again (a reload, a second press without a script) does not happen again."""

import re

from accounts.access import api_keys_of, teams_of
from billing.access import webhook_endpoints_of


def form_of(browser, page, **fields):
    token = re.search(r'name="once" id="once" value="([^"]+)"', browser.get(page).text).group(1)
    return {"once": token, **fields}


def test_a_key_is_made_once(ada, cast):
    page = f"/t/{cast.acme.id}/keys/new"
    form = form_of(ada, page, name="Indexer", scope="write")
    assert "al_live_" in ada.post(page, form).text
    again = ada.post(page, form, follow=True)
    assert again.redirect_chain == [(f"/t/{cast.acme.id}/keys", 302)]
    assert "That was done already" in again.text
    assert api_keys_of(cast.acme.id).count() == 1
    assert "al_live_" in ada.post(page, form_of(ada, page, name="Another", scope="write")).text


def test_a_roll_that_is_sent_again_leaves_the_new_secret_alone(ada, cast):
    key = cast.new_key()
    page = f"/t/{cast.acme.id}/keys/{key.api_key.id}/roll"
    form = form_of(ada, page, overlap_hours="0")
    assert "al_live_" in ada.post(page, form).text
    ada.post(page, form)
    assert key.api_key.secrets.count() == 2


def test_an_endpoint_is_made_once(ada, cast):
    page = f"/t/{cast.acme.id}/webhooks/new"
    form = form_of(ada, page, url="https://hooks.acme.example/", events=["*"])
    assert "whsec_" in ada.post(page, form).text
    assert "whsec_" not in ada.post(page, form, follow=True).text
    assert webhook_endpoints_of(cast.acme.id).count() == 1


def test_a_team_is_made_once(ada, cast):
    form = form_of(ada, "/new-team", name="Acme Labs")
    ada.post("/new-team", form)
    ada.post("/new-team", form)
    assert [team.name for team in teams_of(cast.ada)] == ["Acme", "Acme Labs"]


def test_a_refused_form_may_be_corrected(ada, cast):
    page = f"/t/{cast.acme.id}/keys/new"
    form = form_of(ada, page, name="", scope="write")
    assert api_keys_of(cast.acme.id).count() == 0
    ada.post(page, form)
    assert "al_live_" in ada.post(page, form | {"name": "Indexer"}).text
