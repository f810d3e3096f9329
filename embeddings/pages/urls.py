"""The pages of requests and what they cost, at ``/t/<team_id>/``, and of making a team."""

from django.urls import path

from embeddings.pages.new_team import new_team
from embeddings.pages.overview import overview
from embeddings.pages.playground import playground
from embeddings.pages.request_one import request_one
from embeddings.pages.requests import requests
from embeddings.pages.usage import usage, usage_csv, usage_requests_csv

urlpatterns = [
    path("new-team", new_team, name="new-team"),
    path("t/<str:team_id>/", overview, name="overview"),
    path("t/<str:team_id>/playground", playground, name="playground"),
    path("t/<str:team_id>/usage", usage, name="usage"),
    path("t/<str:team_id>/usage.csv", usage_csv, name="usage-csv"),
    path("t/<str:team_id>/usage/requests.csv", usage_requests_csv, name="usage-requests-csv"),
    path("t/<str:team_id>/requests", requests, name="requests"),
    path("t/<str:team_id>/requests/<str:request_id>", request_one, name="requests-one"),
]
