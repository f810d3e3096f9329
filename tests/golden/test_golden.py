"""Every version still answers every request of the corpus with the same bytes."""

import pytest

from aurous.http.versions import registry
from tests.embeddings.api.stage import customer
from tests.golden import cases_embeddings
from tests.golden.corpus import ANSWERS, compare

PAIRS_MIN = 20
ENDPOINTS = {
    "embeddings": cases_embeddings.EMBEDDINGS,
    "estimate": cases_embeddings.ESTIMATE,
}


@pytest.mark.parametrize("version", registry.versions())
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_answers_are_those_of_the_corpus_byte_for_byte(transactional_db, endpoint, version):
    team = customer()
    cases = ENDPOINTS[endpoint]
    answers = [case.answer(team, version) for case in cases]
    compare(ANSWERS / endpoint / f"{version}.txt", cases, answers)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_each_endpoint_has_enough_pairs_and_no_name_twice(endpoint):
    names = [case.name for case in ENDPOINTS[endpoint]]
    assert len(names) >= PAIRS_MIN
    assert len(names) == len(set(names))


def test_there_is_no_file_of_an_endpoint_or_version_that_is_gone():
    expected = {f"{e}/{v}.txt" for e in ENDPOINTS for v in registry.versions()}
    assert {str(path.relative_to(ANSWERS)) for path in ANSWERS.rglob("*.txt")} == expected
