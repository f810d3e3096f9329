"""The payment provider of this installation: ``gateway()``, where one is set up.

The library of the provider is imported only inside this package.
"""

from functools import lru_cache

from django.conf import settings

from billing.gateway.base import Gateway


def is_configured() -> bool:
    """Whether anybody can pay. Without it operators grant credit."""
    return bool(settings.STRIPE_SECRET_KEY)


def is_play_money() -> bool:
    """Whether what is paid is no money: say so wherever an amount is asked for."""
    return bool(settings.PLAY_MONEY)


def gateway() -> Gateway:
    """The provider. Raises ``RuntimeError`` where none is set up."""
    if not is_configured():
        raise RuntimeError("STRIPE_SECRET_KEY is not set: ask is_configured() first")
    return _gateway(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


@lru_cache(maxsize=4)
def _gateway(secret_key: str, api_base: str) -> Gateway:
    from billing.gateway.client import StripeGateway  # a second's worth of modules

    return StripeGateway(
        secret_key,
        api_base=api_base,
        retries_max=settings.STRIPE_RETRIES_MAX,
        timeout_s=settings.STRIPE_TIMEOUT_SECONDS,
    )
