"""A request that is wrong in many ways hears of the first gate it fails (contract section 4)."""

from aurous.http.throttles import limits
from tests.embeddings.api.stage import CAT, STUB, customer, meanwhile

IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}
UNFIT = b"{" + b" " * 100


def test_from_the_route_to_the_json(asker, settings):
    """Each call mends what the one before was told."""
    settings.REQUEST_BODY_BYTES_MAX = 50
    settings.RATE_REQUESTS_PER_MINUTE = 2
    reader, writer = asker.key_with(scope="read"), asker.key_with(scope="write")
    elsewhere = asker.key_with(cidrs=["192.0.2.0/24"])
    for _ in range(2):
        limits().take(f"rpm:embeddings:{asker.team.id}", 2)

    def code(method="POST", path="embeddings", body=b"{", key=writer.key, **headers):
        headers = {"Authorization": f"Bearer {key}", "Aurous_Version": "1999-01-01"} | headers
        return asker.call(method, path, body, Content_Type="text/html", **headers).code

    assert code(path="embedings", body=UNFIT, key="x") == "resource_not_found"
    assert code(method="PUT", body=UNFIT, key="x") == "method_not_allowed"
    assert code(body=UNFIT, key="x") == "payload_too_large"
    assert code(key="x") == "invalid_api_key"
    assert code(key=reader.key) == "missing_scope"
    assert code(key=elsewhere.key) == "ip_not_allowed"
    assert code() == "unknown_version"
    assert code(Aurous_Version=None) == "too_many_requests"
    settings.RATE_REQUESTS_PER_MINUTE = 0
    assert code(Aurous_Version=None) == "unsupported_media_type"
    assert asker.post("embeddings", b"{").code == "invalid_json"


def test_from_the_fields_to_the_money(transactional_db, gate, settings):
    settings.RATE_TOKENS_PER_MINUTE = 100
    settings.CONCURRENT_REQUESTS_MAX = 1
    acme = customer("0.00022")  # 11 tokens
    running = meanwhile(lambda: acme.embed(CAT, Idempotency_Key="taken"))  # holds 7 of them
    gate.wait_for_one()
    many = [{"type": "text", "text": "a " * 8_193}]
    wrong = {"model": "none", "input": [*many, IMAGE], "dimensions": 65, "more": 1}

    def code(**mended):
        wrong.update(mended)
        sent = {name: value for name, value in wrong.items() if value is not None}
        return acme.post("embeddings", sent, Idempotency_Key="taken").code

    assert acme.post("embeddings", wrong, Idempotency_Key="a b").code == "invalid_idempotency_key"
    assert code() == "unknown_field"
    assert code(more=None) == "model_not_found"
    assert code(model=STUB) == "embeddings_modality_unsupported"
    assert code(input=many) == "embeddings_unsupported_dimensions"
    assert code(dimensions=64) == "embeddings_input_too_large"
    assert code(input="a " * 200) == "tpm_rate_limit_exceeded"
    assert code(input="a " * 20) == "concurrency_limit_exceeded"
    settings.CONCURRENT_REQUESTS_MAX = 2
    assert code() == "idempotency_key_in_use"
    assert acme.embed("a " * 20).code == "balance_too_low"
    gate.open()
    assert running.result().status == 200
    assert len(acme.events()) == 1  # nothing that was refused left a row


def test_a_key_that_may_not_use_a_model_does_not_learn_whether_it_exists(asker):
    key = asker.key_with(models=["aurous-embed-text"])
    for model in (STUB, "none", "aurous-embed-vision"):
        answer = key.embed(model=model, dimensions=7)
        assert (answer.status, answer.code) == (403, "model_not_allowed")
        assert answer.error["type"] == "authentication"
        assert answer.error["param"] == "model"


def test_a_refused_request_counts_for_the_request_rate_and_not_for_the_token_rate(asker, settings):
    settings.RATE_REQUESTS_PER_MINUTE, settings.RATE_TOKENS_PER_MINUTE = 2, 2
    headers = asker.embed("").headers
    assert (headers["X-RateLimit-Remaining"], headers["X-RateLimit-TPM-Remaining"]) == ("1", "2")
