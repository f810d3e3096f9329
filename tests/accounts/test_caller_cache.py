from accounts import caller_cache
from accounts.caller_cache import BoundedCache, Refusal
from accounts.verdicts import UNKNOWN


def refusal(name):
    return Refusal("invalid_api_key", name, team_id=name, api_key_id=name)


def test_what_is_too_old_is_not_there():
    cache = BoundedCache(10)
    cache.put("a", UNKNOWN, read_at=100.0)
    assert cache.get("a", since=99.9) is UNKNOWN
    assert cache.get("a", since=100.0) is None
    assert cache.get("b", since=0.0) is None


def test_a_full_cache_forgets_what_was_written_longest_ago():
    cache = BoundedCache(2)
    for name in ("a", "b", "a", "c"):
        cache.put(name, refusal(name), read_at=1.0)
    assert len(cache) == 2
    assert cache.get("b", since=0.0) is None
    assert cache.get("a", since=0.0) == refusal("a")
    assert cache.get("c", since=0.0) == refusal("c")


def test_made_up_keys_cannot_push_out_a_caller(cast, clock, monkeypatch):
    from accounts.authentication import caller_for

    monkeypatch.setattr("accounts.caller_cache._refusals", BoundedCache(3))
    text = cast.key()
    caller = caller_for(text)
    for number in range(50):
        caller_cache.remember(f"garbage {number}", UNKNOWN, clock())
    assert len(caller_cache._refusals) == 3
    assert caller_for(text) is caller


def test_forgetting_a_team_forgets_its_keys_and_no_others():
    cache = BoundedCache(10)
    cache.put("a", refusal("a"), read_at=1.0)
    cache.put("b", refusal("b"), read_at=1.0)
    cache.forget(lambda verdict: verdict.team_id == "a")
    assert cache.get("a", since=0.0) is None
    assert cache.get("b", since=0.0) == refusal("b")


def test_each_refusal_raises_an_error_of_its_own():
    assert UNKNOWN.error() is not UNKNOWN.error()
