"""The money routes under ``/v1``."""

from django.urls import path

from billing.api.balance import BalanceView
from billing.api.ledger_entries import LedgerEntriesView, StatementView
from billing.api.team import TeamView
from billing.api.usage import UsageView

urlpatterns = [
    path("balance", BalanceView.as_view()),
    path("team", TeamView.as_view()),
    path("ledger/entries", LedgerEntriesView.as_view()),
    path("ledger/entries/export", StatementView.as_view()),
    path("usage", UsageView.as_view()),
]
