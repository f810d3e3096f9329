"""The page of a person, and what operators do for somebody who cannot help themselves."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts import visits
from accounts.models import AuditEvent, User, Visit
from tests.admin.conftest import url
from tests.admin.hands import confirm, operator_who_may, send
from tests.cast import PASSWORD

WHY = "Called from the number we know; the phone is lost."


@pytest.fixture
def desk(desk):
    confirm(desk)
    return desk


@pytest.fixture
def ada(cast):
    """Ada, signed in twice, with an app, a passkey and recovery codes."""
    for kind, data in (
        ("totp", {"secret": "not-shown"}),
        ("webauthn", {"name": "Phone", "credential": {}, "passwordless": True}),
        ("recovery_codes", {"seed": "not-shown-either", "used_mask": 0}),
    ):
        Authenticator.objects.create(user=cast.ada, type=kind, data=data)
    return cast.ada


def signed_in(user):
    """A browser in which somebody is signed in, as logging in leaves it."""
    client = Client()
    client.force_login(user)
    client.get(reverse("security"))
    assert UserSession.objects.filter(session_key=client.session.session_key).exists()
    return client


def act(person, name):
    return url(User, name, person.pk)


def test_the_page_tells_teams_roles_sessions_and_factors_by_their_names(desk, cast, ada):
    signed_in(ada)
    text = desk.get(url(User, "change", ada.pk)).text
    about = text.split("Browsers that are signed in")[1]
    for told in ("Acme", "owner", "authenticator app", "passkey: Phone", "recovery codes"):
        assert told in about
    assert "not-shown" not in text


def test_somebody_in_no_team_with_nothing(desk, cast):
    lonely = User.objects.create_user("lonely@aurous.example")
    text = desk.get(url(User, "change", lonely.pk)).text
    assert "In no team." in text
    assert act(lonely, "reset_second_factor") not in text


def test_a_person_is_signed_out_of_every_browser(desk, cast, ada):
    browsers = [signed_in(ada), signed_in(ada)]
    other = signed_in(cast.ben)
    answer = send(desk, act(ada, "sign_out"), reason=WHY)
    assert answer["Location"] == url(User, "change", ada.pk)
    for browser in browsers:
        assert browser.get(reverse("security")).status_code == 302
    assert other.get(reverse("security")).status_code == 200
    event = AuditEvent.objects.get(action="person.signed_out")
    assert (event.target, event.data) == (f"user_{ada.pk}", {"reason": WHY, "sessions": 2})
    assert Authenticator.objects.filter(user=ada).count() == 3


def test_signing_out_ends_what_an_operator_looks_at(desk, cast):
    helper = operator_who_may("open_dashboard")
    visits.begin(visits.ask(cast.acme.id, WHY, by=helper))
    send(desk, act(helper, "sign_out"), reason=WHY)
    assert Visit.objects.get().end == Visit.End.LOGGED_OUT


def test_a_lost_second_factor_is_reset_and_the_person_is_told(desk, ada, boss):
    browser = signed_in(ada)
    answer = send(desk, act(ada, "reset_second_factor"), reason=WHY)
    assert answer.status_code == 302
    assert not Authenticator.objects.filter(user=ada).exists()
    assert browser.get(reverse("security")).status_code == 302
    event = AuditEvent.objects.get(action="person.second_factor_reset")
    assert event.actor_label == boss.email
    assert event.data["reason"] == WHY
    assert event.data["kinds"] == ["authenticator app", "passkey", "recovery codes"]
    (sent,) = mail.outbox
    assert sent.to == [ada.email]
    assert sent.subject == "Your second factor was reset"
    assert "authenticator app, passkey, recovery codes" in sent.body
    assert WHY not in sent.body
    fresh = Client()
    sent = {"login": ada.email, "password": PASSWORD}
    assert fresh.post(reverse("account_login"), sent)["Location"] == "/"


def test_a_mail_that_cannot_be_sent_does_not_keep_the_factor(desk, ada, monkeypatch):
    def fail(_mail):
        raise OSError("no mail server")

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", fail)
    send(desk, act(ada, "reset_second_factor"), reason=WHY)
    assert not Authenticator.objects.filter(user=ada).exists()


@pytest.mark.parametrize("name", ["sign_out", "reset_second_factor"])
def test_nothing_happens_without_a_reason_or_a_right(desk, client, ada, name):
    signed_in(ada)
    send(desk, act(ada, name), reason=" ")
    client.force_login(operator_who_may("view_user"))
    assert client.get(act(ada, name)).status_code == 403
    assert client.post(act(ada, name), {"reason": WHY}).status_code == 403
    assert Authenticator.objects.filter(user=ada).count() == 3
    assert UserSession.objects.filter(user=ada).exists()
    assert not AuditEvent.objects.filter(action__startswith="person.s").exists()


@pytest.mark.parametrize("name", ["sign_out", "reset_second_factor"])
def test_who_does_not_show_who_they_are_does_nothing(client, boss, ada, name):
    client.force_login(boss)
    answer = send(client, act(ada, name), reason=WHY)
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert Authenticator.objects.filter(user=ada).count() == 3


def test_only_a_superuser_helps_an_operator_and_nobody_themselves(client, desk, boss, ada):
    helper = operator_who_may("change_user", "reset_second_factor")
    client.force_login(helper)
    assert client.get(act(ada, "reset_second_factor")).status_code == 200
    assert client.get(act(boss, "reset_second_factor")).status_code == 403
    assert client.get(act(boss, "sign_out")).status_code == 403
    assert client.get(act(helper, "reset_second_factor")).status_code == 403
    client.force_login(boss)
    assert client.get(act(helper, "reset_second_factor")).status_code == 200
    assert client.get(act(boss, "reset_second_factor")).status_code == 403


def test_a_person_who_is_not_there_is_no_error_of_ours(desk):
    for name in ("sign_out", "reset_second_factor"):
        for number in ("0", "nobody"):
            assert desk.get(url(User, name, number)).status_code == 404
    assert desk.get("/admin/accounts/user/nobody/change/").status_code == 302
