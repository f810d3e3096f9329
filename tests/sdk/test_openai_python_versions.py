"""OpenAI's Python package under each version of the API: encodings, batches, waiting."""

import asyncio

import numpy as np
import openai
import pytest
from openai import AsyncOpenAI, OpenAI, _base_client

from accounts import teams
from tests.cast import NOBODY
from tests.embeddings.api.stage import CAT, STUB, credits_of, until
from tests.sdk.vectors import NEW, OLD, TEXTS, VERSIONS, from_base64, same


@pytest.fixture
def client_of(base_url, acme):
    """Acme's client that asks for a version; what a test does not say is left to the package."""
    made = []

    def one(version, **options):
        headers = {"Aurous-Version": version}
        options = {"max_retries": 0} | options
        client = OpenAI(base_url=base_url, api_key=acme.key, default_headers=headers, **options)
        made.append(client)
        return client

    yield one
    for client in made:
        client.close()


@pytest.fixture
def waits_s(monkeypatch):
    """How long the package wanted to wait before it tried again; it does not wait."""
    waits = []
    monkeypatch.setattr(_base_client.time, "sleep", waits.append)
    return waits


def embedding_of(client, **fields):
    (item,) = client.embeddings.create(model=STUB, input=CAT, **fields).data
    return item.embedding


def test_under_the_new_version_the_default_call_gives_the_vector(client_of, vectors):
    """The package asks for base64 and turns it into floats."""
    same(np.array(embedding_of(client_of(NEW))), vectors.expanded(CAT))


def test_under_the_first_version_the_default_call_gives_the_vector(client_of, vectors):
    """The package asks for base64, gets floats and hands them on."""
    same(np.array(embedding_of(client_of(OLD))), vectors.of(CAT))


@pytest.mark.parametrize("version", VERSIONS)
def test_encoding_format_float_gives_the_vector_under_either_version(client_of, version, vectors):
    found = embedding_of(client_of(version), encoding_format="float")
    same(np.array(found), vectors.of(CAT))


def test_encoding_format_base64_gives_text_that_holds_the_vector(client_of, vectors):
    same(from_base64(embedding_of(client_of(NEW), encoding_format="base64")), vectors.expanded(CAT))


@pytest.mark.parametrize("encoding", [{}, {"encoding_format": "float"}])
def test_a_batch_gives_a_vector_for_each_text_in_order(client_of, acme, vectors, encoding):
    made = client_of(NEW).embeddings.create(model=STUB, input=TEXTS, **encoding)
    (event,) = acme.events()
    assert acme.credits == 1 - credits_of(made.usage.total_tokens)
    assert event["request_id"] == made._request_id
    assert [item.index for item in made.data] == [0, 1, 2]
    for item, text in zip(made.data, TEXTS, strict=True):
        found = np.array(item.embedding)
        same(found, vectors.of(text) if encoding else vectors.expanded(text))


def test_the_asynchronous_client_gives_the_same(base_url, acme, vectors):
    async def embed():
        headers = {"Aurous-Version": NEW}
        async with AsyncOpenAI(
            base_url=base_url, api_key=acme.key, default_headers=headers
        ) as made:
            return await made.embeddings.create(model=STUB, input=TEXTS)

    for item, text in zip(asyncio.run(embed()).data, TEXTS, strict=True):
        same(np.array(item.embedding), vectors.expanded(text))


def test_a_batch_is_repeated_under_its_key_with_the_same_bytes(client_of, acme):
    create = client_of(NEW).embeddings.with_raw_response.create
    headers = {"Idempotency-Key": "order-1"}
    first, again = (create(model=STUB, input=TEXTS, extra_headers=headers) for _ in range(2))
    assert again.headers["aurous-idempotent-replayed"] == "true"
    assert again.content == first.content
    assert len(acme.events()) == 1


def test_a_key_under_another_version_is_a_conflict(client_of):
    headers = {"Idempotency-Key": "order-2"}
    embedding_of(client_of(OLD), extra_headers=headers)
    with pytest.raises(openai.ConflictError) as raised:
        embedding_of(client_of(NEW), extra_headers=headers)
    assert raised.value.code == "idempotency_key_in_use"


def test_over_the_rate_it_waits_as_long_as_it_is_told_and_tries_again(client_of, acme, waits_s):
    teams.set_limits(acme.team.id, actor=NOBODY, rpm=2)
    patient = client_of(NEW, max_retries=1)
    for _ in range(2):
        embedding_of(patient)
    with pytest.raises(openai.RateLimitError) as raised:
        embedding_of(patient)
    (waited_s,) = waits_s
    assert waited_s - int(raised.value.response.headers["retry-after"]) in (0, 1)


def test_no_idempotency_key_is_sent_unless_the_caller_sends_one(client_of, acme):
    """So each try that we finish is charged, also where the client gave up before."""
    client = client_of(NEW)
    embedding_of(client)
    embedding_of(client)
    assert [event["credits_charged"] for event in acme.events()] == [credits_of(7)] * 2


def test_a_call_that_takes_too_long_ends_and_its_key_gets_the_answer(
    client_of, acme, slow_engine, waits_s, vectors
):
    headers = {"Idempotency-Key": "slow"}
    with slow_engine():
        with pytest.raises(openai.APITimeoutError):
            embedding_of(client_of(NEW, timeout=0.2), extra_headers=headers)
        with pytest.raises(openai.ConflictError) as raised:
            embedding_of(client_of(NEW, max_retries=1), extra_headers=headers)
    assert waits_s == [int(raised.value.response.headers["retry-after"])]
    until(lambda: acme.events()[0]["status"] == "settled")
    found = embedding_of(client_of(NEW), extra_headers=headers)
    assert [event["credits_charged"] for event in acme.events()] == [credits_of(7)]
    same(np.array(found), vectors.expanded(CAT))
