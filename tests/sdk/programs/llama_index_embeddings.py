"""LlamaIndex's OpenAI embeddings, as its users call them."""

import asyncio
from typing import Any

from llama_index.embeddings.openai import OpenAIEmbedding
from protocol import serve, vector


def answer(call: dict[str, Any]) -> dict[str, Any]:
    """``client`` are the constructor's arguments, ``method`` and ``arguments`` the call."""
    embedding = OpenAIEmbedding(**call["client"])
    found = getattr(embedding, call["method"])(*call["arguments"])
    if asyncio.iscoroutine(found):
        found = asyncio.run(found)
    many = found if found and isinstance(found[0], list) else [found]
    return {"vectors": [vector(one) for one in many]}


serve(answer)
