"""A key is shown once, to the one who asked: not to the log, the database or a debugger."""

import json

import pytest
import structlog
from django.apps import apps
from django.db import connection

from accounts import api_keys
from accounts.models import IdempotencyClaim
from accounts.sealing import Seal
from tests.cast import NOBODY

BODY = {"name": "k"}


@pytest.fixture
def texts(asker):
    """Keys that were made and rolled, each with an idempotency key."""
    made = asker.post("keys", BODY, Idempotency_Key="i").json
    rolled = asker.post(f"keys/{made['id']}/roll", {}, Idempotency_Key="r").json
    return [made["api_key"], rolled["api_key"]]


def everything_stored():
    """All rows of all tables, bytes as hex and as text."""
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            for row in cursor.fetchall():
                for value in row:
                    yield value.tobytes() if isinstance(value, memoryview) else value


def test_no_table_has_a_key_in_any_form(texts):
    stored = list(everything_stored())
    assert len(stored) > 100
    for text in texts:
        secret = text.removeprefix("al_live_")[6:-4]  # lists show the ends
        raw = bytes.fromhex(secret[:50])
        for value in stored:
            as_bytes = value if isinstance(value, bytes) else str(value).encode()
            assert secret.encode() not in as_bytes
            assert raw not in as_bytes


def test_the_sealed_answer_gives_away_nothing_of_what_is_in_it(texts):
    for claim in IdempotencyClaim.objects.all():
        reply = bytes(claim.reply)
        assert b"api_key" not in reply
        assert b"key_" not in reply
        with pytest.raises((UnicodeDecodeError, json.JSONDecodeError)):
            json.loads(reply)


def test_no_log_line_has_a_key(asker, monkeypatch, capfd):
    capture = structlog.testing.LogCapture()
    logger = structlog.wrap_logger(
        None,
        processors=[structlog.contextvars.merge_contextvars, capture],
        wrapper_class=structlog.make_filtering_bound_logger("DEBUG"),
    )
    for module in ("aurous.http.edge", "aurous.http.exceptions", "accounts.idempotency"):
        monkeypatch.setattr(f"{module}.log", logger)
    made = [asker.post("keys", BODY, Idempotency_Key="i").json["api_key"] for _ in range(2)]
    with monkeypatch.context() as broken:
        broken.setattr("accounts.claims.complete", lambda *_: 1 / 0)
        assert asker.post("keys", BODY, Idempotency_Key="j").status == 500
    written = repr(capture.entries) + "".join(capfd.readouterr())
    assert written.count("'event': 'request'") == 3
    assert "al_live_" not in written
    assert made[0][8:30] not in written


def test_nothing_that_holds_a_key_shows_it_in_its_repr(asker):
    made = api_keys.create(asker.team.id, name="k", scope="read", actor=NOBODY)
    seal = Seal(asker.team.id, "i", made.text)
    assert made.text[8:] not in repr(made) + repr(seal) + str(seal)
