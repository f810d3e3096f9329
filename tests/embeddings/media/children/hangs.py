"""Takes a job and does nothing."""

import signal

from tests.embeddings.media.children import begun, requests


def main():
    for _ in requests(begun()):
        signal.pause()
