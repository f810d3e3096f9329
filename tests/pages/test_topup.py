"""Buying credit from a browser: the form, the way to Stripe's page, and back."""

import re
import runpy

import pytest
from django.urls import reverse

from accounts import teams
from accounts.models import AuditEvent
from aurous import browser_settings, stripe_settings
from billing.models import StripeCustomer, TopUp
from billing.pages.topup_form import TopUpForm
from billing.topup_amounts import parse_cents
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.billing.stripe.conftest import world
from tests.cast import NOBODY
from tests.pages.browsers import browser_of, browsers_of, queries_of, words

__all__ = ["world"]


@pytest.fixture
def page(cast):
    return reverse("billing-topup", args=[cast.acme.id])


def form_of(browser, page, **fields):
    """What the form of the page sends with these fields."""
    token = re.search(r'name="once" value="([^"]+)"', browser.get(page).text).group(1)
    return {"once": token, "amount": "2500", **fields}


def the_order():
    return TopUp.objects.get()


def back(topup, name):
    return reverse(f"billing-payment-{name}", args=[topup.team_id, topup.id])


# --- the form ---------------------------------------------------------------------------------


def test_an_order_leads_to_the_page_where_it_is_paid(world, ada, cast, page):
    answer = ada.post(page, form_of(ada, page))
    topup = the_order()
    assert answer.status_code == 302
    assert answer["Location"] == f"https://pay.example/c/pay/{topup.checkout_id}"
    assert (topup.amount_cents, topup.credits) == (2_500, 2_500 * CREDIT)
    assert (topup.ordered_by, topup.save_card) == (cast.ada.email, False)
    session = world.store.get("checkout.session", topup.checkout_id)
    assert session["success_url"] == f"http://testserver{back(topup, 'done')}"
    assert session["cancel_url"] == f"http://testserver{back(topup, 'left')}"
    assert AuditEvent.objects.get(action="topup.ordered").actor_label == cast.ada.email


def test_a_form_that_is_sent_twice_is_one_order_and_one_page(world, ada, page):
    form = form_of(ada, page)
    first, again = ada.post(page, form), ada.post(page, form)
    assert first["Location"] == again["Location"]
    assert TopUp.objects.count() == 1


def test_a_form_from_the_history_with_another_amount_is_another_order(world, ada, page):
    form = form_of(ada, page)
    ada.post(page, form)
    ada.post(page, form | {"amount": "10000"})
    ada.post(page, form | {"save_card": "on"})
    asked = TopUp.objects.order_by("id").values_list("amount_cents", "save_card")
    assert list(asked) == [(2_500, False), (10_000, False), (2_500, True)]


def test_a_form_whose_order_is_over_leads_to_that_order(world, ada, page):
    form = form_of(ada, page)
    ada.post(page, form)
    ada.post(back(the_order(), "drop"))
    again = ada.post(page, form, follow=True)
    assert again.redirect_chain[-1][0] == reverse(
        "billing-payment", args=[the_order().team_id, the_order().id]
    )
    assert "That order was made before" in again.text


def test_an_amount_of_ones_own(world, ada, page):
    answer = ada.post(page, form_of(ada, page, amount="own", own="$1,234.56"))
    assert answer.status_code == 302
    assert the_order().amount_cents == 123_456


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"amount": "own", "own": "4.99"}, "An amount is between $5.00 and $10,000.00."),
        ({"amount": "own", "own": "10000.01"}, "An amount is between $5.00 and $10,000.00."),
        ({"amount": "own", "own": "12,50"}, "Write dollars, with a point before the cents"),
        ({"amount": "own", "own": "-20"}, "Write dollars, with a point before the cents"),
        ({"amount": "own", "own": "12.505"}, "Write dollars, with a point before the cents"),
        ({"amount": "own", "own": ""}, "Write how much."),
        ({"amount": "2500", "own": "40"}, "You chose $25.00. Empty this"),
        ({"amount": "123"}, "Select a valid choice"),
    ],
)
def test_what_is_no_amount_is_said_and_orders_nothing(world, ada, page, fields, told):
    answer = ada.post(page, form_of(ada, page, **fields))
    assert answer.status_code == 200
    assert told in words(answer)
    assert not TopUp.objects.exists()


def test_a_refused_form_keeps_its_token_so_that_sending_it_again_is_one_order(world, ada, page):
    world.transport.fate = lambda _method, path: "silent" if path.endswith("sessions") else "ok"
    form = form_of(ada, page)
    answer = ada.post(page, form)
    assert "did not answer as expected" in words(answer)
    assert f'value="{form["once"]}"' in answer.text
    world.transport.fate = lambda *_: "ok"
    assert ada.post(page, form).status_code == 302
    assert TopUp.objects.count() == 1
    assert len(list(world.store.all("checkout.session"))) == 1


def test_links_fill_the_form(world, ada, page):
    assert ada.get(page).context["form"].initial["amount"] == "2500"
    asked = ada.get(page, {"amount": "10000", "keep": "1"}).context["form"]
    assert asked.initial == {"amount": "10000", "save_card": True}
    assert ada.get(page, {"amount": "1"}).context["form"].initial["amount"] == "2500"
    assert ada.get(page, {"amount": "own"}).context["form"].initial["amount"] == "own"


def test_what_an_amount_gives_is_told_before_it_is_ordered(world, ada, cast, page):
    stage.grant(cast.acme, 500 * CREDIT)
    text = words(ada.get(page))
    assert "You get 2,500 credits" in text
    assert "Available after it 3,000 credits 500 are available now." in text
    asked = {"preview": "1", "amount": "own", "own": "12.34"}
    assert "1,234 credits" in ada.get(page, asked).text
    assert "–" in ada.get(page, asked | {"own": "x"}).text


def test_tax_is_told_where_it_is_added(world, ada, page, settings):
    assert "Tax is worked out" not in words(ada.get(page))
    settings.STRIPE_AUTOMATIC_TAX = True
    assert "Tax is worked out on the next page" in words(ada.get(page))


def test_where_payments_are_not_set_up_the_page_says_what_to_do(ada, cast, page):
    text = words(ada.get(page))
    assert "Payments are not set up on this installation" in text
    assert f"manage.py grant_credits {cast.acme.id} AMOUNT" in text
    assert ada.post(page, {"once": "t", "amount": "2500"}).status_code == 200
    assert not TopUp.objects.exists()


def test_a_suspended_team_cannot_buy(world, ada, cast, page):
    form = form_of(ada, page)
    teams.suspend(cast.acme.id, actor=NOBODY)
    assert "A suspended team cannot buy credit." in words(ada.get(page))
    assert ada.post(page, form).status_code == 200
    assert not TopUp.objects.exists()


def test_only_who_looks_after_money_may(world, cast, page):
    answers = {role: one.get(page).status_code for role, one in browsers_of(cast).items()}
    assert answers == {"owner": 200, "admin": 200, "billing": 200, "developer": 403, "viewer": 403}


@pytest.mark.parametrize("name", ["billing", "billing-topup", "billing-payments"])
def test_play_money_is_told_on_every_page_about_paying(world, ada, cast, settings, name):
    url = reverse(name, args=[cast.acme.id])
    assert "Play money" not in ada.get(url).text
    settings.PLAY_MONEY = True
    assert "Play money." in words(ada.get(url))


@pytest.mark.parametrize(
    ("environment", "targets"),
    [
        ({}, []),
        (
            {"STRIPE_SECRET_KEY": "sk_test_x"},
            ["https://checkout.stripe.com", "https://billing.stripe.com"],
        ),
        (
            {"STRIPE_SECRET_KEY": "sk_test_x", "AUROUS_STRIPE_PAGES": "https://pay.acme.example"},
            ["https://pay.acme.example"],
        ),
        (
            {
                "STRIPE_SECRET_KEY": "sk_test_x",
                "STRIPE_API_BASE": "http://127.0.0.1:8001",
                "AUROUS_PLAY_MONEY": "1",
            },
            ["http://127.0.0.1:8001"],
        ),
    ],
)
def test_a_form_may_lead_to_where_one_pays_and_nowhere_else(monkeypatch, environment, targets):
    for name in ("STRIPE_SECRET_KEY", "STRIPE_API_BASE", "AUROUS_PLAY_MONEY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    made = runpy.run_path(stripe_settings.__file__)
    for name in ("STRIPE_PAGES", "STRIPE_SECRET_KEY"):
        monkeypatch.setattr(stripe_settings, name, made[name])
    policy = runpy.run_path(browser_settings.__file__)["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert policy["form-action"] == ["'self'", *targets]
    assert policy["connect-src"] == ["'self'"]


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("25", 2_500),
        (" $25.5 ", 2_550),
        ("1,000.01", 100_001),
        ("0.07", 7),
        ("1234567", 123_456_700),
    ],
)
def test_dollars_are_read_exactly(text, cents):
    assert parse_cents(text) == cents


@pytest.mark.parametrize("text", ["", "abc", "1.234", "1,00", "-5", "1e3", "٣", "5.", ".5", "$"])
def test_what_is_no_amount_of_dollars_is_refused(text):
    with pytest.raises(ValueError, match="not an amount"):
        parse_cents(text)


def test_amounts_that_may_not_be_bought_are_not_offered(settings):
    settings.TOPUP_CENTS_MIN = 5_000
    assert [value for value, _ in TopUpForm().fields["amount"].choices] == [
        "5000",
        "10000",
        "25000",
        "own",
    ]


# --- back from Stripe ---------------------------------------------------------------------------


@pytest.fixture
def topup(world, ada, page):
    ada.post(page, form_of(ada, page, save_card="on"))
    return the_order()


def test_coming_back_after_paying_credits_it(world, ada, cast, topup):
    world.pay(topup)
    shown = ada.get(back(topup, "done"))
    text = words(shown)
    assert "2,500 credits were added Paid" in text
    assert "Available now 2,500 credits" in text
    assert "The card is kept. Set up auto-recharge" in text
    assert "https://pay.example/receipts/" in shown.text
    assert "https://pay.example/invoices/" in shown.text
    assert "hx-get" not in shown.text.split('id="outcome"')[1]
    assert stage.standing(cast.acme)[0] == 2_500 * CREDIT
    assert words(ada.get(back(topup, "done"))) == text


def test_the_redirect_alone_credits_nothing_and_the_page_asks_ever_more_slowly(ada, cast, topup):
    pauses = []
    for asked in range(9):
        text = ada.get(back(topup, "done"), {"asked": asked}).text
        found = re.search(r"asked=(\d+)\" hx-trigger=\"load delay:(\d+)s", text)
        pauses.append(found and int(found[2]))
        assert found is None or int(found[1]) == asked + 1
    assert pauses == [1, 2, 3, 5, 8, 13, 20, 30, None]
    assert stage.standing(cast.acme)[0] == 0
    assert "Check now" in words(ada.get(back(topup, "done"), {"asked": "many"}))


def test_a_delayed_method_is_told_in_words(world, ada, topup):
    world.control("checkouts/pay_later", checkout=topup.checkout_id)
    text = words(ada.get(back(topup, "done")))
    assert "The payment is on its way" in text
    assert "Some ways of paying take several days" in text
    assert ada.get(back(topup, "left")).status_code == 200
    world.control("checkouts/arrive", checkout=topup.checkout_id, outcome="failed")
    text = words(ada.get(back(topup, "done")))
    assert "The payment did not go through" in text
    assert "The bank did not send the money. Nothing was credited." in text


def test_a_provider_that_does_not_answer_is_told_and_nothing_is_lost(world, ada, topup):
    world.pay(topup)
    world.transport.fate = lambda *_: "lost"
    assert "What was paid is not lost" in words(ada.get(back(topup, "done")))
    world.transport.fate = lambda *_: "ok"
    assert "2,500 credits were added" in words(ada.get(back(topup, "done")))


def test_paid_money_that_is_not_as_ordered_is_told(world, ada, topup):
    world.pay(topup)
    world.store.data["objects"][topup.checkout_id]["amount_subtotal"] = 999
    told = "What was paid is not what was ordered."
    assert told in words(ada.get(back(topup, "done")))
    assert told in words(ada.get(reverse("billing-payment", args=[topup.team_id, topup.id])))


def test_coming_back_without_paying_the_order_goes_on_or_is_dropped(world, ada, topup):
    text = words(ada.get(back(topup, "left")))
    assert "You came back without paying." in text
    on = ada.post(back(topup, "resume"))
    assert on["Location"] == f"https://pay.example/c/pay/{topup.checkout_id}"
    gone = ada.post(back(topup, "drop"), follow=True)
    assert "The order was dropped. Nothing was paid." in gone.text
    assert world.pay(topup) == "expired"
    assert ada.get(back(topup, "left"))["Location"].endswith(topup.id)
    too_late = ada.post(back(topup, "resume"), follow=True)
    assert "This order cannot be paid any more." in too_late.text


def test_an_order_whose_page_was_never_made_gets_it(world, ada, cast):
    topup = world.order(cast.acme)
    TopUp.objects.filter(pk=topup.pk).update(checkout_id=None)
    world.store.data["answers"].clear()
    assert ada.post(back(topup, "resume"))["Location"].startswith("https://pay.example/c/pay/")


def test_an_order_that_was_paid_meanwhile_is_not_dropped(world, ada, cast, topup):
    world.pay(topup)
    answer = ada.post(back(topup, "drop"), follow=True)
    assert "The order was not dropped." in answer.text
    assert stage.standing(cast.acme)[0] == 2_500 * CREDIT


def test_the_way_to_stripes_own_pages_asks_who_it_is(world, cast, topup):
    url = reverse("billing-portal", args=[cast.acme.id])
    asked = browser_of(cast.ada).post(url)
    assert "reauthenticate" in asked["Location"]
    fresh = browser_of(cast.ada, fresh=True)
    assert fresh.post(url)["Location"].startswith("https://pay.example/p/session/")
    world.transport.fate = lambda *_: "lost"
    answer = fresh.post(url, follow=True)
    assert "did not answer as expected" in answer.text


def test_as_many_queries_for_many_orders_as_for_one(world, ada, cast, page):
    world.order(cast.acme)
    ada.get(page)
    before = queries_of(ada, page)
    for _ in range(5):
        world.bought(cast.acme)
    assert queries_of(ada, page) == before <= 16
    assert StripeCustomer.objects.count() == 1
