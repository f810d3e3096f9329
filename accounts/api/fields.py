"""The body of a key route, read into what the operations take. Nothing is rounded or guessed."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

from accounts import api_keys
from accounts.api_keys import KeyChanges
from accounts.key_options import KeyOptions
from accounts.models import Scope
from aurous.kernel.errors import AurousError
from aurous.kernel.money import CREDITS_MAX_NANO, credits_text, parse_credits

_RFC_3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_FRACTION = re.compile(r"(\.\d{6})\d+")  # the database keeps microseconds
_NAME_CHARACTERS_SHOWN_MAX = 64


@dataclass(frozen=True, slots=True)
class NewKeyFields:
    """What a key to be made is asked to be."""

    name: str
    scope: str
    options: KeyOptions


def new_key(body: Mapping[str, Any]) -> NewKeyFields:
    """The body of a create. A field that is null counts as absent.

    Raises ``missing_field``, ``unknown_field``, ``invalid_format`` or ``value_out_of_range``.
    """
    _refuse_unknown(body, _READERS)
    given = _read({name: value for name, value in body.items() if value is not None})
    if "name" not in given:
        raise AurousError("missing_field", "name is missing.", param="name")
    name, scope = given.pop("name"), given.pop("scope", Scope.WRITE.value)
    return NewKeyFields(name, scope, cast(KeyOptions, given))


def changes(body: Mapping[str, Any]) -> KeyChanges:
    """The body of a change: any of the fields. null takes a rule away; name and scope must stay."""
    _refuse_unknown(body, _READERS)
    for name in ("name", "scope"):
        if name in body and body[name] is None:
            raise AurousError("missing_field", f"{name} cannot be taken away.", param=name)
    return _read(body)


def overlap_hours(body: Mapping[str, Any]) -> int:
    """The body of a roll: hours that the secret of before stays good."""
    _refuse_unknown(body, ("overlap_hours",))
    value = _whole(body.get("overlap_hours"), "overlap_hours")
    hours: int = api_keys.ROLL_HOURS_DEFAULT if value is None else value
    api_keys.check_overlap(hours)
    return hours


def _refuse_unknown(body: Mapping[str, Any], known: Mapping[str, Any] | tuple[str, ...]) -> None:
    for name in body:
        if name not in known:
            raise AurousError(
                "unknown_field",
                f"There is no such field here. Known ones: {', '.join(known)}.",
                param=name[:_NAME_CHARACTERS_SHOWN_MAX],
            )


def _read(body: Mapping[str, Any]) -> KeyChanges:
    given = {_COLUMNS.get(name, name): _READERS[name](value, name) for name, value in body.items()}
    found = cast(KeyChanges, given)
    api_keys.check_form(found)
    return found


def _as_it_is(value: Any, _name: str) -> Any:
    """Checked by ``check_form``."""
    return value


def _moment(value: Any, name: str) -> datetime | None:
    if value is None:
        return None
    try:
        if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
            raise ValueError(value)
        return datetime.fromisoformat(_FRACTION.sub(r"\1", value.upper())).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise AurousError(
            "invalid_format",
            f"{name} must be a date and time such as 2027-01-31T12:00:00Z (RFC 3339).",
            param=name,
        ) from error


def _credits(value: Any, name: str) -> int | None:
    """Nano-credits of a JSON number, exactly: it comes as ``int`` or ``Decimal``."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise AurousError("invalid_format", f"{name} must be a number of credits.", param=name)
    try:
        nano = parse_credits(str(value))
    except ValueError:
        nano = -1
    if nano < 0:
        raise AurousError(
            "value_out_of_range",
            f"{name} must be from 0 to {credits_text(CREDITS_MAX_NANO)} credits, with at most 9 "
            "digits behind the point.",
            param=name,
        )
    return nano


def _whole(value: Any, name: str) -> int | None:
    """A whole number however it is spelled: 60, 60.0, 6e1."""
    if value is None:
        return None
    number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    if not number or value != int(value):
        raise AurousError("invalid_format", f"{name} must be a whole number.", param=name)
    return int(value)


_COLUMNS = {f"limit_{period}": f"limit_{period}_nano" for period in ("day", "month", "total")}
_READERS: dict[str, Callable[[Any, str], Any]] = {
    "name": _as_it_is,
    "scope": _as_it_is,
    "expires_at": _moment,
    "models": _as_it_is,
    "cidrs": _as_it_is,
    "limit_day": _credits,
    "limit_month": _credits,
    "limit_total": _credits,
    "rpm": _whole,
}
