"""How the admin looks and what stands in its rail: django-unfold's settings."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.module_loading import import_string


def environment(_request: HttpRequest) -> list[str]:
    """The badge in the corner, so that nobody takes one installation for the other."""
    return ["Production", "danger"] if settings.PRODUCTION else ["Development", "info"]


def site_url(_request: HttpRequest) -> str:
    """The dashboard: elsewhere, where the admin has a host of its own."""
    return f"{settings.AUROUS_PUBLIC_URL}/" if settings.ADMIN_HOST else "/"


def _asset(name: str) -> Callable[[HttpRequest], str]:
    return lambda _request: static(f"aurous/{name}")


def _may_view(app: str, model: str) -> Callable[[HttpRequest], bool]:
    def allowed(request: HttpRequest) -> bool:
        user = request.user
        return any(user.has_perm(f"{app}.{right}_{model}") for right in ("view", "change"))

    return allowed


class _Badge:
    """How many wait, beside an item of the rail; nothing where none does.

    Unfold's own badges are never nothing.
    """

    def __init__(self, counter: str) -> None:
        self.counter = counter

    def __str__(self) -> str:
        number = import_string(self.counter)()
        return str(number) if number else ""

    def __bool__(self) -> bool:
        return bool(str(self))


def _item(title: str, icon: str, app: str, model: str) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{model}_changelist"),
        "permission": _may_view(app, model),
    }


# What a question begins with comes first; what is seldom asked for stands folded at the end.
NAVIGATION = [
    {
        "title": "",
        "items": [
            {"title": "Start", "icon": "space_dashboard", "link": reverse_lazy("admin:index")},
            {"title": "Find", "icon": "search", "link": reverse_lazy("admin:find")},
        ],
    },
    {
        "title": "Customers",
        "separator": True,
        "items": [
            _item("Teams", "groups", "accounts", "team"),
            _item("People", "person", "accounts", "user"),
            _item("Members", "badge", "accounts", "membership"),
            _item("API keys", "key", "accounts", "apikey"),
            _item("Requests", "bolt", "embeddings", "inference"),
        ],
    },
    {
        "title": "Money",
        "separator": True,
        "items": [
            _item("Accounts", "account_balance", "billing", "account"),
            _item("Transfers", "swap_horiz", "billing", "transfer"),
            _item("Grants", "redeem", "billing", "grant"),
            _item("Grants to come", "schedule", "billing", "scheduledgrant"),
            _item("Prices", "sell", "billing", "price"),
            _item("Operators' acts", "how_to_vote", "billing", "operatoract")
            | {"badge": _Badge("billing.approvals.count_waiting"), "badge_variant": "warning"},
            _item("Promo codes", "confirmation_number", "billing", "promocode"),
            _item("Invariants", "verified", "billing", "proof"),
        ],
    },
    {
        "title": "Payments",
        "separator": True,
        "items": [
            _item("Exceptions", "report", "billing", "paymentexception")
            | {"badge": _Badge("billing.payment_exceptions.count_open"), "badge_variant": "danger"},
            _item("Top-ups", "add_card", "billing", "topup"),
            _item("Refunds and disputes", "undo", "billing", "reversal"),
            _item("Debts", "money_off", "billing", "debt"),
            _item("Auto-recharge", "autorenew", "billing", "autorecharge"),
            _item("Stripe's events", "inbox", "billing", "stripeevent"),
            _item("Reconciliations", "compare_arrows", "billing", "reconcilerun"),
        ],
    },
    {
        "title": "Machines",
        "separator": True,
        "items": [
            _item("Models", "deployed_code", "embeddings", "catalogmodel"),
            {
                "title": "Workers",
                "icon": "memory",
                "link": reverse_lazy("admin:embeddings_catalogmodel_workers"),
                "permission": _may_view("embeddings", "catalogmodel"),
            },
            _item("Webhook endpoints", "webhook", "billing", "webhookendpoint"),
            _item("Webhook deliveries", "outbox", "billing", "webhookdelivery"),
        ],
    },
    {
        "title": "Safety",
        "separator": True,
        "items": [
            _item("Audit log", "history", "accounts", "auditevent"),
            _item("Looks at dashboards", "visibility", "accounts", "visit"),
            _item("Groups of operators", "shield_person", "auth", "group"),
        ],
    },
    {
        "title": "Everything else",
        "separator": True,
        "collapsible": True,
        "items": [
            _item("Usage, minutes", "bar_chart", "billing", "usagebucket"),
            _item("Usage, hours and days", "stacked_bar_chart", "billing", "usagerollup"),
            _item("Usage, days of users", "group", "billing", "usageuserday"),
            _item("Usage, users in all", "groups", "billing", "usageusertotal"),
            _item("Key days", "calendar_month", "billing", "keyday"),
            _item("Key secrets", "password", "accounts", "apikeysecret"),
            _item("Idempotency", "replay", "accounts", "idempotencyclaim"),
            _item("Transfers of refunds", "swap_vert", "billing", "reversaltransfer"),
            _item("Stripe's customers", "contacts", "billing", "stripecustomer"),
            _item("Stripe, read until", "bookmark", "billing", "stripecursor"),
            _item("Promo codes used", "task_alt", "billing", "promoredemption"),
            _item("Mails", "mail", "billing", "notice"),
            _item("Webhook events", "campaign", "billing", "webhookevent"),
            _item("Webhook secrets", "password", "billing", "webhooksecret"),
        ],
    },
]

# Tailwind's amber, one step darker from 600 on: white text on a button needs 4.5 to 1.
_GOLD = {
    "50": "oklch(98.7% .022 95.277)",
    "100": "oklch(96.2% .059 95.617)",
    "200": "oklch(92.4% .12 95.746)",
    "300": "oklch(87.9% .169 91.605)",
    "400": "oklch(82.8% .189 84.429)",
    "500": "oklch(76.9% .188 70.08)",
    "600": "oklch(52% .14 55)",
    "700": "oklch(47.3% .137 46.201)",
    "800": "oklch(41.4% .112 45.904)",
    "900": "oklch(35% .095 45.7)",
    "950": "oklch(27.9% .077 45.635)",
}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Aurous admin",
    "SITE_HEADER": "Aurous",
    "SITE_SUBHEADER": "For operators",
    "SITE_URL": "aurous.unfold.site_url",
    "SITE_ICON": _asset("mark.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _asset("mark.svg")}],
    "STYLES": [_asset("admin.css")],
    "SHOW_BACK_BUTTON": True,
    "ENVIRONMENT": "aurous.unfold.environment",
    "COLORS": {"primary": _GOLD},
    "DASHBOARD_CALLBACK": "aurous.operators.start.page.start_page",
    # The palette asks aurous.operators.site.OperatorsSite.search; nothing is kept in the browser.
    "COMMAND": {"show_history": False},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": NAVIGATION,
    },
}
