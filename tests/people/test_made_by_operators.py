"""Whom an operator makes can log in: at once with a password, else after a reset."""

from importlib import import_module

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.core.management import call_command

from accounts.models import User
from aurous.demo import make_demo
from tests.cast import PASSWORD
from tests.people.acts import is_in, log_in

EMAIL = "boss@aurous.example"


def verified(email: str) -> bool:
    """Of the one row of this address."""
    address = EmailAddress.objects.get(user__email=email)
    assert (address.email, address.primary) == (email, True)
    return address.verified


def test_the_demo_person(browser, db):
    demo = make_demo()
    assert demo is not None
    assert log_in(browser, demo.email, demo.password)["Location"] == "/"
    assert browser.get("/admin/").status_code == 200


def test_createsuperuser(browser, db, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--noinput", email=EMAIL, verbosity=0)
    assert log_in(browser, EMAIL, next="/admin/")["Location"] == "/admin/"
    assert is_in(browser)


@pytest.mark.parametrize("usable", ["true", "false"])
def test_the_admin(client, browser, db, usable):
    client.force_login(User.objects.create_superuser(EMAIL, PASSWORD))
    sent = {"email": "Dora@New.example", "name": "Dora", "usable_password": usable}
    sent |= {"password1": PASSWORD, "password2": PASSWORD} if usable == "true" else {}
    answer = client.post("/admin/accounts/user/add/", sent)
    assert answer.status_code == 302, answer.text
    assert verified("dora@new.example") == (usable == "true")
    log_in(browser, "dora@new.example")
    assert is_in(browser) == (usable == "true")


def test_a_name_that_is_changed_in_the_admin_verifies_nothing(client, db):
    client.force_login(User.objects.create_superuser(EMAIL, PASSWORD))
    person = User.objects.create_user("dora@new.example", PASSWORD)
    EmailAddress.objects.filter(user=person).update(verified=False)
    sent = {"email": person.email, "name": "Dora Two", "is_active": "on"}
    answer = client.post(f"/admin/accounts/user/{person.pk}/change/", sent)
    assert answer.status_code == 302
    assert not verified(person.email)


def test_the_migration_lets_in_who_was_there_before(browser, db):
    known = {
        "with@old.example": make_password(PASSWORD),
        "without@old.example": make_password(None),
    }
    User.objects.bulk_create(User(email=email, password=word) for email, word in known.items())
    migration = import_module("accounts.migrations.0005_addresses")
    for _ in range(2):
        migration.keep_addresses(apps, None)
    assert verified("with@old.example")
    assert not verified("without@old.example")
    assert log_in(browser, "with@old.example")["Location"] == "/"
