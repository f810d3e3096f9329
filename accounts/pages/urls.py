"""The pages of people and teams. Those of a team are at ``/t/<team_id>/``."""

from django.urls import path

from accounts.pages.find import find
from accounts.pages.home import home
from accounts.pages.preferences import preferences
from accounts.pages.security import security

urlpatterns = [
    path("", home, name="home"),
    path("preferences", preferences, name="preferences"),
    path("security", security, name="security"),
    path("t/<str:team_id>/find", find, name="find"),
]
