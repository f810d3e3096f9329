"""An operator pastes an identifier and finds the row."""

import pytest

from accounts.models import IdempotencyClaim
from billing.models import Account, Grant, KeyDay, Transfer, UsageBucket
from embeddings.models import Inference
from tests.admin.conftest import url
from tests.billing import stage


@pytest.fixture
def found(desk, happened):
    """Search a table; somebody else's rows are in each of them too."""
    other = happened.cast.cleos
    stage.grant(other, stage.CREDIT)
    stage.spent(other, 7, api_key_id=happened.cast.new_key(other).api_key.id, claim=stage.claim())

    def search(model, text):
        answer = desk.get(url(model), {"q": text})
        assert answer.status_code == 200
        return list(answer.context["cl"].result_list)

    return search


@pytest.mark.parametrize(
    "model", [Account, Transfer, Grant, IdempotencyClaim, KeyDay, UsageBucket, Inference]
)
def test_by_team(found, happened, model):
    acme = happened.cast.acme
    by_id = found(model, f" {acme.id} ")
    assert by_id
    assert by_id == found(model, "acme")
    assert len(by_id) < model.objects.count()
    assert found(model, "team_nobody") == found(model, "no such team") == []


@pytest.mark.parametrize("model", [KeyDay, UsageBucket, Inference])
def test_by_key(found, happened, model):
    (row,) = found(model, happened.key_id)
    assert row.api_key_id == happened.key_id
    assert found(model, "key_nobody") == []


def test_a_request_by_its_ids(found, happened):
    for text in (happened.inference_id, happened.request_id):
        (row,) = found(Inference, text)
        assert row.id == happened.inference_id


def test_a_charge_by_the_ids_of_its_request_its_own_and_its_reference(found, happened):
    (charge,) = found(Transfer, happened.inference_id)
    assert charge.reference == f"inference:{happened.inference_id}"
    for text in (happened.request_id, charge.id, charge.reference):
        assert found(Transfer, text) == [charge]
    assert found(Transfer, "req_nobody") == []


def test_a_grant_by_its_id_and_its_transfer(found):
    grant = Grant.objects.first()
    assert found(Grant, grant.id) == found(Grant, grant.transfer_id) == [grant]


def test_a_claim_by_key_and_request(found, happened):
    (claim,) = found(IdempotencyClaim, "order-17")
    assert found(IdempotencyClaim, happened.inference_id) == [claim]


@pytest.mark.parametrize("model", [Transfer, Inference])
def test_by_time(desk, happened, model):
    for hours in ("1", "24", "168", "720"):
        answer = desk.get(url(model), {"last": hours})
        assert set(answer.context["cl"].result_list) == set(model.objects.all())
    if model is Inference:
        model.objects.update(created_at=stage.LONG_AGO)
        assert list(desk.get(url(model), {"last": "720"}).context["cl"].result_list) == []


@pytest.mark.parametrize(
    ("model", "asked", "count"),
    [
        (Account, {"whose": "team"}, 2),
        (Account, {"whose": "system"}, 6),
        (Inference, {"status": "failed"}, 0),
        (Inference, {"status": "settled"}, 1),
        (Inference, {"model": "aurous-stub"}, 1),
        (UsageBucket, {"model": "aurous-embed-text"}, 0),
        (UsageBucket, {"status": "settled"}, 1),
        (IdempotencyClaim, {"completed_at__isempty": "0"}, 1),
        (Grant, {"kind__exact": "purchased"}, 1),
    ],
)
def test_filters(desk, happened, model, asked, count):
    key = {"status": "status__exact"}
    if model is Inference:
        asked = {key.get(name, name): value for name, value in asked.items()}
    answer = desk.get(url(model), asked)
    assert len(answer.context["cl"].result_list) == count
