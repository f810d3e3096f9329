"""The way back from workers: one Redis list for each web process, read by one thread.

Celery's own result back end costs about a millisecond of CPU a request (a subscription each);
a batch of replies in one list entry costs a few microseconds.
"""

import struct
from collections.abc import Iterator, Sequence

import orjson

from embeddings.work import WorkReply

REPLY_EXPIRY_SECONDS = 120  # a web process that died leaves its list behind for this long
_HEAD = struct.Struct("<I")


def reply_list(process_id: str) -> str:
    """The Redis key of a web process' replies."""
    return f"aurous:replies:{process_id}"


def pack_replies(replies: Sequence[WorkReply]) -> bytes:
    """A length, the heads as JSON (each with its vector's bytes counted), then the vectors."""
    parts = [reply.as_message() for reply in replies]
    heads = orjson.dumps([[head, len(vector)] for head, vector in parts])
    return b"".join([_HEAD.pack(len(heads)), heads, *(vector for _, vector in parts)])


def messages_of(replies: Sequence[WorkReply], bytes_max: int) -> Iterator[bytes]:
    """One message for all, or several where the vectors of batches make it too large."""
    message: list[WorkReply] = []
    bytes_ = 0
    for reply in replies:
        more = 0 if reply.vectors is None else reply.vectors.nbytes
        if message and bytes_ + more > bytes_max:
            yield pack_replies(message)
            message, bytes_ = [], 0
        message.append(reply)
        bytes_ += more
    if message:
        yield pack_replies(message)


def unpack_replies(message: bytes) -> list[WorkReply]:
    """The way back from ``pack_replies``."""
    (length,) = _HEAD.unpack_from(message)
    offset = _HEAD.size + length
    replies = []
    for head, size in orjson.loads(message[_HEAD.size : offset]):
        replies.append(WorkReply.from_message(head, message[offset : offset + size]))
        offset += size
    return replies
