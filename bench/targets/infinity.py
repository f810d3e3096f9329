"""infinity-emb, the peer that serves the same model."""

from __future__ import annotations

from bench.environments import environment
from bench.launch import Server, answers, free_port
from bench.targets.base import HttpTarget
from bench.targets.model_folder import OFFLINE, model_folder

VERSION = "0.0.78"
# torch is pinned to ours, so that both run the same CPU build; the other two are what its own
# requirements gave. Its optional BetterTransformer needs older ones of both, and was no faster.
PACKAGES = (
    f"infinity-emb[torch,server]=={VERSION}",
    "torch==2.13.0",
    "transformers==4.57.6",
    "sentence-transformers==3.4.1",
)


class Infinity(HttpTarget):
    """Its torch engine on the CPU in float32, with its other settings as they come."""

    name = "infinity-emb"
    model = "minilm"
    path = "/embeddings"

    def start(self) -> None:
        """Install it if need be, start it on the local model, and wait for its health page."""
        programs = environment("infinity", PACKAGES)
        port = free_port()
        self.base_url = f"http://127.0.0.1:{port}"
        command = [str(programs / "infinity_emb"), "v2", "--model-id", str(model_folder())]
        command += ["--served-model-name", self.model, "--host", "127.0.0.1", "--port", str(port)]
        command += ["--engine", "torch", "--device", "cpu", "--dtype", "float32"]
        command += ["--no-model-warmup", "--log-level", "error"]
        env = {**OFFLINE, "DO_NOT_TRACK": "1"}
        server = self.serve(Server("infinity", command, env))
        self.ready_s = server.wait_until(lambda: answers(f"{self.base_url}/health"))
