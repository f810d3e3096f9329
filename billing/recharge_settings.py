"""A team's choice about auto-recharge: its own checkbox, and nothing else, switches it on."""

from django.db import transaction

from accounts import audit
from accounts.actors import Actor
from accounts.models import Team
from aurous.kernel.errors import AurousError
from aurous.kernel.money import credits_text
from billing.models import AutoRecharge
from billing.topup_amounts import cents_text, checked_cents


def configure(
    team: Team,
    *,
    enabled: bool,
    threshold: int,
    amount_cents: int,
    monthly_cap_cents: int,
    actor: Actor,
) -> AutoRecharge:
    """Switch auto-recharge on or off and say when, how much and how much a month at most.

    ``threshold`` is nano-credits. Switching it on forgets earlier failures. It charges the card
    that a top-up was let keep; without one it waits. Raises ``value_out_of_range``.
    """
    _check(threshold, amount_cents, monthly_cap_cents)
    columns = {
        "enabled": enabled,
        "threshold": threshold,
        "amount_cents": amount_cents,
        "monthly_cap_cents": monthly_cap_cents,
        "failures": 0,
        "not_before": None,
        "disabled_reason": "",
    }
    with transaction.atomic(durable=True):
        row, _ = AutoRecharge.objects.update_or_create(team=team, defaults=columns)
        data = {
            "enabled": enabled,
            "threshold": credits_text(threshold),
            "amount": cents_text(amount_cents),
            "monthly_cap": cents_text(monthly_cap_cents),
        }
        audit.record("auto_recharge.set", team=team, actor=actor, target=team.pk, data=data)
    return row


def switch_off(team_id: str, reason: str) -> None:
    """Switch it off inside the caller's transaction, for a reason in a word."""
    AutoRecharge.objects.filter(pk=team_id).update(enabled=False, disabled_reason=reason)


def _check(threshold: int, amount_cents: int, monthly_cap_cents: int) -> None:
    checked_cents(amount_cents)
    if threshold < 0:
        raise AurousError("value_out_of_range", "A threshold is not negative.", param="threshold")
    if monthly_cap_cents < amount_cents:
        raise AurousError(
            "value_out_of_range",
            "The monthly cap must allow one recharge at least.",
            param="monthly_cap",
        )
