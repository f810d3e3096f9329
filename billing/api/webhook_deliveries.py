"""Deliveries to a webhook endpoint: the log, a test, and sending one again."""

from typing import Any, ClassVar

from django.http import HttpResponse

from accounts.idempotency import answer_once
from aurous.http.exchange import ApiRequest, json_response
from aurous.http.idempotency_header import key_of
from aurous.http.openapi import LIST_QUERY, Operation
from aurous.http.pagination import list_body, page
from aurous.http.query import query_of
from aurous.http.views import ApiView
from billing.access import deliveries_of, delivery_for, webhook_endpoint_for
from billing.api import webhook_schemas as schemas
from billing.api.bodies import check_names
from billing.models import WebhookDelivery
from billing.webhooks import manual


class WebhookDeliveriesView(ApiView):
    """What was sent to an endpoint and what came of it."""

    scopes: ClassVar = {"GET": "read"}
    route_class = "manage"
    operations: ClassVar = {
        "GET": Operation(
            "List deliveries to a webhook endpoint",
            {200: schemas.WEBHOOK_DELIVERIES},
            query=LIST_QUERY,
            tag="Webhooks",
        )
    }

    def get(self, request: ApiRequest, endpoint_id: str) -> HttpResponse:
        """A page of deliveries, newest first."""
        endpoint = webhook_endpoint_for(request.auth.team_id, endpoint_id)
        rows, has_more, cursor = page(
            deliveries_of(request.auth.team_id, endpoint.id),
            request=request,
            scope=f"webhook_deliveries:{endpoint.id}",
        )
        return json_response(list_body([_as_json(row) for row in rows], has_more, cursor))


class WebhookDeliveryView(ApiView):
    """One delivery."""

    scopes: ClassVar = {"GET": "read"}
    route_class = "manage"
    operations: ClassVar = {
        "GET": Operation(
            "Read a delivery to a webhook endpoint",
            {200: schemas.WEBHOOK_DELIVERY},
            tag="Webhooks",
        )
    }

    def get(self, request: ApiRequest, endpoint_id: str, delivery_id: str) -> HttpResponse:
        """How far it came."""
        query_of(request, ())
        return json_response(_as_json(delivery_for(request.auth.team_id, endpoint_id, delivery_id)))


class WebhookTestView(ApiView):
    """A message to try an endpoint with."""

    scopes: ClassVar = {"POST": "write"}
    route_class = "manage"
    body_optional = True
    operations: ClassVar = {
        "POST": Operation(
            "Send a test event to a webhook endpoint",
            {200: schemas.WEBHOOK_DELIVERY},
            description="A `webhook.test`, tried once. The answer is the delivery that was begun.",
            request=schemas.NOTHING,
            idempotent=True,
            tag="Webhooks",
        )
    }

    def post(self, request: ApiRequest, endpoint_id: str) -> HttpResponse:
        """The delivery, on its way; with an idempotency key, once."""
        idempotency_key = key_of(request)
        check_names(self.body(request), ())

        def work() -> HttpResponse:
            return json_response(_as_json(manual.send_test(request.auth.team_id, endpoint_id)))

        return answer_once(request, idempotency_key, work, secret=False)


class WebhookResendView(ApiView):
    """The same message again."""

    scopes: ClassVar = {"POST": "write"}
    route_class = "manage"
    body_optional = True
    operations: ClassVar = {
        "POST": Operation(
            "Send the event of a delivery again",
            {200: schemas.WEBHOOK_DELIVERY},
            description="A new delivery of the same event, whose id stays.",
            request=schemas.NOTHING,
            idempotent=True,
            tag="Webhooks",
        )
    }

    def post(self, request: ApiRequest, endpoint_id: str, delivery_id: str) -> HttpResponse:
        """The new delivery, on its way; with an idempotency key, once."""
        idempotency_key = key_of(request)
        check_names(self.body(request), ())

        def work() -> HttpResponse:
            delivery = manual.resend(request.auth.team_id, endpoint_id, delivery_id)
            return json_response(_as_json(delivery))

        return answer_once(request, idempotency_key, work, secret=False)


def _as_json(row: WebhookDelivery) -> dict[str, Any]:
    event = row.event
    return {
        "id": row.id,
        "object": "webhook_delivery",
        "event": {"id": event.id, "type": event.type, "created_at": event.created_at},
        "cause": str(row.cause),
        "status": str(row.status),
        "attempts": row.attempts,
        "created_at": row.created_at,
        "next_attempt_at": row.due_at,
        "completed_at": row.completed_at,
        "error": row.error or None,
        "last_attempt": _last_attempt(row),
    }


def _last_attempt(row: WebhookDelivery) -> dict[str, Any] | None:
    if row.attempted_at is None:
        return None
    return {
        "attempted_at": row.attempted_at,
        "duration_ms": row.duration_ms,
        "response_status": row.response_status,
        "response_body": row.response_body,
    }
