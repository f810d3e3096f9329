"""LiteLLM as a client, as its users call it."""

import asyncio
from typing import Any

import litellm
from protocol import serve, vector

litellm.suppress_debug_info = True


def answer(call: dict[str, Any]) -> dict[str, Any]:
    """``method`` is ``embedding`` or ``aembedding``, ``named`` its arguments."""
    found = getattr(litellm, call["method"])(**call["named"])
    if asyncio.iscoroutine(found):
        found = asyncio.run(found)
    return {
        "vectors": [vector(item["embedding"]) for item in found.data],
        "indexes": [item["index"] for item in found.data],
        "model": found.model,
        "usage": found.usage.model_dump(),
        "headers": found._hidden_params["additional_headers"],
    }


serve(answer)
