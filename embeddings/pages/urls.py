"""The pages for people who sign in."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
