"""Routes of the fake views; the edge is pointed here by ``API_URLCONF``."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from aurous.http.openapi_view import OpenApiView
from tests.http import fakes


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a view that is no ApiView")


urlpatterns = [
    path("v1/openapi.json", OpenApiView.as_view()),
    path("v1/echo", fakes.Echo.as_view()),
    path("v1/tokens", fakes.Tokens.as_view()),
    path("v1/things/<str:thing_id>", fakes.Thing.as_view()),
    path("v1/raising", fakes.Raising.as_view()),
    path("v1/public", fakes.Public.as_view()),
    path("v1/broken", broken),
]
