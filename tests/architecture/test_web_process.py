"""A web process serves customers and imports no torch; shown by running one."""

import json
import os
import subprocess
import sys

import pytest

from tests.architecture.source import ROOT

# Every module that a web process may come to import, and one request through all of the WSGI way.
SCRIPT = """
import importlib, json, pkgutil, sys
from io import BytesIO

from aurous.wsgi import application


def ask(method, path, body=b"", **more):
    told = {}
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body), "wsgi.errors": sys.stderr, "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/json", **more,
    }
    answer = application(environ, lambda status, headers: told.update(status=status))
    b"".join(answer)
    return told["status"].split()[0]


answers = [
    ask("GET", "/v1/openapi.json"),
    ask("GET", "/health/live"),
    ask("GET", "/account/login/"),
    ask("POST", "/v1/embeddings", b'{}', HTTP_AUTHORIZATION="Bearer al_live_none"),
]
from django.conf import settings
from embeddings import runtime, tokens
from embeddings.engine import load

importlib.import_module(f"embeddings.transport.{settings.EMBEDDINGS_TRANSPORT}")
tokens.token_ids("minilm", "a cat")
load.fingerprint_of("text_encoder")
heavy = sorted({name.partition(".")[0] for name in sys.modules} & set(sys.argv[1:]))
print(json.dumps({"answers": answers, "transport": settings.EMBEDDINGS_TRANSPORT, "heavy": heavy}))
"""
HEAVY = ("torch", "transformers", "sentence_transformers", "safetensors", "scipy", "sklearn")


@pytest.mark.parametrize("transport", ["celery", "inprocess"])
def test_a_web_process_answers_without_torch(transport, tmp_path):
    environ = os.environ | {
        "DJANGO_SETTINGS_MODULE": "aurous.settings",
        "AUROUS_TRANSPORT": transport,
        "REDIS_URL": "redis://127.0.0.1:1/0" if transport == "celery" else "",
        "DATABASE_URL": "",
        "AUROUS_VAR_DIR": str(tmp_path),
        "AUROUS_ENV": "dev",
    }
    asked = [sys.executable, "-c", SCRIPT, *HEAVY]
    done = subprocess.run(
        asked, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told == {"answers": ["200", "200", "200", "401"], "transport": transport, "heavy": []}
