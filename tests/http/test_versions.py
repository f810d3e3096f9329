import pytest

from aurous.http.versions import registry
from aurous.http.versions.registry import VersionChange
from aurous.kernel.errors import AurousError


class First(VersionChange):
    date, title, why = "2026-11-01", "first", "because"

    def request(self, operation, body):
        return {**body, "steps": [*body.get("steps", []), f"{operation} 1"]}

    def response(self, operation, body):
        return {**body, "steps": [*body.get("steps", []), "1"]}


class Second(First):
    date, title = "2027-02-01", "second"

    def request(self, operation, body):
        return {**body, "steps": [*body.get("steps", []), f"{operation} 2"]}

    def response(self, operation, body):
        return {**body, "steps": [*body.get("steps", []), "2"]}


@pytest.fixture
def changes(monkeypatch):
    monkeypatch.setattr(registry, "CHANGES", (First(), Second()))


def test_today_there_are_two_versions(settings):
    assert registry.versions() == ("2026-05-15", "2026-11-01")
    assert registry.versions()[0] == registry.OLDEST
    assert settings.API_DEFAULT_VERSION in registry.versions()


def test_every_change_makes_a_version(changes):
    assert registry.versions() == ("2026-05-15", "2026-11-01", "2027-02-01")


@pytest.mark.parametrize(
    ("version", "up", "down"),
    [
        ("2026-05-15", ["op 1", "op 2"], ["2", "1"]),
        ("2026-11-01", ["op 2"], ["2"]),
        ("2027-02-01", None, None),
    ],
)
def test_bodies_go_through_the_changes_one_after_the_other(changes, version, up, down):
    assert registry.upgrade("op", version, {}).get("steps") == up
    assert registry.downgrade("op", version, {}).get("steps") == down


def test_a_change_that_says_nothing_changes_nothing():
    change, body = VersionChange(), {"a": 1}
    assert change.request("op", body) is body
    assert change.response("op", body) is body
    assert change.schema(body) is body


@pytest.mark.parametrize(
    ("header", "pin", "version"),
    [
        (None, None, "2026-05-15"),
        (None, "2026-11-01", "2026-11-01"),
        (None, "1999-01-01", "2026-05-15"),  # a pin that is gone must not lock a team out
        ("2027-02-01", "2026-11-01", "2027-02-01"),
    ],
)
def test_header_then_pin_then_default(changes, header, pin, version):
    assert registry.resolve(header, pin) == version


@pytest.mark.parametrize("header", ["", "x", "2026-05-16", "2099-01-01", "2026-02-30", "20260515"])
def test_anything_else_is_unknown_and_the_message_lists_what_there_is(changes, header):
    with pytest.raises(AurousError) as caught:
        registry.resolve(header, "2026-11-01")
    assert caught.value.code == "unknown_version"
    for version in registry.versions():
        assert version in caught.value.message


@pytest.mark.parametrize("change", registry.CHANGES, ids=lambda change: type(change).__name__)
def test_every_change_says_what_and_why(change):
    assert change.date in registry.versions()
    assert change.title
    assert change.why.endswith(".")


@pytest.mark.parametrize("change", registry.CHANGES, ids=lambda change: type(change).__name__)
@pytest.mark.parametrize("operation", ["POST /v1/embeddings", "PATCH /v1/team"])
def test_no_change_alters_the_body_that_was_sent(change, operation):
    body = {"model": "m", "input": "x", "encoding_format": "base64"}
    sent = dict(body)
    change.request(operation, body)
    change.response(operation, body)
    assert body == sent


def test_a_body_of_another_operation_is_left_alone():
    body = {"input": ["x"], "encoding_format": "base64"}
    assert registry.upgrade("PATCH /v1/team", registry.OLDEST, body) is body
