"""The line to paste is a request that works."""

import json
import shlex

from embeddings import catalog
from embeddings.models import CatalogModel
from embeddings.pages import quickstart
from tests.cast import bearer


def test_it_is_a_request_that_this_installation_answers(client, cast, settings):
    settings.AUROUS_PUBLIC_URL = "https://embed.example"
    line = quickstart.curl()
    command, address, *options = shlex.split(line.replace("\\\n", ""))
    assert (command, address) == ("curl", "https://embed.example/v1/embeddings")
    assert options[:2] == ["-H", "Authorization: Bearer $AUROUS_API_KEY"]
    body = json.loads(options[options.index("-d") + 1])
    answer = client.post(
        "/v1/embeddings/estimate",
        json.dumps(body),
        content_type=options[3].removeprefix("Content-Type: "),
        **bearer(cast.key()),
    )
    assert answer.status_code == 200, answer.text


def test_without_a_model_the_page_says_so(ada):
    CatalogModel.objects.update(state="paused")
    catalog.forget()
    page = ada.get("/")
    assert "No model is served at the moment." in page.text
    assert "curl" not in page.text
