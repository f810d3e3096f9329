"""Every example of the reference, asked of the running platform under each version.

`AUROUS_RECORD_EXAMPLES=1` writes what it answers into docs/reference/answers.json; without it the
answers must be those that are there.
"""

import json
import os

import pytest

from aurous.http.versions import registry
from aurous.reference.answers import answers
from aurous.reference.finish import examples_of, operations
from aurous.reference.words import words
from tests.architecture.source import ROOT
from tests.openapi.document import document, validator
from tests.reference.stage import carried_out, newcomer, shown, told

RECORD = os.environ.get("AUROUS_RECORD_EXAMPLES") == "1"
FILE = ROOT / "docs/reference/answers.json"
LABELS = [label for label, _ in operations(document())]
OPENAPI = "GET /v1/openapi.json"  # its answer is the whole document
CASES = [
    pytest.param(example, version, id=f"{example.key} {version}")
    for version in registry.versions()
    for label in LABELS
    for example in examples_of(label, version)
    if label != OPENAPI
]


@pytest.fixture(scope="module")
def recorded():
    found = {} if RECORD else answers()
    yield found
    if RECORD:
        kept = dict(sorted((json.loads(FILE.read_text()) | found).items()))
        FILE.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
        answers.cache_clear()


@pytest.mark.parametrize(("example", "version"), CASES)
def test_the_platform_answers_as_the_reference_shows(served, recorded, example, version):
    answer = carried_out(newcomer(), example, version)
    now = {**answer, "body": shown(answer["body"])}
    if RECORD:
        recorded[example.key] = now
    assert told(now) == told(recorded[example.key])


def test_every_operation_has_an_example():
    assert [label for label in LABELS if not words().examples.get(label)] == []


def test_every_example_in_the_document_fits_its_schema():
    checked = 0
    for label, operation in operations(document()):
        contents = [*operation.get("requestBody", {}).get("content", {}).values()]
        for response in operation["responses"].values():
            contents += response["content"].values()
        for content in contents:
            for name, example in content.get("examples", {}).items():
                found = list(validator(content["schema"]).iter_errors(example["value"]))
                assert found == [], (label, name)
                checked += 1
    assert checked > 100
