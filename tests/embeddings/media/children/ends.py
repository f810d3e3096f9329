"""Ends in the way that the file asks for; answers a file that asks for nothing."""

import ctypes
import os
import signal

from embeddings.media.wire import Answer, Reason, send_answer
from tests.embeddings.media.children import begun, requests


def main():
    channel = begun()
    os.write(1, b"what a decoder says")
    os.write(2, b"what a decoder says")
    for _, file in requests(channel):
        match file.getvalue():
            case b"exit":
                os._exit(0)
            case b"crash":
                ctypes.string_at(0)
            case b"killed":
                os.kill(os.getpid(), signal.SIGKILL)
            case b"raise":
                raise RuntimeError
            case b"close":
                channel.close()
                signal.pause()
        send_answer(channel, Answer(Reason.FINE, width=64, height=64), ())
