"""Answers with exactly the bytes of the file, whatever they mean."""

from tests.embeddings.media.children import begun, requests


def main():
    channel = begun()
    for _, file in requests(channel):
        channel.sendall(file.getvalue())
