"""JSON Schemas of what the embeddings routes take and answer."""

from typing import Any

from aurous.http.openapi import component

Schema = dict[str, Any]


def closed(properties: Schema, *, optional: tuple[str, ...] = ()) -> Schema:
    """An object with exactly these properties, all required but the optional ones."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": [name for name in properties if name not in optional],
    }


NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
TEXT: Schema = {"type": "string"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
MOMENT: Schema = {"type": "string", "format": "date-time"}

_MODEL = {"type": "string", "minLength": 1, "maxLength": 128}
_URL = {"type": "string", "minLength": 1}
_PART = {
    "oneOf": [
        closed(
            {
                "type": {"const": "text"},
                "text": {"type": "string", "minLength": 1, "maxLength": 1_000_000},
            }
        ),
        closed(
            {
                "type": {"const": "image_url"},
                "image_url": closed(
                    {"url": _URL, "detail": {"enum": ["low", "high", "auto", None]}},
                    optional=("detail",),
                ),
            }
        ),
        closed({"type": {"const": "video_url"}, "video_url": closed({"url": _URL})}),
    ]
}
_STRING = {"type": "string", "minLength": 1, "maxLength": 1_000_000}
_STRINGS = component(
    "EmbeddingInputStrings",
    {
        "type": "array",
        "minItems": 1,
        "maxItems": 256,
        "items": _STRING,
        "description": "Several texts, answered one to one and in order, all or nothing; "
        "1,000,000 characters in all.",
    },
)
_PARTS = {"type": "array", "minItems": 1, "maxItems": 16, "items": _PART}
_INPUT = component("EmbeddingInput", {"oneOf": [_STRING, _STRINGS, _PARTS]})
_DIMENSIONS = {"type": ["integer", "null"], "minimum": 1}

EMBEDDING_REQUEST = component(
    "EmbeddingRequest",
    closed(
        {
            "model": _MODEL,
            "input": _INPUT,
            "dimensions": _DIMENSIONS,
            "encoding_format": {"enum": ["float", "base64", None]},
            "user": {"type": ["string", "null"], "minLength": 1, "maxLength": 256},
        },
        optional=("dimensions", "encoding_format", "user"),
    ),
)
ESTIMATE_REQUEST = component(
    "EstimateRequest",
    closed({"model": _MODEL, "input": _INPUT, "dimensions": _DIMENSIONS}, optional=("dimensions",)),
)

BY_MODALITY_CREDITS = closed({"text": NUMBER, "visual": NUMBER, "video": NUMBER})
BY_MODALITY_TOKENS = closed({"text": COUNT, "visual": COUNT, "video": COUNT})

_BASE64 = {
    "type": "string",
    "contentEncoding": "base64",
    "description": "Little-endian float32, where `encoding_format` is `base64`.",
}
_VECTOR = component("Vector", {"oneOf": [{"type": "array", "items": NUMBER}, _BASE64]})
EMBEDDING_RESPONSE = component(
    "EmbeddingResponse",
    closed(
        {
            "object": {"const": "list"},
            "data": {
                "type": "array",
                "minItems": 1,
                "maxItems": 256,
                "items": closed(
                    {
                        "object": {"const": "embedding"},
                        "index": COUNT,
                        "embedding": _VECTOR,
                    }
                ),
            },
            "model": TEXT,
            "usage": closed(
                {
                    "prompt_tokens": COUNT,
                    "total_tokens": COUNT,
                    "credits_charged": NUMBER,
                    "breakdown": closed(
                        {"input": BY_MODALITY_CREDITS, "tokens": BY_MODALITY_TOKENS, "model": TEXT}
                    ),
                }
            ),
        }
    ),
)
ESTIMATE_RESPONSE = component(
    "EstimateResponse",
    closed(
        {
            "estimated": {"const": True},
            "tokens": closed({"text": COUNT, "image": COUNT, "video": COUNT, "total": COUNT}),
            "credits_estimated": NUMBER,
            "breakdown": closed({"input": BY_MODALITY_CREDITS, "model": TEXT}),
        }
    ),
)
_PRICE = closed({"credits_per_M": {"type": ["number", "null"]}})
MODEL = component(
    "Model",
    closed(
        {
            "id": TEXT,
            "object": {"const": "model"},
            "created": COUNT,
            "owned_by": TEXT,
            "kind": {"const": "embedding"},
            "embedding_pricing": closed({"text": _PRICE, "visual": _PRICE, "video": _PRICE}),
            "aurous_metadata": closed(
                {
                    "context_window": COUNT,
                    "dimensions": {"type": ["array", "null"], "items": COUNT},
                    "default_dimensions": COUNT,
                    "max_input_items": COUNT,
                    "max_batch_items": COUNT,
                    "modalities": {"type": "array", "items": TEXT},
                    "fingerprint": TEXT,
                }
            ),
        }
    ),
)
MODEL_LIST = component(
    "ModelList",
    closed({"object": {"const": "list"}, "data": {"type": "array", "items": MODEL}}),
)


def paged(item: Schema) -> Schema:
    """The envelope of a list."""
    return closed(
        {
            "object": {"const": "list"},
            "data": {"type": "array", "items": item},
            "has_more": {"type": "boolean"},
            "next_cursor": TEXT_OR_NULL,
        }
    )


USAGE_EVENT = component(
    "UsageEvent",
    closed(
        {
            "id": TEXT,
            "request_id": TEXT,
            "model": TEXT,
            "status": {"enum": ["queued", "running", "settled", "released", "failed"]},
            "created_at": MOMENT,
            "duration_ms": {"type": ["integer", "null"], "minimum": 0},
            "tokens": BY_MODALITY_TOKENS,
            "credits": BY_MODALITY_CREDITS,
            "credits_charged": NUMBER,
            "api_key_id": TEXT,
            "user": TEXT_OR_NULL,
            "api_version": TEXT,
            "error_code": TEXT_OR_NULL,
        }
    ),
)
USAGE_EVENTS = component("UsageEvents", paged(USAGE_EVENT))
