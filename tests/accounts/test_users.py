import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from tests.cast import PASSWORD, person


def test_an_address_is_one_person_whatever_its_case(db):
    ada = person(" Ada@ACME.example ")
    assert ada.email == "ada@acme.example"
    with pytest.raises(IntegrityError), transaction.atomic():
        person("ADA@acme.example")
    assert User.objects.filter(email="ADA@Acme.Example").get() == ada


def test_people_log_in_with_any_case_of_their_address(db):
    ada = person("ada@acme.example")
    assert authenticate(username="Ada@acme.EXAMPLE", password=PASSWORD) == ada
    assert authenticate(username="ada@acme.example", password="wrong") is None


def test_somebody_without_a_password_cannot_log_in(db):
    User.objects.create_user("ada@acme.example")
    assert authenticate(username="ada@acme.example", password="") is None


def test_who_is_switched_off_cannot_log_in(db):
    person("ada@acme.example", is_active=False)
    assert authenticate(username="ada@acme.example", password=PASSWORD) is None


def test_a_superuser_may_open_the_admin(db):
    boss = User.objects.create_superuser("boss@aurous.example", PASSWORD, is_staff=False)
    assert (boss.is_staff, boss.is_superuser) == (True, True)


@pytest.mark.parametrize("email", ["", "ada", "ada@", "a da@acme.example", "ada@acme.example\x00"])
def test_what_is_no_address_is_refused(db, email):
    with pytest.raises(ValidationError):
        User.objects.create_user(email)


def test_a_person_is_called_by_name_or_else_by_address(db):
    assert person("ada@acme.example", name="Ada").get_short_name() == "Ada"
    assert person("ben@acme.example").get_short_name() == "ben@acme.example"


def test_the_database_refuses_an_address_in_upper_case(cast):
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET email = 'ADA@acme.example'")
