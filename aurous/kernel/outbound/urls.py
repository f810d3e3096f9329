"""The one parser of foreign URLs: what it hands out is what is connected to, nothing is read twice.

Pure: no look-up, no connection. Web processes check with it before they take a request, the client
parses with it the first URL and every redirect.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import quote, urljoin

from aurous.kernel.outbound.addresses import IPAddress
from aurous.kernel.outbound.errors import FetchFailed, UrlMalformed, UrlRefused
from aurous.kernel.outbound.hosts import address_of, canonical_host, check_public_host

URL_CHARS_MAX = 2_048
DEFAULT_PORTS = {"https": 443, "http": 80}

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", re.DOTALL)
_AFTER_SCHEME = re.compile(r"//([^/?#]+)([^#]*)(#.*)?")
_AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^\[\]:]*)(?::([1-9][0-9]{0,4}))?")
# What may stand in a request line as it is; all else travels percent-encoded.
_SAFE = "!$%&'()*+,-./:;=?@[]_~"


@dataclass(frozen=True, slots=True)
class Target:
    """A checked URL, ready to connect to. ``repr`` leaves out what may hold a secret.

    ``host`` is a canonical name or address, without brackets. ``local`` says that the
    installation allows this very host and port although it may not be public.
    """

    scheme: str
    host: str
    port: int
    path_and_query: str = field(repr=False)
    local: bool

    @property
    def address(self) -> IPAddress | None:
        """The address, where the host is one and needs no look-up."""
        return address_of(self.host)

    @property
    def authority(self) -> str:
        """Host and, unless it is the scheme's own, port: the value of the ``Host`` header."""
        host = _bracketed(self.host)
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def redirect(self, location: str, *, local_hosts: Collection[str] = ()) -> "Target":
        """Where a ``Location`` header leads from here, checked like a first URL.

        Raises ``UrlRefused``, or ``FetchFailed`` if the header is no URL.
        """
        try:
            _check_characters(location)  # before urljoin, which quietly drops some of them
            joined = urljoin(f"{self.scheme}://{self.authority}{self.path_and_query}", location)
            target = parse_target(joined, local_hosts=local_hosts)
        except UrlRefused as error:
            raise UrlRefused(f"The URL redirects to one that is not fetched. {error}") from None
        except (UrlMalformed, ValueError):
            raise FetchFailed("The URL redirects to something that is no URL.") from None
        if self.scheme == "https" and target.scheme != "https":
            raise UrlRefused("The URL redirects from https to http. Use one that stays with https.")
        return target


def parse_target(url: str, *, local_hosts: Collection[str] = ()) -> Target:
    """Check a URL as far as that needs no network.

    ``local_hosts`` are ``host:port`` names that may be local and may be plain http. Raises
    ``UrlMalformed`` for what is no URL and ``UrlRefused`` for one that is not fetched.
    """
    _with_scheme(url)  # first: what has none is no URL, whatever characters it has
    _check_characters(url)
    scheme, authority, path_and_query = _split(url)
    host, port = _host_and_port(authority, DEFAULT_PORTS[scheme])
    local = f"{_bracketed(host)}:{port}" in {name.lower() for name in local_hosts}
    if not local:
        if scheme != "https":
            raise UrlRefused("Only https URLs are fetched. Use https.")
        check_public_host(host)
        if port != DEFAULT_PORTS["https"]:
            raise UrlRefused("Only port 443 is fetched from. Leave the port out.")
    return Target(scheme, host, port, path_and_query, local)


def _check_characters(url: str) -> None:
    if len(url) > URL_CHARS_MAX:
        raise UrlRefused(f"The URL has more than {URL_CHARS_MAX:,} characters. Use a shorter one.")
    # isprintable also tells characters that nobody sees, such as a zero-width space.
    if not url.isprintable() or " " in url or "\\" in url:
        raise UrlRefused(
            "The URL holds a space, a backslash or a control character. Percent-encode it."
        )


def _with_scheme(url: str) -> re.Match[str]:
    parts = _SCHEME.fullmatch(url)
    if not parts:
        raise UrlMalformed("This is no URL. Write it as https://host/path.")
    return parts


def _split(url: str) -> tuple[str, str, str]:
    """Scheme, authority, and the path and query as they go onto the wire; the fragment is lost."""
    parts = _with_scheme(url)
    scheme = parts[1].lower()
    if scheme not in DEFAULT_PORTS:
        raise UrlRefused("URLs of this scheme are not fetched. Use https.")
    rest = _AFTER_SCHEME.fullmatch(parts[2])
    if not rest:
        raise UrlMalformed("The URL has no host. Write it as https://host/path.")
    path_and_query = quote(rest[2], safe=_SAFE)
    if not path_and_query.startswith("/"):
        path_and_query = f"/{path_and_query}"
    return scheme, rest[1], path_and_query


def _host_and_port(authority: str, port_default: int) -> tuple[str, int]:
    if "@" in authority:
        raise UrlRefused("The URL holds a user name or password. Leave them out.")
    parts = _AUTHORITY.fullmatch(authority)
    if not parts:
        raise UrlMalformed("The URL has no valid host and port. Write it as https://host/path.")
    return canonical_host(parts[1]), int(parts[2] or port_default)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
