"""Secrets: at hand to sign with, in no table, no log and no repr."""

import pytest
import structlog

from accounts.models import AuditEvent
from billing.models import WebhookSecret
from billing.webhooks import claims, endpoints
from billing.webhooks.deliverer import deliver_one
from billing.webhooks.signing_secrets import SECRETS_VALID_MAX
from tests.billing import stage
from tests.billing.webhooks.conftest import delivery

OLD_PEPPER, NEW_PEPPER = "1:" + "o" * 40, "2:" + "n" * 40


@pytest.fixture(autouse=True)
def peppers(settings):
    settings.AUROUS_KEY_PEPPERS = OLD_PEPPER


def secrets_of(team):
    """What a message is signed with now."""
    claimed = claims.claim()
    assert claimed is not None
    return claimed.secrets


def test_a_message_is_signed_with_the_secret_that_was_shown(new_endpoint, happen, team):
    made = new_endpoint()
    happen()
    assert secrets_of(team) == [made.text]
    assert made.text.startswith("whsec_")
    assert len(made.text) == 70


def test_two_endpoints_have_different_secrets(new_endpoint):
    assert new_endpoint().text != new_endpoint().text


def test_the_tables_hold_nothing_of_it(new_endpoint, team):
    text = new_endpoint().text
    stored = repr([list(WebhookSecret.objects.values()), list(AuditEvent.objects.values())])
    assert text.removeprefix("whsec_") not in stored


def test_reprs_and_logs_do_not_show_it(new_endpoint, happen, team):
    made = new_endpoint()
    happen()
    claimed = claims.claim()
    assert made.text not in repr(made) + repr(claimed)
    assert made.endpoint.url not in repr(claimed)


@pytest.mark.parametrize("hours", [1, 24, 168])
def test_both_secrets_sign_while_both_are_valid(clock, new_endpoint, happen, team, hours):
    old = new_endpoint()
    rolled = endpoints.roll(team.id, old.endpoint.id, actor=stage.NOBODY, overlap_hours=hours)
    happen(times=3)
    assert secrets_of(team) == [rolled.text, old.text]
    clock.set(rolled.old_valid_until)
    assert secrets_of(team) == [rolled.text]


def test_rolled_with_no_overlap_the_old_one_ends_at_once(new_endpoint, happen, team):
    old = new_endpoint()
    rolled = endpoints.roll(team.id, old.endpoint.id, actor=stage.NOBODY, overlap_hours=0)
    happen()
    assert secrets_of(team) == [rolled.text]


def test_rolled_twice_at_most_the_shorter_overlap_counts(clock, new_endpoint, happen, team):
    first = new_endpoint()
    second = endpoints.roll(team.id, first.endpoint.id, actor=stage.NOBODY, overlap_hours=168)
    third = endpoints.roll(team.id, first.endpoint.id, actor=stage.NOBODY, overlap_hours=1)
    happen(times=2)
    assert secrets_of(team) == [third.text, second.text, first.text]
    clock.advance(hours=1)
    assert secrets_of(team) == [third.text]


def test_a_secret_outlives_the_rotation_of_peppers(settings, new_endpoint, happen, team):
    old = new_endpoint()
    settings.AUROUS_KEY_PEPPERS = f"{NEW_PEPPER},{OLD_PEPPER}"
    happen(times=2)
    assert secrets_of(team) == [old.text]
    rolled = endpoints.roll(team.id, old.endpoint.id, actor=stage.NOBODY, overlap_hours=24)
    settings.AUROUS_KEY_PEPPERS = NEW_PEPPER
    assert secrets_of(team) == [rolled.text]


def test_what_cannot_be_signed_is_not_sent_and_not_held_against_the_endpoint(
    settings, endpoint, happen
):
    happen()
    settings.AUROUS_KEY_PEPPERS = NEW_PEPPER
    with structlog.testing.capture_logs() as lines:
        assert deliver_one()  # with the real sender, which would have to reach a host
    assert [line["event"] for line in lines] == ["webhooks.pepper_missing"]
    found = delivery()
    assert (found.status, found.error) == ("pending", "The message could not be signed.")
    endpoint.refresh_from_db()
    assert endpoint.failures == 0


def test_a_few_secrets_sign_at_a_time_however_often_it_is_rolled(new_endpoint, happen, team):
    made = new_endpoint()
    texts = [made.text]
    for _ in range(6):
        rolled = endpoints.roll(team.id, made.endpoint.id, actor=stage.NOBODY, overlap_hours=168)
        texts.append(rolled.text)
    happen()
    assert secrets_of(team) == texts[:-5:-1]
    assert WebhookSecret.objects.count() == SECRETS_VALID_MAX == 4


def test_secrets_that_have_ended_go_at_the_next_roll(clock, new_endpoint, team):
    made = new_endpoint()
    for _ in range(3):
        endpoints.roll(team.id, made.endpoint.id, actor=stage.NOBODY, overlap_hours=1)
        clock.advance(hours=2)
    assert WebhookSecret.objects.count() == 2
