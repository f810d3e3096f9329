"""A web process that dies between the commit that lets a request in and its message to a worker.

Arguments: API key, Idempotency-Key, text. Runs in the environment of a stack.
"""

import os
import sys
from typing import Any, NoReturn

import django

DIED = 9


def _die(*_: Any) -> NoReturn:
    os._exit(DIED)


def main() -> None:
    api_key, key, text = sys.argv[1:]
    django.setup()
    from django.test import Client

    from embeddings.transport.celery import OverCelery
    from tests.stack.callers import embedding_body

    OverCelery.send = _die  # type: ignore[method-assign]
    Client().post(
        "/v1/embeddings",
        embedding_body(text),
        content_type="application/json",
        headers={"Authorization": f"Bearer {api_key}", "Idempotency-Key": key},
    )


if __name__ == "__main__":
    main()
