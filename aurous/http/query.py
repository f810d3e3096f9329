"""Query parameters, read as strictly as bodies are."""

import re
from collections.abc import Collection

from rest_framework.request import Request

from aurous.kernel.errors import AurousError

_WHOLE_NUMBER = re.compile(r"-?[0-9]+")
_DIGITS_MAX = 18


def query_of(request: Request, names: Collection[str]) -> dict[str, str]:
    """The parameters by name. Those whose name ends in ``[]`` may repeat; read them with
    ``request.query_params.getlist``.

    Raises ``unknown_field`` for a name outside ``names`` and ``invalid_format`` for one given
    twice or with a NUL in it.
    """
    found: dict[str, str] = {}
    for name, values in request.query_params.lists():
        if name not in names:
            listed = ", ".join(sorted(names)) or "none"
            raise AurousError(
                "unknown_field",
                f"There is no query parameter of this name here. Known ones: {listed}.",
                param=name[:100],
            )
        if len(values) > 1 and not name.endswith("[]"):
            raise AurousError("invalid_format", f"{name} is given twice.", param=name)
        if any("\x00" in value for value in values):
            raise AurousError("invalid_format", f"{name} has a NUL in it.", param=name)
        found[name] = values[0]
    return found


def whole_number(text: str, name: str, *, at_least: int, at_most: int) -> int:
    """A number in a query. Raises ``invalid_format`` or ``value_out_of_range``."""
    if not _WHOLE_NUMBER.fullmatch(text):
        raise AurousError("invalid_format", f"{name} must be a whole number.", param=name)
    number = int(text) if len(text) <= _DIGITS_MAX else at_most + 1
    if not at_least <= number <= at_most:
        raise AurousError(
            "value_out_of_range", f"{name} must be between {at_least} and {at_most}.", param=name
        )
    return number
