"""Paying without money on a developer's machine: a local Stripe beside the web process."""

import secrets
import socket
import sys
from dataclasses import dataclass

from django.conf import settings

from aurous.supervisor import Child

_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class PlayMoney:
    """The process that plays Stripe, and what tells the web process to pay there."""

    child: Child
    env: dict[str, str]
    url: str


def offer() -> PlayMoney | None:
    """A local Stripe, or None where a real one is set up or play money is switched off.

    Its secret is made for this run alone: nothing else can sign what the web process believes.
    """
    if settings.PRODUCTION or settings.STRIPE_SECRET_KEY or not settings.PLAY_MONEY_OFFERED:
        return None
    port, secret = _port(settings.LOCAL_STRIPE_PORT), f"whsec_{secrets.token_hex(24)}"
    url = f"http://{_HOST}:{port}"
    webhook = f"http://{_HOST}:{settings.AUROUS_PORT}/stripe/webhook"
    argv = [sys.executable, str(settings.BASE_DIR / "manage.py"), "local_stripe"]
    argv += [f"--port={port}", f"--webhook-url={webhook}"]
    env = {
        "STRIPE_SECRET_KEY": "sk_test_play_money",
        "STRIPE_WEBHOOK_SECRET": secret,
        "STRIPE_API_BASE": url,
        "AUROUS_PLAY_MONEY": "1",
    }
    return PlayMoney(Child("play-money", argv, {"STRIPE_WEBHOOK_SECRET": secret}), env, url)


def _port(wanted: int) -> int:
    """The port that was asked for, or any where it is taken."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((_HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("this machine has no free port")
