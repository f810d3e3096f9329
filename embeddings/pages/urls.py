"""The pages for people who sign in."""

from django.urls import path

from embeddings.pages.overview import overview

urlpatterns = [path("", overview, name="overview")]
