"""A team's own page: its name, its id, and the ways out."""

import pytest

from accounts.models import AuditEvent, Team
from accounts.roles import May, roles_that
from tests.pages.people import browser, browsers, words


def url(team):
    return f"/t/{team.id}/settings"


def test_what_the_team_is(ada, cast):
    text = words(ada.get(url(cast.acme)))
    for one in (cast.acme.id, "2026-05-15", "Your role Owner", "Each request is charged"):
        assert one in text
    assert "You are the only owner" in text
    assert "The operator of this installation can suspend a team" in text


def test_a_new_name_is_kept_and_written_down(ada, cast):
    assert ada.post(url(cast.acme), {"name": "  Acme & Sons "}).status_code == 302
    assert Team.objects.get(pk=cast.acme.pk).name == "Acme & Sons"
    event = AuditEvent.objects.get(action="team.renamed")
    assert event.data == {"name": {"old": "Acme", "new": "Acme & Sons"}}
    assert event.actor_label == cast.ada.email
    assert "Acme &amp; Sons" in ada.get(url(cast.acme)).text


@pytest.mark.parametrize("name", ["", "   ", "x" * 129, "a\0b"])
def test_a_name_that_cannot_be_is_refused(ada, cast, name):
    page = ada.post(url(cast.acme), {"name": name})
    assert page.context["form"].errors["name"]
    assert Team.objects.get(pk=cast.acme.pk).name == "Acme"


def test_only_those_who_may_rename(cast):
    for role, client in browsers(cast).items():
        can = role in roles_that(May.SETTINGS)
        assert ("Save the name" in client.get(url(cast.acme)).text) is can, role
        status = client.post(url(cast.acme), {"name": f"By {role}"}).status_code
        assert status == (302 if can else 403), role


def test_others_can_leave_and_only_owners_hand_over(ada, cast):
    text = browser(cast.ben).get(url(cast.acme)).text
    assert f"/t/{cast.acme.id}/members/leave" in text
    assert f"/t/{cast.acme.id}/members/transfer" not in text
    assert f"/t/{cast.acme.id}/members/transfer" in ada.get(url(cast.acme)).text


def test_another_teams_page_does_not_exist(ada, cast):
    assert ada.get(url(cast.cleos)).status_code == 404
    assert ada.post(url(cast.cleos), {"name": "Mine"}).status_code == 404
    assert Team.objects.get(pk=cast.cleos.pk).name == "Cleo's"
