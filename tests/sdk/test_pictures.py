"""Pictures through the clients that hand parts on as they are: the vector that plain HTTP gives."""

import numpy as np
import pytest
from openai import OpenAI

from tests.embeddings.api.vision import VISION, acme, vision
from tests.embeddings.files import data_url, image_part, png, text_part
from tests.sdk.vectors import NEW, VERSIONS, same

__all__ = ["acme", "vision"]
PARTS = [text_part("A picture of"), image_part(data_url(png()))]


@pytest.fixture
def expected(vectors):
    return vectors.of(PARTS, model=VISION)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("package", ["openai4", "openai6", "openai7"])
def test_openais_javascript_package(programs, base_url, acme, package, version, expected):
    said = programs.node(package).ask(
        client={
            "baseURL": base_url,
            "apiKey": acme.key,
            "defaultHeaders": {"Aurous-Version": version},
        },
        fields={"model": VISION, "input": PARTS, "encoding_format": "float"},
    )
    assert said["usage"]["breakdown"]["tokens"]["visual"] > 0
    same(said.vectors[0], expected)


@pytest.mark.parametrize("version", VERSIONS)
def test_openais_python_package(base_url, acme, version, expected):
    headers = {"Aurous-Version": version}
    with OpenAI(base_url=base_url, api_key=acme.key, default_headers=headers) as client:
        made = client.embeddings.create(model=VISION, input=PARTS)
    found = np.array(made.data[0].embedding)
    same(found, expected.astype(np.float32).astype(np.float64) if version == NEW else expected)


@pytest.mark.parametrize("version", VERSIONS)
def test_litellm(programs, base_url, acme, version, expected):
    named = {
        "model": f"openai/{VISION}",
        "input": PARTS,
        "api_base": base_url,
        "api_key": acme.key,
        "extra_headers": {"Aurous-Version": version},
    }
    said = programs.python("litellm_embedding").ask(method="embedding", named=named)
    same(said.vectors[0], expected)
