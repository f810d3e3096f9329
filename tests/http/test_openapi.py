"""The OpenAPI document, made from the fake views."""

import json

import pytest
from jsonschema import Draft202012Validator

from aurous.http.openapi import LIST_QUERY, Operation, component, document, list_schema
from aurous.http.versions.registry import OLDEST
from aurous.kernel.errors import ERROR_CODES
from tests.http.conftest import error_of
from tests.http.test_gates import Newer


@pytest.fixture
def made(api):
    response = api.get("/v1/openapi.json", key=None)
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    return json.loads(response.content)


def codes_of(operation):
    return {
        code
        for response in operation["responses"].values()
        for part in response["content"]["application/json"]["schema"].get("allOf", [])[1:]
        for code in part["properties"]["error"]["properties"]["code"]["enum"]
    }


def test_it_is_openapi_3_1_of_the_version_that_applies(made, settings):
    assert made["openapi"] == "3.1.1"
    assert made["info"]["version"] == OLDEST
    assert made["servers"] == [{"url": settings.AUROUS_PUBLIC_URL}]


def test_it_has_what_is_declared_and_nothing_else(made):
    found = {(path, method) for path, item in made["paths"].items() for method in item}
    assert found == {
        ("/v1/echo", "get"),
        ("/v1/echo", "post"),
        ("/v1/things/{thing_id}", "get"),
        ("/v1/openapi.json", "get"),
    }


def test_every_status_that_an_operation_answers_is_there(made):
    post = made["paths"]["/v1/echo"]["post"]
    assert set(post["responses"]) == {
        *("200", "400", "401", "402", "403", "404", "405"),
        *("409", "413", "415", "429", "500", "503"),
    }
    assert {"balance_too_low", "concurrency_limit_exceeded", "invalid_json"} <= codes_of(post)
    get = made["paths"]["/v1/echo"]["get"]
    assert {"415", "409"}.isdisjoint(get["responses"])
    public = made["paths"]["/v1/openapi.json"]["get"]
    assert {"401", "403", "429"}.isdisjoint(public["responses"])
    assert "unknown_version" in codes_of(public)


def test_each_code_stands_under_its_own_status(made):
    for item in made["paths"].values():
        for operation in item.values():
            for code in codes_of(operation):
                schema = operation["responses"][str(ERROR_CODES[code].status)]
                assert code in schema["description"]


def test_headers_and_keys_are_documented(made):
    post = made["paths"]["/v1/echo"]["post"]
    assert {"Idempotency-Key", "Aurous-Version"} == {one["name"] for one in post["parameters"]}
    assert post["security"] == [{"bearer": ["write"]}, {"apiKey": ["write"]}]
    assert made["paths"]["/v1/openapi.json"]["get"]["security"] == []
    assert set(made["components"]["securitySchemes"]) == {"bearer", "apiKey"}
    assert "Retry-After" in post["responses"]["429"]["headers"]
    assert "Aurous-Idempotent-Replayed" in post["responses"]["200"]["headers"]
    assert "Allow" in post["responses"]["405"]["headers"]
    for item in made["paths"].values():
        for operation in item.values():
            for response in operation["responses"].values():
                assert {"Aurous-Request-Id", "Aurous-Version"} <= response["headers"].keys()


def test_the_path_has_its_parameter(made):
    (parameter, _) = made["paths"]["/v1/things/{thing_id}"]["get"]["parameters"]
    assert (parameter["name"], parameter["in"], parameter["required"]) == ("thing_id", "path", True)


def test_every_reference_leads_somewhere(made):
    def references(node):
        if isinstance(node, dict):
            if "$ref" in node:
                yield node["$ref"]
            node = list(node.values())
        if isinstance(node, list):
            for part in node:
                yield from references(part)

    found = set(references(made))
    assert found
    for reference in found:
        node = made
        for name in reference.removeprefix("#/").split("/"):
            node = node[name]


@pytest.mark.parametrize(
    ("method", "path", "key", "body"),
    [
        ("GET", "/v1/echo", None, b""),
        ("GET", "/v1/echo", "al_live_wrong", b""),
        ("POST", "/v1/echo", "al_live_read", b"{}"),
        ("POST", "/v1/echo", "al_live_full", b"{"),
    ],
)
def test_a_real_error_has_the_shape_of_its_schema(api, made, method, path, key, body):
    response = api.call(method, path, body, key=key)
    operation = made["paths"][path][method.lower()]
    schema = operation["responses"][str(response.status_code)]["content"]["application/json"]
    whole = {"components": made["components"], **schema["schema"]}
    Draft202012Validator(whole).validate(json.loads(response.content))


def test_the_version_is_taken_from_the_query_or_the_header(api, monkeypatch):
    class Renamed(Newer):
        def schema(self, made):
            return {**made, "paths": {"/v1/older": made["paths"]["/v1/echo"]}}

    monkeypatch.setattr("aurous.http.versions.registry.CHANGES", (Renamed(),))
    document.cache_clear()
    newest = api.get("/v1/openapi.json?version=2026-11-01", HTTP_AUROUS_VERSION=OLDEST)
    assert newest["Aurous-Version"] == "2026-11-01"
    assert "/v1/echo" in json.loads(newest.content)["paths"]
    older = api.get("/v1/openapi.json", HTTP_AUROUS_VERSION=OLDEST)
    assert list(json.loads(older.content)["paths"]) == ["/v1/older"]
    document.cache_clear()


@pytest.mark.parametrize("query", ["version=2020-01-01", "version=", "version=latest"])
def test_an_unknown_version_has_no_document(api, query):
    response = api.get(f"/v1/openapi.json?{query}", key=None)
    assert error_of(response)["code"] == "unknown_version"


def test_other_parameters_are_refused(api):
    error = error_of(api.get("/v1/openapi.json?format=yaml", key=None))
    assert (error["code"], error["param"]) == ("unknown_field", "format")


def test_it_is_made_once_for_each_version(api):
    document.cache_clear()
    for _ in range(3):
        api.get("/v1/openapi.json")
    assert document.cache_info().misses == 1


def test_a_named_schema_is_included_with_those_it_refers_to(api, monkeypatch):
    from tests.http.fakes import Thing

    inner = component("TestInner", {"type": "string"})
    thing = component("TestThing", {"type": "object", "properties": {"inner": inner}})
    listing = Operation("Things", responses={200: list_schema(thing)}, query=LIST_QUERY)
    monkeypatch.setattr(Thing, "operations", {"GET": listing})
    document.cache_clear()
    made = json.loads(api.get("/v1/openapi.json").content)
    document.cache_clear()
    assert set(made["components"]["schemas"]) == {"Error", "TestInner", "TestThing"}
    operation = made["paths"]["/v1/things/{thing_id}"]["get"]
    assert {"limit", "cursor"} <= {one["name"] for one in operation["parameters"]}
    assert {"invalid_page_token", "unknown_field"} <= codes_of(operation)
