"""``GET /v1/balance``."""

from typing import Any, ClassVar

from django.http import HttpResponse

from aurous.http.exchange import ApiRequest, json_response
from aurous.http.openapi import Operation
from aurous.http.query import query_of
from aurous.http.rendering import credits_json
from aurous.http.views import ApiView
from billing.api import schemas
from billing.balance import Balance, balance_of


class BalanceView(ApiView):
    """What the team has, right to the moment."""

    operations: ClassVar = {
        "GET": Operation("Read the balance", {200: schemas.BALANCE}, tag="Money")
    }

    def get(self, request: ApiRequest) -> HttpResponse:
        """Credits, what is held of them and the grants they consist of."""
        query_of(request, ())
        balance = balance_of(request.auth.team_id)
        return json_response(_as_json(balance, request.auth.billing_mode))


def _as_json(balance: Balance, billing_mode: str) -> dict[str, Any]:
    return {
        "object": "balance",
        "credits": credits_json(balance.posted),
        "held_credits": credits_json(balance.held),
        "available_credits": credits_json(balance.available),
        "currency": "credit",
        "billing_mode": billing_mode,
        "grants": [
            {
                "id": grant.id,
                "kind": grant.kind,
                "remaining": credits_json(grant.remaining),
                "expires_at": grant.expires_at,
            }
            for grant in balance.grants
        ],
    }
