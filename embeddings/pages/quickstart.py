"""The line that a newcomer can paste into a terminal."""

import json

from django.conf import settings

from embeddings.catalog import served


def curl() -> str | None:
    """A request to this installation, with a placeholder for the key; None while no model runs."""
    slug = next((entry.slug for entry in served() if "text" in entry.modalities), None)
    if slug is None:
        return None
    body = json.dumps({"model": slug, "input": "The quick brown fox"})
    return (
        f"curl {settings.AUROUS_PUBLIC_URL}/v1/embeddings \\\n"
        '  -H "Authorization: Bearer $AUROUS_API_KEY" \\\n'
        '  -H "Content-Type: application/json" \\\n'
        f"  -d '{body}'"
    )
