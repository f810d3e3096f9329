"""The money routes under ``/v1``, and those of webhooks."""

from django.urls import path

from billing.api.balance import BalanceView
from billing.api.ledger_entries import LedgerEntriesView, StatementView
from billing.api.team import TeamView
from billing.api.usage import UsageView
from billing.api.webhook_deliveries import (
    WebhookDeliveriesView,
    WebhookDeliveryView,
    WebhookResendView,
    WebhookTestView,
)
from billing.api.webhook_endpoints import WebhookEndpointsView, WebhookEndpointView
from billing.api.webhook_secrets import WebhookRollView

_ENDPOINT = "webhook_endpoints/<str:endpoint_id>"
_DELIVERY = f"{_ENDPOINT}/deliveries/<str:delivery_id>"

urlpatterns = [
    path("balance", BalanceView.as_view()),
    path("team", TeamView.as_view()),
    path("ledger/entries", LedgerEntriesView.as_view()),
    path("webhook_endpoints", WebhookEndpointsView.as_view()),
    path(_ENDPOINT, WebhookEndpointView.as_view()),
    path(f"{_ENDPOINT}/roll", WebhookRollView.as_view()),
    path(f"{_ENDPOINT}/test", WebhookTestView.as_view()),
    path(f"{_ENDPOINT}/deliveries", WebhookDeliveriesView.as_view()),
    path(_DELIVERY, WebhookDeliveryView.as_view()),
    path(f"{_DELIVERY}/resend", WebhookResendView.as_view()),
    path("ledger/entries/export", StatementView.as_view()),
    path("usage", UsageView.as_view()),
]
