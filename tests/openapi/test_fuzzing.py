"""Schemathesis makes up requests from the document: good ones and bad ones, the same each run."""

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from accounts import teams
from aurous.http.versions import registry
from tests.cast import NOBODY
from tests.embeddings.api.stage import STUB, customer
from tests.openapi.document import operations

ITSELF = "/v1/openapi.json"  # schemathesis leaves the document's own route out
OPERATIONS = {f"{m} {path}": made for m, path, made in operations() if path != ITSELF}
# Where there is neither a body nor a query, nothing but a header could be wrong.
SPOILABLE = [
    label
    for label, made in OPERATIONS.items()
    if "requestBody" in made or any(p["in"] == "query" for p in made["parameters"])
]
EXAMPLES_MAX = 20
NEVER = ("not_a_server_error", "status_code_conformance", "content_type_conformance")
ALWAYS = (*NEVER, "response_headers_conformance", "response_schema_conformance")
# A request that breaks the schema must not be taken for a good one.
WRONG = (*ALWAYS, "negative_data_rejection")


@pytest.fixture(scope="module", params=registry.versions())
def api(platform, request):
    """The operations of a version by label, and a key that no limit stops."""
    version = request.param
    load_all_checks()
    made = customer("1000")
    teams.set_limits(made.team.id, actor=NOBODY, rpm=0, tpm=0)
    schema = schemathesis.openapi.from_wsgi(f"{ITSELF}?version={version}", get_wsgi_application())
    # A body that is too large besides being wrong is refused for its size.
    refusals = schema.config.checks.negative_data_rejection
    refusals.expected_statuses = [*refusals.expected_statuses, "413"]
    found = {result.ok().label: result.ok() for result in schema.get_all_operations()}
    key = {"Authorization": f"Bearer {made.key}", "X-Api-Key": made.key}
    return found, key | {"Aurous-Version": version}


def try_out(api, label, mode, checks, change=lambda case: None):
    """Run an operation with made-up requests; the checks raise."""
    found, headers = api
    named = [CHECKS.get_one(name) for name in checks]

    # With made-up keys and versions few requests would come to what they are about.
    @given(case=found[label].as_strategy(generation_mode=mode, headers=headers))
    @settings(
        max_examples=EXAMPLES_MAX,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def one(case):
        change(case)
        case.call_and_validate(checks=named)

    one()


def use_the_stub(case):
    """Made-up names of models would all end at the same gate."""
    if isinstance(case.body, dict) and isinstance(case.body.get("model"), str):
        case.body["model"] = STUB
    slug = (case.path_parameters or {}).get("slug", "")
    if len(slug) % 2:
        case.path_parameters["slug"] = STUB


@pytest.mark.parametrize("label", OPERATIONS)
def test_good_requests_are_answered_as_documented(transactional_db, api, label):
    try_out(api, label, GenerationMode.POSITIVE, ALWAYS, use_the_stub)


@pytest.mark.parametrize("label", SPOILABLE)
def test_bad_requests_are_refused_as_documented(transactional_db, api, label):
    try_out(api, label, GenerationMode.NEGATIVE, WRONG)
