"""JSON Schemas of the money routes."""

from typing import Any

from aurous.http.openapi import component

Schema = dict[str, Any]
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
COUNT_OR_NULL: Schema = {"type": ["integer", "null"], "minimum": 0}
TEXT: Schema = {"type": "string"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
MOMENT: Schema = {"type": "string", "format": "date-time"}
MOMENT_OR_NULL: Schema = {"type": ["string", "null"], "format": "date-time"}


def _closed(properties: Schema, *, optional: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": [name for name in properties if name not in optional],
    }


BALANCE = component(
    "Balance",
    _closed(
        {
            "object": {"const": "balance"},
            "credits": NUMBER,
            "held_credits": NUMBER,
            "available_credits": NUMBER,
            "currency": {"const": "credit"},
            "billing_mode": {"enum": ["metered", "exempt"]},
            "grants": {
                "type": "array",
                "items": _closed(
                    {
                        "id": TEXT,
                        "kind": {"enum": ["purchased", "promotional", "adjustment"]},
                        "remaining": NUMBER,
                        "expires_at": MOMENT_OR_NULL,
                    }
                ),
            },
        }
    ),
)
LEDGER_ENTRY = component(
    "LedgerEntry",
    _closed(
        {
            "id": TEXT,
            "kind": {
                "enum": [
                    "top_up",
                    "grant",
                    "usage",
                    "refund",
                    "dispute",
                    "expiry",
                    "adjustment",
                ]
            },
            "amount": NUMBER,
            "balance_after": NUMBER,
            "sequence": {"type": "integer", "minimum": 1},
            "request_id": TEXT_OR_NULL,
            "reference": TEXT,
            "created_at": MOMENT,
        }
    ),
)
LEDGER_ENTRIES = component(
    "LedgerEntries",
    _closed(
        {
            "object": {"const": "list"},
            "data": {"type": "array", "items": LEDGER_ENTRY},
            "has_more": {"type": "boolean"},
            "next_cursor": TEXT_OR_NULL,
        }
    ),
)
TEAM = component(
    "Team",
    _closed(
        {
            "id": TEXT,
            "name": TEXT,
            "default_api_version": TEXT,
            "credits": NUMBER,
            "billing_mode": {"enum": ["metered", "exempt"]},
            "created_at": MOMENT,
        }
    ),
)
TEAM_CHANGES = component(
    "TeamChanges",
    {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "default_api_version": {"type": "string", "format": "date"},
        },
    },
)
_GROUPED_BY = {
    "model": TEXT,
    "api_key_id": TEXT,
    "status": {"enum": ["settled", "released", "failed"]},
    "user": TEXT_OR_NULL,
    "version": TEXT,
}
USAGE_BUCKET = component(
    "UsageBucket",
    _closed(
        {
            "object": {"const": "usage.bucket"},
            "start_time": MOMENT,
            "end_time": MOMENT,
            "results": {
                "type": "array",
                "items": _closed(
                    {
                        **_GROUPED_BY,
                        "requests": COUNT,
                        "tokens": _closed({"text": COUNT, "visual": COUNT, "video": COUNT}),
                        "credits": NUMBER,
                        "p50_ms": COUNT_OR_NULL,
                        "p95_ms": COUNT_OR_NULL,
                    },
                    optional=tuple(_GROUPED_BY),
                ),
            },
        }
    ),
)
USAGE = component(
    "Usage",
    _closed(
        {
            "object": {"const": "list"},
            "data": {"type": "array", "items": USAGE_BUCKET},
            "has_more": {"type": "boolean"},
            "next_cursor": TEXT_OR_NULL,
        }
    ),
)
