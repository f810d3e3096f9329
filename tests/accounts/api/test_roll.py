"""``POST /v1/keys/{id}/roll``: a second secret for the same key."""

from datetime import datetime, timedelta

import pytest
from django.db import connection

from accounts.models import AuditEvent
from aurous.kernel.clock import database_now
from tests.embeddings.api.stage import Api


@pytest.fixture
def worker(asker):
    """Another key of the team."""
    return asker.key_with(scope="read", rpm=500)


def roll(asker, key, body=None, **headers):
    answer = asker.post(f"keys/{key.key_id}/roll", body, **headers)
    assert answer.status == 200, answer.content
    return answer.json


def test_a_rolled_key_keeps_its_id_and_rules_and_has_a_new_text(asker, worker):
    before = asker.get(f"keys/{worker.key_id}").json
    made = roll(asker, worker)
    text = made.pop("api_key")
    assert text != worker.key
    assert (made["head"], made["tail"]) == (text[:14], text[-4:])
    changed = {name for name in before if made[name] != before[name]}
    assert changed == {"head", "tail", "overlap_ends_at"}
    assert made == asker.get(f"keys/{worker.key_id}").json


@pytest.mark.parametrize(
    ("body", "hours"),
    [
        (None, 24),
        ({}, 24),
        ({"overlap_hours": None}, 24),
        ({"overlap_hours": 1}, 1),
        ({"overlap_hours": 24.0}, 24),
        ({"overlap_hours": 168}, 168),
    ],
)
def test_during_the_overlap_both_texts_are_good(asker, worker, body, hours):
    made = roll(asker, worker, body)
    assert {key.get("team").status for key in (worker, Api(made["api_key"]))} == {200}
    ends_at = datetime.fromisoformat(made["overlap_ends_at"])
    left = ends_at - database_now(connection)
    assert timedelta(hours=hours) - timedelta(minutes=1) < left <= timedelta(hours=hours)


def test_without_an_overlap_the_old_text_is_dead_at_once(asker, worker):
    assert worker.get("team").status == 200
    made = roll(asker, worker, {"overlap_hours": 0})
    assert worker.get("team").code == "invalid_api_key"
    assert Api(made["api_key"]).get("team").status == 200
    assert made["overlap_ends_at"] is None


def test_a_key_may_roll_itself(asker):
    made = roll(asker, asker, {"overlap_hours": 1})
    assert Api(made["api_key"]).get("keys").status == 200
    assert asker.get("keys").status == 200


def test_a_roll_is_audited_with_the_key_that_did_it(asker, worker):
    roll(asker, worker, {"overlap_hours": 1})
    event = AuditEvent.objects.get(action="key.rolled", target=worker.key_id)
    assert (event.actor_kind, event.actor_id) == ("key", asker.key_id)
    assert event.data["overlap_hours"] == 1
