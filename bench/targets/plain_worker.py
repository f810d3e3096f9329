"""The process behind `bench.targets.plain`: tokenize, forward, pool, normalise, in a loop.

Run as `python -m bench.targets.plain_worker FOLDER`. Reads JSON lines: `{"texts": […]}` gives their
vectors; `{"batch": N, "seconds": S}` loops for S seconds and gives what each round took.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import torch
from transformers import AutoModel, AutoTokenizer

from bench.texts import make_texts


class Plain:
    """MiniLM as its model card uses it."""

    def __init__(self, folder: str) -> None:
        torch.set_num_threads(os.cpu_count() or 1)
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self._model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()

    @torch.inference_mode()
    def embed(self, texts: list[str]) -> torch.Tensor:
        """Unit vectors of shape (len(texts), 384)."""
        batch = self._tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
        hidden = self._model(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1)
        mean = (hidden * mask).sum(1) / mask.sum(1)
        return torch.nn.functional.normalize(mean, dim=1)

    def loop(self, batch: int, seconds: float) -> dict[str, Any]:
        """Embed `batch` texts at a time until `seconds` have passed."""
        texts = make_texts()
        took: list[float] = []
        began = last = time.perf_counter()
        while last - began < seconds:
            at = len(took) * batch % (len(texts) - batch)
            self.embed(texts[at : at + batch]).tolist()
            now = time.perf_counter()
            took.append(now - last)
            last = now
        return {"took_s": took, "seconds": last - began}


def main(folder: str) -> None:
    """Answer each line until the input ends."""
    plain = Plain(folder)
    for line in sys.stdin:
        question = json.loads(line)
        if "texts" in question:
            answer: dict[str, Any] = {"vectors": plain.embed(question["texts"]).tolist()}
        else:
            answer = plain.loop(question["batch"], question["seconds"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
