"""One embedding asked for in a browser: the same way and the same price as through the API."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from aurous.http.caller import Caller
from aurous.http.throttles import take_request, take_tokens
from aurous.kernel.clock import database_now
from billing.prices import schedule
from billing.pricing import Cost, Tokens, cost
from embeddings.embedding import Asked, obtain
from embeddings.quoting import Prepared, prepare
from embeddings.reply import Vector
from embeddings.request import ESTIMATE_FIELDS, parse_body

ROUTE_CLASS = "embeddings"


@dataclass(frozen=True, slots=True)
class Quote:
    """What a request would read and cost at most. Nano-credits."""

    tokens: Tokens
    cost: Cost


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it. ``vector`` has unit length; nano-credits, milliseconds by step."""

    request_id: str
    model: str
    vector: Vector
    tokens: Tokens
    charged: Cost
    total_ms: int
    timings_ms: Mapping[str, float]


def read(body: Mapping[str, Any], caller: Caller) -> Prepared:
    """A body as ``POST /v1/embeddings`` takes it. Raises what that would."""
    return prepare(parse_body(body, ESTIMATE_FIELDS), caller)


def quote(prepared: Prepared, team_id: str) -> Quote:
    """The price before anything is sent."""
    price = schedule(prepared.entry.slug, team_id).at(database_now(connection))
    return Quote(prepared.tokens, cost(prepared.tokens, price))


def run(prepared: Prepared, caller: Caller, *, request_id: str, user: str) -> Result:
    """Hold, compute, settle. Raises ``AurousError``; then nothing was charged."""
    take_request(caller, ROUTE_CLASS)
    take_tokens(caller, prepared.tokens.total)
    if not connection.in_atomic_block:
        connection.close()  # who waits must not keep a connection
    began = time.perf_counter()
    asked = Asked(caller, request_id, caller.version_pin, user, prepared, "float", None)
    got = obtain(asked)
    return Result(
        request_id=request_id,
        model=got.reply.model,
        vector=got.reply.vectors[0],
        tokens=got.reply.tokens,
        charged=got.reply.charged,
        total_ms=round((time.perf_counter() - began) * 1_000),
        timings_ms=got.timings_ms,
    )


def similarity(one: Vector, other: Vector) -> float:
    """Cosine of two vectors of unit length, -1 to 1."""
    return max(-1.0, min(1.0, float(one @ other)))
