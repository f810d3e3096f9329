"""The rows of the admin's matrix: who may do what. What is new in the admin needs its line here.

``needs`` names the permission that a route or an action asks for; "" is any operator.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.contenttypes.models import ContentType

from accounts.models import Team


@dataclass(frozen=True)
class Table:
    """What the usual routes of a table do beyond looking: the right each asks for, None: nobody."""

    add: str | None = None
    change: str | None = None
    delete: str | None = None


READ_ONLY = Table()

# Whatever somebody may do elsewhere: no row of these is written by a usual route of the admin.
MONEY = (
    "accounts.auditevent",
    "accounts.idempotencyclaim",
    "billing.account",
    "billing.autorecharge",
    "billing.debt",
    "billing.grant",
    "billing.keyday",
    "billing.notice",
    "billing.paymentexception",
    "billing.promocode",
    "billing.promoredemption",
    "billing.proof",
    "billing.reversal",
    "billing.reversaltransfer",
    "billing.stripecursor",
    "billing.stripecustomer",
    "billing.stripeevent",
    "billing.topup",
    "billing.transfer",
    "billing.usagebucket",
    "billing.usagerollup",
    "billing.usageuserday",
    "billing.usageusertotal",
    "billing.webhookdelivery",
    "billing.webhookendpoint",
    "billing.webhookevent",
    "billing.webhooksecret",
    "embeddings.inference",
)

TABLES: Mapping[str, Table] = {
    **dict.fromkeys(MONEY, READ_ONLY),
    "accounts.apikey": READ_ONLY,
    "accounts.apikeysecret": READ_ONLY,
    "accounts.membership": Table(add="add", change="change", delete="delete"),
    "accounts.team": Table(change="change"),
    "accounts.user": Table(add="add", change="change"),
    "auth.group": Table(add="add", change="change", delete="delete"),
    # One that has not begun can be withdrawn: tests/admin/test_prices.py.
    "billing.price": Table(add="add"),
    "embeddings.catalogmodel": Table(add="add", change="change"),
}

# Everything that an operator can start from a list or a page, with the permission it asks for.
ACTIONS: Mapping[str, Mapping[str, str]] = {
    "accounts.apikey": {"revoke": "accounts.change_apikey"},
    "accounts.team": {"suspend": "accounts.change_team", "resume": "accounts.change_team"},
    "auth.group": {"delete_selected": "auth.delete_group"},
    "billing.account": {"correct_credit": "billing.change_account"},
    "embeddings.catalogmodel": {
        "pause": "embeddings.change_catalogmodel",
        "activate": "embeddings.change_catalogmodel",
    },
}


@dataclass(frozen=True)
class Route:
    """A route that no table has by itself: what an operator gets, and who may not get."""

    needs: str = ""
    get: int = 200
    post: int = 200
    denied: int = 403
    args: Callable[[Any], list[Any]] = lambda happened: []
    query: Mapping[str, str] = field(default_factory=dict)


def _acme(happened: Any) -> list[Any]:
    return [happened.cast.acme.id]


ROUTES: Mapping[str, Route] = {
    "index": Route(),
    "find": Route(),
    "search": Route(),
    "jsi18n": Route(post=405),
    "password_change": Route(),
    "password_change_done": Route(post=405),
    "app_list": Route(args=lambda happened: ["billing"], needs="billing.view_account", denied=404),
    "autocomplete": Route(
        needs="accounts.view_user",
        post=405,
        query={"app_label": "accounts", "model_name": "membership", "field_name": "user"},
    ),
    "view_on_site": Route(  # nothing here has a page of its own elsewhere
        get=404,
        post=404,
        args=lambda happened: [
            ContentType.objects.get_for_model(Team).pk,
            happened.cast.acme.id,
        ],
    ),
    "auth_user_password_change": Route(
        needs="accounts.change_user", args=lambda happened: [happened.cast.ada.pk]
    ),
    "billing_account_correct_credit": Route(needs="billing.change_account", args=_acme),
    "billing_proof_run": Route(needs="billing.run_proof", get=405, post=302),
}

# Open to who is not in yet, or on the way out: each has its own test.
WAYS = {"login", "logout", "second_factor"}
