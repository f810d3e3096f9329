"""Asking people in by mail: the mail, the link, who may accept it, and its end."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from accounts import invitations, members
from accounts.models import AuditEvent, Invitation, Membership, Role
from accounts.roles import NotAllowed
from aurous.kernel.errors import AurousError
from tests.billing import stage
from tests.cast import NOBODY, person
from tests.pages.people import browser, member, queries_of, words

ADDRESS = "dora@acme.example"
LINK = re.compile(r"http://[^\s\"<]*/invitations/([\w-]+)")


def url(team, rest=""):
    return f"/t/{team.id}/members{rest}"


def invite(client, team, email=ADDRESS, role="developer"):
    return client.post(url(team, "/invite"), {"email": email, "role": role})


def token():
    """The link of the newest mail."""
    return LINK.search(mail.outbox[-1].body)[1]


def backdate(**ago):
    """Let the invitation have been sent earlier."""
    for one in Invitation.objects.all():
        earlier = {
            name: getattr(one, name) - timedelta(**ago) for name in ("sent_at", "expires_at")
        }
        Invitation.objects.filter(pk=one.pk).update(**earlier)


def refusal(page):
    return str(page.context["form"].errors)


# --- sending ----------------------------------------------------------------------------------


def test_an_invitation_is_mailed_as_text_and_html(ada, cast, settings):
    settings.AUROUS_PUBLIC_URL = "http://embed.example"
    assert invite(ada, cast.acme, " Dora@Acme.example ").status_code == 302
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([ADDRESS], "Join Acme on Aurous")
    assert "ada@acme.example asks you into the team Acme on Aurous as developer." in sent.body
    ((html, kind),) = [(one.content, one.mimetype) for one in sent.alternatives]
    assert kind == "text/html"
    assert LINK.search(html)[0] == LINK.search(sent.body)[0]
    assert LINK.search(html)[0].startswith("http://embed.example/invitations/")
    made = Invitation.objects.get()
    assert (made.email, made.role, made.invited_by) == (ADDRESS, "developer", cast.ada)
    assert made.expires_at - made.created_at == timedelta(days=7)
    event = AuditEvent.objects.get(action="invitation.sent")
    assert event.data == {"email": ADDRESS, "role": "developer"}
    assert token() not in str(event.data) + made.digest


def test_a_name_cannot_break_out_of_the_mail(ada, cast):
    type(cast.acme).objects.update(name="A<b>\nBcc: x@y.example")
    invite(ada, cast.acme)
    (sent,) = mail.outbox
    assert sent.subject == "Join A<b> Bcc: x@y.example on Aurous"
    assert "A&lt;b&gt;" in sent.alternatives[0].content
    assert "A<b>" not in sent.alternatives[0].content
    assert "A<b>" in sent.body


def test_without_a_mail_server_the_invitation_stands_and_it_is_said(ada, cast, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert invite(ada, cast.acme).status_code == 302
    assert "the mail could not be sent" in ada.get(url(cast.acme)).text
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize(
    ("email", "role", "why"),
    [
        ("nobody", "viewer", "valid email"),
        ("", "viewer", "required"),
        (ADDRESS, "king", "valid choice"),
        ("BEN@acme.example", "viewer", "is a member already"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(ada, cast, email, role, why):
    assert why in refusal(invite(ada, cast.acme, email, role))
    assert (mail.outbox, Invitation.objects.count()) == ([], 0)


def test_an_address_has_one_open_invitation_a_team(ada, cast):
    invite(ada, cast.acme)
    assert "was invited already" in refusal(invite(ada, cast.acme, "DORA@acme.example"))
    one = Invitation.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.create(
            team=cast.acme,
            email=ADDRESS,
            role="viewer",
            digest="0" * 64,
            sent_at=one.sent_at,
            expires_at=one.expires_at,
        )
    other = browser(cast.cleo)
    assert invite(other, cast.cleos).status_code == 302


def test_an_expired_one_makes_room_for_another(ada, cast):
    invite(ada, cast.acme)
    backdate(days=8)
    assert "Expired" in words(ada.get(url(cast.acme)))
    assert invite(ada, cast.acme, role="viewer").status_code == 302
    assert Invitation.objects.get(revoked_at=None).role == "viewer"


def test_a_team_has_so_many_open_ones_and_no_more(ada, cast, monkeypatch):
    monkeypatch.setattr(invitations, "OPEN_MAX", 2)
    for number in range(2):
        assert invite(ada, cast.acme, f"p{number}@acme.example").status_code == 302
    assert "2 invitations are open" in refusal(invite(ada, cast.acme))


# --- the list ---------------------------------------------------------------------------------


def test_open_ones_are_listed_with_what_can_be_done(ada, cast):
    assert "No invitation is open" in words(ada.get(url(cast.acme)))
    invite(ada, cast.acme)
    text = words(ada.get(url(cast.acme)))
    assert "dora@acme.example by ada@acme.example Developer" in text
    assert "Send again Take back" in text
    assert "Send again" not in words(browser(cast.ben).get(url(cast.acme)))


def test_a_page_needs_as_many_queries_for_thirty_invitations_as_for_one(ada, cast):
    invite(ada, cast.acme)
    ada.get(url(cast.acme))
    for_one = queries_of(ada, url(cast.acme))
    for number in range(29):
        invite(ada, cast.acme, f"p{number}@acme.example")
    ada.get(url(cast.acme))
    assert queries_of(ada, url(cast.acme)) == for_one


def test_sending_again_makes_a_new_link_and_ends_the_old_one(ada, cast):
    invite(ada, cast.acme)
    old, one = token(), Invitation.objects.get()
    backdate(days=2)
    again = url(cast.acme, f"/invitations/{one.pk}/resend")
    assert ada.post(again).status_code == 302
    assert len(mail.outbox) == 2
    assert (invitations.find(old), invitations.find(token())) == (None, one)
    renewed = Invitation.objects.get()
    assert renewed.expires_at - renewed.sent_at == timedelta(days=7)
    assert AuditEvent.objects.filter(action="invitation.resent").exists()
    ada.post(again)
    assert len(mail.outbox) == 2
    assert "sent a moment ago" in ada.get(url(cast.acme)).text


def test_taking_back_ends_the_link(ada, cast):
    invite(ada, cast.acme)
    one = Invitation.objects.get()
    assert ada.post(url(cast.acme, f"/invitations/{one.pk}/revoke")).status_code == 302
    assert invitations.find(token()) is None
    assert AuditEvent.objects.filter(action="invitation.revoked").exists()
    for act in ("resend", "revoke"):
        assert ada.post(url(cast.acme, f"/invitations/{one.pk}/{act}")).status_code == 404


def test_looking_changes_nothing(ada, cast):
    invite(ada, cast.acme)
    one = Invitation.objects.get()
    for act in ("resend", "revoke"):
        answer = ada.get(url(cast.acme, f"/invitations/{one.pk}/{act}"))
        assert answer["Location"] == url(cast.acme)
    assert invitations.find(token()) == one


def test_another_teams_invitation_does_not_exist(ada, cast):
    invite(browser(cast.cleo), cast.cleos)
    one = Invitation.objects.get()
    for act in ("resend", "revoke"):
        assert ada.post(url(cast.acme, f"/invitations/{one.pk}/{act}")).status_code == 404
    assert invitations.find(token()) == one


@pytest.mark.django_db(transaction=True)
def test_only_owners_ask_for_owners(cast):
    admin = member(cast, Role.ADMIN)
    page = invite(browser(admin), cast.acme, role="owner")
    assert "valid choice" in refusal(page)
    made = invitations.invite(cast.acme.id, ADDRESS, "owner", by=cast.ada).invitation
    with pytest.raises(NotAllowed):
        invitations.invite(cast.acme.id, "else@acme.example", "owner", by=admin)
    backdate(minutes=5)
    for act in (invitations.resend, invitations.revoke):
        with pytest.raises(NotAllowed):
            act(cast.acme.id, made.pk, by=admin)
    with pytest.raises(NotAllowed):
        invitations.invite(cast.acme.id, "else@acme.example", "viewer", by=cast.ben)


# --- the link ---------------------------------------------------------------------------------


def test_who_is_not_logged_in_can_sign_up_and_come_back(ada, cast):
    invite(ada, cast.acme)
    page = Client().get(f"/invitations/{token()}")
    text = words(page)
    assert "ada@acme.example asks dora@acme.example to come in as developer" in text
    back = f"next=/invitations/{token()}"
    assert f'href="/account/signup/?email=dora%40acme.example&amp;{back}"' in page.text
    assert f'href="/account/login/?{back}"' in page.text
    assert "no-store" in page["Cache-Control"]
    assert Client().post(f"/invitations/{token()}").status_code == 200
    assert Invitation.objects.get().accepted_at is None


def test_the_invited_person_joins(ada, cast):
    invite(ada, cast.acme)
    dora = person(ADDRESS)
    client = browser(dora)
    path = f"/invitations/{token()}"
    assert "Join the team" in words(client.get(path))
    assert not Membership.objects.filter(user=dora).exists()
    assert client.post(path)["Location"] == f"/t/{cast.acme.id}/"
    assert Membership.objects.get(user=dora).role == "developer"
    assert client.get(url(cast.acme)).status_code == 200
    actions = list(AuditEvent.objects.filter(actor_label=ADDRESS).values_list("action", flat=True))
    assert actions == ["invitation.accepted", "member.added"]
    assert "does not work" in words(client.get(path))
    assert "cannot be accepted" in words(client.post(path))


def test_another_person_is_told_for_whom_it_is(ada, cast):
    invite(ada, cast.acme)
    path = f"/invitations/{token()}"
    cleo = browser(cast.cleo)
    text = words(cleo.get(path))
    assert "for dora@acme.example, and you are logged in as cleo@cleos.example" in text
    assert "Join the team" not in text
    cleo.post(path)
    assert not Membership.objects.filter(user=cast.cleo, team=cast.acme).exists()


def test_who_became_a_member_otherwise_is_told_so(ada, cast):
    invite(ada, cast.acme)
    dora = person(ADDRESS)
    with transaction.atomic():
        members.add(cast.acme, dora, "viewer", actor=NOBODY)
    client = browser(dora)
    assert "You are a member already" in words(client.get(f"/invitations/{token()}"))
    client.post(f"/invitations/{token()}")
    assert Membership.objects.get(user=dora).role == "viewer"


def test_an_old_link_and_a_made_up_one_say_the_same(ada, cast):
    invite(ada, cast.acme)
    good = token()
    backdate(days=8)
    dora = browser(person(ADDRESS))
    for one in (good, "made-up"):
        assert "This invitation does not work" in words(dora.get(f"/invitations/{one}"))
        assert "cannot be accepted" in words(dora.post(f"/invitations/{one}"))
    assert "Acme" not in words(dora.get(f"/invitations/{good}"))


@pytest.mark.django_db(transaction=True)
def test_a_link_is_good_once(cast):
    invitations.invite(cast.acme.id, ADDRESS, "viewer", by=cast.ada)
    dora = person(ADDRESS)
    invitations.accept(token(), by=dora)
    with pytest.raises(AurousError):
        invitations.accept(token(), by=dora)
    assert Invitation.objects.get().accepted_at <= stage.now()
