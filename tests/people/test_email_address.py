"""One person, one address, which can be changed by who owns both."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail

from accounts.models import User
from tests.people.acts import code_in_mail, confirm, log_in, log_out

EMAIL = "/account/email/"
VERIFY = "/account/confirm-email/"
NEXT = "ada@new.example"


def ask(browser, email=NEXT):
    return browser.post(EMAIL, {"action_add": "", "email": email})


def test_it_is_changed_once_the_new_one_is_proven(ada, cast):
    confirm(ada)
    assert ask(ada)["Location"] == VERIFY
    cast.ada.refresh_from_db()
    assert cast.ada.email == "ada@acme.example"
    assert ada.post(VERIFY, {"code": code_in_mail()})["Location"] == "/security"
    cast.ada.refresh_from_db()
    assert cast.ada.email == NEXT
    (address,) = EmailAddress.objects.filter(user=cast.ada)
    assert (address.email, address.verified, address.primary) == (NEXT, True, True)
    assert "was changed from ada@acme.example to" in mail.outbox[-1].body
    log_out(ada)
    assert log_in(ada, NEXT).status_code == 302


def test_who_it_is_is_asked_first_and_the_change_goes_on_by_itself(ada):
    answer = ask(ada)
    assert answer["Location"].startswith("/account/reauthenticate/?next=")
    sent = {"password": "correct horse battery", "next": EMAIL}
    assert ada.post("/account/reauthenticate/", sent)["Location"] == VERIFY


@pytest.mark.parametrize("verified", [True, False])
def test_anothers_address_cannot_be_taken_and_nobody_learns_that_it_is_anothers(
    ada, cast, verified
):
    EmailAddress.objects.filter(user=cast.cleo).update(verified=verified)
    confirm(ada)
    assert ask(ada, cast.cleo.email)["Location"] == VERIFY
    assert cast.cleo.email in ada.get(VERIFY).text
    assert mail.outbox[-1].to == [cast.cleo.email]
    # Who reads Cleo's mail may know that Cleo is here.
    page = ada.post(VERIFY, {"code": code_in_mail()})
    assert "This address belongs to another account." in page.text
    cast.ada.refresh_from_db()
    assert cast.ada.email == "ada@acme.example"
    assert User.objects.filter(email=cast.cleo.email).get() == cast.cleo


def test_an_operators_change_leaves_nothing_of_the_old_one(cast, client):
    boss = User.objects.create_superuser("boss@aurous.example", "x" * 20)
    client.force_login(boss)
    sent = {"email": NEXT, "name": "Ada", "is_active": "on"}
    answer = client.post(f"/admin/accounts/user/{cast.ada.pk}/change/", sent)
    assert answer.status_code == 302, answer.text
    (address,) = EmailAddress.objects.filter(user=cast.ada)
    assert (address.email, address.verified) == (NEXT, True)
