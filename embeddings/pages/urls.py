"""The pages of requests and what they cost, at ``/t/<team_id>/``, and of making a team."""

from django.urls import path

from embeddings.pages.new_team import new_team
from embeddings.pages.overview import overview
from embeddings.pages.playground import playground

urlpatterns = [
    path("new-team", new_team, name="new-team"),
    path("t/<str:team_id>/", overview, name="overview"),
    path("t/<str:team_id>/playground", playground, name="playground"),
]
