"""The stage, and an engine that does as the test says."""

from tests.embeddings.api.engine import gate, poison
from tests.embeddings.api.stage import acme, asker, platform, transactional_db

__all__ = ["acme", "asker", "gate", "platform", "poison", "transactional_db"]
