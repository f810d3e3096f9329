"""A real browser before the running installation. What it complains about fails the test."""

from tests.browser.modes import begin
from tests.browser.visits import browser, visit
from tests.embeddings.api.stage import platform, transactional_db
from tests.reference.server import host

__all__ = ["begin", "browser", "host", "platform", "transactional_db", "visit"]
