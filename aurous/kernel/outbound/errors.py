"""What can go wrong on the way out. Every message may be shown to a customer as it is.

None of them holds a URL, an address or the text of a library: a URL's query is a secret, and an
address tells about our network.
"""


class OutboundFault(Exception):  # noqa: N818 - its kinds are named by what happened
    """A request to somebody else's server did not give what was asked for."""


class UrlMalformed(OutboundFault):
    """The text is no URL."""


class UrlRefused(OutboundFault):
    """The text is a URL, and one that is not fetched: its scheme, host, port or address."""


class FetchFailed(OutboundFault):
    """The server could not be reached, was too slow, or answered something unusable."""


class BodyTooLarge(OutboundFault):
    """The answer has more than ``bytes_max`` bytes."""

    def __init__(self, bytes_max: int) -> None:
        super().__init__(bytes_max)
        self.bytes_max = bytes_max

    def __str__(self) -> str:
        """The limit, and what to do."""
        return f"The file has more than {self.bytes_max:,} bytes. Send a smaller one."
