"""The Celery application: how requests reach workers and when periodic work runs."""

import os
from typing import Any

import orjson
from celery import Celery
from celery.signals import setup_logging
from django.conf import settings
from kombu.serialization import register

from aurous.schedule import SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aurous.settings")

_register: Any = register  # kombu has no annotations
_register("orjson", orjson.dumps, orjson.loads, "application/x-orjson", "binary")

app = Celery("aurous")
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL,
    broker_transport="embeddings.transport.lean_redis:Transport",
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "visibility_timeout": settings.BROKER_VISIBILITY_TIMEOUT_SECONDS,
        "socket_timeout": 5,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
    },
    task_serializer="orjson",
    accept_content=["orjson"],
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    task_default_queue="ops",
    task_create_missing_queues=True,
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    beat_schedule=SCHEDULE,
    timezone="UTC",
)
app.autodiscover_tasks(["billing", "embeddings"])


@setup_logging.connect
def keep_our_logs(**_: Any) -> None:
    """Celery configures nothing: logs are those of aurous.logs."""
