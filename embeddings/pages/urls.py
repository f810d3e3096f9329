"""The pages of requests and what they cost, at ``/t/<team_id>/``, and of making a team."""

from django.urls import path

from embeddings.pages.keys.listing import keys, keys_new
from embeddings.pages.keys.one import keys_edit, keys_one, keys_revoke, keys_roll
from embeddings.pages.new_team import new_team
from embeddings.pages.overview import overview
from embeddings.pages.playground import playground
from embeddings.pages.request_one import request_one
from embeddings.pages.requests import requests
from embeddings.pages.usage import usage, usage_csv, usage_requests_csv

_KEYS = "t/<str:team_id>/keys"

urlpatterns = [
    path("new-team", new_team, name="new-team"),
    path("t/<str:team_id>/", overview, name="overview"),
    path("t/<str:team_id>/playground", playground, name="playground"),
    path(_KEYS, keys, name="keys"),
    path(f"{_KEYS}/new", keys_new, name="keys-new"),
    path(f"{_KEYS}/<str:key_id>", keys_one, name="keys-one"),
    path(f"{_KEYS}/<str:key_id>/edit", keys_edit, name="keys-edit"),
    path(f"{_KEYS}/<str:key_id>/roll", keys_roll, name="keys-roll"),
    path(f"{_KEYS}/<str:key_id>/revoke", keys_revoke, name="keys-revoke"),
    path("t/<str:team_id>/usage", usage, name="usage"),
    path("t/<str:team_id>/usage.csv", usage_csv, name="usage-csv"),
    path("t/<str:team_id>/usage/requests.csv", usage_requests_csv, name="usage-requests-csv"),
    path("t/<str:team_id>/requests", requests, name="requests"),
    path("t/<str:team_id>/requests/<str:request_id>", request_one, name="requests-one"),
]
