"""From a well-formed request to what it will read and cost: model, modality, dimensions, tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from django.conf import settings

from aurous.http.caller import Caller
from aurous.kernel.errors import AurousError
from billing.pricing import Tokens
from embeddings.catalog import Entry, callable_entry
from embeddings.content import Content, TextPart
from embeddings.measuring import measure
from embeddings.request import EmbeddingRequest
from embeddings.tokens import token_ids
from embeddings.work import MediaItem, tokens_max


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that passed every gate which needs no store. ``tokens`` is the most it may read.

    ``token_ids`` and ``text_tokens`` are those of a ``WorkItem``.
    """

    entry: Entry
    token_ids: tuple[int, ...]
    media: tuple[MediaItem, ...]
    tokens: Tokens
    dimensions: int
    text_tokens: tuple[int, ...] = ()

    @property
    def deadline_s(self) -> int:
        """From the hold to the answer: videos take longer to fetch and to read."""
        video = any(item.kind == "video" for item in self.media)
        return settings.VIDEO_DEADLINE_SECONDS if video else settings.HOLD_DEADLINE_SECONDS


def prepare(request: EmbeddingRequest, caller: Caller) -> Prepared:
    """The gates from model to token count, in the order of the contract."""
    if caller.models is not None and request.model not in caller.models:
        raise AurousError(
            "model_not_allowed",
            f"This key may not use {request.model!r}. It may use: "
            f"{', '.join(sorted(caller.models))}.",
            param="model",
        )
    entry = callable_entry(request.model)
    _check_modalities(request.documents, entry)
    dimensions = _dimensions(request.dimensions, entry)
    if len(request.documents) == 1:
        return _one(request.documents[0], entry, dimensions)
    return _several(request.documents, entry, dimensions)


def _one(document: Content, entry: Entry, dimensions: int) -> Prepared:
    ids, media = _read(document, entry)
    tokens = tokens_max(ids, media)
    _check_window(tokens.total, document.path, entry)
    return Prepared(entry, ids, media, tokens, dimensions)


def _several(documents: Sequence[Content], entry: Entry, dimensions: int) -> Prepared:
    """A batch of texts: each must fit the window, and their sum is what is paid."""
    read = [_read(document, entry)[0] for document in documents]
    ids = tuple(chain.from_iterable(read))
    sizes = tuple(map(len, read))
    return Prepared(entry, ids, (), tokens_max(ids, ()), dimensions, sizes)


def _check_modalities(documents: Sequence[Content], entry: Entry) -> None:
    """Parts of one document and texts of a batch are counted alike: it is one or the other."""
    parts = chain.from_iterable(document.parts for document in documents)
    for index, part in enumerate(parts):
        kind = "text" if isinstance(part, TextPart) else part.kind
        if kind not in entry.modalities:
            raise AurousError(
                "embeddings_modality_unsupported",
                f"{entry.slug} reads {', '.join(sorted(entry.modalities))}, not {kind}.",
                param=f"input[{index}]",
            )


def _dimensions(asked: int | None, entry: Entry) -> int:
    if asked is None:
        return entry.default_dimensions
    if entry.dimensions is None:
        raise AurousError(
            "embeddings_unsupported_dimensions",
            f"{entry.slug} always answers {entry.default_dimensions} dimensions; leave "
            "`dimensions` out.",
            param="dimensions",
        )
    if asked not in entry.dimensions:
        listed = ", ".join(map(str, sorted(entry.dimensions)))
        raise AurousError(
            "embeddings_unsupported_dimensions",
            f"{entry.slug} has {listed} dimensions, not {asked}.",
            param="dimensions",
        )
    return asked


def _read(content: Content, entry: Entry) -> tuple[tuple[int, ...], tuple[MediaItem, ...]]:
    """Each part is tokenised by itself, so that parts add up and never melt into one another.

    Text comes first: it is cheap to count, and too much of it ends the matter.
    """
    ids: list[int] = []
    places: list[int] = []
    for part in content.parts:
        if isinstance(part, TextPart):
            ids += token_ids(entry.tokenizer, part.text)
        else:
            places.append(len(ids))
    _check_window(len(ids), content.path, entry)
    media = tuple(map(measure, content.media, places))
    if not ids and not media:
        raise AurousError(
            "value_out_of_range",
            f"`{content.path}` has not a single token to read.",
            param=content.path,
        )
    return tuple(ids), media


def _check_window(tokens: int, path: str, entry: Entry) -> None:
    if tokens > entry.context_window:
        raise AurousError(
            "embeddings_input_too_large",
            f"`{path}` has {tokens:,} tokens; {entry.slug} reads at most "
            f"{entry.context_window:,}. Nothing is cut: send less.",
            param=path,
        )
