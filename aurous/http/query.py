"""Query parameters, read as strictly as bodies are."""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from rest_framework.request import Request

from aurous.kernel.errors import AurousError

_WHOLE_NUMBER = re.compile(r"-?[0-9]+")
_DIGITS_MAX = 18
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d{1,9})?([Zz]|([+ -])(\d\d:\d\d))", re.ASCII
)
_YEARS = range(1970, 3001)
VALUES_MAX = 100  # of one repeated parameter


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


def moment(text: str, name: str) -> datetime:
    """An RFC 3339 date and time in a query, in UTC, cut to microseconds.

    A space before the offset is a plus that was not escaped. Raises ``invalid_format``, or
    ``value_out_of_range`` for a year that no bucket has.
    """
    form = _MOMENT.fullmatch(text)
    try:
        if form is None:
            raise ValueError(text)
        day, time, fraction, zone, sign, offset = form.groups()
        zone = "+00:00" if sign is None else f"{'-' if sign == '-' else '+'}{offset}"
        found = datetime.fromisoformat(f"{day}T{time}{(fraction or '')[:7]}{zone}").astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise AurousError(
            "invalid_format",
            f"{name} must be an RFC 3339 date and time such as 2026-01-31T00:00:00Z.",
            param=name,
        ) from error
    if found.year not in _YEARS:
        raise AurousError(
            "value_out_of_range",
            f"{name} must be between the years {_YEARS[0]} and {_YEARS[-1]}.",
            param=name,
        )
    return found


def moment_or_none(query: Mapping[str, str], name: str) -> datetime | None:
    """The same for a parameter that may be absent."""
    return moment(query[name], name) if name in query else None


def one_of(text: str, name: str, allowed: Collection[str]) -> str:
    """One of a few words. Raises ``invalid_format``."""
    if text not in allowed:
        listed = ", ".join(allowed)
        raise AurousError("invalid_format", f"{name} must be one of {listed}.", param=name)
    return text


def many_of(
    request: Request, name: str, *, allowed: Collection[str] = (), characters_max: int
) -> list[str]:
    """The values of a parameter that may repeat (its name ends in ``[]``).

    Raises ``invalid_format`` for a word that is not allowed where few are and for one given
    twice, and ``value_out_of_range`` for one that is empty or too long and for too many.
    """
    values: list[str] = request.query_params.getlist(name)
    if len(values) != len(set(values)):
        raise AurousError("invalid_format", f"{name} has the same value twice.", param=name)
    if len(values) > VALUES_MAX:
        raise AurousError(
            "value_out_of_range", f"{name} takes at most {VALUES_MAX} values.", param=name
        )
    for value in values:
        if not 1 <= len(value) <= characters_max:
            raise AurousError(
                "value_out_of_range",
                f"Each value of {name} must have 1 to {characters_max} characters.",
                param=name,
            )
        if allowed:
            one_of(value, name, allowed)
    return values
