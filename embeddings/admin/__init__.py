"""The operators' view of requests, models, workers, and of a team with all that it does.

Contents of requests are nowhere, so not here.
"""

from embeddings.admin import catalog, inferences
from embeddings.admin.team import desk

__all__ = ["catalog", "desk", "inferences"]
