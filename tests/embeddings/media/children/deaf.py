"""Greets and never reads."""

import signal

from tests.embeddings.media.children import begun


def main():
    channel = begun()
    signal.pause()
    channel.close()
