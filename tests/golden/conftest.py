"""The running installation."""

from tests.embeddings.api.stage import platform, transactional_db

__all__ = ["platform", "transactional_db"]
