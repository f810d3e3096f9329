"""Models: added with what requests need, never changed under customers."""

import pytest

from accounts.models import AuditEvent
from billing.models import Price
from embeddings import catalog
from embeddings.models import CatalogModel
from tests.admin.conftest import url

STUB = "aurous-stub"
COMMITTED = "django_capture_on_commit_callbacks"


def words(**changed):
    """A second model on the engine that needs no weights."""
    return {
        "slug": "acme-embed",
        "state": "active",
        "engine": "stub",
        "tokenizer": "minilm",
        "owned_by": "Acme, MIT",
        "context_window": "512",
        "default_dimensions": "64",
        "dimensions": "64, 128",
        "modalities": ["text"],
    } | changed


@pytest.fixture
def committed(request):
    return request.getfixturevalue(COMMITTED)


def served():
    return [entry.slug for entry in catalog.served()]


def test_a_model_is_added_and_points_to_its_price(desk, committed):
    with committed(execute=True):
        answer = desk.post(url(CatalogModel, "add"), words(), follow=True)
    row = CatalogModel.objects.get(slug="acme-embed")
    assert (row.dimensions, row.modalities) == ([64, 128], ["text"])
    assert "It has no price yet" in answer.text
    assert f"{url(Price, 'add')}?model=acme-embed" in answer.text
    assert "acme-embed" in served()
    assert AuditEvent.objects.get(action="model.added").target == "acme-embed"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"slug": "Has Spaces"}, "slug"),
        ({"slug": "a/b"}, "slug"),
        ({"slug": STUB}, "slug"),
        ({"tokenizer": "nobody"}, "tokenizer"),
        ({"context_window": "0"}, "context_window"),
        ({"default_dimensions": "-1"}, "default_dimensions"),
        ({"dimensions": "64, many"}, "dimensions"),
        ({"dimensions": "0"}, "dimensions"),
        ({"dimensions": "128, 256"}, "dimensions"),
        ({"modalities": []}, "modalities"),
        ({"modalities": ["smell"]}, "modalities"),
    ],
)
def test_what_could_not_work_is_refused_at_its_field(desk, changed, field):
    before = CatalogModel.objects.count()
    answer = desk.post(url(CatalogModel, "add"), words(**changed))
    assert field in answer.context["adminform"].form.errors
    assert CatalogModel.objects.count() == before


def test_a_model_without_dimensions_takes_none(desk):
    desk.post(url(CatalogModel, "add"), words(dimensions=""))
    assert CatalogModel.objects.get(slug="acme-embed").dimensions is None


def test_an_engine_that_is_not_here_is_said(desk):
    answer = desk.post(url(CatalogModel, "add"), words(engine="qwen3_vl"), follow=True)
    assert "It cannot be served on this machine." in answer.text


def test_saving_without_a_change_writes_nothing(desk):
    row = CatalogModel.objects.get(slug=STUB)
    same = {"owned_by": row.owned_by, "development_only": "on"}
    assert desk.post(url(CatalogModel, "change", STUB), same).status_code == 302
    assert not AuditEvent.objects.filter(action="model.changed").exists()


def test_what_vectors_depend_on_stays(desk):
    row = CatalogModel.objects.get(slug=STUB)
    sent = words(slug="other", engine="text_encoder", tokenizer="x", dimensions="1", state="paused")
    desk.post(url(CatalogModel, "change", STUB), sent)
    after = CatalogModel.objects.get(slug=STUB)
    fixed = ("slug", "state", "engine", "tokenizer", "context_window", "dimensions", "modalities")
    assert [getattr(after, name) for name in fixed] == [getattr(row, name) for name in fixed]
    assert after.owned_by == "Acme, MIT"


def test_the_list_says_which_cannot_be_served_here(desk):
    assert "no weights" in desk.get(url(CatalogModel)).text
