"""LangChain's OpenAI embeddings, as its users call them."""

import asyncio
from typing import Any

import tiktoken
from langchain_openai import OpenAIEmbeddings
from protocol import serve, vector


def _bytes_are_tokens(*_args: Any) -> tiktoken.Encoding:
    """A real encoding with a tiny vocabulary: the usual ones are fetched from the internet."""
    ranks = {bytes([number]): number for number in range(256)}
    return tiktoken.Encoding("bytes", pat_str=".", mergeable_ranks=ranks, special_tokens={})


tiktoken.get_encoding = _bytes_are_tokens


def answer(call: dict[str, Any]) -> dict[str, Any]:
    """``client`` are the constructor's arguments, ``method`` and ``arguments`` the call."""
    embeddings = OpenAIEmbeddings(**call["client"])
    found = getattr(embeddings, call["method"])(*call["arguments"], **call.get("named", {}))
    if asyncio.iscoroutine(found):
        found = asyncio.run(found)
    many = found if found and isinstance(found[0], list) else [found]
    return {"vectors": [vector(one) for one in many]}


serve(answer)
