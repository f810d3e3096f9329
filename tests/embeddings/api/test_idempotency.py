"""One key, one effect, the same bytes again (contract section 5)."""

import json
from itertools import permutations

import pytest

from accounts.models import IdempotencyClaim
from aurous.http.versions import registry
from aurous.http.versions.registry import VersionChange
from embeddings.models import Inference
from tests.embeddings.api.stage import (
    STUB,
    TEN_TOKENS,
    VERSION,
    complaints,
    credits_of,
    customer,
    meanwhile,
    together,
)

FIRST = {"model": STUB, "input": "caf\u00e9 a/b \U0001f408", "dimensions": 64, "user": "u1"}
FIELDS = ('"model":"aurous-stub"', '"input":"café a/b 🐈"', '"dimensions":64', '"user":"u1"')


def spelled(**changed):
    """The first body with some of its fields written another way."""
    texts = dict(zip(FIRST, FIELDS, strict=True))
    texts |= {name: f'"{name}":{text}' for name, text in changed.items()}
    return ("{" + ",".join(texts.values()) + "}").encode()


def spellings():
    """The same body, written in more than forty ways."""
    yield from (("{" + ",".join(order) + "}").encode() for order in permutations(FIELDS))
    yield from (spelled(dimensions=n) for n in ("64.0", "64.000", "6.4e1", "6.4E+1", "640e-1"))
    yield from (
        spelled(model=text)
        for text in (
            '"\\u0061urous-stub"',
            '"aurous\\u002dstub"',
            '"\\u0061\\u0075\\u0072\\u006F\\u0075\\u0073-stub"',
        )
    )
    yield from (
        spelled(input=text)
        for text in (
            '"caf\\u00e9 a/b 🐈"',
            '"caf\\u00E9 a\\/b 🐈"',
            '"café a\\u002fb \\ud83d\\udc08"',
            '"\\u0063afé\\u0020a/b \\uD83D\\uDC08"',
        )
    )
    yield spelled(user='"\\u00751"')
    yield json.dumps(FIRST, indent=4).encode()
    yield json.dumps(FIRST, indent="\t", ensure_ascii=False).encode()
    yield json.dumps(FIRST, separators=(" ,\r\n", " :\t")).encode()
    yield b" \n\t" + json.dumps(FIRST).encode() + b"\r\n "
    yield spelled().replace(b'"user"', b'"\\u0075ser"')
    yield spelled().replace(b'"input"', b'"\\u0069nput"')


def near_misses():
    """Bodies that look alike and are not the same."""
    for text in (
        "cafe\u0301 a/b 🐈",  # decomposed
        "Café a/b 🐈",
        "cafe a/b 🐈",
        " café a/b 🐈",
        "café a/b 🐈 ",
        "café a/b  🐈",
        "café\ta/b 🐈",
        "café\u00a0a/b 🐈",
        "café a/b 🐈\u200d",
        "café a/b 🐈\ufe0f",
        "café a\\b 🐈",
        "café b/a 🐈",
        "café a/b 🐕",
        "café a/b",
        "café a/b 🐈\n",
        "caf\u0435 a/b 🐈",  # a Cyrillic letter
        "café a\u2215b 🐈",
        [{"type": "text", "text": "café a/b 🐈"}],
        [{"type": "text", "text": "café a/b"}, {"type": "text", "text": " 🐈"}],
    ):
        yield FIRST | {"input": text}
    yield from (FIRST | {"dimensions": d} for d in (128, 256, 384, None))
    yield from (FIRST | {"user": u} for u in ("u2", "U1", "u1 ", " u1", "u", "u11", "1", None))
    yield from (FIRST | {"encoding_format": f} for f in ("float", "base64", None))
    for left_out in ("dimensions", "user"):
        short = {name: value for name, value in FIRST.items() if name != left_out}
        yield short
        yield short | {"encoding_format": "float"}
        yield short | {"encoding_format": None}
        yield short | {left_out: None, "encoding_format": None}
    yield {"model": STUB, "input": FIRST["input"]}
    yield FIRST | {"model": "aurous-embed-text", "dimensions": None}


@pytest.fixture
def first(acme):
    """A customer whose key ``k`` stands for the first body, with the answer to it."""
    answer = acme.post("embeddings", FIRST, Idempotency_Key="k")
    assert (answer.status, answer.replayed) == (200, False)
    return acme, answer


def test_forty_spellings_of_a_body_replay_its_bytes_and_charge_nothing(first):
    acme, answer = first
    asked = 0
    for body in spellings():
        again = acme.post("embeddings", body, Idempotency_Key="k")
        assert (again.status, again.replayed) == (200, True), body
        assert again.content == answer.content, body
        asked += 1
    assert asked >= 40
    assert len(acme.events()) == 1
    assert len(acme.lines()) == 2
    assert acme.credits == 1 - answer.json["usage"]["credits_charged"]


def test_forty_near_misses_are_409_and_cost_nothing(first):
    acme, answer = first
    bodies = [json.dumps(body) for body in near_misses()]
    assert len(set(bodies)) == len(bodies) >= 40
    for body in bodies:
        refused = acme.post("embeddings", body.encode(), Idempotency_Key="k")
        assert (refused.status, refused.code) == (409, "idempotency_key_in_use"), body
        assert "with another body" in refused.error["message"]
        assert "Retry-After" not in refused.headers
    assert len(acme.events()) == 1
    assert acme.post("embeddings", FIRST, Idempotency_Key="k").content == answer.content


def test_a_replay_has_a_request_id_of_its_own_and_no_timing(first):
    acme, answer = first
    again = acme.post("embeddings", FIRST, Idempotency_Key="k")
    assert again.headers["Aurous-Request-Id"] != answer.headers["Aurous-Request-Id"]
    assert "Aurous-Idempotent-Replayed" not in answer.headers
    assert again.headers["Content-Type"] == answer.headers["Content-Type"]


@pytest.mark.parametrize(
    ("bare", "quoted"),
    [
        ("k-1", '"k-1"'),
        ("a\\b", '"a\\\\b"'),
        ('a"b', '"a\\"b"'),
        ("k" * 255, f'"{"k" * 255}"'),
        ("~!#$%&'()*+,-./:;<=>?@[]^_`{|}", '"~!#$%&\'()*+,-./:;<=>?@[]^_`{|}"'),
    ],
)
def test_the_quoted_form_of_a_key_is_the_same_key(acme, bare, quoted):
    one = acme.embed(Idempotency_Key=quoted)
    other = acme.embed(Idempotency_Key=bare)
    assert (one.replayed, other.replayed) == (False, True)
    assert one.content == other.content


def test_other_keys_are_other_requests(first):
    acme, _ = first
    for key in ("K", "k1", "'k'", "k,", "kk"):
        answer = acme.post("embeddings", FIRST, Idempotency_Key=key)
        assert (answer.status, answer.replayed) == (200, False), key
    assert len(acme.events()) == 6


def test_without_a_key_the_same_body_is_charged_again(acme):
    acme.embed()
    acme.embed()
    assert len(acme.events()) == 2


def test_the_key_is_the_teams_whichever_api_key_sends_it(first):
    acme, answer = first
    again = acme.key_with().post("embeddings", FIRST, Idempotency_Key="k")
    assert (again.content, again.replayed) == (answer.content, True)


def test_another_team_may_use_the_same_key(first):
    other = customer()
    answer = other.post("embeddings", FIRST, Idempotency_Key="k")
    assert (answer.status, answer.replayed) == (200, False)


def test_the_version_named_or_by_default_is_the_same_version(first):
    acme, answer = first
    again = acme.post("embeddings", FIRST, Idempotency_Key="k", Aurous_Version=VERSION)
    assert (again.content, again.replayed) == (answer.content, True)


def test_under_another_version_it_is_409_and_says_so(first, monkeypatch):
    class Later(VersionChange):
        date, title, why = "2027-02-01", "later", "to have another version"

    acme, _ = first
    monkeypatch.setattr(registry, "CHANGES", (*registry.CHANGES, Later()))
    answer = acme.post("embeddings", FIRST, Idempotency_Key="k", Aurous_Version=Later.date)
    assert (answer.status, answer.code) == (409, "idempotency_key_in_use")
    assert f"under another API version ({VERSION}, now {Later.date})" in answer.error["message"]


def test_for_another_route_it_is_409_and_says_so(first):
    acme, _ = first
    claim = IdempotencyClaim.objects.filter(team=acme.team)
    claim.update(path="/v1/webhook_endpoints", fingerprint="0" * 64)
    answer = acme.post("embeddings", FIRST, Idempotency_Key="k")
    assert (answer.status, answer.code) == (409, "idempotency_key_in_use")
    assert "for another route (POST /v1/webhook_endpoints)" in answer.error["message"]


def test_while_the_first_runs_the_same_key_is_409_with_a_time_to_wait(acme, gate):
    running = meanwhile(lambda: acme.embed(Idempotency_Key="k"))
    gate.wait_for_one()
    again = acme.embed(Idempotency_Key="k")
    assert (again.status, again.code) == (409, "idempotency_key_in_use")
    assert "still running" in again.error["message"]
    assert again.headers["Retry-After"] == "1"
    other = acme.embed(TEN_TOKENS, Idempotency_Key="k")
    assert "with another body" in other.error["message"]
    gate.open()
    answer = running.result()
    assert answer.status == 200
    replay = acme.embed(Idempotency_Key="k")
    assert (replay.content, replay.replayed) == (answer.content, True)
    assert len(acme.events()) == 1


def test_what_was_refused_before_the_claim_leaves_the_key_free(acme):
    for wrong in ({"input": ""}, {"input": "x", "model": "none"}, {"input": "x", "dimensions": 7}):
        assert acme.embed(**wrong, Idempotency_Key="k").status in {400, 404}
    assert acme.embed(Idempotency_Key="k").status == 200


def test_402_is_not_kept_and_after_a_top_up_the_same_key_succeeds(transactional_db):
    poor = customer("0.0001")
    for _ in range(2):
        assert poor.embed(TEN_TOKENS, Idempotency_Key="k").status == 402
    poor.grant("1")
    answer = poor.embed(TEN_TOKENS, Idempotency_Key="k")
    assert (answer.status, answer.replayed) == (200, False)
    assert poor.embed(TEN_TOKENS, Idempotency_Key="k").content == answer.content
    assert len(poor.events()) == 1


def test_a_replay_needs_no_credit(transactional_db):
    poor = customer(str(credits_of(10)))
    answer = poor.embed(TEN_TOKENS, Idempotency_Key="k")
    assert poor.credits == 0
    assert poor.embed(TEN_TOKENS, Idempotency_Key="k").content == answer.content
    assert poor.embed(TEN_TOKENS).code == "balance_too_low"


def test_5xx_is_not_kept_and_the_same_key_runs_again(acme):
    def fail(_output, _rows):
        raise ValueError("broken")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("embeddings.engine.stub.StubEngine.forward", fail)
        assert acme.embed(Idempotency_Key="k").status == 500
    assert acme.credits == 1
    answer = acme.embed(Idempotency_Key="k")
    assert (answer.status, answer.replayed) == (200, False)
    statuses = [event["status"] for event in acme.events()]
    assert statuses == ["settled", "failed"]


def test_of_twenty_twins_at_once_one_is_charged_and_all_end_with_its_bytes(acme):
    answers = together(20, lambda _: acme.embed(TEN_TOKENS, Idempotency_Key="twins"))
    good = [answer for answer in answers if answer.status == 200]
    assert {answer.code for answer in answers} <= {None, "idempotency_key_in_use"}
    assert [answer.replayed for answer in good].count(False) == 1
    assert len({answer.content for answer in good}) == 1
    for _ in range(20):
        replay = acme.embed(TEN_TOKENS, Idempotency_Key="twins")
        assert (replay.content, replay.replayed) == (good[0].content, True)
    assert acme.credits == 1 - credits_of(10)
    assert Inference.objects.filter(team=acme.team).count() == 1
    assert complaints() == {}
