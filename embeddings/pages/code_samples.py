"""The same call in three languages, as a person can paste it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

URL_CHARACTERS_SHOWN = 28


@dataclass(frozen=True, slots=True)
class Sample:
    """A program and what it is written in."""

    language: str
    text: str


def samples(body: Mapping[str, Any]) -> list[Sample]:
    """curl, Python and JavaScript. The key comes from the environment; files are cut short."""
    short = _shortened(dict(body))
    return [
        Sample("curl", _curl(short)),
        Sample("Python", _python(short)),
        Sample("JavaScript", _javascript(short)),
    ]


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shortened(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_shortened(inner) for inner in value]
    if isinstance(value, str) and value.startswith("data:"):
        return value[:URL_CHARACTERS_SHOWN] + "…"
    return value


def _curl(body: Any) -> str:
    text = json.dumps(body, ensure_ascii=False, indent=2).replace("'", "'\\''")
    return (
        f"curl {settings.AUROUS_PUBLIC_URL}/v1/embeddings \\\n"
        '  -H "Authorization: Bearer $AUROUS_API_KEY" \\\n'
        '  -H "Content-Type: application/json" \\\n'
        f"  -d '{text}'"
    )


def _python(body: Any) -> str:
    lines = "".join(f"    {name}={value!r},\n" for name, value in body.items())
    return (
        "import os\nfrom openai import OpenAI\n\n"
        f'client = OpenAI(base_url="{settings.AUROUS_PUBLIC_URL}/v1", '
        'api_key=os.environ["AUROUS_API_KEY"])\n'
        f'answer = client.embeddings.create(\n{lines}    encoding_format="float",\n)\n'
        "print(answer.data[0].embedding)"
    )


def _javascript(body: Any) -> str:
    lines = "".join(
        f"  {name}: {json.dumps(value, ensure_ascii=False)},\n" for name, value in body.items()
    )
    return (
        'import OpenAI from "openai";\n\n'
        f'const client = new OpenAI({{ baseURL: "{settings.AUROUS_PUBLIC_URL}/v1", '
        "apiKey: process.env.AUROUS_API_KEY });\n"
        f"const answer = await client.embeddings.create({{\n{lines}"
        '  encoding_format: "float",\n});\n'
        "console.log(answer.data[0].embedding);"
    )
