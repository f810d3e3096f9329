"""The refusals that every endpoint owes: no key, a wrong one, too little scope, no such version."""

import zlib
from typing import Any

from tests.golden.corpus import Case

_BODY = "al_live_" + "0" * 56
UNKNOWN_KEY = f"{_BODY}{zlib.crc32(_BODY.encode()):08x}"
# To the lightest route; it takes all that the key has in a minute.
_LAST_ONE = Case("the last one of a minute", "GET", "balance", key="slow")


def gates(method: str, path: str, body: Any = None, *, scope: str = "read") -> list[Case]:
    """What is refused before anybody looks at what is asked. The request itself is a good one."""

    def one(name: str, key: str = "full", **headers: str | None) -> Case:
        return Case(name, method, path, body, headers, key)

    cases = [
        one("no key", "nobody"),
        one("an empty key", "nobody", Authorization="Bearer "),
        one("another scheme", "nobody", Authorization="Basic YTpi"),
        one("a key that is cut short", "nobody", Authorization="Bearer al_live_0123"),
        one("a key that nobody has", "nobody", Authorization=f"Bearer {UNKNOWN_KEY}"),
        one("two keys", X_Api_Key=UNKNOWN_KEY),
        one("a revoked key", "revoked"),
        one("an expired key", "expired"),
        one("a key for another network", "elsewhere"),
        one("a team that is suspended", "suspended"),
        one("a version that is no date", Aurous_Version="newest"),
        one("a version that never was", Aurous_Version="1999-12-31"),
        Case("another method", "PUT", path, body),
        Case("too many requests", method, path, body, key="slow", before=_LAST_ONE.answer),
    ]
    lesser = {"read": (), "write": ("read",), "full": ("read", "write")}[scope]
    return cases + [one(f"a key of the scope {key}", key) for key in lesser]


def bodies(method: str, path: str) -> list[Case]:
    """Bodies that no route takes."""

    def one(name: str, body: Any, **headers: str) -> Case:
        return Case(name, method, path, body, headers)

    return [
        one("no JSON", b'{"name": '),
        one("a list", []),
        one("a name given twice", b'{"a": 1, "a": 1}'),
        one("a number that is none", b'{"a": NaN}'),
        one("a byte order mark", b"\xef\xbb\xbf{}"),
        one("a text", b"{}", Content_Type="text/plain"),
        one("an unknown field", {"colour": "red"}),
        Case("too large", method, path, {"a": 1}, settings={"REQUEST_BODY_BYTES_MAX": 4}),
    ]


def pages(path: str, *, more: str = "") -> list[Case]:
    """The paging of a list with at least three rows. ``more`` are other parameters, as ``a=b&``."""

    def one(name: str, query: str) -> Case:
        return Case(name, "GET", f"{path}?{more}{query}")

    return [
        one("the first page", "limit=2"),
        one("the second page", "limit=2&cursor={cursor}"),
        one("the longest page", "limit=500"),
        one("no row at all", "limit=0"),
        one("more rows than a page may have", "limit=501"),
        one("a limit that is no number", "limit=two"),
        one("a limit with a point", "limit=2.0"),
        one("two limits", "limit=1&limit=2"),
        one("a damaged cursor", "cursor=abc"),
        one("an empty cursor", "cursor="),
        Case(
            "a cursor of another team",
            "GET",
            f"{path}?{more}limit=2&cursor={{cursor}}",
            key="stranger",
        ),
        one("an unknown parameter", "colour=red"),
    ]
