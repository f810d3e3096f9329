"""What Qwen3-VL-Embedding reads of an input: the customer's tokens and media in its template."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from embeddings.engine.base import Clip, EngineInput, Media, UnfitModel
from embeddings.engine.mrope import Grid
from embeddings.media.geometry import SIDE_PIXELS, timestamps

HEAD = "<|im_start|>system\nRepresent the user's input.<|im_end|>\n<|im_start|>user\n"
TAIL = "<|im_end|>\n<|im_start|>assistant\n"
END = "<|endoftext|>"
START, STOP = "<|vision_start|>", "<|vision_end|>"
IMAGE, VIDEO = "<|image_pad|>", "<|video_pad|>"
# A picture is START IMAGE… STOP. A clip is START, then `<t seconds>` START VIDEO… STOP for each
# pair of frames, then STOP: since 5.10 transformers' processor keeps the outer markers that the
# chat template writes; before, it dropped them.
FORM = "image; video with outer markers, <%.1f seconds>"
_KEPT_TIMESTAMPS = 1_024


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture or clip: uint8 (frames, height, width, 3), and the row where each pair begins."""

    frames: np.ndarray
    starts: tuple[int, ...]

    @property
    def height(self) -> int:
        """In tokens."""
        return int(self.frames.shape[1]) // SIDE_PIXELS

    @property
    def width(self) -> int:
        """In tokens."""
        return int(self.frames.shape[2]) // SIDE_PIXELS


@dataclass(frozen=True, slots=True)
class Prompt:
    """One input as the model reads it: int64 ids (length,), and its media in order."""

    ids: np.ndarray
    placed: tuple[Placed, ...]
    dimensions: int

    @property
    def grids(self) -> Iterator[Grid]:
        """Pictures and pairs of frames, in the order of their rows."""
        for one in self.placed:
            for start in one.starts:
                yield start, one.height, one.width


class Template:
    """The template in the ids of one tokenizer. Safe for many threads."""

    def __init__(self, tokenizer_file: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(tokenizer_file))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.image_id, self.video_id, self.start_id, self.stop_id = map(
            self._id, (IMAGE, VIDEO, START, STOP)
        )
        self.special_ids = np.array(
            [
                token_id
                for token_id, token in self._tokenizer.get_added_tokens_decoder().items()
                if token.special
            ]
        )
        self.trailing = self._tokenizer.encode("", add_special_tokens=True).ids
        self._head, self._tail = self.encode(HEAD), self.encode(TAIL) + self.trailing
        self._timestamp = lru_cache(maxsize=_KEPT_TIMESTAMPS)(self.encode)

    def encode(self, text: str) -> list[int]:
        """Ids of a text of ours, in which special tokens are special."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def encode_whole(self, text: str) -> list[int]:
        """The same, with what the tokenizer itself adds to a text."""
        return list(self._tokenizer.encode(text, add_special_tokens=True).ids)

    def check(self) -> None:
        """Raise UnfitModel where the tokenizer does not end a text as the model was trained to."""
        expected = [self._id(END)]
        if self.trailing != expected:
            raise UnfitModel(
                f"the tokenizer adds {self.trailing} to a text; {END} alone, {expected}, is what "
                "the model's vector is read from"
            )

    def prompt(self, item: EngineInput) -> Prompt:
        """Build what is read of an input that was found to be good."""
        ids: list[int] = list(self._head)
        placed = []
        done = 0
        for media in item.media:
            ids += item.token_ids[done : media.at]
            done = media.at
            placed.append(self._place(media, ids))
        ids += item.token_ids[done:]
        ids += self._tail
        return Prompt(np.array(ids, dtype=np.int64), tuple(placed), item.dimensions)

    def visual_tokens(self, prompt: Prompt) -> tuple[int, int]:
        """How many ids stand for parts of pictures, and how many for parts of clips."""
        count = np.count_nonzero
        return int(count(prompt.ids == self.image_id)), int(count(prompt.ids == self.video_id))

    def _place(self, media: Media, ids: list[int]) -> Placed:
        """Write a picture's or clip's ids behind the others."""
        if not isinstance(media, Clip):
            frames = media.pixels[None]
            return Placed(frames, (self._pads(ids, frames, self.image_id),))
        ids.append(self.start_id)
        starts = []
        for stamp in timestamps(media.seconds):
            ids += self._timestamp(stamp)
            starts.append(self._pads(ids, media.frames, self.video_id))
        ids.append(self.stop_id)
        return Placed(media.frames, tuple(starts))

    def _pads(self, ids: list[int], frames: np.ndarray, pad: int) -> int:
        height, width = frames.shape[1:3]
        ids.append(self.start_id)
        start = len(ids)
        ids += [pad] * (height * width // SIDE_PIXELS**2)
        ids.append(self.stop_id)
        return start

    def _id(self, token: str) -> int:
        token_id = self._tokenizer.token_to_id(token)
        if token_id is None:
            raise UnfitModel(f"the tokenizer has no token {token}")
        return int(token_id)
