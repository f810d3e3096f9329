"""Pure: the rules that a key may carry, checked one by one before they are stored."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

from accounts import validation
from aurous.http.network import parse_network
from aurous.kernel.errors import AurousError
from aurous.kernel.money import CREDITS_MAX_NANO

LIST_ITEMS_MAX = 100
MODEL_CHARACTERS_MAX = 128


class KeyOptions(TypedDict, total=False):
    """What may be left out when a key is made or changed; None takes a rule away."""

    expires_at: datetime | None
    models: Sequence[str] | None  # slugs
    cidrs: Sequence[str] | None  # networks, "203.0.113.0/24"
    limit_day_nano: int | None
    limit_month_nano: int | None
    limit_total_nano: int | None
    rpm: int | None


def checked(options: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The options as columns hold them. ``param`` of an error is the API's name of the field."""
    return {name: _CHECKS[name](value, now) for name, value in options.items()}


def _expires_at(value: datetime | None, now: datetime) -> datetime | None:
    if value is not None and value.tzinfo is None:
        raise AurousError("invalid_format", "expires_at needs a time zone.", param="expires_at")
    if value is not None and value <= now:
        raise AurousError(
            "value_out_of_range",
            f"expires_at is {value.isoformat()}; it must lie in the future.",
            param="expires_at",
        )
    return value


def _models(value: Sequence[str] | None, _now: datetime) -> list[str] | None:
    if value is None:
        return None
    return _once(
        validation.text(slug, param=f"models[{index}]", characters_max=MODEL_CHARACTERS_MAX)
        for index, slug in enumerate(_items(value, "models"))
    )


def _cidrs(value: Sequence[str] | None, _now: datetime) -> list[str] | None:
    if value is None:
        return None
    return _once(
        _cidr(text, f"cidrs[{index}]") for index, text in enumerate(_items(value, "cidrs"))
    )


def _cidr(value: str, param: str) -> str:
    written = validation.text(value, param=param, characters_max=64)
    try:
        return str(parse_network(written))
    except ValueError as error:
        raise AurousError("invalid_format", f"{error}.", param=param) from error


def _items(value: Sequence[str], param: str) -> Sequence[str]:
    """A list that may be gone through. An empty one is refused: it could be read both ways."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise AurousError("invalid_format", f"{param} must be a list of texts.", param=param)
    if not 1 <= len(value) <= LIST_ITEMS_MAX:
        raise AurousError(
            "value_out_of_range",
            f"{param} has {len(value)} items; it must have 1 to {LIST_ITEMS_MAX}. "
            "Leave it out to allow any.",
            param=param,
        )
    return value


def _once(items: Iterable[str]) -> list[str]:
    """Each item once, in order."""
    return list(dict.fromkeys(items))


def _limit(param: str) -> Callable[[int | None, datetime], int | None]:
    def check(value: int | None, _now: datetime) -> int | None:
        return validation.whole_number(value, param=param, highest=CREDITS_MAX_NANO)

    return check


def _rpm(value: int | None, _now: datetime) -> int | None:
    return validation.whole_number(value, param="rpm", lowest=1)


_CHECKS: dict[str, Callable[[Any, datetime], Any]] = {
    "expires_at": _expires_at,
    "models": _models,
    "cidrs": _cidrs,
    "limit_day_nano": _limit("limit_day"),
    "limit_month_nano": _limit("limit_month"),
    "limit_total_nano": _limit("limit_total"),
    "rpm": _rpm,
}
