"""``/v1/webhook_endpoints``: where a team is told of events."""

from typing import Any, ClassVar

from django.http import HttpResponse

from accounts.actors import key_actor
from accounts.idempotency import answer_once
from aurous.http.exchange import ApiRequest, json_response
from aurous.http.idempotency_header import key_of
from aurous.http.openapi import LIST_QUERY, Operation
from aurous.http.pagination import list_body, page
from aurous.http.query import query_of
from aurous.http.views import ApiView
from aurous.kernel.errors import AurousError
from billing.access import webhook_endpoint_for, webhook_endpoints_of
from billing.api import webhook_schemas as schemas
from billing.api.bodies import check_names, required
from billing.models import WebhookEndpoint
from billing.webhooks import endpoints

_FIELDS = ("url", "events", "description")


class WebhookEndpointsView(ApiView):
    """All endpoints of the team."""

    scopes: ClassVar = {"GET": "read", "POST": "write"}
    route_class = "manage"
    operations: ClassVar = {
        "GET": Operation(
            "List webhook endpoints",
            {200: schemas.WEBHOOK_ENDPOINTS},
            query=LIST_QUERY,
            tag="Webhooks",
        ),
        "POST": Operation(
            "Create a webhook endpoint",
            {201: schemas.NEW_WEBHOOK_ENDPOINT},
            description="The secret is shown in this answer only.",
            request=schemas.WEBHOOK_ENDPOINT_REQUEST,
            idempotent=True,
            tag="Webhooks",
        ),
    }

    def get(self, request: ApiRequest) -> HttpResponse:
        """A page of endpoints, newest first."""
        rows, has_more, cursor = page(
            webhook_endpoints_of(request.auth.team_id), request=request, scope="webhook_endpoints"
        )
        return json_response(list_body([endpoint_json(row) for row in rows], has_more, cursor))

    def post(self, request: ApiRequest) -> HttpResponse:
        """A new endpoint, with its secret; with an idempotency key, once."""
        idempotency_key = key_of(request)
        body = self.body(request)
        check_names(body, _FIELDS)
        url, events = required(body, "url"), required(body, "events")

        def work() -> HttpResponse:
            made = endpoints.create(
                request.auth.team_id,
                url=url,
                events=events,
                description=body.get("description") or "",
                actor=key_actor(request.auth),
            )
            return json_response({**endpoint_json(made.endpoint), "secret": made.text}, status=201)

        return answer_once(request, idempotency_key, work, secret=True)


class WebhookEndpointView(ApiView):
    """One endpoint."""

    scopes: ClassVar = {"GET": "read", "PATCH": "full", "DELETE": "full"}
    route_class = "manage"
    operations: ClassVar = {
        "GET": Operation(
            "Read a webhook endpoint", {200: schemas.WEBHOOK_ENDPOINT}, tag="Webhooks"
        ),
        "PATCH": Operation(
            "Change a webhook endpoint",
            {200: schemas.WEBHOOK_ENDPOINT},
            request=schemas.WEBHOOK_ENDPOINT_CHANGES,
            tag="Webhooks",
        ),
        "DELETE": Operation("Delete a webhook endpoint", {200: schemas.DELETED}, tag="Webhooks"),
    }

    def get(self, request: ApiRequest, endpoint_id: str) -> HttpResponse:
        """The endpoint, without its secret."""
        query_of(request, ())
        return json_response(endpoint_json(webhook_endpoint_for(request.auth.team_id, endpoint_id)))

    def patch(self, request: ApiRequest, endpoint_id: str) -> HttpResponse:
        """Change what is named; ``"disabled": false`` enables it again."""
        endpoint = endpoints.change(
            request.auth.team_id,
            endpoint_id,
            actor=key_actor(request.auth),
            **_changes(self.body(request)),
        )
        return json_response(endpoint_json(endpoint))

    def delete(self, request: ApiRequest, endpoint_id: str) -> HttpResponse:
        """Remove it, its secrets and its log."""
        query_of(request, ())
        endpoints.delete(request.auth.team_id, endpoint_id, actor=key_actor(request.auth))
        return json_response({"id": endpoint_id, "deleted": True})


def _changes(body: dict[str, Any]) -> endpoints.EndpointChanges:
    check_names(body, (*_FIELDS, "disabled"))
    changes: endpoints.EndpointChanges = {}
    if "url" in body:
        changes["url"] = body["url"]
    if "events" in body:
        changes["events"] = body["events"]
    if "description" in body:
        changes["description"] = "" if body["description"] is None else body["description"]
    if "disabled" in body:
        if not isinstance(body["disabled"], bool):
            raise AurousError(
                "invalid_format", "`disabled` must be true or false.", param="disabled"
            )
        changes["disabled"] = body["disabled"]
    return changes


def endpoint_json(row: WebhookEndpoint) -> dict[str, Any]:
    """An endpoint as the API shows it."""
    return {
        "id": row.id,
        "object": "webhook_endpoint",
        "url": row.url,
        "events": row.events,
        "description": row.description,
        "status": str(row.status),
        "disabled_reason": str(row.disabled_reason) or None,
        "disabled_at": row.disabled_at,
        "created_at": row.created_at,
    }
