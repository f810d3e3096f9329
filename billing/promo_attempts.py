"""How often a team tried codes that do not work: words can be guessed, so it has to wait."""

from django.conf import settings
from django.core.cache import cache

from aurous.kernel.errors import AurousError


def refuse_guessing(team_id: str) -> None:
    """Raises ``too_many_requests`` after too many wrong codes of a team."""
    if cache.get(_name(team_id), 0) >= settings.PROMO_WRONG_CODES_MAX:
        raise AurousError(
            "too_many_requests",
            "Too many codes did not work. Wait an hour before the next one.",
            retry_after_s=settings.PROMO_WRONG_CODES_SECONDS,
        )


def count_wrong(team_id: str) -> None:
    """One more."""
    name = _name(team_id)
    if not cache.add(name, 1, settings.PROMO_WRONG_CODES_SECONDS):
        try:
            cache.incr(name)
        except ValueError:  # it ran out in between
            cache.set(name, 1, settings.PROMO_WRONG_CODES_SECONDS)


def _name(team_id: str) -> str:
    return f"promo-wrong:{team_id}"
