"""``GET /v1/openapi.json``: the document of one version; no key needed."""

from aurous.http.edge import api_urlconf
from aurous.http.exchange import ApiRequest, ApiResponse
from aurous.http.openapi import document
from aurous.http.query import query_of
from aurous.http.rendering import MEDIA_TYPE
from aurous.http.views import ApiView, Operation


class OpenApiView(ApiView):
    """The contract as a machine reads it."""

    authentication_classes = ()
    operations = {
        "GET": Operation(
            id="get_openapi",
            summary="This document",
            tag="Meta",
            query={"version": {"type": "string", "format": "date"}},
            responses={200: {"type": "object"}},
        )
    }

    def get(self, request: ApiRequest) -> ApiResponse:
        """The document of the version in ``?version=`` or the header."""
        query_of(request, {"version"})
        body = document(request.api_version, api_urlconf())
        return ApiResponse(body, content_type=MEDIA_TYPE)

    def version_asked(self, request: ApiRequest) -> str | None:
        """The query goes before the header, so that a link can name a version."""
        asked: str | None = request.query_params.get("version", super().version_asked(request))
        return asked
