"""Nothing in the OpenAPI document of any version is without words."""

import json

import pytest
from django.test import Client

from aurous.http.versions import registry
from aurous.kernel.errors import ERROR_CODES
from aurous.reference.finish import fields_of, operations
from aurous.reference.words import words

PUBLIC = "GET /v1/openapi.json"


@pytest.fixture(scope="module", params=registry.versions())
def made(request):
    return json.loads(Client().get(f"/v1/openapi.json?version={request.param}").content)


def test_every_operation_says_what_it_does(made):
    silent = [label for label, one in operations(made) if len(one.get("description", "")) < 10]
    assert silent == [], "say it in docs/reference/*.toml or in the Operation"


def test_every_field_of_every_component_says_what_it_means(made):
    silent = [
        f"{name}: {path}"
        for name, schema in made["components"]["schemas"].items()
        for path, field in fields_of(schema)
        if not field.get("description")
    ]
    assert silent == [], "say it in docs/reference/*.toml or in the schema"


def test_every_parameter_says_what_it_does(made):
    silent = [
        f"{label}: {parameter['name']}"
        for label, operation in operations(made)
        for parameter in operation["parameters"]
        if not parameter.get("description")
    ]
    assert silent == []


def test_every_tag_is_described_and_every_operation_has_one_of_them(made):
    described = {tag["name"] for tag in made["tags"]}
    assert all(tag["description"] for tag in made["tags"])
    for label, operation in operations(made):
        assert operation["tags"], label
        assert set(operation["tags"]) <= described, "give the area a file in docs/reference"


def test_every_error_of_every_operation_has_an_example_with_a_message(made):
    for label, operation in operations(made):
        for status, response in operation["responses"].items():
            if status < "400":
                continue
            examples = response["content"]["application/json"]["examples"]
            codes = {code for code in ERROR_CODES if str(ERROR_CODES[code].status) == status}
            assert examples.keys() <= codes
            assert examples, (label, status)
            for code, example in examples.items():
                error = example["value"]["error"]
                assert error["code"] == code
                assert error["message"]


def test_every_code_has_a_message_to_show():
    assert words().errors.keys() == ERROR_CODES.keys()
    assert all(told["message"] for told in words().errors.values())


def test_every_operation_shows_a_good_answer_and_each_body_a_request(made):
    for label, operation in operations(made):
        shown = [
            content.get("examples")
            for status, response in operation["responses"].items()
            for content in response["content"].values()
            if status < "400"
        ]
        assert any(shown) or label == PUBLIC, label
        needs = operation.get("requestBody", {}).get("required")
        if needs:
            assert operation["requestBody"]["content"]["application/json"]["examples"], label


def test_every_operation_says_which_scope_it_needs(made):
    for label, operation in operations(made):
        if label == PUBLIC:
            assert operation["security"] == []
            continue
        scopes = [scopes for scheme in operation["security"] for scopes in scheme.values()]
        assert scopes[0] == scopes[1]
        assert scopes[0][0] in {"read", "write", "full"}


def test_what_the_code_says_goes_before_the_words(made):
    error = made["components"]["schemas"]["Error"]["properties"]["error"]["properties"]
    assert error["param"]["description"] == "Path of the field at fault."
