"""The programs that a newcomer can paste: one request, in the languages that most begin with."""

import json
from dataclasses import dataclass

from django.conf import settings

from embeddings.catalog import served

TEXT = "The quick brown fox"


@dataclass(frozen=True, slots=True)
class Snippet:
    """One program. ``slug`` is for ids, ``needs`` what must be installed first."""

    language: str
    slug: str
    needs: str
    text: str


def snippets() -> list[Snippet]:
    """A request to this installation in each language; none while no model runs."""
    slug = _slug()
    if slug is None:
        return []
    base = f"{settings.AUROUS_PUBLIC_URL}/v1"
    return [
        Snippet("curl", "curl", "", _curl(base, slug)),
        Snippet("Python", "python", "pip install openai", _python(base, slug)),
        Snippet("JavaScript", "javascript", "npm install openai", _javascript(base, slug)),
    ]


def curl() -> str | None:
    """A request to this installation, with a placeholder for the key; None while no model runs."""
    slug = _slug()
    return None if slug is None else _curl(f"{settings.AUROUS_PUBLIC_URL}/v1", slug)


def _slug() -> str | None:
    return next((entry.slug for entry in served() if "text" in entry.modalities), None)


def _curl(base: str, slug: str) -> str:
    body = json.dumps({"model": slug, "input": TEXT})
    return (
        f"curl {base}/embeddings \\\n"
        '  -H "Authorization: Bearer $AUROUS_API_KEY" \\\n'
        '  -H "Content-Type: application/json" \\\n'
        f"  -d '{body}'"
    )


def _python(base: str, slug: str) -> str:
    return f"""import os
from openai import OpenAI

client = OpenAI(
    base_url="{base}",
    api_key=os.environ["AUROUS_API_KEY"],
)
answer = client.embeddings.create(
    model="{slug}",
    input="{TEXT}",
)
print(answer.data[0].embedding[:5])"""


def _javascript(base: str, slug: str) -> str:
    return f"""import OpenAI from "openai";

const client = new OpenAI({{
  baseURL: "{base}",
  apiKey: process.env.AUROUS_API_KEY,
}});
const answer = await client.embeddings.create({{
  model: "{slug}",
  input: "{TEXT}",
  encoding_format: "float",
}});
console.log(answer.data[0].embedding.slice(0, 5));"""
