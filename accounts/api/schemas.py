"""JSON Schemas of the key routes."""

from typing import Any

from accounts.api_keys import ROLL_HOURS_DEFAULT, ROLL_OVERLAP_HOURS
from accounts.key_options import LIST_ITEMS_MAX, MODEL_CHARACTERS_MAX
from accounts.key_text import HEAD_CHARACTERS, TAIL_CHARACTERS
from accounts.models import Scope
from accounts.models.api_keys import KEY_NAME_CHARACTERS_MAX
from accounts.validation import WHOLE_NUMBER_MAX
from aurous.http.openapi import component, list_schema

Schema = dict[str, Any]
KEY_STATES = ("active", "expired", "revoked")
_MOMENT: Schema = {"type": "string", "format": "date-time"}
_MOMENT_OR_NULL: Schema = {"type": ["string", "null"], "format": "date-time"}
_SCOPE: Schema = {"enum": list(Scope.values)}


def _texts(**item: Any) -> Schema:
    return {
        "type": ["array", "null"],
        "items": {"type": "string", "minLength": 1, **item},
        "minItems": 1,
        "maxItems": LIST_ITEMS_MAX,
    }


def _credits(period: str) -> Schema:
    return {
        "type": ["number", "null"],
        "minimum": 0,
        "description": f"Credits that the key may spend {period}; at most 9 digits behind the "
        "point. null: no limit.",
    }


# What a key carries, as it is sent and as it is shown.
_RULES: Schema = {
    "expires_at": {**_MOMENT_OR_NULL, "description": "RFC 3339, in the future. null: never."},
    "models": {
        **_texts(maxLength=MODEL_CHARACTERS_MAX),
        "description": "The only models that it may use. null: every model. A name that no model "
        "has (yet) is taken.",
    },
    "cidrs": {
        **_texts(),
        "description": "The only networks that it may be used from (203.0.113.0/24). null: any.",
    },
    "limit_day": _credits("in a UTC day"),
    "limit_month": _credits("in a UTC month"),
    "limit_total": _credits("in all"),
    "rpm": {
        "type": ["integer", "null"],
        "minimum": 1,
        "maximum": WHOLE_NUMBER_MAX,
        "description": "Requests a minute of this key alone. null: only the team's limit.",
    },
}
_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": KEY_NAME_CHARACTERS_MAX}


def _closed(properties: Schema, required: list[str]) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": required,
    }


_SHOWN: Schema = {
    "id": {"type": "string", "pattern": "^key_[0-9A-HJKMNP-TV-Z]{26}$"},
    "name": _NAME,
    "scope": _SCOPE,
    "state": {"enum": list(KEY_STATES)},
    "head": {"type": "string", "minLength": HEAD_CHARACTERS, "maxLength": HEAD_CHARACTERS},
    "tail": {"type": "string", "minLength": TAIL_CHARACTERS, "maxLength": TAIL_CHARACTERS},
    "created_at": _MOMENT,
    "last_used_at": {**_MOMENT_OR_NULL, "description": "To the minute."},
    "revoked_at": _MOMENT_OR_NULL,
    "overlap_ends_at": {
        **_MOMENT_OR_NULL,
        "description": "Until when a secret from before the last roll is still good; else null.",
    },
    **_RULES,
}
_TEXT: Schema = {
    "type": "string",
    "pattern": "^al_live_[0-9a-f]{64}$",
    "description": "The key itself. It is shown in this answer only.",
}
KEY = component("Key", _closed(_SHOWN, list(_SHOWN)))
KEYS = component("Keys", list_schema(KEY))
_WITH_TEXT: Schema = {"id": _SHOWN["id"], "api_key": _TEXT, **_SHOWN}
KEY_WITH_TEXT = component("KeyWithText", _closed(_WITH_TEXT, list(_WITH_TEXT)))
NEW_KEY = component(
    "NewKey",
    _closed(
        {
            "name": _NAME,
            "scope": {"enum": [*Scope.values, None], "default": Scope.WRITE.value},
            **_RULES,
        },
        ["name"],
    ),
)
KEY_CHANGES = component("KeyChanges", _closed({"name": _NAME, "scope": _SCOPE, **_RULES}, []))
ROLL = component(
    "Roll",
    _closed(
        {
            "overlap_hours": {
                "enum": [*ROLL_OVERLAP_HOURS, None],
                "default": ROLL_HOURS_DEFAULT,
                "description": "How long the secret of before stays good.",
            }
        },
        [],
    ),
)
KEY_DELETED = component(
    "KeyDeleted", _closed({"id": _SHOWN["id"], "deleted": {"const": True}}, ["id", "deleted"])
)
