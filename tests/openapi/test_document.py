"""The OpenAPI document: valid, complete, and without anything that does not exist."""

import importlib.resources
import json

import pytest
from django.test import Client
from jsonschema import Draft202012Validator

from aurous.http.versions import registry
from aurous.kernel.errors import ERROR_CODES
from tests.openapi.document import METHODS, document, operation, operations, routes

LABELS = [f"{method} {path}" for method, path, _ in operations()]
# What must be there whatever else is; the brackets of the contract, section by section.
EXPECTED = {
    "POST /v1/embeddings",
    "POST /v1/embeddings/estimate",
    "GET /v1/models",
    "GET /v1/models/{slug}",
    "GET /v1/balance",
    "GET /v1/team",
    "PATCH /v1/team",
    "GET /v1/usage/events",
    "GET /v1/ledger/entries",
    "GET /v1/openapi.json",
}


def codes_of(method, path):
    """Status to the codes that the operation can answer with it."""
    responses = operation(method, path)["responses"]
    found = {}
    for status, response in responses.items():
        schema = response["content"]["application/json"]["schema"]
        if status >= "400":
            narrowed = schema["allOf"][1]["properties"]["error"]["properties"]["code"]["enum"]
            found[int(status)] = set(narrowed)
    return found


def references_in(node):
    if isinstance(node, dict):
        yield from ([node["$ref"]] if isinstance(node.get("$ref"), str) else [])
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from references_in(part)


of_each_version = pytest.mark.parametrize("version", registry.versions())


@of_each_version
def test_it_is_a_valid_document_of_openapi_3_1(version):
    folder = importlib.resources.files("drf_spectacular.validation")
    rules = json.loads(folder.joinpath("openapi_3_1_schema.json").read_text())
    found = Draft202012Validator(rules).iter_errors(document(version))
    assert [error.message for error in found] == []
    assert document(version)["openapi"].startswith("3.1")


@of_each_version
def test_every_schema_in_it_is_a_valid_json_schema(version):
    for schema in document(version)["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


@of_each_version
def test_every_reference_leads_somewhere_and_every_component_is_used(version):
    found = set(references_in(document(version)))
    for reference in found:
        node = document(version)
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
    names = document(version)["components"]["schemas"]
    schemas = {f"#/components/schemas/{name}" for name in names}
    assert schemas <= found


def test_every_route_and_method_is_documented_and_nothing_else():
    served = {
        f"{method.upper()} {path}"
        for path, view in routes()
        for method in METHODS
        if hasattr(view, method)
    }
    assert set(LABELS) == served >= EXPECTED


def test_operation_ids_are_unique_and_every_operation_has_words_and_a_place():
    ids = [found["operationId"] for _, _, found in operations()]
    assert len(ids) == len(set(ids))
    for _, _, found in operations():
        assert found["summary"]
        assert found["tags"]


def test_every_path_variable_is_a_parameter():
    for method, path, found in operations():
        declared = {p["name"] for p in found["parameters"] if p["in"] == "path"}
        assert declared == {word.split("}")[0] for word in path.split("{")[1:]}, (method, path)


@pytest.mark.parametrize("label", LABELS)
def test_each_status_lists_codes_that_have_it(label):
    for status, codes in codes_of(*label.split()).items():
        assert codes
        assert {ERROR_CODES[code].status for code in codes} == {status}


@pytest.mark.parametrize("label", LABELS)
def test_each_operation_documents_what_every_operation_can_answer(label):
    codes = set().union(*codes_of(*label.split()).values())
    assert codes >= {"unknown_version", "method_not_allowed", "internal_error"}
    if operation(*label.split())["security"]:
        assert codes >= {
            "missing_api_key",
            "invalid_api_key",
            "revoked_api_key",
            "missing_scope",
            "ip_not_allowed",
            "team_suspended",
            "too_many_requests",
            "provider_unavailable",
        }


def test_an_embedding_documents_every_way_in_which_it_can_fail():
    expected = {code for code in ERROR_CODES if not code.startswith("media_")}
    expected -= {"invalid_page_token"}
    found = codes_of("POST", "/v1/embeddings")
    assert expected <= set().union(*found.values())
    assert set(found) == {400, 401, 402, 403, 404, 405, 409, 413, 415, 429, 500, 503, 504}


def test_the_estimate_documents_no_way_to_fail_that_needs_money():
    found = codes_of("POST", "/v1/embeddings/estimate")
    assert not {402, 504} & set(found)


def test_lists_document_their_cursor():
    for path in ("/v1/usage/events", "/v1/ledger/entries"):
        parameters = {p["name"]: p for p in operation("GET", path)["parameters"]}
        assert parameters["limit"]["schema"]["maximum"] == 500
        assert "cursor" in parameters
        assert "invalid_page_token" in codes_of("GET", path)[400]


def test_both_ways_of_showing_a_key_are_documented():
    schemes = document()["components"]["securitySchemes"]
    assert schemes["bearer"]["scheme"] == "bearer"
    assert (schemes["apiKey"]["in"], schemes["apiKey"]["name"]) == ("header", "X-Api-Key")


def test_the_document_names_this_installation_and_its_version(settings):
    assert document()["info"]["version"] == registry.OLDEST
    assert document()["servers"] == [{"url": settings.AUROUS_PUBLIC_URL}]


@pytest.mark.parametrize("version", registry.versions())
def test_each_version_has_a_document_by_query_and_by_header(version):
    by_query = Client().get(f"/v1/openapi.json?version={version}")
    by_header = Client().get("/v1/openapi.json", HTTP_AUROUS_VERSION=version)
    assert by_query.content == by_header.content
    assert json.loads(by_query.content)["info"]["version"] == version


@pytest.mark.parametrize("version", ["2026-05-16", "x", ""])
def test_a_version_that_does_not_exist_has_none(version):
    response = Client().get(f"/v1/openapi.json?version={version}")
    assert response.status_code == 400
    assert json.loads(response.content)["error"]["code"] == "unknown_version"
