"""An event of the audit log as a person reads it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aurous.kernel.money import credits_text

# What somebody did; the name of what they did it to follows. Other apps' actions are read as
# their names say.
_WORDS = {
    "key.created": "Made the API key",
    "key.changed": "Changed the API key",
    "key.rolled": "Rolled the API key",
    "key.revoked": "Revoked the API key",
    "member.added": "Took in",
    "member.role_changed": "Changed the role of",
    "member.removed": "Removed",
    "invitation.sent": "Invited",
    "invitation.resent": "Sent the invitation again",
    "invitation.revoked": "Took back the invitation",
    "invitation.accepted": "Accepted the invitation",
    "team.created": "Made the team",
    "team.renamed": "Renamed the team",
    "team.version_set": "Switched the API version of the team",
    "team.billing_mode_set": "Changed how the team is billed",
    "team.limits_set": "Changed the limits of the team",
    "team.suspended": "Suspended the team",
    "team.resumed": "Let the team in again",
    "team.low_balance_set": "Changed when the team is told of a low balance",
    "team.ownership_transferred": "Handed the team over",
    "visit.asked": "Asked to look at the dashboard, as an operator of this installation",
    "visit.begun": "Began to look at the dashboard, read only, as an operator",
    "visit.ended": "Stopped looking at the dashboard, as an operator",
    "credit.corrected": "Corrected the credit",
    "grant.scheduled": "Promised the credit",
    "grant.cancelled": "Took back the promised credit",
    "topup.ordered": "Ordered credit",
    "topup.refunded": "Refunded the payment",
    "auto_recharge.set": "Set auto-recharge",
    "card.forgotten": "Took back the card that was kept",
    "payment_exception.resolved": "Settled a question about a payment",
    "price.set": "Set a price of the team's own for",
    "price.ended": "Ended the team's own price of",
    "price.withdrawn": "Took back a price that had not begun, of",
    "promo_code.redeemed": "Used a promo code",
    "webhook_delivery.resent": "Sent an event again to the webhook endpoint",
    "webhook_endpoint.created": "Made the webhook endpoint",
    "webhook_endpoint.changed": "Changed the webhook endpoint",
    "webhook_endpoint.rolled": "Rolled the secret of the webhook endpoint",
    "webhook_endpoint.enabled": "Enabled the webhook endpoint",
    "webhook_endpoint.disabled": "Disabled the webhook endpoint",
    "webhook_endpoint.deleted": "Deleted the webhook endpoint",
}
# A filter's name, its label, and how the actions of the group begin.
GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("keys", "API keys", ("key.",)),
    ("people", "People", ("member.", "invitation.", "team.ownership")),
    ("team", "Team", ("team.", "visit.")),
    (
        "money",
        "Money",
        (
            "credit.",
            "topup.",
            "auto_recharge.",
            "promo_code.",
            "card.",
            "payment_exception.",
            "price.",
            "grant.",
            "billing.",
        ),
    ),
    ("webhooks", "Webhooks", ("webhook",)),
)
_LABELS = {
    "usd_text": "text, USD per million tokens",
    "usd_visual": "visual, USD per million tokens",
    "usd_video": "video, USD per million tokens",
    "markup_pct": "markup, percent",
    "effective_at": "begins",
    "asked_by": "asked for by",
    "cidrs": "networks",
    "rpm": "requests a minute",
    "rpm_limit": "requests a minute",
}
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}):[\d.]+(Z|\+00:00)")
# The team itself: its name stands on every page.
_TARGETLESS = ("team.", "credit.", "auto_recharge.", "promo_code.", "card.", "visit.")


@dataclass(frozen=True, slots=True)
class Change:
    """One fact of an event. ``old`` is None where the event says what is, not what was."""

    label: str
    old: str | None
    new: str


def words_of(action: str) -> str:
    """What was done: "Rolled the API key"."""
    return _WORDS.get(action) or action.replace("_", " ").replace(".", ": ").capitalize()


def names_its_target(action: str) -> bool:
    """Whether the sentence needs the name of what was changed."""
    return not action.startswith(_TARGETLESS)


def changes_of(data: Mapping[str, Any]) -> list[Change]:
    """The facts of an event, what was before what is. What was never set is left out."""
    return [change for name, value in data.items() if (change := _change(name, value)) is not None]


def _change(name: str, value: Any) -> Change | None:
    is_amount = name.endswith("_nano")
    bare = name.removesuffix("_nano")
    label = _LABELS.get(bare, bare.replace("_", " "))
    if isinstance(value, dict) and value.keys() == {"old", "new"}:
        return Change(label, _text(value["old"], is_amount), _text(value["new"], is_amount))
    return None if value is None else Change(label, None, _text(value, is_amount))


def _text(value: Any, is_amount: bool) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if is_amount and isinstance(value, int):
        return f"{credits_text(value)} credits"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or "none"
    text = str(value)
    moment = _MOMENT.fullmatch(text)
    return f"{moment[1]} {moment[2]} UTC" if moment else text
