"""The running installation, and a customer's programs with keys of every scope."""

from tests.embeddings.api.stage import acme, asker, platform, transactional_db

__all__ = ["acme", "asker", "platform", "transactional_db"]
