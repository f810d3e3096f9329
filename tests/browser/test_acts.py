"""What people do every week, in each of the ways: keys, people, webhooks, versions, alerts."""

import re

import pytest
from django.db import transaction

from accounts import members
from accounts.access import api_key_for, api_keys_of, memberships_of
from accounts.models import Role, Team
from billing.access import webhook_endpoints_of
from tests.cast import NOBODY, PASSWORD, person
from tests.embeddings.api.stage import customer, until


@pytest.fixture
def team(transactional_db):
    return customer(name="Acme").team


@pytest.fixture
def ada(team):
    return member(team, Role.OWNER)


def member(team, role):
    someone = person(f"{role}-{team.id.lower()}@acme.example")
    with transaction.atomic():
        members.add(team, someone, role, actor=NOBODY)
    return someone


def prove_who_it_is(at):
    at.sees("Is it you?")
    at.hands.fill("Password", PASSWORD)
    at.hands.press("Continue")


def test_a_key_is_made_and_shown_once(team, ada, begin):
    at = begin(ada)
    at.go(f"/t/{team.id}/keys")
    at.hands.follow("New key")
    at.hands.fill("Name", "Nightly indexer")
    at.hands.tick("Write")
    at.hands.press("Make the key")
    shown = at.page.locator(".secret code").first
    shown.wait_for()
    text = shown.text_content()
    assert re.fullmatch("al_live_[0-9a-f]{64}", text)
    (key,) = api_keys_of(team.id).filter(name="Nightly indexer")
    assert key.scope == "write"
    assert text not in at.page.url
    at.hands.follow("I have saved it")
    at.sees("Nightly indexer")
    assert text not in at.page.content()


def test_a_key_is_revoked_by_who_knows_the_password(team, ada, begin):
    (key,) = api_keys_of(team.id)
    at = begin(ada)
    at.go(f"/t/{team.id}/keys/{key.id}")
    at.hands.follow("Revoke")
    at.hands.fill(f"Type {key.name} to go on", key.name)
    at.hands.press("Revoke the key")
    assert api_key_for(team.id, key.id).revoked_at is None
    prove_who_it_is(at)
    at.sees("was revoked")
    assert api_key_for(team.id, key.id).revoked_at is not None


def test_somebody_is_invited_and_joins(team, ada, begin, mailoutbox):
    at = begin(ada)
    guest = person(f"guest-{team.id.lower()}@elsewhere.example")
    at.go(f"/t/{team.id}/members")
    at.hands.follow("Invite")
    at.hands.fill("E-mail address", guest.email)
    at.hands.tick("Developer")
    at.hands.press("Send the invitation")
    at.sees(guest.email)
    (mail,) = mailoutbox
    path = re.search(r"https?://[^/\s]+(/invitations/\S+)", mail.body).group(1)
    theirs = begin(guest)
    theirs.go(path)
    theirs.hands.press("Join the team")
    theirs.page.wait_for_url(f"**/t/{team.id}/**")
    assert memberships_of(team.id).get(user=guest).role == Role.DEVELOPER


def test_a_webhook_endpoint_is_made_tried_and_deleted(team, ada, begin):
    at = begin(ada)
    at.go(f"/t/{team.id}/webhooks")
    at.hands.follow("New endpoint")
    at.hands.fill("URL", "https://hooks.example.com/aurous")
    at.hands.tick("usage.balance_low")
    at.hands.press("Make the endpoint")
    at.sees("whsec_")
    (endpoint,) = webhook_endpoints_of(team.id)
    at.hands.follow("I have saved it")
    at.hands.press("Send a test event")
    at.sees("usage.balance_low")
    at.hands.follow("Delete")
    at.hands.fill("Host of the URL", "hooks.example.com")
    at.hands.press("Delete the endpoint")
    prove_who_it_is(at)
    at.sees("was deleted")
    assert not webhook_endpoints_of(team.id).filter(pk=endpoint.id).exists()


def test_the_version_is_switched_and_switched_back(team, ada, begin):
    at = begin(ada)
    at.go(f"/t/{team.id}/version")
    at.hands.follow("Switch to 2026-11-01")
    at.sees("base64")
    at.hands.press("Switch to 2026-11-01")
    at.page.wait_for_url(f"**/t/{team.id}/version")
    until(lambda: Team.objects.get(pk=team.id).default_api_version == "2026-11-01")
    at.hands.follow("Switch back to 2026-05-15")
    at.hands.press("Switch")
    until(lambda: Team.objects.get(pk=team.id).default_api_version == "2026-05-15")


def test_the_alert_of_a_low_balance_is_set(team, ada, begin):
    at = begin(ada)
    at.go(f"/t/{team.id}/limits")
    at.hands.tick("below an amount of our own")
    at.hands.fill("Credits", "12.5")
    at.hands.press("Save the alert")
    at.sees("12.5")
    at.go(f"/t/{team.id}/limits")
    assert at.page.get_by_role("textbox", name="Credits").input_value() == "12.5"


def test_a_team_is_renamed(team, ada, begin):
    at = begin(ada)
    at.go(f"/t/{team.id}/settings")
    at.hands.fill("Name of the team", "Acme Research")
    at.hands.press("Save the name")
    until(lambda: Team.objects.get(pk=team.id).name == "Acme Research")


def test_a_member_of_two_teams_switches(team, ada, begin):
    other = customer(name="Borealis").team
    with transaction.atomic():
        members.add(other, ada, Role.VIEWER, actor=NOBODY)
    at = begin(ada)
    at.go(f"/t/{team.id}/")
    if at.mode.width < 1000:
        at.hands.open("Menu")
    else:
        at.hands.open("Acme")
    at.hands.follow("Borealis")
    at.page.wait_for_url(f"**/t/{other.id}/")


def test_a_viewer_finds_no_button_to_press(team, begin):
    at = begin(member(team, Role.VIEWER))
    for place, act in (("keys", "New key"), ("members", "Invite"), ("webhooks", "New endpoint")):
        at.go(f"/t/{team.id}/{place}")
        assert at.page.get_by_role("link", name=act).count() == 0
