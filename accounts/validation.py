"""Pure: checks of single values, each ending in a documented error that names the field."""

from collections.abc import Iterable

from aurous.kernel.errors import AurousError

WHOLE_NUMBER_MAX = 2**31 - 1  # what an integer column of PostgreSQL holds


def text(value: str, *, param: str, characters_max: int) -> str:
    """A text without blanks around it, not empty, not too long, without NUL."""
    if not isinstance(value, str) or "\x00" in value:
        raise AurousError("invalid_format", f"{param} must be a text without NUL.", param=param)
    stripped = value.strip()
    if not 1 <= len(stripped) <= characters_max:
        raise AurousError(
            "value_out_of_range",
            f"{param} has {len(stripped)} characters; it must have 1 to {characters_max}.",
            param=param,
        )
    return stripped


def choice(value: str, *, param: str, among: Iterable[str]) -> str:
    """One of a few words."""
    known = list(among)
    if value not in known:
        raise AurousError(
            "invalid_format", f"{param} must be one of {', '.join(known)}.", param=param
        )
    return value


def whole_number(
    value: int | None, *, param: str, lowest: int = 0, highest: int = WHOLE_NUMBER_MAX
) -> int | None:
    """A whole number in a range, or None where nothing is set."""
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise AurousError("invalid_format", f"{param} must be a whole number.", param=param)
    if not lowest <= value <= highest:
        raise AurousError(
            "value_out_of_range", f"{param} must be from {lowest} to {highest}.", param=param
        )
    return value
