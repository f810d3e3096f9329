"""Children that misbehave, for a ``Sandbox`` to start in place of the real one."""

import json
import socket
import sys
from io import BytesIO

from embeddings.media import confinement, wire
from embeddings.media.limits import Limits


def begun():
    """The socket to the parent, after the greeting. Dies with its parent as the real one does."""
    confinement.die_with(int(sys.argv[2]))
    channel = socket.socket(fileno=0)
    channel.sendall(wire.READY)
    return channel


def limits():
    """The limits that the sandbox was made with."""
    return Limits(**json.loads(sys.argv[1]))


def requests(channel):
    """Job and file of each request."""
    while (request := wire.receive_request(channel)) is not None:
        job, _, size_bytes = request
        room = bytearray(size_bytes)
        wire.receive_into(channel, memoryview(room))
        yield job, BytesIO(room)
