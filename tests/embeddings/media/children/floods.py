"""Answers a head of what the file says, and then without end."""

from tests.embeddings.media.children import begun, requests


def main():
    channel = begun()
    for _, file in requests(channel):
        channel.sendall(file.getvalue())
        while True:
            channel.sendall(bytes(65_536))
