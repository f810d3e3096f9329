"""The pages of money, limits, webhooks and versions, all at ``/t/<team_id>/``."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
