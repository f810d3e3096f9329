"""Whether two requests under one idempotency key are the same request."""

import hashlib
from typing import Any

import rfc8785


def fingerprint(method: str, path: str, version: str, body: dict[str, Any]) -> str:
    """SHA-256 (hex) over method, path, applied version and the RFC 8785 form of the parsed body.

    ``body`` is what strict JSON parsing gave, before defaults are filled in. The order of names
    and the spelling of numbers (``1``, ``1.0``, ``1e0``) do not matter; composed and decomposed
    letters differ.
    """
    digest = hashlib.sha256(f"{method}\n{path}\n{version}\n".encode())
    digest.update(_canonical(body))
    return digest.hexdigest()


def _canonical(body: dict[str, Any]) -> bytes:
    try:
        return rfc8785.dumps(body)
    except rfc8785.IntegerDomainError:
        return rfc8785.dumps(_with_doubles(body))


def _with_doubles(value: Any) -> Any:
    """RFC 8785 knows doubles only: a whole number beyond 2**53 is the double next to it."""
    if isinstance(value, dict):
        return {name: _with_doubles(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_with_doubles(part) for part in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value
