"""Draining, pausing, resuming in the admin; and who works on what."""

import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from aurous.kernel.errors import AurousError
from embeddings import catalog
from embeddings.models import CatalogModel
from tests.admin.conftest import url
from tests.admin.hands import confirm, operator_who_may, send
from tests.billing import stage

STUB = "aurous-stub"
WHY = "A new disk."


@pytest.fixture
def desk(desk):
    confirm(desk)
    return desk


def act(name):
    return url(CatalogModel, name, STUB)


def state():
    return CatalogModel.objects.get(pk=STUB).state


WORKERS = reverse("admin:embeddings_catalogmodel_workers")


def test_a_model_is_drained_with_what_customers_read(desk, cast, boss):
    stage.grant(cast.acme, stage.CREDIT)
    stage.spent(cast.acme, 7, model=STUB)
    stage.held(cast.acme, 7, model=STUB)
    stage.running(cast.acme, 7, model=STUB)
    page = desk.get(act("drain"))
    assert dict(page.context["act"].facts) == {
        "Waiting": "1",
        "Running": "1",
        "Requests in the last minute": "3",
        "Teams that used it in 7 days": "1",
    }
    assert "taking it out of service" in page.text
    sent = {"notice": "Back at 14:00.", "retry_after_s": "600", "reason": WHY}
    answer = send(desk, act("drain"), **sent)
    assert answer["Location"] == url(CatalogModel, "change", STUB)
    assert state() == "draining"
    with pytest.raises(AurousError) as told:
        catalog.callable_entry(STUB)
    assert "Back at 14:00." in told.value.message
    assert told.value.retry_after_s == 600
    event = AuditEvent.objects.get(action="model.draining")
    assert (event.target, event.actor_label) == (STUB, boss.email)
    assert event.data["state"] == {"old": "active", "new": "draining"}
    assert event.data["reason"] == WHY


def test_how_much_is_left_lives_on_the_models_page(desk, cast):
    stage.grant(cast.acme, stage.CREDIT)
    taken = stage.held(cast.acme, 7, model=STUB)
    send(desk, act("drain"), notice="", retry_after_s="30", reason=WHY)
    live = act("load")
    assert live in desk.get(url(CatalogModel, "change", STUB)).text
    assert "1 request to go" in desk.get(live).text
    stage.release(taken, cast.acme)
    assert "Nothing is left" in desk.get(live).text


def test_a_model_is_paused_and_resumed(desk):
    send(desk, act("pause"), notice="", retry_after_s="30", reason=WHY)
    assert state() == "paused"
    assert STUB not in [entry.slug for entry in catalog.served()]
    assert "paused" in desk.get(url(CatalogModel)).text
    send(desk, act("resume"), reason="It is in.")
    assert state() == "active"
    assert STUB in [entry.slug for entry in catalog.served()]
    row = CatalogModel.objects.get(pk=STUB)
    assert (row.notice, row.retry_after_s) == ("", 30)
    assert AuditEvent.objects.filter(action="model.resumed").count() == 1


def test_resuming_says_where_nobody_would_serve_it(desk, transport):
    assert "No worker says" not in desk.get(act("resume")).text
    transport.there = []
    assert "No worker says" in desk.get(act("resume")).text


@pytest.mark.parametrize("name", ["drain", "pause", "resume"])
def test_nothing_happens_without_a_reason_or_a_right(desk, client, name):
    send(desk, act(name), notice="", retry_after_s="30", reason="")
    assert state() == "active"
    client.force_login(operator_who_may("view_catalogmodel"))
    assert client.get(act(name)).status_code == 403
    assert client.post(act(name), {"reason": WHY}).status_code == 403
    assert not AuditEvent.objects.filter(action__startswith="model.").exists()


@pytest.mark.parametrize("wrong", [{"retry_after_s": "0"}, {"notice": "x" * 201}])
def test_what_customers_could_not_use_is_refused_at_its_field(desk, wrong):
    sent = {"notice": "", "retry_after_s": "30", "reason": WHY} | wrong
    answer = send(desk, act("drain"), **sent)
    assert set(answer.context["form"].errors) == set(wrong)
    assert state() == "active"


def test_a_model_that_is_not_there_is_no_error_of_ours(desk):
    for name in ("drain", "pause", "resume", "load"):
        assert desk.get(url(CatalogModel, name, "nothing")).status_code == 404


def test_the_page_of_workers_tells_who_does_what(desk, transport):
    assert WORKERS in desk.get("/admin/").text
    text = desk.get(WORKERS).text
    for told in ("gpu-7:4242", "cuda", "0.5 s ago", "11", "900", STUB):
        assert told in text
    part = desk.get(WORKERS, headers={"HX-Request": "true"}).text
    assert "gpu-7:4242" in part
    assert "<html" not in part


def test_the_page_of_workers_says_what_is_wrong(desk, transport):
    transport.there = []
    assert "nobody serves it" in desk.get(WORKERS).text
    transport.down = True
    text = desk.get(WORKERS).text
    assert "The way to the workers is down" in text
    assert "nobody can say" in text


def test_who_may_not_see_models_sees_no_workers(client, db):
    client.force_login(operator_who_may("view_team"))
    assert client.get(WORKERS).status_code == 403
    assert client.get(act("load")).status_code == 403
