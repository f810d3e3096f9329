"""Nobody writes a money table here, whatever they may do elsewhere and however they ask."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.forms.models import model_to_dict

from billing.models import Price
from embeddings.models import CatalogModel
from tests.admin.conftest import url
from tests.admin.test_every_model import MONEY, name


@pytest.fixture(params=MONEY, ids=name)
def row(request, happened):
    """A row of each table; afterwards it is what it was."""
    found = request.param.objects.order_by("-pk").first()
    before = model_to_dict(found), request.param.objects.count()
    yield found
    assert (
        model_to_dict(type(found).objects.get(pk=found.pk)),
        type(found).objects.count(),
    ) == before


def test_there_is_no_page_to_add_one(desk, row):
    assert desk.get(url(type(row), "add")).status_code == 403
    assert desk.post(url(type(row), "add"), model_to_dict(row, fields=["kind"])).status_code == 403


def test_the_page_of_one_has_no_form_and_takes_no_post(desk, row):
    page = desk.get(url(type(row), "change", row.pk))
    assert page.status_code == 200
    assert not page.context["adminform"].form.fields
    for sent in ({}, {"posted": "1", "amount": "1", "held": "1", "_save": "Save"}):
        assert desk.post(url(type(row), "change", row.pk), sent).status_code == 403


def test_none_is_deleted(desk, row):
    address = url(type(row), "delete", row.pk)
    assert desk.get(address).status_code == 403
    assert desk.post(address, {"post": "yes"}).status_code == 403


def test_no_action_deletes_several(desk, row):
    sent = {"action": "delete_selected", ACTION_CHECKBOX_NAME: [row.pk], "post": "yes"}
    answer = desk.post(url(type(row)), sent)
    assert answer.status_code in {200, 302, 403}
    assert "delete_selected" not in desk.get(url(type(row))).text


def test_a_price_that_has_begun_and_a_model_stay(desk, happened):
    price = Price.objects.first()
    assert desk.post(url(Price, "change", price.pk), {"usd_text": "0"}).status_code == 403
    assert desk.post(url(Price, "delete", price.pk), {"post": "yes"}).status_code == 403
    model = CatalogModel.objects.first()
    assert desk.post(url(CatalogModel, "delete", model.pk), {"post": "yes"}).status_code == 403
