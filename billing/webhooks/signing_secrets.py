"""Secrets that messages are signed with: made from a pepper each time, stored nowhere.

A secret must be at hand to sign, so that a digest would not do. Instead of keeping it encrypted it
is derived (HMAC-SHA256) from the pepper, the endpoint and a random salt: what the database holds
tells nothing of it. While peppers are rotated both are known; a secret keeps the one it was made
under, so a pepper may go when every endpoint was rolled since.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db.models import Q

from accounts import peppers
from billing.models import WebhookEndpoint, WebhookSecret

PREFIX = "whsec_"
SECRETS_VALID_MAX = 4  # of one endpoint at a time, the newest counted
_SALT_BYTES = 16
# Nothing else that is digested under a pepper begins like this.
_DOMAIN = "aurous webhook secret 1"


class SecretUnknown(LookupError):  # noqa: N818 - a finding, not a failure
    """No pepper of this installation made any valid secret of the endpoint."""


def add(endpoint: WebhookEndpoint, now: datetime) -> str:
    """A new secret of an endpoint that has no lasting one; returns its text, to be shown once."""
    row = WebhookSecret.objects.create(
        endpoint=endpoint,
        salt=secrets.token_hex(_SALT_BYTES),
        pepper_version=peppers.current().version,
        created_at=now,
    )
    return _text(row, peppers.current())


def end(endpoint: WebhookEndpoint, until: datetime, now: datetime) -> None:
    """No secret of before signs past ``until``; one that ends sooner anyway still does.

    Those that have ended go, and so does the oldest where there would be more than may sign: a
    header has an end. An endpoint that was rolled twice by mistake keeps the one in use.
    """
    lasting = Q(expires_at__isnull=True) | Q(expires_at__gt=until)
    WebhookSecret.objects.filter(lasting, endpoint=endpoint).update(expires_at=until)
    rows = WebhookSecret.objects.filter(endpoint=endpoint).order_by("-created_at", "-pk")
    kept = [row.pk for row in rows.filter(expires_at__gt=now)[: SECRETS_VALID_MAX - 1]]
    rows.exclude(pk__in=kept).delete()


def valid_texts(rows: Iterable[WebhookSecret], now: datetime) -> list[str]:
    """The texts of the secrets that are valid now, the newest first.

    Raises ``SecretUnknown`` where there is none, because their pepper is gone.
    """
    known = {pepper.version: pepper for pepper in peppers.parse(settings.AUROUS_KEY_PEPPERS)}
    texts = [
        _text(row, known[row.pepper_version])
        for row in sorted(rows, key=lambda row: (row.created_at, row.pk), reverse=True)
        if row.pepper_version in known and (row.expires_at is None or row.expires_at > now)
    ]
    if not texts:
        raise SecretUnknown
    return texts


def _text(row: WebhookSecret, pepper: peppers.Pepper) -> str:
    made_from = "\n".join((_DOMAIN, row.endpoint_id, row.salt))
    return PREFIX + peppers.digest(pepper, made_from)
