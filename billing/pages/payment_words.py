"""What payments are called on pages: states of orders, why one failed, refunds and disputes."""

from collections.abc import Iterable
from dataclasses import dataclass

from billing.models import Reversal, TopUp
from billing.recharge_outcomes import AUTHENTICATION_REQUIRED, DECLINED_TOO_OFTEN

Status = TopUp.Status
Effect = Reversal.Effect
OPEN = (Status.PENDING, Status.PROCESSING)


@dataclass(frozen=True, slots=True)
class State:
    """How an order stands: how it looks, in a word, and in a sentence."""

    tone: str
    word: str
    sentence: str = ""


_STATES = {
    Status.PENDING: State("open", "Waiting", "Nothing has been paid yet."),
    Status.PROCESSING: State(
        "open",
        "On its way",
        "The bank has the order. Some ways of paying take several days; the credit comes with "
        "the money, and nothing more has to be done.",
    ),
    Status.SUCCEEDED: State("good", "Paid", "Paid and credited."),
    Status.FAILED: State("bad", "Failed", "The payment did not go through. Nothing was credited."),
    Status.EXPIRED: State(
        "", "Not paid", "The order was dropped, or its page was not used in time. Nothing was paid."
    ),
}
_CHARGING = State("open", "Charging", "The kept card is being charged.")
_FAILURES = {
    "generic_decline": "The bank declined the card and gave no reason.",
    "card_declined": "The bank declined the card.",
    "do_not_honor": "The bank declined the card and gave no reason.",
    "insufficient_funds": "There was not enough money on the card.",
    "expired_card": "The card has expired.",
    "lost_card": "The bank declined the card.",
    "stolen_card": "The bank declined the card.",
    "incorrect_cvc": "The card’s security code was wrong.",
    "processing_error": "The bank could not work on the payment.",
    AUTHENTICATION_REQUIRED: "The bank wants the card’s owner to confirm the payment.",
    "payment_intent_payment_attempt_failed": "The bank did not send the money.",
    "payment_intent_authentication_failure": "It was not confirmed by the card’s owner.",
    "never_sent": "The payment provider could not be reached in time. Nothing was charged.",
}
_DISPUTES = {
    "warning_needs_response": State("warn", "Bank asks", "The bank asks about this payment. "),
    "warning_under_review": State("warn", "Bank asks", "The bank asks about this payment. "),
    "warning_closed": State("", "Question closed", "The bank asked, and left it at that. "),
    "won": State("good", "Dispute won", "The bank decided for the payment. "),
    "lost": State("bad", "Dispute lost", "The bank decided against the payment. "),
}
_DISPUTED = State("bad", "Disputed", "The card’s owner disputes this payment at their bank. ")
_SETTLED_DISPUTES = ("warning_closed", "won", "lost")
_SWITCHED_OFF = {
    DECLINED_TOO_OFTEN: "Three payments in a row did not go through, so it was switched off.",
    "fraud_warning": "A payment of this team is being looked at, so it was switched off. Ask the "
    "operator.",
}


def state_of(topup: TopUp, reversals: Iterable[Reversal] = ()) -> State:
    """An order with everything that came after it, the gravest first."""
    if topup.status == Status.PENDING and topup.kind == TopUp.Kind.RECHARGE:
        return _CHARGING
    if topup.status != Status.SUCCEEDED:
        return _STATES[Status(topup.status)]
    rows = list(reversals)
    for row in rows:
        if row.kind == Reversal.Kind.DISPUTE and row.stripe_status not in ("won", "warning_closed"):
            return reversal_state(row)
    refunds = [row for row in rows if row.kind == Reversal.Kind.REFUND]
    back = sum(row.amount_cents for row in refunds if row.effect == Effect.TAKEN)
    if back >= (topup.paid_cents or 0):
        return State("", "Refunded", "All of it was paid back, and the credit went with it.")
    if back:
        return State("warn", "Partly refunded", "A part of it was paid back.")
    return _STATES[Status.SUCCEEDED]


def why_failed(topup: TopUp) -> str:
    """A sentence, empty where nothing failed; a code that nobody knows is shown as it is."""
    code = topup.failure_code
    if not code or topup.status != Status.FAILED:
        return ""
    return _FAILURES.get(code) or f"The bank’s word for it is “{code.replace('_', ' ')}”."


def wants_owner(topup: TopUp) -> bool:
    """Whether the card's owner can pay what could not be charged."""
    return topup.status == Status.FAILED and topup.failure_code == AUTHENTICATION_REQUIRED


def is_open_dispute(row: Reversal) -> bool:
    """Whether a bank has still to decide."""
    return row.kind == Reversal.Kind.DISPUTE and row.stripe_status not in _SETTLED_DISPUTES


def reversal_state(row: Reversal) -> State:
    """How a refund or a dispute stands, and what it did to the credit."""
    effect = {
        Effect.NONE: "No credit was taken.",
        Effect.TAKEN: "The credit that it had bought was taken.",
        Effect.RETURNED: "The credit stayed, or came back.",
    }[Effect(row.effect)]
    if row.kind == Reversal.Kind.DISPUTE:
        base = _DISPUTES.get(row.stripe_status, _DISPUTED)
        return State(base.tone, base.word, base.sentence + effect)
    if row.effect == Effect.TAKEN:
        return State("warn", "Refunded", "The money is on its way back. " + effect)
    if row.effect == Effect.RETURNED:
        return State("", "Refund failed", "The money could not be sent back. " + effect)
    return State("open", "Refund asked for", effect)


def why_switched_off(reason: str) -> str:
    """Why auto-recharge was switched off without anybody of the team; empty: it was not."""
    if not reason:
        return ""
    return _SWITCHED_OFF.get(reason) or f"It was switched off: {reason.replace('_', ' ')}."
