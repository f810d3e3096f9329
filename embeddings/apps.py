"""The embeddings app."""

from django.apps import AppConfig


class EmbeddingsConfig(AppConfig):
    """Content in, vectors out."""

    name = "embeddings"
