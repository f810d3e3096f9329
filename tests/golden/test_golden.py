"""Every version still answers every request of the corpus with the same bytes."""

import hashlib
import json
import re

import pytest

from aurous.http.versions import registry
from tests.golden import (
    cases_deliveries,
    cases_embeddings,
    cases_keys,
    cases_models,
    cases_money,
    cases_statement,
    cases_usage,
    cases_webhooks,
    past,
)
from tests.golden.corpus import ANSWERS, compare, steady, written
from tests.golden.scene import bare_scene
from tests.openapi.document import METHODS, routes

PAIRS_MIN = 20
# The cases of each file with what has happened before they are asked.
AREAS = (
    (cases_models.ENDPOINTS, past.with_models),
    (cases_money.ENDPOINTS, past.with_requests),
    (cases_statement.ENDPOINTS, past.with_requests),
    (cases_usage.ENDPOINTS, past.with_requests),
    (cases_keys.ENDPOINTS, past.with_keys),
    (cases_webhooks.ENDPOINTS, past.with_hooks),
    (cases_deliveries.ENDPOINTS, past.with_deliveries),
)
STILL = {name: (cases, before) for cases_of, before in AREAS for name, cases in cases_of.items()}
CASES = cases_embeddings.ENDPOINTS | {name: cases for name, (cases, _) in STILL.items()}


def folder(endpoint):
    """``GET /v1/keys/{key_id}`` has its answers in ``get_keys_key_id``."""
    return "_".join(re.findall(r"\w+", endpoint.lower().replace("/v1/", "/")))


def shown(case, answer):
    """As it is; of a whole document only what it is, for its bytes are many and its own tests'."""
    if answer.status != 200 or not case.path.startswith("openapi.json"):
        return written(case, answer)
    text = steady(answer.content.decode())
    document = json.loads(text)
    short = {
        "openapi": document["openapi"],
        "info.version": document["info"]["version"],
        "operations": sum(len(path) for path in document["paths"].values()),
        "bytes": len(text.encode()),
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
    return written(case, type(answer)(200, answer.headers, json.dumps(short).encode()))


@pytest.mark.parametrize("version", registry.versions())
@pytest.mark.parametrize("endpoint", STILL)
def test_answers_are_those_of_the_corpus_byte_for_byte(scene_of, endpoint, version):
    scene = scene_of(version)
    cases, before = STILL[endpoint]
    before(scene)
    pairs = [case.answer(scene) for case in cases]
    compare(ANSWERS / folder(endpoint) / f"{version}.txt", pairs, shown)


@pytest.mark.parametrize("version", registry.versions())
@pytest.mark.parametrize("endpoint", cases_embeddings.ENDPOINTS)
def test_embeddings_are_those_of_the_corpus_byte_for_byte(
    transactional_db, settings, endpoint, version
):
    settings.API_DEFAULT_VERSION = (
        version  # what is refused before the version is looked at says it
    )
    scene = bare_scene(version)
    pairs = [case.answer(scene) for case in cases_embeddings.ENDPOINTS[endpoint]]
    compare(ANSWERS / folder(endpoint) / f"{version}.txt", pairs)


def test_every_method_of_every_route_is_an_endpoint_of_the_corpus():
    endpoints = {
        f"{method.upper()} {path}"
        for path, view in routes()
        for method in METHODS
        if hasattr(view, method)
    }
    assert set(CASES) == endpoints


@pytest.mark.parametrize("endpoint", CASES)
def test_each_endpoint_has_enough_pairs_and_no_name_twice(endpoint):
    names = [case.name for case in CASES[endpoint]]
    assert len(names) >= PAIRS_MIN
    assert len(names) == len(set(names))


def test_there_is_no_file_of_an_endpoint_or_version_that_is_gone():
    expected = {f"{folder(e)}/{v}.txt" for e in CASES for v in registry.versions()}
    assert {str(path.relative_to(ANSWERS)) for path in ANSWERS.rglob("*.txt")} == expected
