"""LiteLLM's proxy before a back end that answers at once: the price of a gateway alone."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bench.environments import environment
from bench.launch import VAR, Server, answers, free_port
from bench.targets.base import HttpTarget

PACKAGES = ("litellm[proxy]==1.106.*",)
KEY = "sk-bench"


class LiteLLM(HttpTarget):
    """One worker, no database, its master key checked on each request."""

    name = "LiteLLM, instant back end"
    model = "canned"

    def start(self) -> None:
        """Install it if need be, start the canned back end and the proxy, and wait for both."""
        programs = environment("litellm", PACKAGES)
        port, backend_port = free_port(), free_port()
        self.base_url = f"http://127.0.0.1:{port}"
        self.headers = {"Authorization": f"Bearer {KEY}"}
        command = [str(programs / "litellm"), "--config", str(_config(backend_port))]
        command += ["--host", "127.0.0.1", "--port", str(port), "--num_workers", "1"]
        env = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR"}
        proxy = self.serve(Server("litellm", command, env))
        backend = [sys.executable, "-m", "bench.targets.canned_backend", str(backend_port)]
        self.serve(Server("canned-backend", backend)).wait_until(
            lambda: answers(f"http://127.0.0.1:{backend_port}/")
        )
        self.ready_s = proxy.wait_until(lambda: answers(f"{self.base_url}/health/readiness"))


def _config(backend_port: int) -> Path:
    """The proxy's configuration file. JSON is YAML."""
    backend = f"http://127.0.0.1:{backend_port}/v1"
    model = {"model": "openai/canned", "api_base": backend, "api_key": "none"}
    config = {
        "model_list": [{"model_name": LiteLLM.model, "litellm_params": model}],
        "general_settings": {"master_key": KEY},
        "litellm_settings": {"telemetry": False, "set_verbose": False},
    }
    path = VAR / "litellm-config.yaml"
    path.write_text(json.dumps(config))
    return path
