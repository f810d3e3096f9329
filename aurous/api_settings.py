"""Settings of the API's machinery: Django REST framework and the OpenAPI document."""

API_DEFAULT_VERSION = "2026-05-15"
API_DOCUMENT_FINISHER = "aurous.reference.finish.finish"  # adds words and examples to OpenAPI
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["aurous.http.rendering.ExactJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["aurous.http.strict_json.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "aurous.http.rendering.AlwaysJSON",
    "DEFAULT_SCHEMA_CLASS": "aurous.http.openapi.ApiSchema",
    "EXCEPTION_HANDLER": "aurous.http.exceptions.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Aurous",
    "DESCRIPTION": "Paid multimodal embeddings: text, images and video in, vectors out.",
    "VERSION": API_DEFAULT_VERSION,
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
}
