"""The programs to paste are requests that work, and the page tells what became of them."""

import ast
import json
import re
import shlex

import pytest

from accounts import api_keys
from embeddings import catalog
from embeddings.models import CatalogModel
from embeddings.pages import quickstart
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.cast import NOBODY, bearer

HTMX = {"HX-Request": "true"}


@pytest.fixture
def path(cast):
    return f"/t/{cast.acme.id}/quickstart"


def words(page):
    return " ".join(re.sub(r"<[^>]*>", " ", page.text).split())


def estimated(client, cast, body):
    """What the API says to a body."""
    return client.post(
        "/v1/embeddings/estimate",
        json.dumps(body),
        content_type="application/json",
        **bearer(cast.key()),
    )


def test_curl_is_a_request_that_this_installation_answers(client, cast, settings):
    settings.AUROUS_PUBLIC_URL = "https://embed.example"
    line = quickstart.curl()
    command, address, *options = shlex.split(line.replace("\\\n", ""))
    assert (command, address) == ("curl", "https://embed.example/v1/embeddings")
    assert options[:2] == ["-H", "Authorization: Bearer $AUROUS_API_KEY"]
    assert options[3] == "Content-Type: application/json"
    answer = estimated(client, cast, json.loads(options[options.index("-d") + 1]))
    assert answer.status_code == 200, answer.text


def test_python_sends_the_same(client, cast, settings):
    settings.AUROUS_PUBLIC_URL = "https://embed.example"
    program = next(one.text for one in quickstart.snippets() if one.slug == "python")
    calls = [node for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Call)]
    given = {
        word.arg: word.value.value
        for call in calls
        for word in call.keywords
        if isinstance(word.value, ast.Constant)
    }
    assert given.pop("base_url") == "https://embed.example/v1"
    assert set(given) == {"model", "input"}
    assert estimated(client, cast, given).status_code == 200


def test_javascript_names_the_same_model_and_address(db, settings):
    settings.AUROUS_PUBLIC_URL = "https://embed.example"
    _, python, javascript = quickstart.snippets()
    (model,) = re.findall(r'model: "([^"]+)"', javascript.text)
    assert f'model="{model}"' in python.text
    assert 'baseURL: "https://embed.example/v1"' in javascript.text


def test_all_programs_are_there_and_the_key_is_named_and_not_shown(ada, cast, path):
    made = cast.new_key(name="Laptop")
    page = ada.get(path)
    for name in ("curl", "Python", "JavaScript"):
        assert f">{name}</h3>" in page.text
    assert "Your key: Laptop" in words(page)
    assert made.text not in page.text
    assert made.text[-4:] in page.text


def test_a_revoked_key_is_not_offered(ada, cast, path):
    api_keys.revoke(cast.acme.id, cast.new_key(name="Old").api_key.id, actor=NOBODY)
    assert "This team has no key." in words(ada.get(path))


def test_without_a_model_the_page_says_so(ada, path):
    CatalogModel.objects.update(state="paused")
    catalog.forget()
    page = ada.get(path)
    assert "No model is served at the moment." in page.text
    assert "curl" not in page.text


def test_it_waits_asks_again_and_stops_once_there_is_an_answer(ada, cast, path):
    stage.grant(cast.acme, CREDIT)
    part = ada.get(path, headers=HTMX)
    assert "<html" not in part.text
    assert part["Vary"].count("HX-Request") == 1
    assert f'hx-get="{path}"' in part.text
    assert "Check now" in part.text
    running = stage.running(cast.acme, 7)
    part = ada.get(path, headers=HTMX)
    assert "A request is running." in part.text
    assert "hx-get" in part.text
    stage.release(running, cast.acme)
    part = ada.get(path, headers=HTMX)
    assert "provider_timeout" in part.text
    assert "hx-get" in part.text
    taken = stage.spent(cast.acme, 1_234)
    row = stage.row(taken.id)
    part = ada.get(path, headers=HTMX)
    assert "hx-" not in part.text
    text = words(part)
    assert f"Request {row.request_id} Model {row.model} Tokens 1,234" in text
    assert re.search(r"Credits 0 ?\.001234", text)
    assert re.search(r"Took [\d,]+ ms", text)
    assert row.request_id in ada.get(path).text


def test_another_teams_request_is_not_an_answer(ada, cast, path):
    stage.grant(cast.cleos, CREDIT)
    stage.spent(cast.cleos, 7)
    assert "Waiting for the first request" in ada.get(path).text


def test_it_takes_as_many_queries_for_a_busy_team(ada, cast, path, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    stage.grant(cast.acme, CREDIT)
    cast.new_key()
    stage.spent(cast.acme, 7)
    ada.get(path)
    with CaptureQueriesContext(connection) as seen:
        ada.get(path)
    for _ in range(5):
        stage.spent(cast.acme, 7, api_key_id=cast.new_key().api_key.id)
    with django_assert_num_queries(len(seen)):
        ada.get(path)
    assert len(seen) <= 12
