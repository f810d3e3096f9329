"""The only door to a team's rows of this app: what is another team's does not exist."""

from django.db.models import QuerySet

from aurous.kernel.errors import AurousError
from billing.models import (
    Account,
    AutoRecharge,
    Debt,
    Grant,
    HoldFields,
    KeyDay,
    PaymentException,
    Reversal,
    ReversalTransfer,
    ScheduledGrant,
    StripeCustomer,
    TopUp,
    Transfer,
    UsageRollup,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
    hold_model,
)


def account_of(team_id: str) -> Account:
    """Where a team's credit stands; an empty one, not stored, before anything moved."""
    return Account.objects.filter(pk=team_id).first() or Account(id=team_id, team_id=team_id)


def transfers_of(team_id: str) -> QuerySet[Transfer]:
    """The statement of a team."""
    return Transfer.objects.filter(account_id=team_id)


def charge_of(team_id: str, hold_id: str) -> Transfer | None:
    """The ledger line that a request of this team was charged with; None where it cost nothing."""
    return transfers_of(team_id).filter(reference=f"inference:{hold_id}").first()


def grants_of(team_id: str) -> QuerySet[Grant]:
    """Credit that a team has received, with the transfer of each."""
    return Grant.objects.select_related("transfer").filter(account_id=team_id)


def grants_to_come(team_id: str) -> QuerySet[ScheduledGrant]:
    """Credit that was promised to a team and has not begun, the next to begin first.

    Not part of its balance. Ask ``balance_of`` first: it books what has begun by now.
    """
    rows = ScheduledGrant.objects.filter(account_id=team_id, grant=None, cancelled_at=None)
    return rows.order_by("effective_at", "id")


def holds_of(team_id: str) -> QuerySet[HoldFields]:
    """The requests of a team, as far as money goes."""
    return hold_model()._default_manager.filter(team_id=team_id)


def usage_days_of(team_id: str) -> QuerySet[UsageRollup]:
    """The team's usage in sums of UTC days."""
    return UsageRollup.objects.filter(team_id=team_id, width=UsageRollup.Width.DAY)


def key_days_of(team_id: str) -> QuerySet[KeyDay]:
    """What the team's keys have spent or hold, by UTC day."""
    return KeyDay.objects.filter(team_id=team_id)


def webhook_events_of(team_id: str) -> QuerySet[WebhookEvent]:
    """What happened to a team that it may want to hear of."""
    return WebhookEvent.objects.filter(team_id=team_id)


def webhook_endpoints_of(team_id: str) -> QuerySet[WebhookEndpoint]:
    """Where a team wants to be told of events."""
    return WebhookEndpoint.objects.filter(team_id=team_id)


def webhook_endpoint_for(team_id: str, endpoint_id: str) -> WebhookEndpoint:
    """One endpoint of this team, else ``resource_not_found``, whether absent or foreign."""
    endpoint = webhook_endpoints_of(team_id).filter(pk=endpoint_id).first()
    if endpoint is None:
        raise AurousError("resource_not_found", f"There is no webhook endpoint {endpoint_id!r}.")
    return endpoint


def deliveries_of(team_id: str, endpoint_id: str) -> QuerySet[WebhookDelivery]:
    """What was sent, or is to be sent, to an endpoint of this team."""
    return WebhookDelivery.objects.select_related("event").filter(
        endpoint_id=endpoint_id, endpoint__team_id=team_id
    )


def delivery_for(team_id: str, endpoint_id: str, delivery_id: str) -> WebhookDelivery:
    """One delivery to this endpoint of this team, else ``resource_not_found``."""
    delivery = deliveries_of(team_id, endpoint_id).filter(pk=delivery_id).first()
    if delivery is None:
        raise AurousError("resource_not_found", f"There is no delivery {delivery_id!r}.")
    return delivery


def topups_of(team_id: str) -> QuerySet[TopUp]:
    """What a team has ordered, paid or not."""
    return TopUp.objects.filter(team_id=team_id)


def topup_for(team_id: str, topup_id: str) -> TopUp:
    """One order of this team, else ``resource_not_found``, whether absent or foreign."""
    topup = topups_of(team_id).select_related("team", "grant").filter(pk=topup_id).first()
    if topup is None:
        raise AurousError("resource_not_found", f"There is no top-up {topup_id!r}.")
    return topup


def reversals_of(team_id: str) -> QuerySet[Reversal]:
    """Refunds and disputes of what a team has paid, each with its order."""
    return Reversal.objects.select_related("topup").filter(topup__team_id=team_id)


def reversal_lines_of(team_id: str) -> QuerySet[ReversalTransfer]:
    """Which lines of a team's statement refunds and disputes made."""
    return ReversalTransfer.objects.select_related("reversal__topup").filter(
        reversal__topup__team_id=team_id
    )


def open_debts_of(team_id: str) -> QuerySet[Debt]:
    """What a team owes, in the order in which credit that comes in pays it."""
    rows = Debt.objects.select_related("reversal__topup")
    return rows.filter(team_id=team_id, remaining__gt=0).order_by("id")


def auto_recharge_of(team_id: str) -> AutoRecharge | None:
    """What the team has chosen, if it ever did."""
    return AutoRecharge.objects.filter(pk=team_id).first()


def has_kept_card(team_id: str) -> bool:
    """Whether there is a card that auto-recharge may charge."""
    return StripeCustomer.objects.filter(pk=team_id).exclude(payment_method_id="").exists()


def payment_questions_of(team_id: str, topup_id: str) -> QuerySet[PaymentException]:
    """What a person has to look at before an order of this team goes on."""
    return PaymentException.objects.filter(
        team_id=team_id, object_id=topup_id, resolved_at__isnull=True
    )
