"""System checks of billing's settings: wrong ones stop the start."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from aurous.kernel.outbound.network import parse_proxy
from billing.alerts import default_threshold


def check_low_balance(**_kwargs: Any) -> list[CheckMessage]:
    """billing.E001: every charge is compared with this amount."""
    try:
        default_threshold(settings.LOW_BALANCE_CREDITS)
    except ValueError as error:
        hint = "Set AUROUS_LOW_BALANCE_CREDITS to a decimal of at most 9 digits, or 0 for never."
        return [Error(f"AUROUS_LOW_BALANCE_CREDITS: {error}", hint=hint, id="billing.E001")]
    return []


def check_egress_proxy(**_kwargs: Any) -> list[CheckMessage]:
    """billing.E002: with a proxy that cannot be read nothing would be sent."""
    try:
        if settings.AUROUS_EGRESS_PROXY:
            parse_proxy(settings.AUROUS_EGRESS_PROXY)
    except ValueError as error:
        hint = "Write AUROUS_EGRESS_PROXY as http://host:port, or leave it out."
        return [Error(f"AUROUS_EGRESS_PROXY: {error}", hint=hint, id="billing.E002")]
    return []


def check_stripe_secret(**_kwargs: Any) -> list[CheckMessage]:
    """billing.E003: with an empty secret anybody can sign a webhook that pays."""
    if settings.STRIPE_SECRET_KEY and not settings.STRIPE_WEBHOOK_SECRETS:
        hint = "Set STRIPE_WEBHOOK_SECRET to the signing secret of the endpoint /stripe/webhook."
        message = "STRIPE_SECRET_KEY is set and STRIPE_WEBHOOK_SECRET is not."
        return [Error(message, hint=hint, id="billing.E003")]
    return []


def check_topup_amounts(**_kwargs: Any) -> list[CheckMessage]:
    """billing.E004: what is offered must be allowed, and be a whole amount of credit."""
    low, high = settings.TOPUP_CENTS_MIN, settings.TOPUP_CENTS_MAX
    if 0 < low <= high:
        return []
    hint = "Set AUROUS_TOPUP_CENTS_MIN to 1 or more and AUROUS_TOPUP_CENTS_MAX to no less."
    return [Error(f"Nothing lies between {low} and {high} cents.", hint=hint, id="billing.E004")]
