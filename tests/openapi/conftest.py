"""The running installation."""

from tests.embeddings.api.stage import acme, asker, platform, transactional_db

__all__ = ["acme", "asker", "platform", "transactional_db"]
