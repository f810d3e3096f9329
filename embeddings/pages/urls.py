"""The pages of requests and what they cost, at ``/t/<team_id>/``, and of making a team."""

from django.urls import path

from embeddings.pages.new_team import new_team
from embeddings.pages.overview import overview
from embeddings.pages.version import version, version_switch

urlpatterns = [
    path("new-team", new_team, name="new-team"),
    path("t/<str:team_id>/", overview, name="overview"),
    path("t/<str:team_id>/version", version, name="version"),
    path("t/<str:team_id>/version/switch", version_switch, name="version-switch"),
]
