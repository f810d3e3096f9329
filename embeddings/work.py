"""What travels between a web process and a worker."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from itertools import accumulate
from typing import Any

from aurous.kernel.errors import AurousError
from billing.pricing import Cost, Tokens
from embeddings.media.geometry import FRAMES_MERGED, TOKEN_PIXELS
from embeddings.reply import Vectors, vectors_from_bytes, vectors_to_bytes


@dataclass(frozen=True, slots=True)
class MediaItem:
    """A picture or a video that a worker is to fetch and read. Its URL may be a secret, or itself
    the content, so it shows in no ``repr``.

    ``at`` is its place: before the text token of this index. ``fit_tokens`` is the size to which
    an image is brought at the most, ``held_tokens`` what was held for it. ``path`` is the field
    that errors name.
    """

    kind: str  # image or video
    at: int
    url: str = field(repr=False)
    path: str
    fit_tokens: int
    held_tokens: int

    @property
    def pixel_bytes_max(self) -> int:
        """Memory that it takes once it is read: RGB, and two frames of a video to a token."""
        frames = FRAMES_MERGED if self.kind == "video" else 1
        return self.held_tokens * TOKEN_PIXELS * frames * 3


def tokens_max(token_ids: Sequence[int], media: Sequence[MediaItem]) -> Tokens:
    """The most tokens of each modality that such content can have."""
    return Tokens(
        text=len(token_ids),
        visual=sum(item.held_tokens for item in media if item.kind == "image"),
        video=sum(item.held_tokens for item in media if item.kind == "video"),
    )


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One request that was let in, as a worker needs it. Never logged: it is the content.

    It is one document, or a batch of texts whose tokens stand one after the other in
    ``token_ids``; then ``text_tokens`` says how many each of them has.
    """

    id: str
    team_id: str
    token_ids: tuple[int, ...] = field(repr=False)  # the customer's text, without special ones
    dimensions: int
    keep_reply: bool  # it has an idempotency key: the answer is stored with the charge
    media: tuple[MediaItem, ...] = ()
    text_tokens: tuple[int, ...] = ()

    @property
    def documents(self) -> list[tuple[int, ...]]:
        """The token ids of each document that is to become a vector, in order."""
        if not self.text_tokens:
            return [self.token_ids]
        ends = accumulate(self.text_tokens)
        return [
            self.token_ids[end - size : end]
            for end, size in zip(ends, self.text_tokens, strict=True)
        ]

    @property
    def tokens_max(self) -> Tokens:
        """The most that it can read: what was held for."""
        return tokens_max(self.token_ids, self.media)

    @property
    def message_bytes(self) -> int:
        """About how large its message is."""
        return 8 * len(self.token_ids) + sum(len(m.url) for m in self.media)

    def as_message(self) -> list[Any]:
        """The form that goes through the broker."""
        media = [list(astuple(item)) for item in self.media]
        ids = list(self.token_ids)
        message = [self.id, self.team_id, ids, self.dimensions, self.keep_reply, media]
        return [*message, list(self.text_tokens)] if self.text_tokens else message

    @classmethod
    def from_message(cls, message: list[Any]) -> "WorkItem":
        """The way back from ``as_message``."""
        id_, team_id, token_ids, dimensions, keep_reply, media, *batch = message
        items = tuple(MediaItem(*fields) for fields in media)
        sizes = tuple(batch[0]) if batch else ()
        return cls(id_, team_id, tuple(token_ids), dimensions, keep_reply, items, sizes)


@dataclass(frozen=True, slots=True)
class WorkReply:
    """What became of one request: vectors with their numbers, or the error for its caller."""

    id: str
    error: AurousError | None = None
    vectors: Vectors | None = None  # one for each document
    tokens: Tokens = field(default_factory=Tokens)
    charged: Cost = field(default_factory=Cost)
    timings_ms: Mapping[str, float] = field(default_factory=dict)  # queue, compute, settle

    def as_message(self) -> tuple[list[Any], bytes]:
        """The form that goes back: a JSON-able head, and the vectors' bytes."""
        error, vectors = self.error, self.vectors
        head: list[Any] = [
            self.id,
            [error.code, error.message, error.param, error.retry_after_s] if error else None,
            [self.tokens.text, self.tokens.visual, self.tokens.video],
            [self.charged.text, self.charged.visual, self.charged.video],
            dict(self.timings_ms),
        ]
        if vectors is None:
            return head, b""
        if len(vectors) != 1:
            head.append(len(vectors))
        return head, vectors_to_bytes(vectors)

    @classmethod
    def from_message(cls, head: list[Any], vectors: bytes) -> "WorkReply":
        """The way back from ``as_message``."""
        id_, error, tokens, charged, timings, *count = head
        return cls(
            id_,
            AurousError(error[0], error[1], param=error[2], retry_after_s=error[3])
            if error
            else None,
            vectors_from_bytes(vectors, count[0] if count else 1) if vectors else None,
            Tokens(*tokens),
            Cost(*charged),
            timings,
        )
