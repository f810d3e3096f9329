"""The line that proves a new key: it can be pasted as it stands."""

import json
import shlex

from django.conf import settings

from accounts.models import ApiKey, Scope
from embeddings.catalog import served


def curl(key: ApiKey, text: str) -> str | None:
    """A request that this key may send; None while no model that it may use is served."""
    bearer = shlex.quote(f"Authorization: Bearer {text}")
    if key.scope == Scope.READ:
        return f"curl {settings.AUROUS_PUBLIC_URL}/v1/models \\\n  -H {bearer}"
    slugs = [entry.slug for entry in served() if "text" in entry.modalities]
    slug = next((slug for slug in slugs if key.models is None or slug in key.models), None)
    if slug is None:
        return None
    body = shlex.quote(json.dumps({"model": slug, "input": "The quick brown fox"}))
    return (
        f"curl {settings.AUROUS_PUBLIC_URL}/v1/embeddings \\\n"
        f"  -H {bearer} \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        f"  -d {body}"
    )
