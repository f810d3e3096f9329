"""Many rows in one statement: every value arrives as it was sent, on both databases."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import DatabaseError, connection, models, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import IdempotencyClaim, Team
from aurous.kernel.rowset import column_types, insert_rows, payload, source
from billing.models import KeyDay, Transfer
from embeddings.models import Inference

COLUMNS = {"name": "text", "number": "bigint", "moment": "timestamptz", "yes": "boolean"}
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.fixture
def team(db):
    return Team.objects.create(name="Acme", default_api_version="2026-05-15")


def read(rows, columns, what="*"):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {what} FROM {source(connection.vendor, columns)}", [payload(rows)])
        return cursor.fetchall()


def claim(team, **more):
    wanted = {
        "team_id": team.id,
        "key": "k",
        "fingerprint": "f",
        "method": "POST",
        "path": "/",
        "version": "v",
        "hold_id": "emb_1",
        "created_at": NOON,
        "completed_at": None,
        "reply": None,
    }
    return wanted | more


def test_rows_keep_their_order_and_nulls(db):
    rows = [{"name": "b", "number": None}, {"name": None, "number": 2}, {"name": "a", "number": 1}]
    columns = {"name": "text", "number": "bigint"}
    assert read(rows, columns) == [("b", None), (None, 2), ("a", 1)]


def test_no_rows_are_no_rows(db):
    assert read([], COLUMNS) == []


@pytest.mark.parametrize("number", [0, -1, 2**53 + 1, 2**62, 2**63 - 1, -(2**63)])
def test_whole_numbers_are_exact_to_the_last_digit(db, number):
    ((found,),) = read([{"n": number}], {"n": "bigint"})
    assert found == number
    assert isinstance(found, int)


TEXTS = ["", " ", "a'b\"c\\d", "%s %% %(x)s", "{}", "$.name", "null", "12", "true", "[1]"]
TEXTS += ["é", "e\u0301", "日本語", "😀", "\n\t\x7f", "x" * 10_000]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text)[:16])
def test_texts_arrive_character_by_character(db, text):
    assert read([{"name": text}], {"name": "text"}) == [(text,)]


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_any_text_arrives(db, text):
    assert read([{"name": text}], {"name": "text"}) == [(text,)]


def test_a_column_may_have_a_name_that_sql_reserves(db):
    assert read([{"user": "ann", "order": 1}], {"user": "text", "order": "bigint"}) == [("ann", 1)]


def test_yes_and_no_arrive(db):
    rows = read([{"yes": True}, {"yes": False}], {"yes": "boolean"})
    assert [bool(value) for (value,) in rows] == [True, False]


@pytest.mark.parametrize(
    "reply", [b"", b"\x00", bytes(range(256)), b"\xff" * 5_000, None], ids=lambda r: repr(r)[:12]
)
def test_bytes_are_stored_as_they_are(team, reply):
    insert_rows(connection, IdempotencyClaim, [claim(team, reply=reply)])
    stored = IdempotencyClaim.objects.get().reply
    assert (None if stored is None else bytes(stored)) == reply


@pytest.mark.parametrize(
    "moment",
    [
        NOON,
        NOON.replace(microsecond=1),
        NOON.replace(microsecond=999_999),
        datetime(2026, 6, 15, 14, tzinfo=timezone(timedelta(hours=2))),
        datetime(2028, 2, 29, 23, 59, 59, 123_456, tzinfo=UTC),
    ],
)
def test_moments_are_stored_as_django_itself_stores_them(team, moment):
    insert_rows(connection, IdempotencyClaim, [claim(team, created_at=moment)])
    stored = IdempotencyClaim.objects.get(created_at=moment)  # found by equality, too
    assert stored.created_at == moment


def test_many_rows_are_one_statement(team, django_assert_num_queries):
    rows = [claim(team, key=f"k-{n}", hold_id=f"emb_{n}") for n in range(500)]
    with django_assert_num_queries(1):
        insert_rows(connection, IdempotencyClaim, rows)
    assert IdempotencyClaim.objects.count() == 500


def test_no_rows_are_no_statement(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        insert_rows(connection, IdempotencyClaim, [])


def test_a_conflict_can_add_to_what_is_there(team):
    row = {"team_id": team.id, "api_key_id": "key_1", "day": NOON, "used": 2**62}
    more = "ON CONFLICT (api_key_id, day) DO UPDATE SET used = billing_keyday.used + excluded.used"
    insert_rows(connection, KeyDay, [row], more)
    insert_rows(connection, KeyDay, [row | {"used": 5}], more)
    assert KeyDay.objects.get(day=NOON).used == 2**62 + 5


def test_one_bad_row_keeps_all_of_them_out(team):
    rows = [claim(team, hold_id="emb_1"), claim(team, hold_id="emb_2")]  # the same key twice
    with pytest.raises(DatabaseError), transaction.atomic():
        insert_rows(connection, IdempotencyClaim, rows)
    assert not IdempotencyClaim.objects.exists()


def test_a_value_that_json_has_no_form_for_is_refused():
    with pytest.raises(TypeError):
        payload([{"a": object()}])


@pytest.mark.parametrize("model", [Inference, Transfer, KeyDay, IdempotencyClaim])
def test_every_column_of_our_tables_has_a_type(model):
    types = column_types(model)
    assert set(types) == {field.column for field in model._meta.concrete_fields}
    assert set(types.values()) <= {"text", "bigint", "boolean", "timestamptz", "base64"}


def test_a_column_without_a_type_is_refused_and_named():
    class Odd(models.Model):
        ratio = models.FloatField()

        class Meta:
            app_label = "tests_rowset"

    with pytest.raises(TypeError, match="ratio has no type"):
        column_types(Odd)
