"""Settings of the test suite: PostgreSQL where it answers, SQLite when asked or alone."""

import os
import socket
import tempfile
from urllib.parse import urlsplit


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=1).close()
    except OSError:
        return False
    return True


POSTGRES_URL = os.environ.get("DATABASE_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
REDIS_TEST_URL = os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379/0"
HAS_POSTGRES = _answers(POSTGRES_URL)
HAS_REDIS = _answers(REDIS_TEST_URL)
ON_SQLITE = os.environ.get("AUROUS_TEST_DB") == "sqlite" or not HAS_POSTGRES

# The suite runs in process: the stack tests hand the stores to processes of their own.
os.environ.pop("REDIS_URL", None)
os.environ["DATABASE_URL"] = "" if ON_SQLITE else POSTGRES_URL
os.environ.setdefault("AUROUS_VAR_DIR", tempfile.mkdtemp(prefix="aurous-tests-"))
os.environ["AUROUS_STUB_MODEL"] = "1"
os.environ["AUROUS_ENV"] = "dev"
os.environ.setdefault("AUROUS_LOG_LEVEL", "WARNING")

from aurous.settings import *  # noqa: E402, F403

WEBHOOK_EVERY_SECONDS = 3_600  # tests send when they want to
STRIPE_INBOX_SECONDS = RECONCILE_SECONDS = RECHARGE_SECONDS = NOTICE_SECONDS = 3_600  # likewise
PROOF_LOOK_SECONDS = 3_600  # likewise
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if ON_SQLITE:
    # A file, not memory: the pumps' threads have connections of their own.
    DATABASES["default"]["TEST"] = {  # noqa: F405
        "NAME": os.path.join(os.environ["AUROUS_VAR_DIR"], "test.sqlite3")  # noqa: PTH118
    }
