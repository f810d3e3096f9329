"""Every table has a page, no page shows what it must not, lists stay fast on millions of rows."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import IdempotencyClaim
from billing.admin.base import LedgerAdmin
from billing.models import (
    Account,
    Grant,
    KeyDay,
    ScheduledGrant,
    Transfer,
    UsageBucket,
)
from embeddings.models import Inference
from tests.admin.conftest import everything_happened, staged, url
from tests.billing import stage
from tests.kept import kept_rows

MODELS = [
    model for app in ("billing", "embeddings") for model in apps.get_app_config(app).get_models()
]
MODELS.append(IdempotencyClaim)  # a table of accounts, shown among money
MONEY = [
    Account,
    Transfer,
    Grant,
    ScheduledGrant,
    IdempotencyClaim,
    UsageBucket,
    KeyDay,
    Inference,
]
RAW_NANO = re.compile(r"\b\d{10,19}\b")


@pytest.fixture(scope="module")
def kept(django_db_setup, django_db_blocker):
    """A team in which everything happened, made once for this file."""
    with kept_rows(django_db_blocker), pytest.MonkeyPatch.context() as patch:
        yield everything_happened(staged(), patch)


@pytest.fixture
def happened(kept, db):
    return kept


@pytest.fixture
def cast(happened):
    return happened.cast


def name(model):
    return model.__name__


@pytest.mark.parametrize("model", MODELS, ids=name)
def test_every_model_has_a_list(desk, happened, model):
    assert admin.site.is_registered(model), f"register {model.__name__} in the app's admin"
    assert model.objects.exists(), f"let tests/admin/conftest.py make a {model.__name__}"
    assert desk.get(url(model)).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=name)
def test_no_page_shows_what_a_customer_sent_or_a_secret(desk, happened, model):
    pages = [desk.get(url(model)).text]
    pages += [desk.get(url(model, "change", row.pk)).text for row in model.objects.all()]
    for page in pages:
        assert not [secret for secret in happened.secrets if secret in page]


@pytest.mark.parametrize("model", MONEY, ids=name)
def test_amounts_are_credits_with_separators_and_never_nano(desk, happened, model):
    for row in model.objects.all():
        main = desk.get(url(model, "change", row.pk)).text.split('id="content-main"')[1]
        assert not RAW_NANO.search(re.sub(r"<[^>]*>", " ", main))
    account = desk.get(url(Account)).text
    assert "1,999,998.766" in account
    assert "$19,999.98" in account


@pytest.mark.parametrize("model", MONEY, ids=name)
def test_money_tables_share_the_rules_for_large_lists(model):
    assert isinstance(admin.site._registry[model], LedgerAdmin)


@pytest.mark.parametrize("model", MONEY, ids=name)
def test_a_list_is_not_counted_and_follows_the_primary_key(desk, happened, model):
    with CaptureQueriesContext(connection) as captured:
        assert desk.get(url(model)).status_code == 200
    table = model._meta.db_table
    mine = [query["sql"] for query in captured if f'FROM "{table}"' in query["sql"]]
    assert len(mine) == 1
    assert "COUNT(" not in mine[0]
    assert "LIMIT 50" in mine[0]
    assert re.search(rf'ORDER BY (1|"{table}"\."{model._meta.pk.column}") DESC', mine[0])


def test_a_list_takes_as_many_queries_for_many_rows_as_for_one(desk, cast):
    stage.grant(cast.acme, stage.CREDIT)
    stage.spent(cast.acme, 7)

    def queries(model):
        with CaptureQueriesContext(connection) as captured:
            desk.get(url(model))
        return len(captured)

    desk.get(url(Transfer))
    before = [queries(model) for model in MONEY]
    for _ in range(3):
        stage.spent(cast.acme, 7)
        stage.grant(cast.cleos, 1)
    assert [queries(model) for model in MONEY] == before


def test_the_bytes_of_an_answer_are_not_even_read(desk, happened):
    claim = IdempotencyClaim.objects.get()
    with CaptureQueriesContext(connection) as captured:
        desk.get(url(IdempotencyClaim))
        desk.get(url(IdempotencyClaim, "change", claim.pk))
    assert not [query for query in captured if '"reply"' in query["sql"]]


def test_the_index_and_the_rail_name_every_page(desk):
    page = desk.get("/admin/").text
    for model in MODELS:
        assert url(model) in page


def test_who_is_no_operator_does_not_get_in(client, happened):
    client.force_login(happened.cast.ada)
    assert client.get(url(Account)).status_code == 302
    assert client.get(url(Account, "correct_credit", happened.cast.acme.id)).status_code == 302
