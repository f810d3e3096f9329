"""Customers inside the test's own transaction."""

import pytest

from tests.embeddings.api.stage import Customer, asker, customer

__all__ = ["asker"]


@pytest.fixture
def cleo(db: None) -> Customer:
    """A stranger with her own team."""
    return customer(name="Cleo's")
