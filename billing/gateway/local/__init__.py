"""A Stripe of our own, in which no money moves: for development and tests, never in production.

It speaks Stripe's wire format over HTTP, keeps what it is told, honours idempotency keys, has a
page to pay on, and signs webhooks, which can be held back, repeated and reordered. Its objects are
seeded from Stripe's own examples (``fixtures.json``, from stripe-mock, MIT licence).
"""
