"""What the mails say to somebody, to look at in development: one sample or more of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from django.urls import reverse

from accounts.mail import Mail, at_public_url, mail_of
from accounts.models import Team
from accounts.sign_in import AccountAdapter
from billing.models import Notice
from billing.notices import rendered

_AT = datetime(2026, 11, 30, 16, 42, tzinfo=UTC)
_ADA = "ada@northwind.example"
_TEAM = "team_01JD8Z6Q4M8K2N5R7T9V1X3Y5Z"


@dataclass(frozen=True, slots=True)
class Sample:
    """A mail of ours with made-up facts. ``group`` is who sends it: "account", "mfa", "billing" or
    "team"; ``template`` is the name of the file without what it ends with.
    """

    group: str
    template: str
    facts: Mapping[str, Any]
    case: str = ""

    @property
    def name(self) -> str:
        """What its page is called."""
        return "-".join(filter(None, (self.group, self.template, self.case)))

    @property
    def title(self) -> str:
        """In words."""
        words = self.template.replace("_", " ").capitalize()
        return f"{words} ({self.case.replace('-', ' ')})" if self.case else words

    def mail(self) -> Mail:
        """The mail, through the code that sends it."""
        if self.group == "billing":
            return _notice(self.template, self.facts)
        if self.group == "team":
            link = {"link": at_public_url(self.facts["link"])}
            return mail_of(f"mails/{self.template}.txt", {**self.facts, **link})
        return _of_an_account(f"{self.group}/email/{self.template}", self.facts)


def _notice(kind: str, facts: Mapping[str, Any]) -> Mail:
    team = Team(id=_TEAM, name="Northwind Search")
    return rendered(Notice(kind=kind, team=team, data=orjson.dumps(dict(facts)).decode()))


def _of_an_account(prefix: str, facts: Mapping[str, Any]) -> Mail:
    message = AccountAdapter().render_mail(prefix, _ADA, dict(facts))
    ((html, _),) = message.alternatives
    return Mail(str(message.subject), str(message.body), str(html))


_NOTIFICATION = {
    "timestamp": _AT,
    "ip": "203.0.113.24",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "from_email": _ADA,
    "to_email": "ada@lovelace.example",
    "deleted_email": "ada@old.example",
}
_CODE = {"code": "K7QX-2MWD"}


def _links() -> dict[str, Any]:
    """As a browser with another host would have made them."""
    return {
        "password_reset_url": "http://localhost:8000" + reverse("account_reset_password"),
        "signup_url": "http://localhost:8000" + reverse("account_signup"),
        "request": True,
        "signup_open": True,
    }


def _invitation() -> dict[str, Any]:
    return {
        "team": "Northwind Search",
        "role": "developer",
        "by": _ADA,
        "email": "grace@northwind.example",
        "expires_at": datetime(2026, 12, 7, 16, 42, tzinfo=UTC),
        "link": reverse("invitation", args=["b3Vyc2VjcmV0dG9rZW4"]),
    }


def _reset() -> dict[str, Any]:
    kinds = ["authenticator app", "passkey"]
    return {"email": _ADA, "kinds": kinds, "link": reverse("security")}


_RECHARGE = {"amount": "$50.00", "code": "insufficient_funds", "switched_off": False}
_REVERSAL = {"amount": "$25.00", "taken": "2,500", "debt": ""}
_CREDIT = {
    "amount": "$50.00",
    "credits": "5,000",
    "debt": "",
    "topup": "topup_01JD8ZB7H3",
    "receipt": "https://pay.stripe.com/receipts/payment/CAcaFwoVYWNjdF8x",
    "recharge": False,
}
_ASKED = {"amount": "$50.00", "link": "https://checkout.stripe.com/c/pay/cs_live_a1B2c3D4"}
_NOTIFICATIONS = {
    "account": ("email_changed", "email_confirm", "email_deleted", "password_changed"),
    "mfa": (
        "recovery_codes_generated",
        "totp_activated",
        "totp_deactivated",
        "webauthn_added",
        "webauthn_removed",
    ),
}


def samples() -> list[Sample]:
    """All of them, in the order in which somebody might get them."""
    return [
        Sample("account", "email_confirmation_signup", _CODE),
        Sample("account", "email_confirmation", _CODE),
        Sample("account", "account_already_exists", _links()),
        Sample("account", "unknown_account", _links()),
        Sample("account", "password_reset_code", _CODE),
        *(
            Sample("account", name, _NOTIFICATION)
            for name in (*_NOTIFICATIONS["account"], "password_reset", "password_set")
        ),
        *(Sample("mfa", name, _NOTIFICATION) for name in _NOTIFICATIONS["mfa"]),
        Sample("team", "invitation", _invitation()),
        Sample("team", "second_factor_reset", _reset()),
        Sample("billing", "topup_succeeded", _CREDIT),
        Sample("billing", "topup_succeeded", _CREDIT | {"recharge": True, "receipt": ""}, "auto"),
        Sample("billing", "topup_succeeded", _CREDIT | {"debt": "1,240.5"}, "owed"),
        Sample("billing", "topup_failed", {"amount": "$50.00", "code": "card_declined"}),
        Sample("billing", "recharge_failed", _RECHARGE),
        Sample("billing", "recharge_failed", _RECHARGE | {"switched_off": True}, "off"),
        Sample("billing", "recharge_authentication", _ASKED | {"switched_off": False}),
        Sample("billing", "recharge_authentication", _ASKED | {"switched_off": True}, "off"),
        Sample(
            "billing",
            "grant_expiring",
            {"days": 7, "remaining": "1,250.75", "expires_at": "2026-12-07 00:00 UTC"},
        ),
        Sample("billing", "reversal", _REVERSAL | {"kind": "dispute"}, "dispute"),
        Sample(
            "billing",
            "reversal",
            _REVERSAL | {"kind": "refund", "taken": "800", "debt": "1,700"},
            "refund-owed",
        ),
        Sample(
            "billing",
            "reversal_returned",
            {"kind": "dispute", "amount": "$25.00", "returned": "2,500"},
            "dispute",
        ),
        Sample(
            "billing",
            "reversal_returned",
            {"kind": "refund", "amount": "$25.00", "returned": "2,500"},
            "refund",
        ),
    ]
