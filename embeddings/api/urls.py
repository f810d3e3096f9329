"""The embeddings routes under ``/v1``."""

from django.urls import path

from embeddings.api.embeddings import EmbeddingsView, EstimateView
from embeddings.api.models import ModelsView, ModelView
from embeddings.api.usage_events import UsageEventsView, UsageExportView

urlpatterns = [
    path("embeddings", EmbeddingsView.as_view()),
    path("embeddings/estimate", EstimateView.as_view()),
    path("models", ModelsView.as_view()),
    path("models/<str:slug>", ModelView.as_view()),
    path("usage/events", UsageEventsView.as_view()),
    path("usage/events/export", UsageExportView.as_view()),
]
