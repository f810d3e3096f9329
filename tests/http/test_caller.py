from dataclasses import FrozenInstanceError, replace

import pytest

from tests.http.fakes import ADA


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [("read", {"read"}), ("write", {"read", "write"}), ("full", {"read", "write", "full"})],
)
def test_each_scope_includes_the_ones_before_it(scope, allowed):
    caller = replace(ADA, scope=scope)
    assert {asked for asked in ("read", "write", "full") if caller.allows(asked)} == allowed


def test_a_caller_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        ADA.scope = "full"
