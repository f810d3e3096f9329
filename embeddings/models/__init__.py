"""What embeddings keeps."""

from embeddings.models.catalog import CatalogModel
from embeddings.models.inferences import Inference

__all__ = ["CatalogModel", "Inference"]
