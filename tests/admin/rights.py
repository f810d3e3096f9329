"""The rows of the admin's matrix: who may do what. What is new in the admin needs its line here.

``needs`` names the permission that a route or an action asks for; "" is any operator.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from accounts.models import Team
from billing.models import (
    OperatorAct,
    PaymentException,
    Price,
    PromoCode,
    ScheduledGrant,
    StripeEvent,
    TopUp,
    WebhookDelivery,
)


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
    "billing.operatoract",
    "billing.paymentexception",
    "billing.promocode",
    "billing.promoredemption",
    "billing.proof",
    "billing.reconcilerun",
    "billing.reversal",
    "billing.reversaltransfer",
    "billing.scheduledgrant",
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
    "accounts.visit": READ_ONLY,
    "accounts.membership": Table(add="add", change="change", delete="delete"),
    "accounts.team": READ_ONLY,  # its form is accounts_team_edit
    "accounts.user": Table(add="add", change="change"),
    "auth.group": Table(add="add", change="change", delete="delete"),
    # One that has not begun can be withdrawn: tests/admin/test_prices.py.
    "billing.price": Table(add="add"),
    "embeddings.catalogmodel": Table(add="add", change="change"),
}

# Everything that an operator can start from a list or a page, with the permission it asks for.
ACTIONS: Mapping[str, Mapping[str, str]] = {
    "accounts.apikey": {"revoke": "accounts.change_apikey"},
    "accounts.team": {"suspend": "accounts.change_team"},
    "auth.group": {"delete_selected": "auth.delete_group"},
    "billing.account": {
        "correct_credit": "billing.change_account",
        "exempt": "billing.change_account",
    },
    "billing.operatoract": {
        "decide": "billing.change_operatoract",
        "look_again": "billing.view_operatoract",
    },
    "billing.paymentexception": {"resolve": "billing.change_paymentexception"},
    "billing.price": {
        "withdraw": "billing.delete_price",
        "end_own": "billing.add_price",
        "over_time": "billing.view_price",
    },
    "billing.promocode": {
        "make": "billing.add_promocode",
        "disable": "billing.change_promocode",
    },
    "billing.reconcilerun": {"reconcile_now": "billing.add_reconcilerun"},
    "billing.scheduledgrant": {"cancel": "billing.change_account"},
    "billing.stripeevent": {
        "replay": "billing.change_stripeevent",
        "replay_selected": "billing.change_stripeevent",
    },
    "billing.topup": {"refund": "billing.add_reversal"},
    "billing.webhookdelivery": {"resend": "billing.add_webhookdelivery"},
    "embeddings.catalogmodel": {
        "drain": "embeddings.change_catalogmodel",
        "pause": "embeddings.change_catalogmodel",
        "resume": "embeddings.change_catalogmodel",
    },
}


@dataclass(frozen=True)
class Route:
    """A route that no table has by itself: what an operator gets, and who may not get."""

    needs: str = ""
    post_needs: str = ""  # where sending asks for more than looking
    get: int = 200
    post: int = 200
    denied: int = 403
    args: Callable[[Any], list[Any]] = lambda happened: []
    query: Mapping[str, str] = field(default_factory=dict)


def _acme(happened: Any) -> list[Any]:
    return [happened.cast.acme.id]


def _ada(happened: Any) -> list[Any]:
    return [happened.cast.ada.pk]


def _newest(model: type[Model]) -> Callable[[Any], list[Any]]:
    def newest(_happened: Any) -> list[Any]:
        row = model._default_manager.order_by("-pk").first()
        assert row is not None, f"let tests/admin/conftest.py make a {model.__name__}"
        return [row.pk]

    return newest


def _model(_happened: Any) -> list[Any]:
    return ["aurous-stub"]


_TEAM, _CATALOG = "accounts.change_team", "embeddings.change_catalogmodel"


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
    "billing_account_exempt": Route(needs="billing.change_account", args=_acme),
    "billing_scheduledgrant_cancel": Route(
        needs="billing.change_account", args=_newest(ScheduledGrant)
    ),
    "billing_operatoract_decide": Route(
        needs="billing.change_operatoract",
        post=302,  # first who they are is asked
        args=_newest(OperatorAct),
    ),
    # Of a refund whose end is open only: tests/admin/test_refund.py.
    "billing_operatoract_look_again": Route(
        needs="billing.view_operatoract", get=403, post=403, args=_newest(OperatorAct)
    ),
    "billing_topup_refund": Route(needs="billing.add_reversal", args=_newest(TopUp)),
    # Of a price that has not begun, and of a team's own: tests/admin/test_prices.py.
    "billing_price_withdraw": Route(
        needs="billing.delete_price", get=403, post=403, args=_newest(Price)
    ),
    "billing_price_end_own": Route(
        needs="billing.add_price", get=403, post=403, args=_newest(Price)
    ),
    "billing_price_over_time": Route(needs="billing.view_price", args=_newest(Price)),
    "billing_promocode_make": Route(needs="billing.add_promocode"),
    "billing_promocode_disable": Route(needs="billing.change_promocode", args=_newest(PromoCode)),
    "billing_reconcilerun_reconcile_now": Route(needs="billing.add_reconcilerun"),
    "billing_stripeevent_replay": Route(
        needs="billing.change_stripeevent", args=_newest(StripeEvent)
    ),
    "billing_paymentexception_resolve": Route(
        needs="billing.change_paymentexception", args=_newest(PaymentException)
    ),
    "billing_webhookdelivery_resend": Route(
        needs="billing.add_webhookdelivery", args=_newest(WebhookDelivery)
    ),
    "embeddings_catalogmodel_workers": Route(needs="embeddings.view_catalogmodel"),
    "embeddings_catalogmodel_load": Route(needs="embeddings.view_catalogmodel", args=_model),
    "embeddings_catalogmodel_drain": Route(needs=_CATALOG, args=_model),
    "embeddings_catalogmodel_pause": Route(needs=_CATALOG, args=_model),
    "embeddings_catalogmodel_resume": Route(needs=_CATALOG, args=_model),
    "accounts_team_edit": Route(needs="accounts.view_team", post_needs=_TEAM, args=_acme),
    "accounts_team_suspend": Route(needs=_TEAM, args=_acme),
    # Without a team it leads back to the list: tests/admin/test_team_acts.py has teams.
    "accounts_team_suspend_many": Route(needs=_TEAM, get=302, post=302),
    "accounts_team_resume": Route(needs=_TEAM, args=_acme),
    "accounts_team_limits": Route(needs=_TEAM, args=_acme),
    "accounts_team_visit": Route(needs="accounts.open_dashboard", args=_acme),
    "accounts_team_note": Route(needs="accounts.add_teamnote", get=302, post=302, args=_acme),
    "accounts_user_sign_out": Route(needs="accounts.change_user", args=_ada),
    "accounts_user_reset_second_factor": Route(needs="accounts.reset_second_factor", args=_ada),
    "billing_proof_run": Route(needs="billing.run_proof", get=405, post=302),
}

# Open to who is not in yet, or on the way out: each has its own test.
WAYS = {"login", "logout", "second_factor"}
