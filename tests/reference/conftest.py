"""The running installation, as the examples meet it."""

from tests.embeddings.api.stage import platform, transactional_db
from tests.reference.server import host
from tests.reference.stage import served

__all__ = ["host", "platform", "served", "transactional_db"]
