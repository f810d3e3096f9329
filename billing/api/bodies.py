"""Bodies whose fields are few and flat."""

from collections.abc import Collection
from typing import Any

from aurous.kernel.errors import AurousError

_NAME_CHARACTERS_MAX = 64  # of somebody else's text in a message of ours


def check_names(body: dict[str, Any], known: Collection[str]) -> None:
    """Raises ``unknown_field`` for the first name that is not known here."""
    for name in body:
        if name not in known:
            shown = name[:_NAME_CHARACTERS_MAX]
            listed = ", ".join(known) or "none"
            raise AurousError(
                "unknown_field", f"`{shown}` is not known here; known are: {listed}.", param=shown
            )


def required(body: dict[str, Any], name: str) -> Any:
    """The value of a field. Raises ``missing_field`` where it is absent or null."""
    value = body.get(name)
    if value is None:
        raise AurousError("missing_field", f"`{name}` is missing.", param=name)
    return value
