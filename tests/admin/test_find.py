"""One search: straight to the one hit, a list by kind, nothing that somebody may not see."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import api_keys, teams
from accounts.models import ApiKey, ApiKeySecret, Team, User
from billing.models import (
    PromoCode,
    Reversal,
    StripeEvent,
    TopUp,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from embeddings.models import Inference
from tests.admin.conftest import url
from tests.cast import NOBODY, person

FIND = "/admin/find"


@pytest.fixture
def found(desk):
    """Where the search ends: the address of the one hit, or the page with several."""

    def search(text):
        answer = desk.post(FIND, {"q": text})
        assert desk.get(FIND, {"q": text}).status_code == answer.status_code
        return answer["Location"] if answer.status_code == 302 else answer

    return search


def test_every_identifier_leads_to_its_row(found, happened):
    cast, topup = happened.cast, TopUp.objects.get(status="succeeded")
    reversal = Reversal.objects.exclude(stripe_id=None).first()
    charge_id = "ch_for_search"
    TopUp.objects.filter(pk=topup.pk).update(charge_id=charge_id)
    for text, row in (
        (happened.request_id, Inference.objects.get()),
        (happened.inference_id, Inference.objects.get()),
        (cast.acme.id, cast.acme),
        (happened.key_id, ApiKey.objects.get(pk=happened.key_id)),
        (topup.pk, topup),
        (topup.payment_id, topup),
        (charge_id, topup),
        (reversal.stripe_id, reversal),
        (cast.cleos.stripe_customer.customer_id, cast.cleos),
        (cast.ada.email.upper(), cast.ada),
        ("welcome", PromoCode.objects.get()),
    ):
        assert found(f" {text} ") == url(type(row), "change", row.pk), text
    for model in (WebhookEndpoint, WebhookDelivery, WebhookEvent, StripeEvent):
        row = model.objects.first()
        assert found(row.pk) == url(model, "change", row.pk)


def test_a_payment_that_is_not_ours_leads_to_what_stripe_said_of_it(found, happened):
    event = StripeEvent.objects.first()
    StripeEvent.objects.filter(pk=event.pk).update(object_id="pi_strange")
    assert found("pi_strange") == url(StripeEvent, "change", event.pk)


def test_a_team_by_the_beginning_of_its_name_in_any_case(found, cast):
    assert found("aCM") == url(Team, "change", cast.acme.pk)
    teams.create_team("Acme Two", "x@acme.example", actor=NOBODY)
    page = found("acme")
    assert "<h2" in page.text
    assert page.text.count('href="/admin/accounts/team/team_') == 2


def test_a_list_says_that_there_is_more(found, cast, settings):
    settings.FIND_HITS_MAX = 2
    for number in range(3):
        teams.create_team(f"Zeta {number}", "x@acme.example", actor=NOBODY)
    assert "There are more." in found("zeta").text
    settings.FIND_HITS_MAX = 1
    assert "There are more." in found("zeta").text


def test_a_key_by_its_last_four_characters(found, cast):
    key = cast.new_key().api_key
    tail = key.secrets.get().tail
    assert found(tail) == found(f"…{tail}") == url(ApiKey, "change", key.pk)


def test_a_key_by_what_a_list_shows_of_it(found, cast):
    secret = cast.new_key().api_key.secrets.get()
    assert found(secret.hint) == url(ApiKey, "change", secret.api_key_id)


def test_a_whole_key_is_used_by_its_ends_and_stands_nowhere(desk, found, cast, caplog):
    made = cast.new_key()
    caplog.set_level("DEBUG")
    with CaptureQueriesContext(connection) as captured:
        where = found(made.text)
    assert where == url(ApiKey, "change", made.api_key.pk)
    assert not [one for one in captured if made.text[20:-6] in one["sql"]]
    assert made.text not in caplog.text
    api_keys.revoke(cast.acme.id, made.api_key.pk, actor=NOBODY)
    ApiKeySecret.objects.all().delete()
    page = desk.post(FIND, {"q": made.text}).text
    assert made.text not in page
    assert made.text[20:-6] not in page
    assert f"{made.text[:14]}…{made.text[-4:]}" in page
    assert made.text not in desk.post("/admin/search/?extended=1", {"s": made.text}).text


@pytest.mark.parametrize(
    "text",
    ["", " ", "team_nobody", "req_' OR 1=1", "a\x00b", "x" * 300, "al_live_", "%", "_", "évt_1"],
)
def test_what_names_nothing_is_said_without_trouble(desk, cast, text):
    answer = desk.post(FIND, {"q": text})
    assert answer.status_code == 200
    assert answer.context["groups"] == []


@pytest.mark.parametrize("codename", ["view_team", "view_apikey", None])
def test_what_somebody_may_not_see_is_not_found(client, cast, codename):
    key = cast.new_key().api_key
    helper = person("helper@aurous.example", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename=codename))
    client.force_login(helper)
    sees = {
        "view_team": client.post(FIND, {"q": cast.acme.id}),
        "view_apikey": client.post(FIND, {"q": key.secrets.get().tail}),
    }
    for right, answer in sees.items():
        assert (answer.status_code == 302) is (right == codename)
    assert client.post(FIND, {"q": cast.ada.email}).status_code == 200


def test_the_palette_finds_the_same_and_the_places_of_the_rail(desk, cast):
    page = desk.post("/admin/search/?extended=1", {"s": "acme"}).text
    assert url(Team, "change", cast.acme.pk) in page
    page = desk.post("/admin/search/?extended=1", {"s": "refunds"}).text
    assert "/admin/billing/reversal/" in page
    assert desk.get("/admin/search/").content == b""
    assert "No results" in desk.post("/admin/search/?extended=1", {"s": "no such thing"}).text


def test_the_palette_shows_only_places_that_somebody_may_open(client, cast):
    client.force_login(person("helper@aurous.example", is_staff=True))
    assert "/admin/billing/" not in client.post("/admin/search/", {"s": "e"}).text


def test_the_forms_post(desk):
    page = desk.get("/admin/").text
    assert page.count("<form") >= 2
    for form in page.split("<form")[1:]:
        if "/admin/find" in form.split(">")[0]:
            assert 'method="post"' in form.split(">")[0]
            assert "csrfmiddlewaretoken" in form.split("</form>")[0]
    assert 'hx-post="/admin/search/' in page
    assert 'hx-get="/admin/search/' not in page


def test_every_look_has_an_index(desk, happened):
    """The statement of each kind of text is an equality, or the beginning of a name."""
    texts = [happened.request_id, "pi_x", "cs_x", "ch_x", "re_x", "cus_x", "a@b.example", "ab12"]
    texts += ["al_live_" + "0" * 64, "we_x", "dlv_x", "evt_x", "WELCOME"]
    with CaptureQueriesContext(connection) as captured:
        for text in texts:
            desk.post(FIND, {"q": text})
    looks = [
        one["sql"] for one in captured if "ORDER BY" in one["sql"] and "LIMIT 11" in one["sql"]
    ]
    assert len(looks) >= len(texts)
    with connection.cursor() as cursor:
        for sql in looks:
            cursor.execute(
                ("EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN ") + sql
            )
            plan = " ".join(str(row) for row in cursor.fetchall())
            if connection.vendor == "sqlite":
                assert "SCAN" not in plan.replace("SCAN CONSTANT", ""), sql


def test_people_are_found_by_their_whole_address_only(desk, cast):
    assert desk.post(FIND, {"q": "ada@"}).context["groups"] == []
    assert User.objects.filter(email="ada@acme.example").exists()
