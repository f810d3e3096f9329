"""JSON Schemas of the money routes."""

from typing import Any

from aurous.http.openapi import component

Schema = dict[str, Any]
NUMBER: Schema = {"type": "number"}
TEXT: Schema = {"type": "string"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
MOMENT: Schema = {"type": "string", "format": "date-time"}
MOMENT_OR_NULL: Schema = {"type": ["string", "null"], "format": "date-time"}


def _closed(properties: Schema) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": list(properties),
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
