"""Tries what ``tries`` does, as far as it does no harm, without being confined."""

from embeddings.media.wire import Answer, Reason, send_answer
from tests.embeddings.media.children import begun, requests
from tests.embeddings.media.children.tries import HARMLESS, succeeded


def main():
    channel = begun()
    for _ in requests(channel):
        send_answer(channel, Answer(Reason.SECONDS, seconds=float(succeeded(HARMLESS))), ())
