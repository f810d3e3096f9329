"""A price is asked, seen in credits, set, and afterwards only followed by another one."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction

from accounts.models import AuditEvent, Team
from billing import price_effect, prices
from billing.admin.price_form import TAKEN
from billing.models import Price, UsageRollup
from billing.prices import schedule
from billing.pricing import TokenPrice
from tests.admin.acting import asks_who_it_is, confirm, do, preview
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
        "reason": "The card got cheaper",
        "previewed": "",
    } | changed


@pytest.fixture
def desk(desk):
    confirm(desk)
    return desk


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
    lines = [(line.modality, line.now, line.then) for line in answer.context["shown"].lines]
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
    assert event.data["reason"] == "The card got cheaper"
    assert (event.data["usd_text"], event.data["markup_pct"]) == ("0.0625", "50")


def test_a_team_has_its_own_price(set_price, cast):
    assert set_price(team="Acme").status_code == 302
    assert schedule(TEXT, cast.acme.id).at(stage.now()).text == 9_375
    assert schedule(TEXT, cast.cleos.id).at(stage.now()).text == 18_750


def test_a_later_price_waits_for_its_day(set_price, desk, cast):
    assert set_price(effective_at=later(days=3)).status_code == 302
    told = schedule(TEXT, cast.acme.id)
    assert told.at(stage.now()).text == 18_750
    assert told.at(stage.now() + timedelta(days=4)).text == 9_375
    assert "begins later" in desk.get(url(Price)).text


def test_what_was_changed_after_the_preview_is_shown_again_first(form):
    before = rows()
    seen = form().context["form"]["previewed"].value()
    answer = form(usd_text="0.25", previewed=seen, _set="1")
    assert answer.context["shown"].lines[0].then == "37.5"
    assert rows() == before


def test_nothing_is_set_without_a_preview(form):
    before = rows()
    assert form(_set="1").status_code == 200
    assert rows() == before


@pytest.mark.parametrize(
    ("changed", "field", "why"),
    [
        ({"reason": ""}, "reason", "Say why"),
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
    def late(_price, *, actor, reason):
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


def test_a_price_that_has_not_begun_is_taken_back_with_a_reason(set_price, desk, cast, boss):
    set_price(effective_at=later(days=3))
    price = Price.objects.latest("effective_at")
    assert schedule(TEXT, cast.acme.id).at(stage.now() + timedelta(days=4)).text == 9_375
    page = url(Price, "withdraw", price.pk)
    assert page in desk.get(url(Price, "change", price.pk)).text
    seen, sent = preview(desk, page, reason="The card did not come")
    line = seen.context["shown"]["lines"][0]
    assert (line.now, line.then) == ("9.375", "18.75")
    answer = asks_who_it_is(desk, page, sent, lambda: Price.objects.filter(pk=price.pk).exists())
    assert "It never holds." in answer.text
    assert schedule(TEXT, cast.acme.id).at(stage.now() + timedelta(days=4)).text == 18_750
    event = AuditEvent.objects.get(action="price.withdrawn", target=TEXT)
    assert event.actor_label == boss.email
    assert event.data == {
        "usd_text": "0.06250000",
        "markup_pct": "50.0000",
        "effective_at": price.effective_at.isoformat(),
        "reason": "The card did not come",
    }
    assert desk.post(page, sent).status_code == 403, "it has gone"


def test_a_price_that_is_about_to_begin_stays(desk, cast):
    price = Price.objects.get(model=TEXT)
    price.pk, price.effective_at = None, stage.now() + timedelta(seconds=5)
    price.save(force_insert=True)
    page = url(Price, "withdraw", price.pk)
    assert desk.post(page, {"_do": "1"}).status_code == 403
    with pytest.raises(ValueError, match="has begun"):
        prices.withdraw(price.pk, actor=stage.NOBODY, reason="too late by now")
    assert desk.post(url(Price, "delete", price.pk), {"post": "yes"}).status_code == 403


def test_the_only_price_of_a_model_is_not_taken_back(desk, cast):
    price = Price.objects.get(model=TEXT)
    price.pk, price.model, price.effective_at = None, "new", stage.now() + timedelta(days=1)
    price.save(force_insert=True)
    answer, _ = preview(desk, url(Price, "withdraw", price.pk), reason="We thought again")
    assert "Without it the model has no price" in answer.text


def own_price(cast, **more):
    price = Price.objects.get(model=TEXT)
    price.pk, price.team, price.usd_text = None, cast.acme, Decimal("0.5")
    price.effective_at = stage.now() - timedelta(days=1)
    return prices.set_price(price, actor=stage.NOBODY, **more)


def test_a_team_goes_back_to_everybodys_price_at_a_moment(desk, cast, boss):
    price = own_price(cast)
    page = url(Price, "end_own", price.pk)
    seen, sent = preview(desk, page, effective_at=later(days=2), reason="The contract ends")
    line = seen.context["shown"]["price"].lines[0]
    assert (line.now, line.then) == ("75", "18.75")
    asks_who_it_is(desk, page, sent, lambda: Price.objects.filter(back_to_list=True).count() == 0)
    told = schedule(TEXT, cast.acme.id)
    assert told.at(stage.now()).text == 75_000
    assert told.at(stage.now() + timedelta(days=3)).text == 18_750
    event = AuditEvent.objects.get(action="price.ended")
    assert (event.team, event.actor_label) == (cast.acme, boss.email)
    assert event.data["reason"] == "The contract ends"
    assert "everybody&#x27;s" in desk.get(url(Price)).text
    again, _ = preview(desk, page, effective_at=later(days=3), reason="The contract ends")
    assert "pays everybody&#x27;s price at that time already" in again.text
    assert stage.complaints() == {}


def test_after_the_end_a_team_can_have_a_price_of_its_own_again(cast):
    price = own_price(cast)
    prices.back_to_list(TEXT, cast.acme, stage.now(), actor=stage.NOBODY, reason="over")
    price.pk, price.effective_at = None, stage.now() + timedelta(hours=1)
    prices.set_price(price, actor=stage.NOBODY)
    told = schedule(TEXT, cast.acme.id)
    moments = [stage.now() + timedelta(hours=h) for h in (-1, 0, 2)]
    assert [told.at(moment).text for moment in moments] == [75_000, 18_750, 75_000]


def test_only_the_prices_of_teams_end(desk, cast):
    general = Price.objects.get(model=TEXT)
    assert desk.get(url(Price, "end_own", general.pk)).status_code == 403


@pytest.mark.parametrize(
    "values", ["NULL, 1, NULL", "'team', NULL, 1", "'team', 1, NULL", "NULL, NULL, NULL"]
)
def test_the_database_lets_an_end_have_no_numbers(cast, values):
    values = values.replace("team", cast.acme.id)
    with pytest.raises(IntegrityError), transaction.atomic():
        stage.sql(
            "INSERT INTO billing_price (model, team_id, usd_text, nano_text, markup_pct, "
            f"back_to_list, effective_at) VALUES ('m', {values}, 0, %s, %s)",
            [True, stage.now()],
        )


def test_a_price_without_numbers_is_no_price(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        Price.objects.create(model="m", effective_at=stage.now())


def used(team, tokens, **more):
    stage.grant(team, stage.CREDIT)
    stage.spent(team, tokens, model=TEXT, prices=schedule(TEXT, team.id), **more)


def test_the_preview_tells_whom_it_hits_and_how_hard(form, cast):
    used(cast.acme, 1_000)
    used(cast.acme, 3_000)
    used(cast.cleos, 100)
    shown = form(usd_text="0.25").context["shown"]
    rows = [(r.name, r.requests, r.charged, r.would, r.difference) for r in shown.teams]
    assert rows == [
        ("Acme", "2", "0.075", "0.15", "+0.075"),
        ("Cleo's", "1", "0.001875", "0.00375", "+0.001875"),
    ]
    assert shown.total.difference == "+0.076875"
    assert (shown.typical.tokens, shown.typical.now) == ("1,366 text tokens", "0.0256125")
    assert shown.typical.then == "0.051225"


def test_teams_with_their_own_price_and_exempt_ones_are_not_hit(form, cast):
    used(cast.acme, 1_000)
    used(cast.cleos, 1_000)
    own_price(cast)
    Team.objects.filter(pk=cast.cleos.pk).update(billing_mode="exempt")
    answer = form(usd_text="0.25")
    assert (answer.context["shown"].teams, answer.context["shown"].keeping) == ([], 1)
    assert "1 team with prices of its own is not hit." in " ".join(answer.text.split())


def test_a_price_of_a_team_hits_that_team(form, cast):
    used(cast.acme, 1_000)
    used(cast.cleos, 1_000)
    (row,) = form(team="Acme", usd_text="0.25").context["shown"].teams
    assert row.name == "Acme"


def test_what_is_older_than_thirty_days_does_not_count(form, cast):
    used(cast.acme, 1_000)
    UsageRollup.objects.filter(width="day").update(start=stage.now() - timedelta(days=31))
    assert form(usd_text="0.25").context["shown"].total is None


def test_the_effect_is_one_statement_however_many_teams(cast, django_assert_num_queries):
    then = TokenPrice(1)
    for number in range(3):
        used(stage.a_team(name=f"Team {number}"), 100)
    now = stage.now()
    with django_assert_num_queries(3):  # the clock, the overrides, the days
        effect = price_effect.of_price(TEXT, None, now, then)
    assert len(effect.teams) == 3


def test_setting_a_price_asks_who_it_is_and_then_goes_on(form, desk):
    sent = words(previewed=form().context["form"]["previewed"].value(), _set="1")
    before = rows()
    answer = asks_who_it_is(desk, url(Price, "add"), sent, lambda: rows() == before)
    assert "is set and begins" in answer.text
    assert rows() == before + 1


def test_the_history_tells_who_set_what_and_why(set_price, desk, cast, boss):
    set_price(effective_at=later(days=3))
    set_price(effective_at=later(days=5), usd_text="0.25", reason="A dearer card")
    newest = Price.objects.latest("effective_at")
    do(desk, url(Price, "withdraw", newest.pk), reason="The card did not come")
    price = Price.objects.latest("effective_at")
    page = url(Price, "over_time", price.pk)
    assert page in desk.get(url(Price, "change", price.pk)).text
    text = desk.get(page).text
    for said in ("9.375", "18.75", "The card got cheaper", boss.email, "at the beginning"):
        assert said in text
    assert "Taken back before they began" in text
    assert "The card did not come" in text


def test_setting_prices_needs_the_right(client, cast):
    helper = person("helper@aurous.example", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename="view_price"))
    client.force_login(helper)
    assert client.get(url(Price)).status_code == 200
    assert client.get(url(Price, "add")).status_code == 403
    assert client.post(url(Price, "add"), words(_set="1")).status_code == 403
