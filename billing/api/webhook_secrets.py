"""``POST /v1/webhook_endpoints/{id}/roll``: another secret, with the old one beside it a while."""

from typing import Any, ClassVar

from django.http import HttpResponse

from accounts.actors import key_actor
from accounts.idempotency import answer_once
from aurous.http.exchange import ApiRequest, json_response
from aurous.http.idempotency_header import key_of
from aurous.http.openapi import Operation
from aurous.http.views import ApiView
from billing.api import webhook_schemas as schemas
from billing.api.bodies import check_names
from billing.api.webhook_endpoints import endpoint_json
from billing.webhooks import endpoints


class WebhookRollView(ApiView):
    """A new secret for an endpoint."""

    scopes: ClassVar = {"POST": "write"}
    route_class = "manage"
    body_optional = True
    operations: ClassVar = {
        "POST": Operation(
            "Roll the secret of a webhook endpoint",
            {200: schemas.ROLLED_WEBHOOK_ENDPOINT},
            description="Until the old secret ends, messages carry a signature of each.",
            request=schemas.WEBHOOK_ROLL,
            idempotent=True,
            tag="Webhooks",
        )
    }

    def post(self, request: ApiRequest, endpoint_id: str) -> HttpResponse:
        """The endpoint with its new secret, shown only now; with an idempotency key, once."""
        idempotency_key = key_of(request)
        body = self.body(request)
        check_names(body, ("overlap_hours",))
        hours = body.get("overlap_hours")

        def work() -> HttpResponse:
            made = endpoints.roll(
                request.auth.team_id,
                endpoint_id,
                actor=key_actor(request.auth),
                overlap_hours=endpoints.ROLL_HOURS_DEFAULT if hours is None else hours,
            )
            return json_response(_as_json(made))

        return answer_once(request, idempotency_key, work, secret=True)


def _as_json(made: endpoints.NewSecret) -> dict[str, Any]:
    return {
        **endpoint_json(made.endpoint),
        "secret": made.text,
        "old_secret_valid_until": made.old_valid_until,
    }
