"""The machine of money stories with Stripe in it: every message late, twice, out of order, lost."""

from collections.abc import Callable
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from aurous.kernel.errors import AurousError
from billing import closing, reconcile, refunds, topups
from billing.grants import current_books
from billing.models import Reversal as ReversalRow
from billing.models import TopUp
from billing.refunds import RefundOrder
from tests.billing import stage
from tests.billing.machine import ANY, WHICH, MoneyMachine
from tests.billing.paying_model import BoughtModel, Reversal, Till
from tests.billing.stripe.world import DECLINES, URLS, VISA, World

FATES = st.sampled_from(["ok", "ok", "lost", "silent", "twice"])
# Stripe's words for what happened to the money, in ours. An inquiry has moved none.
WANTS = {
    "succeeded": "taken",
    "failed": "returned",
    "warning_needs_response": "none",
    "warning_closed": "none",
    "needs_response": "taken",
    "lost": "taken",
    "won": "returned",
}
SILENT = ("payment_intent.created", "charge.succeeded", "customer.created")
DEBTS = (
    "SELECT r.stripe_id, d.remaining FROM billing_debt d "
    "JOIN billing_reversal r ON r.id = d.reversal_id"
)
NAMES = {
    "grant": "SELECT g.id FROM billing_grant g JOIN billing_transfer t ON t.id = g.transfer_id "
    "WHERE t.reference = %s",
    "debt": "SELECT d.id FROM billing_debt d JOIN billing_reversal r ON r.id = d.reversal_id "
    "WHERE r.stripe_id = %s",
}


def name_of(kind: str, of: str) -> str:
    """What the database calls it: ids decide between two that are alike."""
    ((id_,),) = stage.sql(NAMES[kind], [of])
    return id_


class PayingMachine(MoneyMachine):
    """Two teams that also buy credit, and banks that change their minds."""

    install: Callable[[World], None]  # set by the test: makes this Stripe the one that is asked

    def __init__(self) -> None:
        super().__init__()
        self.world = World(clock=lambda: int(self.now.timestamp()))
        type(self).install(self.world)
        self.tills = [Till(model, name_of) for model in self.models]
        self.bought: list[BoughtModel] = []
        self.events: list[str] = []  # all that Stripe has ever told, delivered or not
        self.handled: set[str] = set()
        self.tokens = 0

    def teardown(self) -> None:
        """In the end everybody has looked: Stripe and the books agree, both ways."""
        try:
            self.clock.advance(hours=1)
            self.resume()
            for bought in self.bought:
                self.look_at(bought)
            assert reconcile.reconcile(self.begins - timedelta(days=1)) == []
            self.debts_are_what_the_model_says()
            self.the_database_says_what_the_model_says()
        finally:
            super().teardown()

    # --- buying --------------------------------------------------------------------------------

    @rule(which=WHICH, cents=st.sampled_from([500, 800]), fate=FATES)
    def order(self, which, cents, fate):
        """The call may never arrive, or its answer may be lost: the form is sent again."""
        self.tokens += 1
        team, token = self.teams[which], f"form-{self.tokens}"
        wanted = {"actor": stage.NOBODY, "token": token, **URLS}
        if fate != "ok":
            path = "/v1/checkout/sessions"
            self._with_fate(path, fate, lambda: topups.begin(team, cents, **wanted))
        topup = topups.begin(team, cents, **wanted).topup
        pages = self.world.store.all("checkout.session", client_reference_id=topup.pk)
        assert len(list(pages)) == 1
        self.bought.append(BoughtModel(topup.pk, which, cents, topup.credits))

    @rule(which=WHICH, cents=st.sampled_from([500, 800]))
    def buy(self, which, cents):
        """All the way to the credit."""
        self.order(which, cents, "ok")
        self.world.control("checkouts/pay", checkout=self._page(self.bought[-1])["id"], card=VISA)
        self.look_at(self.bought[-1])

    @rule(which=WHICH, left=st.sampled_from([0, 0, 7]))
    def use_up(self, which, left):
        """Requests spend nearly all that there is."""
        model = self.models[which]
        with current_books([self.teams[which].id]):
            pass
        self._book(which)
        tokens = max(0, model.posted - model.held) // 1_000 - left
        if tokens > 0:
            self.let_in([(which, tokens, "free", None, "f", 1_000, None)], delivered=True)
            hold = self.all_holds[-1][1]
            end = stage.settling(hold.id, self.teams[which], tokens)
            (result,) = closing.close([end])
            self._check_end(model, hold, end, result)

    @precondition(lambda self: self.bought)
    @rule(pick=ANY, how=st.sampled_from([VISA, VISA, VISA, DECLINES, "later", "expire"]))
    def pay(self, pick, how):
        """At Stripe; nothing is known of it here."""
        page = self._page(self._one(pick))
        if how == "later":
            self.world.control("checkouts/pay_later", checkout=page["id"])
        elif how != "expire":
            self.world.control("checkouts/pay", checkout=page["id"], card=how)
        elif page["status"] == "open":
            self.world.control("checkouts/expire", checkout=page["id"])

    @precondition(lambda self: any(self._state(one) == "processing" for one in self.bought))
    @rule(pick=ANY, outcome=st.sampled_from(["paid", "paid", "failed"]))
    def arrive(self, pick, outcome):
        """What was paid by bank debit comes, or does not."""
        coming = [one for one in self.bought if self._state(one) == "processing"]
        page = self._page(coming[pick % len(coming)])
        self.world.control("checkouts/arrive", checkout=page["id"], outcome=outcome)

    @precondition(lambda self: self.bought)
    @rule(pick=ANY)
    def come_back(self, pick):
        """The page after paying looks, also when nobody has paid."""
        self.look_at(self._one(pick))

    @rule(picks=st.lists(ANY, min_size=1, max_size=6), again=st.booleans())
    def deliver_webhooks(self, picks, again):
        """Any message that was ever told, in any order, twice at will."""
        self.events += self.world.waiting()
        chosen = [self.events[-1 - pick % len(self.events)] for pick in picks if self.events]
        for event_id in chosen * (2 if again else 1):
            self.world.deliver(event_id)
            self._follow(event_id)

    # --- going back ----------------------------------------------------------------------------

    @precondition(lambda self: any(one.grant for one in self.bought))
    @rule(pick=ANY, cents=st.sampled_from([100, 250, 500, 800]), fate=FATES)
    def refund(self, pick, cents, fate):
        """By an operator. The power may go before Stripe is asked, and before it is written down
        that it was.
        """
        bought = self._paid(pick)
        self.tokens += 1
        order = RefundOrder(
            TopUp.objects.get(pk=bought.id), cents, "why", stage.NOBODY, f"refund-{self.tokens}"
        )
        if self._with_fate("/v1/refunds", fate, lambda: refunds.refund(order)):
            self._sync(bought)

    @precondition(lambda self: any(one.grant for one in self.bought))
    @rule(pick=ANY, cents=st.sampled_from([100, 300]))
    def refund_at_stripe(self, pick, cents):
        """On Stripe's own pages; a webhook may tell of it, or nobody."""
        intent = self._page(self._paid(pick))["payment_intent"]
        (charge,) = self.world.store.all("charge", payment_intent=intent)
        if charge["amount"] - charge["amount_refunded"] >= cents:
            self.tokens += 1
            self.world.gateway.create_refund(
                intent, cents, reversal_id="", key=f"there-{self.tokens}"
            )

    @precondition(lambda self: any(self.world.store.all("refund", status="succeeded")))
    @rule(pick=ANY)
    def fail_refund(self, pick):
        """The bank sends it back."""
        made = list(self.world.store.all("refund", status="succeeded"))
        self.world.control("refunds/fail", refund=made[pick % len(made)]["id"])

    @rule()
    def resume(self):
        """The pass that asks about refunds without an answer."""
        unsent = ReversalRow.objects.filter(stripe_id=None, effect="none")
        asked = set(unsent.values_list("topup_id", flat=True))
        refunds.resume()
        for bought in self.bought:
            if bought.id in asked:
                self._sync(bought)

    @precondition(lambda self: any(one.grant for one in self.bought))
    @rule(pick=ANY, cents=st.sampled_from([200, 500]), inquiry=st.booleans())
    def dispute(self, pick, cents, inquiry):
        """A bank asks, or takes the money at once; one dispute for a payment."""
        intent = self._page(self._paid(pick))["payment_intent"]
        if not any(self.world.store.all("dispute", payment_intent=intent)):
            wanted = {"payment_intent": intent, "amount": cents, "inquiry": inquiry}
            self.world.control("disputes", **wanted)

    @precondition(lambda self: self._disputes())
    @rule(pick=ANY, outcome=st.sampled_from(["escalate", "won", "lost"]))
    def decide(self, pick, outcome):
        """What becomes of a dispute."""
        found = self._disputes()
        one = found[pick % len(found)]
        if outcome != "escalate":
            self.world.control("disputes/close", dispute=one["id"], outcome=outcome)
        elif one["status"] == "warning_needs_response":
            self.world.control("disputes/escalate", dispute=one["id"])

    @precondition(lambda self: any(one.grant for one in self.bought))
    @rule(
        pick=ANY,
        what=st.sampled_from(["refund", "dispute"]),
        spent=st.sampled_from([True, True, False]),
    )
    def undo(self, pick, what, spent):
        """Money goes, with credit that may have been spent; then it comes back."""
        bought = self._paid(pick)
        if spent:
            self.use_up(bought.which, 0)
        if what == "refund":
            self.refund_at_stripe(pick, 300)
        else:
            self.dispute(pick, 500, inquiry=False)
        self.look_at(bought)
        if what == "refund" and any(self.world.store.all("refund", status="succeeded")):
            self.fail_refund(pick)
        elif what == "dispute" and self._disputes():
            self.decide(pick, "won")

    # --- what must be so -----------------------------------------------------------------------

    @invariant()
    def debts_are_what_the_model_says(self):
        owed = [debt for till in self.tills for debt in till.debts]
        assert dict(stage.sql(DEBTS)) == {debt.of: debt.left for debt in owed}
        credited = TopUp.objects.filter(status="succeeded").values_list("pk", flat=True)
        assert set(credited) == {one.id for one in self.bought if one.grant}

    # --- how -----------------------------------------------------------------------------------

    def look_at(self, bought):
        """By the page that a customer comes back to."""
        topups.fulfil(bought.id)
        self._sync(bought)

    def _follow(self, event_id):
        event = self.world.store.get("event", event_id)
        if event_id in self.handled or event["type"] in SILENT:
            return
        self.handled.add(event_id)
        about = event["data"]["object"]
        payment = about.get("payment_intent") or about["id"]
        for bought in self.bought:
            page = self._page(bought)
            if page["id"] == about["id"] or payment == page["payment_intent"]:
                self._sync(bought)

    def _sync(self, bought):
        page = self._page(bought)
        said = []
        for kind in ("refund", "dispute"):
            for one in self.world.store.all(kind, payment_intent=page["payment_intent"] or "-"):
                wants = WANTS[one["status"]]
                said.append(Reversal(one["id"], kind, one["amount"], one["created"], wants))
        with current_books([self.teams[bought.which].id]):
            pass  # where Stripe said nothing new nobody opened them
        self._name(bought.which)
        till = self.tills[bought.which]
        till.sync(bought, page["payment_status"] == "paid", said, self.now)

    def _with_fate(self, path, fate, call):
        """Stripe's side of one call. Whether it was answered: after a refusal of ours, or without
        an answer, nobody has looked at what Stripe says.
        """
        self.world.transport.fate = lambda method, at: (
            fate if (method, at) == ("POST", path) else "ok"
        )
        try:
            call()
            return True
        except AurousError as error:
            assert error.code in ("provider_unavailable", "value_out_of_range")
            return False
        finally:
            self.world.transport.fate = lambda method, at: "ok"

    def _one(self, pick):
        return self.bought[pick % len(self.bought)]

    def _paid(self, pick):
        paid = [one for one in self.bought if one.grant]
        return paid[pick % len(paid)]

    def _page(self, bought):
        (page,) = self.world.store.all("checkout.session", client_reference_id=bought.id)
        return page

    def _state(self, bought):
        intent = self._page(bought)["payment_intent"]
        return intent and self.world.store.get("payment_intent", intent)["status"]

    def _disputes(self):
        final = ("won", "lost", "warning_closed")
        return [d for d in self.world.store.all("dispute") if d["status"] not in final]

    tell_more, tell_others, buy_more = deliver_webhooks, deliver_webhooks, buy
    undo_more, undo_others = undo, undo
    let_in_more = end_more = end_others = None  # the other machines have them often enough
