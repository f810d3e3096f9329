"""System checks of the settings: wrong ones stop the start, each with a hint what to do.

Whether the peppers can be read at all is ``accounts.E001``.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from accounts import peppers
from aurous.http.versions import registry

SECRET_KEY_CHARACTERS_MIN = 50
PEPPER_CHARACTERS_MIN = 32
TRANSPORTS = ("inprocess", "celery")
REDIS_SCHEMES = ("redis", "rediss", "unix")


def register_all() -> None:
    """Tell Django about every check of this module."""
    for check in (
        check_secret_key,
        check_pepper_lengths,
        check_public_url,
        check_hold_model,
        check_redis_url,
        check_transport,
        check_celery_has_redis,
        check_default_version,
        check_admin_host,
    ):
        register(check)
    register(check_admin_second_factor, deploy=True)


def check_secret_key(**_kwargs: Any) -> list[CheckMessage]:
    """aurous.E001: in production a short SECRET_KEY can be guessed."""
    short = len(settings.SECRET_KEY) < SECRET_KEY_CHARACTERS_MIN
    return _errors(
        settings.PRODUCTION and short,
        "aurous.E001",
        f"SECRET_KEY is shorter than {SECRET_KEY_CHARACTERS_MIN} characters.",
        'Make one: python -c "import secrets; print(secrets.token_hex(32))"',
    )


def check_pepper_lengths(**_kwargs: Any) -> list[CheckMessage]:
    """aurous.E002: in production a short pepper can be guessed."""
    try:
        found = peppers.parse(settings.AUROUS_KEY_PEPPERS)
    except ImproperlyConfigured:
        return []  # accounts.E001 says so
    short = any(len(pepper.secret) < PEPPER_CHARACTERS_MIN for pepper in found)
    return _errors(
        settings.PRODUCTION and short,
        "aurous.E002",
        f"AUROUS_KEY_PEPPERS has a pepper shorter than {PEPPER_CHARACTERS_MIN} characters.",
        "Rotate to a longer one: put it in front (2:new,1:old) and roll the keys.",
    )


def check_public_url(**_kwargs: Any) -> list[CheckMessage]:
    """aurous.E003: every error answer has a link that begins with this address."""
    return _errors(
        not _is_web_address(settings.AUROUS_PUBLIC_URL),
        "aurous.E003",
        f"AUROUS_PUBLIC_URL is no address: {settings.AUROUS_PUBLIC_URL!r}",
        "Write it as https://api.example.com",
    )


def check_hold_model(**_kwargs: Any) -> list[CheckMessage]:
    """aurous.E004: money is held on rows of this model."""
    try:
        apps.get_model(settings.AUROUS_HOLD_MODEL)
    except (LookupError, ValueError):
        missing = True
    else:
        missing = False
    return _errors(
        missing,
        "aurous.E004",
        f"AUROUS_HOLD_MODEL names no model: {settings.AUROUS_HOLD_MODEL!r}",
        "Name an installed model as app_label.ModelName, such as embeddings.Inference.",
    )


def check_redis_url(**_kwargs: Any) -> list[CheckMessage]:
    """aurous.E005: limits, replies and tasks go to this Redis."""
    url = settings.REDIS_URL
    return _errors(
        bool(url) and urlsplit(url).scheme not in REDIS_SCHEMES,
        "aurous.E005",
        "REDIS_URL is no address of a Redis.",
        "Write it as redis://host:6379/0, or rediss:// for TLS.",
    )


def check_transport(**_kwargs: Any) -> list[CheckMessage]:
    """aurous.E006: how admitted requests reach an engine."""
    return _errors(
        settings.EMBEDDINGS_TRANSPORT not in TRANSPORTS,
        "aurous.E006",
        f"AUROUS_TRANSPORT is not known: {settings.EMBEDDINGS_TRANSPORT!r}",
        f"Use one of {_listed(TRANSPORTS)}, or leave it out.",
    )


def check_celery_has_redis(**_kwargs: Any) -> list[CheckMessage]:
    """aurous.E007: Celery's messages and the replies go over Redis."""
    return _errors(
        settings.EMBEDDINGS_TRANSPORT == "celery" and not settings.REDIS_URL,
        "aurous.E007",
        "AUROUS_TRANSPORT=celery needs REDIS_URL.",
        "Set REDIS_URL, or AUROUS_TRANSPORT=inprocess.",
    )


def check_default_version(**_kwargs: Any) -> list[CheckMessage]:
    """aurous.E008: a caller without a version gets this one."""
    return _errors(
        settings.API_DEFAULT_VERSION not in registry.versions(),
        "aurous.E008",
        f"API_DEFAULT_VERSION is no version of the API: {settings.API_DEFAULT_VERSION!r}",
        f"Use one of {_listed(registry.versions())}.",
    )


def check_admin_host(**_kwargs: Any) -> list[CheckMessage]:
    """aurous.E009: a name alone, and not the one that customers reach."""
    host = settings.ADMIN_HOST
    wrong = host and (
        any(mark in host for mark in "/@? ") or host == urlsplit(settings.AUROUS_PUBLIC_URL).netloc
    )
    return _errors(
        wrong,
        "aurous.E009",
        f"AUROUS_ADMIN_HOST is no host of its own: {host!r}",
        "Write it as admin.example.com, another name than that of AUROUS_PUBLIC_URL.",
    )


def check_admin_second_factor(**_kwargs: Any) -> list[CheckMessage]:
    """aurous.W001: with a password alone an operator gets at everybody's money."""
    if settings.ADMIN_MFA or not settings.PRODUCTION:
        return []
    return [
        checks.Warning(
            "Operators open the admin without a second factor.",
            hint="Leave AUROUS_ADMIN_MFA out, or set it to 1.",
            id="aurous.W001",
        )
    ]


def _is_web_address(text: str) -> bool:
    try:
        url = urlsplit(text)
    except ValueError:  # brackets that do not close
        return False
    return url.scheme in {"http", "https"} and bool(url.hostname) and not url.query + url.fragment


def _errors(wrong: object, id_: str, message: str, hint: str) -> list[CheckMessage]:
    return [Error(message, hint=hint, id=id_)] if wrong else []


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)
