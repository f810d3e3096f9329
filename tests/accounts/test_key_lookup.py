from datetime import timedelta

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.test.utils import CaptureQueriesContext

from accounts import caller_cache, key_lookup
from accounts.authentication import caller_for
from accounts.models import ApiKey, ApiKeySecret
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError
from tests.cast import make_cast


def writes(context):
    return [query["sql"] for query in context if query["sql"].startswith("UPDATE")]


def asked_again(text):
    caller_cache.forget_all()
    with CaptureQueriesContext(connection) as context:
        caller_for(text)
    return writes(context)


def test_the_first_use_of_a_key_is_noted_on_the_key_and_on_its_secret(cast):
    made = cast.new_key()
    before = database_now(connection) - timedelta(seconds=1)
    assert len(asked_again(made.text)) == 2
    assert ApiKey.objects.get(pk=made.api_key.pk).last_used_at > before
    assert ApiKeySecret.objects.get(api_key=made.api_key).last_used_at > before


def test_within_a_minute_no_further_use_is_noted(cast):
    text = cast.key()
    asked_again(text)
    assert asked_again(text) == []


def test_after_a_minute_the_next_use_is_noted(cast):
    made = cast.new_key()
    asked_again(made.text)
    ApiKeySecret.objects.filter(api_key=made.api_key).update(
        last_used_at=database_now(connection) - timedelta(seconds=61)
    )
    assert len(asked_again(made.text)) == 2


def test_a_refused_key_is_not_noted_as_used(cast):
    made = cast.new_key()
    ApiKey.objects.filter(pk=made.api_key.pk).update(revoked_at=database_now(connection))
    with CaptureQueriesContext(connection) as context, pytest.raises(AurousError):
        caller_for(made.text)
    assert writes(context) == []


def test_a_note_of_use_that_cannot_be_written_refuses_nobody(cast, monkeypatch):
    def locked(*_args, **_kwargs):
        raise OperationalError("database is locked")

    text = cast.key()
    monkeypatch.setattr("django.db.models.query.QuerySet.update", locked)
    assert caller_for(text).team_id == cast.acme.id


def test_a_database_that_is_away_lets_nobody_in(cast, monkeypatch):
    def away(_digests):
        raise OperationalError("away")

    text = cast.key()
    monkeypatch.setattr("accounts.access.secret_by_digests", away)
    with pytest.raises(DatabaseError):
        caller_for(text)


def test_when_too_many_keys_are_being_looked_up_the_next_one_is_told_to_come_back(
    cast, monkeypatch
):
    class NoTurn:
        def acquire(self, timeout):
            return False

    text = cast.key()
    monkeypatch.setattr(key_lookup, "_door", NoTurn())
    with pytest.raises(AurousError) as caught:
        caller_for(text)
    assert (caught.value.code, caught.value.retry_after_s) == ("provider_unavailable", 1)


@pytest.mark.django_db(transaction=True)
def test_a_key_that_somebody_is_changing_lets_in_without_a_note_of_use():
    made = make_cast().new_key()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE accounts_apikey SET name = 'being changed'")
        assert caller_for(made.text).api_key_id == made.api_key.id
        cursor.execute("ROLLBACK")
    other.close()
    assert ApiKey.objects.get(pk=made.api_key.pk).last_used_at is None


@pytest.mark.django_db(transaction=True)
def test_a_use_is_noted_outside_a_transaction_too():
    made = make_cast().new_key()
    caller_for(made.text)
    assert ApiKey.objects.get(pk=made.api_key.pk).last_used_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_lookup_gives_its_connection_back():
    text = make_cast().key()
    caller_for(text)
    assert connection.connection is None


def test_inside_a_transaction_the_connection_stays(cast):
    caller_for(cast.key())
    assert connection.connection is not None
