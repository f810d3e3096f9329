"""The operators' view of requests and models. Contents of requests are nowhere, so not here."""

from embeddings.admin import catalog, inferences

__all__ = ["catalog", "inferences"]
