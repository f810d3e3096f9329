"""The people of a team: listed, given other roles, removed, leaving, handing over."""

import pytest
from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts import members, people
from accounts.access import memberships_of
from accounts.models import AuditEvent, Membership, Role
from accounts.roles import May, NotAllowed, roles_that
from aurous.kernel.errors import AurousError
from tests.cast import NOBODY, person
from tests.pages.people import browser, browsers, member, queries_of, show_password_now, words


def url(team, rest=""):
    return f"/t/{team.id}/members{rest}"


def role_of(user, team):
    return Membership.objects.filter(user=user, team=team).values_list("role", flat=True).first()


# --- the list ---------------------------------------------------------------------------------


def test_everybody_is_listed_with_role_and_second_factor(ada, cast):
    Authenticator.objects.create(user=cast.ben, type="totp", data={})
    Authenticator.objects.create(user=cast.ada, type="recovery_codes", data={})
    rows = ada.get(url(cast.acme)).context["rows"]
    told = [(row.membership.user, row.membership.role, row.has_second_factor) for row in rows]
    assert told == [(cast.ada, "owner", False), (cast.ben, "developer", True)]
    text = words(ada.get(url(cast.acme)))
    assert "ada@acme.example You Ada Owner Off" in text
    assert "ben@acme.example Ben Developer On" in text
    assert "cleo" not in text


def test_many_members_come_in_pages_without_gap_or_double(ada, cast):
    for number in range(60):
        with transaction.atomic():
            members.add(cast.acme, person(f"p{number}@acme.example"), "viewer", actor=NOBODY)
    first = ada.get(url(cast.acme)).context["page"]
    rest = ada.get(url(cast.acme), {"cursor": first.next_cursor}).context["page"]
    shown = [one.pk for one in (*first.rows, *rest.rows)]
    assert shown == list(memberships_of(cast.acme.id).values_list("pk", flat=True))
    assert len(shown) == 62


def test_a_page_needs_as_many_queries_for_thirty_members_as_for_two(ada, cast):
    ada.get(url(cast.acme))
    for_two = queries_of(ada, url(cast.acme))
    for number in range(28):
        with transaction.atomic():
            members.add(cast.acme, person(f"p{number}@acme.example"), "viewer", actor=NOBODY)
    assert queries_of(ada, url(cast.acme)) == for_two <= 13


# --- roles ------------------------------------------------------------------------------------


def test_a_role_is_changed_at_once_and_written_down(ada, cast):
    ben = browser(cast.ben)
    assert ben.get(f"/t/{cast.acme.id}/keys/new").status_code == 200
    answer = ada.post(url(cast.acme, f"/{cast.ben.pk}"), {"role": "viewer"})
    assert answer.status_code == 302
    assert ben.get(f"/t/{cast.acme.id}/keys/new").status_code == 403
    event = AuditEvent.objects.get(action="member.role_changed")
    assert event.data == {"role": {"old": "developer", "new": "viewer"}}
    assert (event.actor_label, event.target) == (cast.ada.email, f"user_{cast.ben.pk}")


def test_a_role_that_is_none_is_refused(ada, cast):
    page = ada.post(url(cast.acme, f"/{cast.ben.pk}"), {"role": "king"})
    assert "role" in page.context["form"].errors
    assert role_of(cast.ben, cast.acme) == "developer"


def test_the_last_owner_keeps_the_role(ada, cast):
    page = ada.post(url(cast.acme, f"/{cast.ada.pk}"), {"role": "viewer"})
    assert "must keep an owner" in str(page.context["form"].errors)
    assert "This is the only owner" in words(ada.get(url(cast.acme, f"/{cast.ada.pk}")))
    assert role_of(cast.ada, cast.acme) == "owner"


def test_admins_neither_touch_nor_make_owners(cast):
    admin = browser(member(cast, Role.ADMIN))
    assert "Only an owner can change" in words(admin.get(url(cast.acme, f"/{cast.ada.pk}")))
    assert 'value="owner"' not in admin.get(url(cast.acme, f"/{cast.ben.pk}")).text
    admin.post(url(cast.acme, f"/{cast.ben.pk}"), {"role": "owner"})
    assert role_of(cast.ben, cast.acme) == "developer"
    assert admin.post(url(cast.acme, f"/{cast.ada.pk}"), {"role": "viewer"}).status_code == 403
    typed = {"remove-typed": cast.ada.email}
    assert admin.post(url(cast.acme, f"/{cast.ada.pk}/remove"), typed).status_code == 403
    assert admin.get(url(cast.acme, "/transfer")).status_code == 403
    assert role_of(cast.ada, cast.acme) == "owner"


@pytest.mark.django_db(transaction=True)
def test_the_operations_themselves_ask_what_the_role_allows(cast):
    admin = member(cast, Role.ADMIN)
    with pytest.raises(NotAllowed):
        people.set_role(cast.acme.id, cast.ben.pk, "owner", by=admin)
    with pytest.raises(NotAllowed):
        people.remove(cast.acme.id, cast.ada.pk, by=admin)
    with pytest.raises(NotAllowed):
        people.hand_over(cast.acme.id, cast.ben.pk, by=admin)
    with pytest.raises(NotAllowed):
        people.remove(cast.acme.id, admin.pk, by=cast.ben)
    with pytest.raises(AurousError):
        people.set_role(cast.acme.id, cast.ben.pk, "viewer", by=cast.cleo)
    with pytest.raises(AurousError):
        people.leave(cast.acme.id, by=cast.ada)


# --- going ------------------------------------------------------------------------------------


def test_somebody_is_removed_once_the_address_is_typed(ada, cast):
    path = url(cast.acme, f"/{cast.ben.pk}/remove")
    page = ada.post(path, {"remove-typed": "ben"})
    assert "That is not the same" in page.text
    assert role_of(cast.ben, cast.acme)
    assert ada.post(path, {"remove-typed": "Ben@Acme.example"}).status_code == 302
    assert role_of(cast.ben, cast.acme) is None
    assert browser(cast.ben).get(url(cast.acme)).status_code == 404
    assert AuditEvent.objects.get(action="member.removed").actor_label == cast.ada.email
    assert ada.get(path).status_code == 404


def test_leaving_asks_for_the_name_of_the_team(cast):
    ben = browser(cast.ben)
    path = url(cast.acme, "/leave")
    assert "Keys that you made" in words(ben.get(f"/t/{cast.acme.id}/settings"))
    assert ben.post(path, {"typed": "Other"}).status_code == 200
    assert ben.post(path, {"typed": "acme"}).status_code == 302
    assert ben.get(path).status_code == 404
    assert AuditEvent.objects.get(action="member.removed").actor_label == cast.ben.email


def test_the_last_owner_is_told_why_leaving_does_not_work(ada, cast):
    path = url(cast.acme, "/leave")
    assert "You are the only owner" in words(ada.get(path))
    page = ada.post(path, {"typed": "Acme"})
    assert "must keep an owner" in str(page.context["form"].errors)
    assert role_of(cast.ada, cast.acme) == "owner"


def test_a_team_is_handed_over_with_name_and_password(ada, cast):
    path = url(cast.acme, "/transfer")
    told = {"member": cast.ben.pk, "typed": "Acme"}
    assert "reauthenticate" in ada.post(path, told)["Location"]
    assert role_of(cast.ben, cast.acme) == "developer"
    assert show_password_now(ada, path)["Location"] == url(cast.acme)
    assert (role_of(cast.ada, cast.acme), role_of(cast.ben, cast.acme)) == ("admin", "owner")
    event = AuditEvent.objects.get(action="team.ownership_transferred")
    assert event.data == {"owner": {"old": cast.ada.email, "new": cast.ben.email}}
    assert ada.get(path).status_code == 403


@pytest.mark.parametrize(("field", "value"), [("typed", "Other"), ("member", "999999")])
def test_handing_over_refuses_another_name_and_strangers(ada, cast, field, value):
    show_password_now(ada)
    told = {"member": cast.ben.pk, "typed": "Acme"} | {field: value}
    page = ada.post(url(cast.acme, "/transfer"), told)
    assert field in page.context["form"].errors
    assert role_of(cast.ada, cast.acme) == "owner"


def test_who_is_alone_is_told_to_invite_first(client, cast):
    client.force_login(cast.cleo)
    assert "You are alone in this team" in words(client.get(url(cast.cleos, "/transfer")))


# --- who --------------------------------------------------------------------------------------


def test_only_those_who_may_see_and_do_the_acts(cast):
    for role, client in browsers(cast).items():
        can = role in roles_that(May.MEMBERS)
        page = client.get(url(cast.acme))
        assert page.status_code == 200
        assert ("Invite" in words(page)) is can, role
        assert ("Manage" in words(page)) is can, role
        one = url(cast.acme, f"/{cast.ben.pk}")
        for path in (one, url(cast.acme, "/invite")):
            assert client.get(path).status_code == (200 if can else 403), (role, path)
        assert client.post(one, {"role": "developer"}).status_code == (302 if can else 403)
        removal = client.post(f"{one}/remove", {"remove-typed": "nobody"})
        assert removal.status_code == (200 if can else 403)
        handing = client.post(url(cast.acme, "/transfer"), {})
        assert (handing.status_code == 403) is (role != Role.OWNER)


@pytest.mark.parametrize("user_id", ["999999", "9" * 30, "0"])
def test_strangers_have_no_page(ada, cast, user_id):
    for part in ("", "/remove"):
        assert ada.get(url(cast.acme, f"/{user_id}{part}")).status_code == 404
    assert ada.get(url(cast.acme, f"/{cast.cleo.pk}")).status_code == 404
    assert ada.get(url(cast.cleos)).status_code == 404
