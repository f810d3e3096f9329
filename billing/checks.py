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
