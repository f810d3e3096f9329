"""A price is asked, seen in credits, set, and afterwards only followed by another one."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import IntegrityError

from accounts.models import AuditEvent
from billing.admin.price_form import TAKEN
from billing.models import Price
from billing.prices import schedule
from tests.admin.conftest import url
from tests.billing import stage
from tests.cast import person

VISION, TEXT = "aurous-embed-vision", "aurous-embed-text"


def words(**changed):
    """What the operator types: everybody's text model at half its price, from now on."""
    return {
        "model": TEXT,
        "team": "",
        "usd_text": "0.0625",
        "usd_visual": "",
        "usd_video": "",
        "markup_pct": "50",
        "effective_at": "",
        "previewed": "",
    } | changed


@pytest.fixture
def form(desk, cast):
    def send(**changed):
        return desk.post(url(Price, "add"), words(**changed))

    return send


@pytest.fixture
def set_price(form):
    """Look at the preview and set what it shows."""

    def send(**changed):
        seen = form(**changed)
        token = seen.context["form"]["previewed"].value()
        return form(**(changed | {"previewed": token, "_set": "1"}))

    return send


def later(**more):
    return (stage.now() + timedelta(**more)).strftime("%Y-%m-%dT%H:%M")


def rows():
    return Price.objects.count()


def test_the_preview_shows_credits_per_million_and_sets_nothing(form):
    before = rows()
    answer = form(model=VISION, usd_visual="0.65", usd_video="0.325")
    lines = [(line.modality, line.now, line.then) for line in answer.context["lines"]]
    assert lines == [
        ("Text", "18.75", "9.375"),
        ("Visual", "48.75", "97.5"),
        ("Video",) + ("48.75",) * 2,
    ]
    assert "Set this price" in answer.text
    assert rows() == before


def test_a_price_is_set_after_its_preview_with_an_audit(set_price, cast, boss):
    assert set_price().status_code == 302
    assert schedule(TEXT, cast.acme.id).at(stage.now()).text == 9_375
    event = AuditEvent.objects.get(action="price.set")
    assert (event.target, event.actor_label) == (TEXT, boss.email)


def test_a_team_has_its_own_price(set_price, cast):
    assert set_price(team="Acme").status_code == 302
    assert schedule(TEXT, cast.acme.id).at(stage.now()).text == 9_375
    assert schedule(TEXT, cast.cleos.id).at(stage.now()).text == 18_750


def test_a_later_price_waits_for_its_day(set_price, desk, cast):
    assert set_price(effective_at=later(days=3)).status_code == 302
    prices = schedule(TEXT, cast.acme.id)
    assert prices.at(stage.now()).text == 18_750
    assert prices.at(stage.now() + timedelta(days=4)).text == 9_375
    assert "begins later" in desk.get(url(Price)).text


def test_what_was_changed_after_the_preview_is_shown_again_first(form):
    before = rows()
    seen = form().context["form"]["previewed"].value()
    answer = form(usd_text="0.25", previewed=seen, _set="1")
    assert answer.context["lines"][0].then == "37.5"
    assert rows() == before


def test_nothing_is_set_without_a_preview(form):
    before = rows()
    assert form(_set="1").status_code == 200
    assert rows() == before


@pytest.mark.parametrize(
    ("changed", "field", "why"),
    [
        ({"usd_text": "0.00000001"}, "__all__", "a price must come out whole"),
        ({"usd_text": "-1"}, "__all__", "a price must come out whole and not negative"),
        ({"markup_pct": "33.3333"}, "__all__", "nano-credits a token; a price must come out whole"),
        ({"usd_text": "0.125"}, "__all__", "the price in force at that time already"),
        ({"usd_text": ""}, "usd_text", "required"),
        ({"usd_text": "NaN"}, "usd_text", "Enter a number"),
        ({"effective_at": "2026-05-15T00:00"}, "effective_at", "cannot begin in the past"),
        ({"effective_at": "soon"}, "effective_at", "valid date"),
        ({"team": "Nobody"}, "team", "There is no team with the id or name 'Nobody'"),
        ({"model": VISION, "usd_video": "1"}, "usd_visual", "The model takes visual tokens"),
    ],
)
def test_a_refusal_shows_on_the_form_and_sets_nothing(form, changed, field, why):
    before = rows()
    answer = form(**changed, _set="1")
    assert answer.status_code == 200
    assert why in " ".join(answer.context["form"].errors[field])
    assert "Set this price" not in answer.text
    assert rows() == before


def test_the_sentence_of_a_price_that_is_not_whole_is_on_the_page(form):
    sentence = "nano-credits a token; a price must come out whole and not negative."
    assert sentence in form(usd_text="0.00000001").text


def test_two_prices_do_not_begin_at_the_same_moment(set_price):
    begins = later(days=3)
    assert set_price(effective_at=begins).status_code == 302
    answer = set_price(effective_at=begins, usd_text="1")
    assert answer.status_code == 200
    assert answer.context["form"].errors == {"effective_at": [TAKEN]}


def test_somebody_else_may_be_first(form, monkeypatch):
    def late(_price, *, actor):
        raise IntegrityError

    monkeypatch.setattr("billing.admin.price_page.set_price", late)
    token = form().context["form"]["previewed"].value()
    answer = form(previewed=token, _set="1")
    assert answer.context["form"].errors == {"effective_at": [TAKEN]}


def test_a_second_click_sets_no_second_price(form):
    token = form().context["form"]["previewed"].value()
    sent = {"previewed": token, "_set": "1"}
    assert form(**sent).status_code == 302
    before = rows()
    assert "in force at that time already" in form(**sent).text
    assert rows() == before


def test_a_model_without_a_price_is_pointed_out(form):
    assert "This model has no price at that time yet" in form(model="aurous-embed-txt").text
    assert "This model has no price" not in form().text


def test_a_link_fills_in_the_model(desk, cast):
    page = desk.get(url(Price, "add"), {"model": TEXT})
    assert page.context["form"]["model"].value() == TEXT


def test_the_list_tells_what_is_in_force(set_price, desk, cast):
    set_price()
    set_price(team=cast.acme.id, usd_text="1")
    states = {
        (price.model, price.team_id, price.nano_text): admin.site._registry[Price].state(price)
        for price in desk.get(url(Price)).context["cl"].result_list
    }
    assert states[TEXT, None, 18_750] == "superseded"
    assert states[TEXT, None, 9_375] == "in force"
    assert states[TEXT, cast.acme.id, 150_000] == "in force"
    assert states[VISION, None, 18_750] == "in force"


def test_a_price_is_never_changed(desk, cast):
    price = Price.objects.first()
    assert desk.get(url(Price, "change", price.pk)).status_code == 200
    assert desk.post(url(Price, "change", price.pk), words()).status_code == 403


def test_a_price_that_has_not_begun_can_be_taken_back(
    set_price, desk, cast, django_capture_on_commit_callbacks
):
    set_price(effective_at=later(days=3))
    price = Price.objects.latest("effective_at")
    assert schedule(TEXT, cast.acme.id).at(stage.now() + timedelta(days=4)).text == 9_375
    with django_capture_on_commit_callbacks(execute=True):
        answer = desk.post(url(Price, "delete", price.pk), {"post": "yes"})
    assert answer.status_code == 302
    assert not Price.objects.filter(pk=price.pk).exists()
    assert schedule(TEXT, cast.acme.id).at(stage.now() + timedelta(days=4)).text == 18_750
    assert AuditEvent.objects.filter(action="price.withdrawn", target=TEXT).exists()


def test_a_price_that_is_about_to_begin_stays(desk, cast):
    price = Price.objects.get(model=TEXT)
    price.pk, price.effective_at = None, stage.now() + timedelta(seconds=5)
    price.save(force_insert=True)
    assert desk.post(url(Price, "delete", price.pk), {"post": "yes"}).status_code == 403


def test_setting_prices_needs_the_right(client, cast):
    helper = person("helper@aurous.example", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename="view_price"))
    client.force_login(helper)
    assert client.get(url(Price)).status_code == 200
    assert client.get(url(Price, "add")).status_code == 403
    assert client.post(url(Price, "add"), words(_set="1")).status_code == 403
