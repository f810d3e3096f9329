"""Takes a job and computes for ever, with the processor limit of the real child."""

from embeddings.media import confinement
from tests.embeddings.media.children import begun, limits, requests


def main():
    for _ in requests(begun()):
        confinement.allow_cpu(limits().image_cpu_seconds_max)
        while True:
            pass
