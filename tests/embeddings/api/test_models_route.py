"""``GET /v1/models``: what is served, with this team's rates."""

import re
from decimal import Decimal

import pytest

from embeddings import catalog
from embeddings.models import CatalogModel
from tests.embeddings.api.stage import CAT, STUB, TEXT

RATES = {
    "text": {"credits_per_M": Decimal("18.75")},
    "visual": {"credits_per_M": None},
    "video": {"credits_per_M": None},
}


@pytest.fixture(autouse=True)
def catalog_is_read_anew():
    catalog.forget()
    yield
    catalog.forget()


def set_state(slug, state):
    CatalogModel.objects.filter(slug=slug).update(state=state)
    catalog.forget()


def test_a_model_has_exactly_the_documented_fields(asker):
    model = asker.get(f"models/{TEXT}").json
    created, owner = model.pop("created"), model.pop("owned_by")
    fingerprint = model["aurous_metadata"].pop("fingerprint")
    assert model == {
        "id": TEXT,
        "object": "model",
        "kind": "embedding",
        "embedding_pricing": RATES,
        "aurous_metadata": {
            "context_window": 254,
            "dimensions": None,
            "default_dimensions": 384,
            "max_input_items": 16,
            "max_batch_items": 256,
            "modalities": ["text"],
        },
    }
    assert isinstance(created, int)
    assert "MiniLM" in owner
    assert re.fullmatch(r"[0-9a-f]{64}", fingerprint)


def test_a_model_with_a_choice_of_dimensions_lists_them(asker):
    metadata = asker.get(f"models/{STUB}").json["aurous_metadata"]
    assert metadata["dimensions"] == [64, 128, 256, 384]
    assert metadata["context_window"] == 8_192


def test_the_list_is_openais_envelope_and_each_entry_is_the_single_answer(asker):
    listed = asker.get("models").json
    assert set(listed) == {"object", "data"}
    assert listed["object"] == "list"
    assert [model["id"] for model in listed["data"]] == [TEXT, STUB]
    for model in listed["data"]:
        assert asker.get(f"models/{model['id']}").json == model


def test_models_have_different_fingerprints(asker):
    models = asker.get("models").json["data"]
    assert len({model["aurous_metadata"]["fingerprint"] for model in models}) == len(models)


@pytest.mark.parametrize("slug", ["nope", "aurous-embed-vision", "AUROUS-STUB", "%20", "a%2Fb"])
def test_what_is_not_served_is_404(asker, slug):
    answer = asker.get(f"models/{slug}")
    assert answer.status == 404
    assert answer.code in {"model_not_found", "resource_not_found"}
    assert answer.error["type"] == "not_found"


def test_a_model_without_weights_is_not_listed_and_answers_503_to_an_embedding(asker):
    slugs = [model["id"] for model in asker.get("models").json["data"]]
    assert "aurous-embed-vision" not in slugs
    assert asker.get("models/aurous-embed-vision").code == "model_not_found"
    answer = asker.embed(model="aurous-embed-vision")
    assert (answer.status, answer.code) == (503, "provider_unavailable")
    assert answer.headers["X-Should-Retry"] == "false"  # OpenAI's SDKs do not wait for nothing
    assert answer.error["type"] == "server_error"
    assert int(answer.headers["Retry-After"]) >= 1
    assert asker.events() == []


def test_in_production_nobody_reads_what_the_operator_has_to_set(asker, settings):
    settings.PRODUCTION = True
    catalog.forget()
    message = asker.embed(model="aurous-embed-vision").error["message"]
    assert "Its weights are not installed." in message
    assert "AUROUS_" not in message


def test_a_paused_model_is_not_listed_and_answers_503_until_it_goes_on(asker):
    set_state(STUB, CatalogModel.State.PAUSED)
    assert asker.get(f"models/{STUB}").code == "model_not_found"
    assert asker.embed(CAT).code == "provider_unavailable"
    set_state(STUB, CatalogModel.State.ACTIVE)
    assert asker.get(f"models/{STUB}").status == 200


def test_the_stub_is_there_only_in_development(asker, settings):
    settings.AUROUS_STUB_MODEL = False
    catalog.forget()
    assert [model["id"] for model in asker.get("models").json["data"]] == [TEXT]
    assert asker.embed(CAT).code == "model_not_found"


def test_reading_needs_a_key_and_takes_no_parameters(asker):
    assert asker.get("models", Authorization="").code == "missing_api_key"
    assert asker.key_with(scope="read").get("models").status == 200
    for path in ("models?limit=1", f"models/{STUB}?limit=1"):
        answer = asker.get(path)
        assert (answer.status, answer.code, answer.error["param"]) == (
            400,
            "unknown_field",
            "limit",
        )
