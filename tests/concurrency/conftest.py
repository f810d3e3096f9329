"""A local Stripe for races over payments."""

import pytest

from billing import gateway
from tests.billing.stripe.world import SECRET, World


@pytest.fixture
def world(settings, monkeypatch):
    settings.STRIPE_SECRET_KEY = "sk_test_local"
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    made = World()
    monkeypatch.setattr(gateway, "_gateway", lambda *_: made.gateway)
    return made
