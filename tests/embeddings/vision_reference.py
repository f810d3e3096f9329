"""Plain transformers with the official processor classes: what the vision engine must equal.

A content is a list of parts in their order: a text, a picture (uint8 height × width × 3), or a
``Video``. ``engine_input`` reads the same content for our engine.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.engine.base import Clip, EngineInput, Picture
from embeddings.tokens import token_ids


@dataclass(frozen=True)
class Video:
    """Frames (count, height, width, 3) that were taken at these indices of a video."""

    frames: np.ndarray
    indices: tuple[int, ...]
    fps: float = 1.0


Part = str | np.ndarray | Video
Content = Sequence[Part]


def picture(seed: int, height: int = 64, width: int = 64) -> np.ndarray:
    """Large coloured areas with some noise, unlike those of any other seed."""
    rng = np.random.default_rng(seed)
    areas = rng.integers(0, 256, (height // 16, width // 16, 3))
    noise = rng.integers(-20, 21, (height, width, 3))
    return (areas.repeat(16, 0).repeat(16, 1) + noise).clip(0, 255).astype(np.uint8)


def video(seed: int, frames: int = 4, height: int = 64, width: int = 64) -> Video:
    """Frames that differ, four frames of the video apart, at 2.5 frames a second."""
    shown = np.stack([picture(seed * 100 + number, height, width) for number in range(frames)])
    return Video(shown, tuple(range(0, 4 * frames, 4)), 2.5)


def engine_input(content: Content, dimensions: int = 2_048) -> EngineInput:
    """What admission and the decoder make of a content."""
    ids: list[int] = []
    media: list[Picture | Clip] = []
    for part in content:
        if isinstance(part, str):
            ids += token_ids("qwen3_vl", part)
        elif isinstance(part, Video):
            seconds = [index / part.fps for index in part.indices]
            pairs = zip(seconds[::2], seconds[1::2], strict=True)
            media.append(Clip(len(ids), part.frames, tuple(sum(pair) / 2 for pair in pairs)))
        else:
            media.append(Picture(len(ids), part))
    return EngineInput(ids, dimensions, tuple(media))


class Reference:
    """``Qwen3VLModel.forward`` in float32 behind ``Qwen3VLProcessor``."""

    def __init__(self, folder: Path) -> None:
        import torch
        from transformers import AutoModel

        self.model = AutoModel.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
        self.model.eval()
        self.processor = _processor(folder)

    def inputs(self, contents: Sequence[Content], *, padding: str = "right") -> dict[str, Any]:
        """What the processor makes of a batch of contents, padded on one side."""
        parts = list(itertools.chain.from_iterable(contents))
        images = [part for part in parts if isinstance(part, np.ndarray)]
        videos = [part for part in parts if isinstance(part, Video)]
        return dict(
            self.processor(
                text=[self.written(content) for content in contents],
                images=images or None,
                videos=[part.frames for part in videos] or None,
                video_metadata=[_metadata(part) for part in videos] or None,
                do_resize=False,
                padding=True,
                padding_side=padding,
                return_tensors="pt",
            )
        )

    def written(self, content: Content) -> str:
        """The content in the model's own chat template."""
        kinds = {str: "text", np.ndarray: "image", Video: "video"}
        user = [
            {"type": kinds[type(part)], **({"text": part} if isinstance(part, str) else {})}
            for part in content
        ]
        system = [{"type": "text", "text": "Represent the user's input."}]
        return self.processor.apply_chat_template(
            [{"role": "system", "content": system}, {"role": "user", "content": user}],
            add_generation_prompt=True,
            tokenize=False,
        )

    def vectors(
        self, contents: Sequence[Content], *, padding: str = "right", model: Any = None
    ) -> np.ndarray:
        """Unit vectors (contents, hidden), all computed in one padded batch, by any such model."""
        import torch

        inputs = self.inputs(contents, padding=padding)
        with torch.no_grad():
            hidden = (model or self.model)(**inputs, use_cache=False).last_hidden_state
        mask = inputs["attention_mask"]
        last = mask.shape[1] - 1 - mask.flip(1).argmax(1)
        rows = hidden[torch.arange(len(hidden)), last].float()
        return torch.nn.functional.normalize(rows, dim=1).numpy()


def _metadata(part: Video) -> Any:
    from transformers.video_utils import VideoMetadata

    return VideoMetadata(
        total_num_frames=part.indices[-1] + 1, fps=part.fps, frames_indices=list(part.indices)
    )


def _processor(folder: Path) -> Any:
    """The official processor. Its video part needs torchvision only to resize and to normalise."""
    import torch
    from transformers import AutoTokenizer
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
    from transformers.models.qwen3_vl.processing_qwen3_vl import Qwen3VLProcessor
    from transformers.models.qwen3_vl.video_processing_qwen3_vl import Qwen3VLVideoProcessor

    class Videos(Qwen3VLVideoProcessor):
        def __init__(self) -> None:
            pass

        def __call__(self, videos: Any, video_metadata: Any, **_more: Any) -> dict[str, Any]:
            pixels, grids = [], []
            for frames in videos:
                tensor = torch.from_numpy(np.asarray(frames)).permute(0, 3, 1, 2)[None]
                patches, *grid = self.patchify((tensor / 255 - 0.5) / 0.5, 16, 2, 2)
                pixels.append(patches[0])
                grids.append(grid)
            return {
                "pixel_values_videos": torch.cat(pixels),
                "video_grid_thw": torch.tensor(grids),
                "video_metadata": video_metadata,
            }

    class Processor(Qwen3VLProcessor):
        def check_argument_for_proper_class(self, argument_name: str, argument: Any) -> Any:
            if argument_name != "video_processor":  # this look-up would need torchvision
                return super().check_argument_for_proper_class(argument_name, argument)
            return type(argument)

    return Processor(
        image_processor=Qwen2VLImageProcessorPil.from_pretrained(folder, local_files_only=True),
        tokenizer=AutoTokenizer.from_pretrained(folder, local_files_only=True),
        video_processor=Videos(),
        chat_template=(folder / "chat_template.jinja").read_text(),
    )
