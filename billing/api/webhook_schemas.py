"""JSON Schemas of the webhook routes."""

from typing import Any

from aurous.http.openapi import component, list_schema
from billing.api.schemas import MOMENT, MOMENT_OR_NULL, TEXT, TEXT_OR_NULL
from billing.models.webhook_endpoints import DESCRIPTION_CHARACTERS_MAX, URL_CHARACTERS_MAX
from billing.webhooks.endpoint_fields import EVENTS_MAX
from billing.webhooks.endpoints import ROLL_HOURS_DEFAULT, ROLL_OVERLAP_HOURS
from billing.webhooks.event_types import ALL, TEST, EventType

Schema = dict[str, Any]


def _closed(properties: Schema) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": list(properties),
    }


_TYPES = {"enum": [ALL, *EventType.values]}
_ENDPOINT: Schema = {
    "id": {"type": "string", "pattern": "^we_[0-9A-HJKMNP-TV-Z]{26}$"},
    "object": {"const": "webhook_endpoint"},
    "url": TEXT,
    "events": {"type": "array", "items": _TYPES},
    "description": TEXT,
    "status": {"enum": ["enabled", "disabled"]},
    "disabled_reason": {"enum": ["requested", "failures", "gone", None]},
    "disabled_at": MOMENT_OR_NULL,
    "created_at": MOMENT,
}
_SECRET: Schema = {"type": "string", "pattern": "^whsec_[0-9a-f]{64}$"}
WEBHOOK_ENDPOINT = component("WebhookEndpoint", _closed(_ENDPOINT))
WEBHOOK_ENDPOINTS = component("WebhookEndpoints", list_schema(WEBHOOK_ENDPOINT))
NEW_WEBHOOK_ENDPOINT = component("NewWebhookEndpoint", _closed({**_ENDPOINT, "secret": _SECRET}))
ROLLED_WEBHOOK_ENDPOINT = component(
    "RolledWebhookEndpoint",
    _closed({**_ENDPOINT, "secret": _SECRET, "old_secret_valid_until": MOMENT}),
)
DELETED = component("Deleted", _closed({"id": TEXT, "deleted": {"const": True}}))

_CHANGEABLE: Schema = {
    "url": {"type": "string", "format": "uri", "minLength": 1, "maxLength": URL_CHARACTERS_MAX},
    "events": {"type": "array", "items": _TYPES, "minItems": 1, "maxItems": EVENTS_MAX},
    "description": {"type": ["string", "null"], "maxLength": DESCRIPTION_CHARACTERS_MAX},
}
WEBHOOK_ENDPOINT_REQUEST = component(
    "WebhookEndpointRequest",
    {
        "type": "object",
        "additionalProperties": False,
        "properties": _CHANGEABLE,
        "required": ["url", "events"],
    },
)
WEBHOOK_ENDPOINT_CHANGES = component(
    "WebhookEndpointChanges",
    {
        "type": "object",
        "additionalProperties": False,
        "properties": {**_CHANGEABLE, "disabled": {"type": "boolean"}},
    },
)
WEBHOOK_ROLL = component(
    "WebhookRoll",
    {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "overlap_hours": {
                "enum": [*ROLL_OVERLAP_HOURS, None],
                "default": ROLL_HOURS_DEFAULT,
                "description": "How long the old secret signs beside the new one.",
            }
        },
    },
)
NOTHING = component("Nothing", {"type": "object", "additionalProperties": False})

WEBHOOK_DELIVERY = component(
    "WebhookDelivery",
    _closed(
        {
            "id": {"type": "string", "pattern": "^dlv_[0-9A-HJKMNP-TV-Z]{26}$"},
            "object": {"const": "webhook_delivery"},
            "event": _closed(
                {"id": TEXT, "type": {"enum": [*EventType.values, TEST]}, "created_at": MOMENT}
            ),
            "cause": {"enum": ["event", "test", "resend"]},
            "status": {"enum": ["pending", "succeeded", "failed"]},
            "attempts": {"type": "integer", "minimum": 0},
            "created_at": MOMENT,
            "next_attempt_at": MOMENT_OR_NULL,
            "completed_at": MOMENT_OR_NULL,
            "error": TEXT_OR_NULL,
            "last_attempt": {
                "oneOf": [
                    {"type": "null"},
                    _closed(
                        {
                            "attempted_at": MOMENT,
                            "duration_ms": {"type": "integer"},
                            "response_status": {"type": ["integer", "null"]},
                            "response_body": TEXT,
                        }
                    ),
                ]
            },
        }
    ),
)
WEBHOOK_DELIVERIES = component("WebhookDeliveries", list_schema(WEBHOOK_DELIVERY))
