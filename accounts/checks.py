"""System checks: a setting that would let nobody in stops the start, with a hint."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from accounts import peppers
from aurous.http import network


def register_all() -> None:
    """Tell Django about every check of this module."""
    register(check_peppers, Tags.security)
    register(check_trusted_proxies, Tags.security)


def check_peppers(**_kwargs: Any) -> list[CheckMessage]:
    """accounts.E001: the peppers cannot be read."""
    try:
        peppers.parse(settings.AUROUS_KEY_PEPPERS)
    except ImproperlyConfigured as error:
        hint = 'Write AUROUS_KEY_PEPPERS as "2:new,1:old", or as one bare secret.'
        return [Error(str(error), hint=hint, id="accounts.E001")]
    return []


def check_trusted_proxies(**_kwargs: Any) -> list[CheckMessage]:
    """accounts.E002: an address in the list of trusted proxies is none."""
    try:
        network.parse_networks(tuple(settings.TRUSTED_PROXIES))
    except ValueError as error:
        hint = "Write AUROUS_TRUSTED_PROXIES as addresses or networks: 10.0.0.5,10.1.0.0/16"
        return [Error(str(error), hint=hint, id="accounts.E002")]
    return []
