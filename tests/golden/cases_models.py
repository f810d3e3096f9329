"""Requests to the models and to the document."""

from tests.embeddings.api.stage import STUB, TEXT
from tests.golden.corpus import Case
from tests.golden.gates import gates

VISION = "aurous-embed-vision"


def _get(name: str, path: str, key: str = "full", **headers: str | None) -> Case:
    return Case(name, "GET", path, None, headers, key)


MODELS = [
    _get("all of them", "models"),
    _get("a key that reads", "models", "read"),
    _get("a key that writes", "models", "write"),
    _get("the key in the other header", "models", "nobody", X_Api_Key="{first_text}"),
    _get("HTML asked for", "models", Accept="text/html"),
    _get("a team with its own price", "models", "stranger"),
    _get("a slash at the end", "models/"),
    _get("an unknown parameter", "models?colour=red"),
    _get("paging, which it has not", "models?limit=1"),
    *gates("GET", "models"),
]
MODEL = [
    _get("a model of texts", f"models/{TEXT}"),
    _get("the stub", f"models/{STUB}"),
    _get("a key that reads", f"models/{TEXT}", "read"),
    _get("the key in the other header", f"models/{TEXT}", "nobody", X_Api_Key="{first_text}"),
    _get("a team with its own price", f"models/{TEXT}", "stranger"),
    _get("a model without its weights", f"models/{VISION}"),
    _get("an unknown model", "models/text-embedding-3-small"),
    _get("another case of letters", f"models/{TEXT.upper()}"),
    _get("an unknown parameter", f"models/{TEXT}?colour=red"),
    *gates("GET", f"models/{TEXT}"),
]
DOCUMENT = [
    _get("the document", "openapi.json", "nobody"),
    _get("with a key", "openapi.json"),
    _get("by a parameter", "openapi.json?version={version}", "nobody", Aurous_Version=None),
    _get("a parameter before a header", "openapi.json?version={version}", Aurous_Version="newest"),
    _get("of the default", "openapi.json", "nobody", Aurous_Version=None),
    _get("with a key that is none", "openapi.json", "nobody", Authorization="Bearer x"),
    _get("with a revoked key", "openapi.json", "revoked"),
    _get("with a key for another network", "openapi.json", "elsewhere"),
    _get("of a team that is suspended", "openapi.json", "suspended"),
    _get("YAML asked for", "openapi.json", Accept="application/yaml"),
    _get("a version that is no date", "openapi.json?version=newest"),
    _get("a version that never was", "openapi.json?version=1999-12-31"),
    _get("an empty version", "openapi.json?version="),
    _get("two versions", "openapi.json?version={version}&version=1999-12-31"),
    _get("a header that never was", "openapi.json", Aurous_Version="1999-12-31"),
    _get("an empty header", "openapi.json", Aurous_Version=""),
    _get("an unknown parameter", "openapi.json?format=yaml"),
    _get("a parameter in other letters", "openapi.json?Version={version}"),
    Case("another method", "POST", "openapi.json", {}),
    Case("a method that deletes", "DELETE", "openapi.json"),
]
ENDPOINTS = {
    "GET /v1/models": MODELS,
    "GET /v1/models/{slug}": MODEL,
    "GET /v1/openapi.json": DOCUMENT,
}
