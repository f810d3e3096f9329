"""Local hosts for webhooks are for development only."""

import os
import subprocess
import sys

import pytest

from tests.architecture.source import ROOT

PRODUCTION = {
    "AUROUS_ENV": "production",
    "SECRET_KEY": "s" * 50,
    "AUROUS_KEY_PEPPERS": "p" * 50,
    "DATABASE_URL": "postgres://aurous@127.0.0.1:1/aurous",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "ALLOWED_HOSTS": "embeddings.example.com",
    "AUROUS_STUB_MODEL": "",
    "EMAIL_URL": "smtp+tls://127.0.0.1:587",
}


@pytest.mark.parametrize(("hosts", "starts"), [("", True), ("127.0.0.1:9000", False)])
def test_production_refuses_hosts_that_are_local_or_plain(hosts, starts, tmp_path):
    environ = os.environ | PRODUCTION
    environ |= {"AUROUS_WEBHOOK_DEV_HOSTS": hosts, "AUROUS_VAR_DIR": str(tmp_path)}
    asked = [sys.executable, "-c", "import aurous.settings"]
    done = subprocess.run(
        asked, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode == 0) == starts, done.stderr
    assert ("AUROUS_WEBHOOK_DEV_HOSTS is not for production" in done.stderr) != starts
