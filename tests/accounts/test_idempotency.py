"""The door for a POST of any app: answers without a secret are for every key of the team."""

import pytest

from accounts.idempotency import answer_once
from accounts.models import AuditEvent, IdempotencyClaim
from accounts.verdicts import caller_of
from aurous.http.exchange import ApiRequest, begin, json_response
from aurous.kernel.errors import AurousError
from tests.cast import bearer

PATH = "/v1/webhook_endpoints"


@pytest.fixture
def asked(cast, rf):
    """``asked(key)``: a request with the API key of the team."""

    def request(made, body=None):
        plain = rf.post(PATH, **bearer(made.text))
        admitted = ApiRequest(plain, begin(plain))
        admitted.auth = caller_of(made.api_key)
        admitted.sent = body or {}
        return admitted

    return request


def ring(times):
    """Something that is done, and its answer."""

    def work():
        times.append(1)
        event = AuditEvent.objects.create(
            action="bell.rung", actor_kind="system", actor_id="x", actor_label="x", target="bell"
        )
        return json_response({"rung": event.pk}, status=202)

    return work


@pytest.mark.parametrize("secret", [False, True])
def test_the_work_is_done_once_and_its_answer_repeated_with_its_status(cast, asked, secret):
    made, times = cast.new_key(), []
    first = answer_once(asked(made), "k", ring(times), secret=secret)
    again = answer_once(asked(made), "k", ring(times), secret=secret)
    assert (again.status_code, again.content) == (202, first.content)
    assert "Aurous-Idempotent-Replayed" not in first
    assert again["Aurous-Idempotent-Replayed"] == "true"
    assert len(times) == AuditEvent.objects.filter(action="bell.rung").count() == 1


def test_an_answer_without_a_secret_is_for_every_key_of_the_team(cast, asked):
    times = []
    first = answer_once(asked(cast.new_key()), "k", ring(times), secret=False)
    again = answer_once(asked(cast.new_key(scope="write")), "k", ring(times), secret=False)
    assert (again.content, len(times)) == (first.content, 1)


def test_an_answer_with_a_secret_is_for_the_key_that_asked(cast, asked):
    times = []
    answer_once(asked(cast.new_key()), "k", ring(times), secret=True)
    with pytest.raises(AurousError, match="with another API key"):
        answer_once(asked(cast.new_key()), "k", ring(times), secret=True)
    assert len(times) == 1


def test_without_a_key_the_work_is_done_each_time(cast, asked):
    made, times = cast.new_key(), []
    answers = {answer_once(asked(made), None, ring(times), secret=True).content for _ in range(2)}
    assert len(answers) == len(times) == 2
    assert not IdempotencyClaim.objects.exists()


@pytest.mark.parametrize("key", ["k", None])
def test_work_that_raises_leaves_nothing_of_what_it_did(cast, asked, key):
    made, times = cast.new_key(), []

    def work():
        ring(times)()
        raise AurousError("value_out_of_range", "No.", param="bell")

    with pytest.raises(AurousError, match="No"):
        answer_once(asked(made), key, work, secret=False)
    assert not AuditEvent.objects.filter(action="bell.rung").exists()
    assert not IdempotencyClaim.objects.exists()
    assert answer_once(asked(made), key, ring(times), secret=False).status_code == 202


def test_another_body_is_another_request(cast, asked):
    made, times = cast.new_key(), []
    answer_once(asked(made, {"a": 1}), "k", ring(times), secret=False)
    assert answer_once(asked(made, {"a": 1.0}), "k", ring(times), secret=False).status_code == 202
    with pytest.raises(AurousError, match="with another body"):
        answer_once(asked(made, {"a": 2}), "k", ring(times), secret=False)
    assert len(times) == 1
