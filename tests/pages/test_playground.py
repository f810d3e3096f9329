"""The playground spends by the same way, at the same price and under the same rules as the API."""

import re
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from accounts import api_keys, members, teams
from accounts.access import api_keys_of
from accounts.models import Role
from embeddings.access import inferences_of
from tests.cast import NOBODY, person
from tests.embeddings.api.stage import (
    CAT,
    STUB,
    complaints,
    credits_of,
    customer,
    platform,
    transactional_db,
)

__all__ = ["platform", "transactional_db"]

_COUNT = iter(range(10_000))


@pytest.fixture
def acme(transactional_db):
    return customer()


@pytest.fixture
def ada(acme):
    return browser_of(acme, Role.OWNER)


def browser_of(someone, role):
    user = person(f"{role}-{next(_COUNT)}@acme.example")
    with transaction.atomic():
        members.add(someone.team, user, role, actor=NOBODY)
    client = Client()
    client.force_login(user)
    return client


def page_of(someone):
    return f"/t/{someone.team.id}/playground"


def send(browser, someone, act="embed", **fields):
    return browser.post(page_of(someone), {"model": STUB, "act": act, **fields})


def test_an_estimate_is_the_apis_and_costs_nothing(acme, ada):
    page = send(ada, acme, "estimate", text_a=CAT)
    told = acme.estimate(CAT).json["credits_estimated"]
    assert f'value="{told}"' in page.text
    assert acme.credits == 1
    assert acme.events() == []


def test_what_is_embedded_is_charged_once_and_explained(acme, ada):
    page = send(ada, acme, text_a=CAT)
    assert page.status_code == 200
    (event,) = acme.events()
    assert event["status"] == "settled"
    assert event["request_id"] in page.text
    assert Decimal(event["credits_charged"]) == credits_of(7)
    assert acme.credits == 1 - credits_of(7)
    (key,) = api_keys_of(acme.team.id).filter(name="Playground")
    assert event["api_key_id"] == key.id
    assert complaints() == {}


def test_the_vector_is_the_apis(acme, ada):
    page = send(ada, acme, text_a=CAT)
    shown = re.search(r"<code>\[(-?\d[^\]]*)\]", page.text).group(1)
    wanted = acme.embed(CAT).json["data"][0]["embedding"]
    assert [Decimal(number) for number in shown.split(", ")] == [Decimal(n) for n in wanted]


def test_two_inputs_are_two_charges_and_a_similarity(acme, ada):
    page = send(ada, acme, text_a=CAT, text_b=CAT)
    assert '<span class="stat-figure">1.0000</span>' in page.text
    assert acme.credits == 1 - 2 * credits_of(7)
    assert len({event["request_id"] for event in acme.events()}) == 2


def test_both_tabs_of_a_team_spend_with_one_key(acme, ada):
    send(ada, acme, text_a=CAT)
    send(browser_of(acme, Role.DEVELOPER), acme, text_a=CAT)
    assert api_keys_of(acme.team.id).filter(name="Playground").count() == 1


def test_a_revoked_playground_key_is_followed_by_another(acme, ada):
    send(ada, acme, text_a=CAT)
    (key,) = api_keys_of(acme.team.id).filter(name="Playground")
    api_keys.revoke(acme.team.id, key.id, actor=NOBODY)
    assert "charged" in send(ada, acme, text_a=CAT).text
    assert api_keys_of(acme.team.id).filter(name="Playground").count() == 2


def test_the_limits_of_its_key_hold(acme, ada):
    send(ada, acme, text_a=CAT)
    (key,) = api_keys_of(acme.team.id).filter(name="Playground")
    api_keys.change(acme.team.id, key.id, actor=NOBODY, limit_total_nano=200_000)
    page = send(ada, acme, text_a=CAT)
    assert "#key_limit_reached" in page.text
    assert acme.credits == 1 - credits_of(7)


def test_without_credit_the_error_of_the_contract_is_shown_and_nothing_is_charged(transactional_db):
    poor = customer("0.0001")
    page = send(browser_of(poor, Role.OWNER), poor, text_a=CAT)
    assert "#balance_too_low" in page.text
    assert poor.credits == Decimal("0.0001")
    assert [event["status"] for event in poor.events()] == []


def test_a_picture_for_a_model_of_text_is_refused_as_by_the_api(acme, ada):
    picture = SimpleUploadedFile("cat.png", b"\x89PNG\r\n\x1a\n", "image/png")
    page = send(ada, acme, files_a=picture)
    assert "#embeddings_modality_unsupported" in page.text
    assert acme.credits == 1


def test_one_bad_side_leaves_the_other(acme, ada):
    page = send(ada, acme, text_a=CAT, text_b="\0")
    assert page.text.count("charged</span>") == 1 or "Null characters" in page.text
    page = send(ada, acme, text_a=CAT, files_b=SimpleUploadedFile("a.png", b"x", "image/png"))
    assert "charged</span>" in page.text
    assert "#embeddings_modality_unsupported" in page.text


def test_nothing_to_embed_is_said(acme, ada):
    assert "Write a text or choose a file." in send(ada, acme).text
    assert inferences_of(acme.team.id).count() == 0


def test_dimensions_are_those_of_the_model(acme, ada):
    assert "64 dimensions" in send(ada, acme, text_a=CAT, dimensions="64").text


def test_a_suspended_team_spends_nothing(acme, ada):
    teams.suspend(acme.team.id, actor=NOBODY)
    page = send(ada, acme, text_a=CAT)
    assert "suspended" in page.text
    assert inferences_of(acme.team.id).count() == 0


def test_a_viewer_may_not(acme):
    viewer = browser_of(acme, Role.VIEWER)
    assert viewer.get(page_of(acme)).status_code == 403
    assert send(viewer, acme, text_a=CAT).status_code == 403
    assert inferences_of(acme.team.id).count() == 0


def test_htmx_gets_the_outcome_alone(acme, ada):
    page = ada.post(
        page_of(acme), {"model": STUB, "act": "embed", "text_a": CAT}, HTTP_HX_REQUEST="true"
    )
    assert "<html" not in page.text
    assert "charged" in page.text


def test_a_reload_does_not_embed_again(acme, ada):
    token = re.search(r'id="once" value="([^"]+)"', ada.get(page_of(acme)).text).group(1)
    assert "charged" in send(ada, acme, text_a=CAT, once=token).text
    assert "embedded already" in send(ada, acme, text_a=CAT, once=token).text
    assert acme.credits == 1 - credits_of(7)
