"""Token ids of a customer's text, by the Rust tokenizer alone: no torch, no transformers."""

import os
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from threading import Lock

from tokenizers import Tokenizer

from embeddings.engine import minilm

# Up to here one call is short enough (about 1 ms) to keep Python's lock. Letting go of it costs
# more than it gives: under load a thread then waits up to 5 ms to get the lock back.
SMALL_CHARACTERS_MAX = 2_000
# Larger texts go in pieces: a million characters in one call took 740 MB.
PIECE_CHARACTERS = 16_384
# Each of these is a word boundary for BERT's tokenizer whatever stands beside it (blank, ASCII and
# common CJK punctuation, ideographs), so cutting before it changes no token. `\s` would be wrong:
# it holds control characters that BERT removes, joining their neighbours.
_BOUNDARY = re.compile(r"[ \t\n\r!-/:-@\[-`{-~\u3000-\u3002\uff01\uff0c\uff0e\uff1f\u4e00-\u9fff]")

_loading = Lock()


def token_ids(tokenizer: str, text: str) -> list[int]:
    """Return all token ids of a text, without special tokens, nothing cut.

    Special tokens written by the customer (`[SEP]`) are read as ordinary text.
    Raises ValueError for a lone surrogate, which is no Unicode text.
    """
    rust = _tokenizer(tokenizer)
    try:
        if len(text) <= SMALL_CHARACTERS_MAX:
            return rust.encode(text, add_special_tokens=False).ids
        ids: list[int] = []
        for piece in pieces(text, PIECE_CHARACTERS):
            # Unlike `encode` this lets other threads run, and skips offsets that nobody reads.
            ids += rust.encode_batch_fast([piece], add_special_tokens=False)[0].ids
    except TypeError as error:
        raise ValueError("the text holds a lone surrogate") from error
    return ids


def pieces(text: str, characters: int) -> Iterator[str]:
    """Cut a text before word boundaries into pieces of at least so many characters."""
    start = 0
    while start < len(text):
        boundary = _BOUNDARY.search(text, start + characters)
        end = boundary.start() if boundary else len(text)
        yield text[start:end]
        start = end


def _minilm_file() -> Path:
    return minilm.required_folder() / minilm.TOKENIZER_FILE


_FILES: dict[str, Callable[[], Path]] = {"minilm": _minilm_file}


def _tokenizer(name: str) -> Tokenizer:
    with _loading:  # else the first requests of a process would each read the file
        return _loaded(name)


@cache
def _loaded(name: str) -> Tokenizer:
    # One text at a time needs no thread pool, and a pool would warn at every fork.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    rust = Tokenizer.from_file(str(_FILES[name]()))
    rust.no_truncation()
    rust.no_padding()
    rust.encode_special_tokens = True
    return rust
