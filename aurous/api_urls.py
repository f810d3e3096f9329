"""The routes of the API. Only these are in the OpenAPI document; the edge resolves them alone."""

from django.urls import include, path

from aurous.http.openapi_view import OpenApiView

urlpatterns = [
    path("v1/openapi.json", OpenApiView.as_view()),
    path("v1/", include("embeddings.api.urls")),
    path("v1/", include("accounts.api.urls")),
    path("v1/", include("billing.api.urls")),
]
