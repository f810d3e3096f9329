"""Token ids of a customer's text, by the Rust tokenizer alone: no torch, no transformers."""

import os
import re
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

from tokenizers import Tokenizer

from embeddings.engine import minilm, qwen3_vl_tokenizer, vision_weights

# Up to here one call is short enough (about 1 ms) to keep Python's lock. Letting go of it costs
# more than it gives: under load a thread then waits up to 5 ms to get the lock back.
SMALL_CHARACTERS_MAX = 2_000
# Larger texts go in pieces: a million characters in one call took 740 MB.
PIECE_CHARACTERS = 16_384
# A text that cannot be cut (a million emoji in a row) takes up to 550 MB for a second or two. Such
# texts go one at a time, so that several of them do not fill the memory.
LONE_PIECE_CHARACTERS = 8 * PIECE_CHARACTERS
# Each of these is a word boundary for BERT's tokenizer whatever stands beside it (blank, ASCII and
# common CJK punctuation, ideographs), so cutting before it changes no token. `\s` would be wrong:
# it holds control characters that BERT removes, joining their neighbours.
BERT_BOUNDARY = re.compile(
    r"[ \t\n\r!-/:-@\[-`{-~\u3000-\u3002\uff01\uff0c\uff0e\uff1f\u4e00-\u9fff]"
)

_loading = Lock()
_lone_piece = Lock()


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A tokenizer, and where its texts may be cut; None where that is not known."""

    rust: Tokenizer
    boundary: re.Pattern[str] | None


def token_ids(tokenizer: str, text: str) -> list[int]:
    """Return all token ids of a text, without special tokens, nothing cut.

    Special tokens written by the customer (`[SEP]`) are read as ordinary text.
    Raises ValueError for a lone surrogate, which is no Unicode text.
    """
    loaded = _tokenizer(tokenizer)
    try:
        if len(text) <= SMALL_CHARACTERS_MAX:
            return loaded.rust.encode(text, add_special_tokens=False).ids
        ids: list[int] = []
        for piece in pieces(text, PIECE_CHARACTERS, loaded.boundary):
            ids += _piece_ids(loaded.rust, piece)
    except TypeError as error:
        raise ValueError("the text holds a lone surrogate") from error
    return ids


def pieces(
    text: str, characters: int, boundary: re.Pattern[str] | None = BERT_BOUNDARY
) -> Iterator[str]:
    """Cut a text before word boundaries into pieces of at least so many characters."""
    start = 0
    while start < len(text):
        found = boundary.search(text, start + characters) if boundary else None
        end = found.start() if found else len(text)
        yield text[start:end]
        start = end


def _piece_ids(rust: Tokenizer, piece: str) -> list[int]:
    """Unlike `encode` this lets other threads run, and skips offsets that nobody reads."""
    if len(piece) < LONE_PIECE_CHARACTERS:
        return rust.encode_batch_fast([piece], add_special_tokens=False)[0].ids
    with _lone_piece:
        return rust.encode_batch_fast([piece], add_special_tokens=False)[0].ids


def _minilm_file() -> Path:
    return minilm.required_folder() / minilm.TOKENIZER_FILE


def _vision_state() -> Hashable:
    """Another one when the setting means another file, or the file was changed."""
    path = vision_weights.tokenizer_file()
    stat = path.stat()
    return path, stat.st_size, stat.st_mtime_ns


_FILES: dict[str, Callable[[], Path]] = {
    "minilm": _minilm_file,
    "qwen3_vl": vision_weights.tokenizer_file,
}
# Those whose file may change while a process runs; a package's does not.
_STATES: dict[str, Callable[[], Hashable]] = {"qwen3_vl": _vision_state}
_BOUNDARIES: dict[str, Callable[[Tokenizer], re.Pattern[str] | None]] = {
    "minilm": lambda rust: BERT_BOUNDARY,
    "qwen3_vl": qwen3_vl_tokenizer.boundary,
}


def _tokenizer(name: str) -> _Loaded:
    state = _STATES[name]() if name in _STATES else None
    with _loading:  # else the first requests of a process would each read the file
        return _loaded(name, state)


@lru_cache(maxsize=4)
def _loaded(name: str, state: Hashable) -> _Loaded:
    # One text at a time needs no thread pool, and a pool would warn at every fork.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    rust = Tokenizer.from_file(str(_FILES[name]()))
    rust.no_truncation()
    rust.no_padding()
    rust.encode_special_tokens = True
    return _Loaded(rust, _BOUNDARIES[name](rust))
