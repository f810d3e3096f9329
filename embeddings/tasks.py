"""What Celery workers run: doors, not rooms."""

from typing import Any

from celery import shared_task

from embeddings import worker_process
from embeddings.transport.base import CANARY, EMBED
from embeddings.work import WorkItem


@shared_task(name=EMBED, acks_late=True, ignore_result=True)
def embed(reply_to: str, messages: list[list[Any]]) -> None:
    """Embed a group. Acknowledged when every request of it is closed and answered."""
    worker_process.embed(reply_to, [WorkItem.from_message(message) for message in messages])


@shared_task(name=CANARY, acks_late=False, ignore_result=True)
def canary(reply_to: str, canary_id: str) -> None:
    """Embed the fixed input and answer whether that worked."""
    worker_process.canary(reply_to, canary_id)
