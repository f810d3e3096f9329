"""The engines by name. Importing this imports no torch; only `load` of a real model does."""

import hashlib
import json
from collections.abc import Callable

from django.conf import settings

from embeddings.engine import minilm
from embeddings.engine.base import Engine
from embeddings.engine.hardware import resolve_device, resolve_dtype

# Raise it when pooling, normalising or the wrapping of tokens changes: old vectors then no longer
# compare with new ones, and the fingerprint says so.
TEXT_PREPROCESSING = "wordpiece;[CLS]…[SEP];mean;l2;1"
STUB_PREPROCESSING = "shake128;l2;1"


def load(engine: str, slug: str) -> Engine:
    """Load the engine of a catalog entry. Raises FileNotFoundError when its weights are missing."""
    _known(engine)
    return _LOADERS[engine](slug)


def unavailable_because(engine: str) -> str | None:
    """Say, for operators, why `load` would fail; None when weights are where they should be."""
    if engine not in _LOADERS:
        return f"This build has no engine {engine!r}; it has {', '.join(sorted(_LOADERS))}."
    return minilm.unavailable_because() if engine == "text_encoder" else None


def fingerprint_of(engine: str) -> str:
    """Hash all that decides the numbers of a vector, without torch: the web tells it to customers.

    With `auto` the dtype depends on the machine. Where web and workers run on different kinds of
    machine, set AUROUS_DEVICE and AUROUS_DTYPE for both.
    """
    _known(engine)
    facts = {"engine": engine, "preprocessing": STUB_PREPROCESSING}
    if engine == "text_encoder":
        device = resolve_device(settings.AUROUS_DEVICE)
        model = minilm.required_folder()
        facts = {
            "engine": engine,
            "preprocessing": TEXT_PREPROCESSING,
            "weights": minilm.file_sha256(model / minilm.WEIGHTS_FILE),
            "tokenizer": minilm.file_sha256(model / minilm.TOKENIZER_FILE),
            "dtype": resolve_dtype(settings.AUROUS_DTYPE, device=device),
        }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _known(engine: str) -> None:
    if engine not in _LOADERS:
        raise ValueError(unavailable_because(engine))


def _stub(slug: str) -> Engine:
    from embeddings.engine.stub import StubEngine

    return StubEngine(slug=slug, fingerprint=fingerprint_of("stub"))


def _text_encoder(slug: str) -> Engine:
    from embeddings.engine.text_encoder import TextEncoder

    device = resolve_device(settings.AUROUS_DEVICE)
    return TextEncoder(
        slug=slug,
        fingerprint=fingerprint_of("text_encoder"),
        folder=minilm.required_folder(),
        device=device,
        dtype=resolve_dtype(settings.AUROUS_DTYPE, device=device),
        threads=settings.AUROUS_TORCH_THREADS,
    )


_LOADERS: dict[str, Callable[[str], Engine]] = {"stub": _stub, "text_encoder": _text_encoder}
