"""Promo codes: made by operators, redeemed once by a team."""

from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q

from accounts import audit
from accounts.actors import Actor
from accounts.models import Team
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError
from aurous.kernel.money import credits_text
from billing import grants
from billing.grants import NewGrant, current_books
from billing.ledger import Books, with_accounts
from billing.models import Account, Grant, PromoCode, PromoRedemption, Transfer
from billing.models.promo_codes import CODE_CHARACTERS_MAX


def create(
    code: str,
    credits_nano: int,
    *,
    actor: Actor,
    grant_days: int | None = None,
    redemptions_max: int | None = None,
    expires_at: datetime | None = None,
    reason: str = "",
) -> PromoCode:
    """A new code. Raises ``invalid_format``, ``value_out_of_range``, for one that exists too."""
    word = check_new(code, credits_nano)
    try:
        with transaction.atomic(durable=True):
            made = PromoCode.objects.create(
                code=word,
                credits=credits_nano,
                grant_days=grant_days,
                redemptions_max=redemptions_max,
                expires_at=expires_at,
                created_at=database_now(connection),
            )
            data = {
                "credits": credits_text(credits_nano),
                "grant_days": grant_days,
                "redemptions_max": redemptions_max,
                **({"reason": reason} if reason else {}),
            }
            audit.record("promo_code.created", team=None, actor=actor, target=word, data=data)
    except IntegrityError as error:
        raise AurousError("value_out_of_range", "There is such a code.", param="code") from error
    return made


def check_new(code: str, credits_nano: int) -> str:
    """The code as it would be stored. Raises what ``create`` raises for one that it refuses."""
    word = normalized(code)
    if not word.replace("-", "").isalnum() or len(word) > CODE_CHARACTERS_MAX:
        raise AurousError("invalid_format", "A code has letters, digits and dashes.", param="code")
    if credits_nano <= 0:
        raise AurousError("value_out_of_range", "A code gives something.", param="credits")
    if PromoCode.objects.filter(pk=word).exists():
        raise AurousError("value_out_of_range", "There is such a code.", param="code")
    return word


def disable(code: str, *, actor: Actor, reason: str = "") -> None:
    """Nobody redeems it any more. What it gave stays."""
    with transaction.atomic(durable=True):
        alive = PromoCode.objects.filter(pk=normalized(code), disabled_at=None)
        if alive.update(disabled_at=database_now(connection)):
            target = normalized(code)
            data = {"reason": reason} if reason else {}
            audit.record("promo_code.disabled", team=None, actor=actor, target=target, data=data)


def redeem(team: Team, code: str, *, actor: Actor) -> Grant:
    """Give a team what a code is worth, once; returns the grant.

    Raises ``resource_not_found`` for a code that is unknown, over, used up or disabled, and
    ``value_out_of_range`` where the team has used it.
    """
    word = normalized(code)
    return with_accounts(lambda: _redeem(team, word, actor))


def normalized(code: str) -> str:
    """As it is stored: capitals, nothing around it."""
    return code.strip().upper()


def _redeem(team: Team, word: str, actor: Actor) -> Grant:
    with current_books([team.pk]) as books:  # the team's account: two at once come one by one
        if PromoRedemption.objects.filter(code_id=word, team=team).exists():
            raise AurousError("value_out_of_range", "This team has used the code.", param="code")
        code = _use(word, books.now)
        grant = _give(books, team, code)
        PromoRedemption.objects.create(code=code, team=team, grant=grant, redeemed_at=books.now)
        data = {"code": word, "credits": credits_text(code.credits)}
        audit.record("promo_code.redeemed", team=team, actor=actor, target=team.pk, data=data)
    return grant


def _use(word: str, now: datetime) -> PromoCode:
    """Count one use, where the code is still good for one."""
    good = PromoCode.objects.filter(pk=word, disabled_at=None).filter(
        Q(expires_at=None) | Q(expires_at__gt=now),
        Q(redemptions_max=None) | Q(redemptions__lt=F("redemptions_max")),
    )
    if not good.update(redemptions=F("redemptions") + 1):
        raise AurousError("resource_not_found", "There is no such code, or it is over.")
    return PromoCode.objects.get(pk=word)


def _give(books: Books, team: Team, code: PromoCode) -> Grant:
    days = code.grant_days
    new = NewGrant(
        team.pk,
        code.credits,
        Grant.Kind.PROMOTIONAL,
        Transfer.Kind.GRANT,
        Account.System.PROMOTIONS,
        f"promo:{code.code}:{team.pk}",
        note=f"Promo code {code.code}",
        expires_at=None if days is None else books.now + timedelta(days=days),
    )
    return Grant.objects.get(pk=grants.add(books, new))
