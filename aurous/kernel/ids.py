"""Public identifiers: a short prefix that names the kind of thing, then a ULID (26 characters)."""

from ulid import ULID

ULID_LENGTH = 26


def new_id(prefix: str) -> str:
    """A fresh identifier such as ``emb_01JD…``; sorts by the time of its making."""
    return f"{prefix}_{ULID()}"


def id_length(prefix: str) -> int:
    """Characters of an identifier with this prefix, for column widths."""
    return len(prefix) + 1 + ULID_LENGTH
