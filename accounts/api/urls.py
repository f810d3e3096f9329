"""The key routes under ``/v1``."""

from django.urls import path

from accounts.api.keys import KeyRollView, KeysView, KeyView

urlpatterns = [
    path("keys", KeysView.as_view()),
    path("keys/<str:key_id>", KeyView.as_view()),
    path("keys/<str:key_id>/roll", KeyRollView.as_view()),
]
