"""The way over a GPU, shown without one: nothing is asked of the device, nothing is left behind.

Tensors on torch's ``meta`` device have a shape and no numbers: whatever needs a number of them, or
mixes them with tensors elsewhere, fails.
"""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from transformers import AutoConfig, Qwen3VLModel

from embeddings.engine import attention, transfer
from embeddings.engine.qwen3_vl_batch import pack
from embeddings.engine.qwen3_vl_model import EmbeddingModel
from embeddings.engine.transfer import Transfer
from tests.embeddings.tiny_vision import tiny_engine, tiny_vision, tiny_vision_folder
from tests.embeddings.vision_reference import engine_input, picture, video

pytestmark = pytest.mark.engine

CONTENTS = [["a text"], ["one ", picture(1, 64, 160), " two", video(3, 4)], [picture(2)], ["b"]]
# Each of these makes the CPU wait for the device.
WAITING = {"_local_scalar_dense", "nonzero", "masked_select", "equal", "unique_dim", "_unique2"}


class OnOneDevice(TorchDispatchMode):
    """Fails at an operation over two devices, at a copy between them, and where one would wait."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.overloadpacket.__name__
        assert name not in WAITING, f"{name} waits for the device"
        out = func(*args, **(kwargs or {}))
        tensors = [leaf for leaf in tree_leaves((args, kwargs, out)) if torch.is_tensor(leaf)]
        devices = {str(tensor.device) for tensor in tensors}
        assert len(devices) <= 1, f"{name} is over {devices}"
        return out


@pytest.fixture(scope="module")
def on_meta():
    """The model in bfloat16, and a batch of everything, without any numbers."""
    with tiny_vision():
        engine = tiny_engine()
        prompts = [engine.template.prompt(engine_input(content)) for content in CONTENTS]
    batch = pack(prompts, engine.model.tower.side)
    config = AutoConfig.from_pretrained(tiny_vision_folder())
    with torch.device("meta"):
        model = EmbeddingModel(Qwen3VLModel(config).to(torch.bfloat16), "meta")
    staged = Transfer("cpu").staged(batch.arrays.by_name())
    return model, batch, {name: tensor.to("meta") for name, tensor in staged.items()}


@pytest.mark.parametrize("knows_bounds", [True, False])
def test_the_forward_pass_never_waits_for_the_device_and_never_leaves_it(
    on_meta, monkeypatch, knows_bounds
):
    model, batch, tensors = on_meta
    monkeypatch.setattr(attention, "_knows_bounds", lambda query: knows_bounds)
    with OnOneDevice(), torch.inference_mode():
        vectors = model(batch, tensors)
    assert vectors.shape == (len(CONTENTS), 2_048)
    assert (vectors.dtype, str(vectors.device)) == (torch.float32, "meta")


def test_every_array_is_used_on_the_device(on_meta, monkeypatch):
    """Left on the CPU, each one is noticed: so is whatever else would be left there."""
    model, batch, tensors = on_meta
    monkeypatch.setattr(attention, "_knows_bounds", lambda query: True)
    for name, tensor in tensors.items():
        left = tensors | {name: torch.zeros(tensor.shape, dtype=tensor.dtype)}
        with pytest.raises((AssertionError, RuntimeError, NotImplementedError)):
            with OnOneDevice(), torch.inference_mode():
                model(batch, left)


def test_a_number_asked_of_the_device_is_noticed():
    values = torch.zeros(3, device="meta")
    for ask in (values.tolist, values.nonzero, values[0].item):
        with pytest.raises((AssertionError, RuntimeError, NotImplementedError)):
            with OnOneDevice():
                ask()


class Stream:
    """A CUDA stream that only tells what is done with it."""

    def __init__(self, told, name):
        self.told, self.name = told, name

    def wait_stream(self, other):
        self.told.append(f"{self.name} waits for {other.name}")


@pytest.fixture
def told(monkeypatch):
    """What happens on the two streams of a GPU, whose memory is the CPU's here."""
    told = []
    copies, computing = Stream(told, "computing"), Stream(told, "copies")
    copies.name, computing.name = "copies", "computing"
    current = [computing]

    class Using:
        def __init__(self, stream):
            self.stream = stream

        def __enter__(self):
            current.append(self.stream)

        def __exit__(self, *_):
            current.pop()

    def event():
        return SimpleNamespace(
            record=lambda: told.append(f"event on {current[-1].name}"),
            synchronize=lambda: told.append("CPU waits for the event"),
        )

    cuda = SimpleNamespace(
        Stream=lambda: copies, stream=Using, current_stream=lambda: current[-1], Event=event
    )
    monkeypatch.setattr(torch, "cuda", cuda)
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda tensor: told.append("pinned") or tensor)
    monkeypatch.setattr(
        torch.Tensor,
        "record_stream",
        lambda tensor, stream: told.append(f"memory is in use by {stream.name}"),
    )
    monkeypatch.setattr(
        transfer.torch,
        "empty",
        lambda shape, *, dtype, pin_memory: torch.zeros(shape, dtype=dtype),
    )
    return told


def test_copies_are_pinned_go_on_a_stream_of_their_own_and_are_waited_for(told):
    moves = Transfer("cuda")
    moves._device = torch.device("cpu")
    staged = moves.staged({"a": np.arange(3), "b": np.ones(2, dtype=np.float32)})
    assert told == ["pinned", "pinned"]
    sent = moves.sent(staged)
    assert told[2:] == ["computing waits for copies", *["memory is in use by computing"] * 2]
    returning = moves.returning(sent["b"])
    assert told[5:] == ["event on computing"]
    assert returning.numpy().tolist() == [1, 1]
    assert told[6:] == ["CPU waits for the event"]
