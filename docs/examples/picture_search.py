"""Pictures to vectors to nearest neighbours, with the ``openai`` package and numpy.

    AUROUS_API_KEY=al_live_… python docs/examples/picture_search.py [FOLDER]

Reads the pictures of FOLDER (or draws twelve of its own), asks Aurous for one vector each, and
prints the nearest neighbours of every picture and what it all cost.
"""

import base64
import io
import os
import sys
from pathlib import Path

import numpy as np
from openai import OpenAI

MODEL = "aurous-embed-vision"
DIMENSIONS = 512
NEIGHBOURS = 2
TYPES = {".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png", ".webp": "webp", ".gif": "gif"}


def pictures_in(folder: Path) -> dict[str, str]:
    """Name to ``data:`` URL. An https:// address would do as well: then Aurous fetches it."""
    return {
        path.name: as_url(path.read_bytes(), TYPES[path.suffix.lower()])
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in TYPES
    }


def as_url(data: bytes, kind: str) -> str:
    """Bytes of a picture, as they go into a request."""
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def drawn() -> dict[str, str]:
    """Twelve pictures: three shapes in four colours."""
    from PIL import Image, ImageDraw  # only this needs Pillow

    found = {}
    for colour in ("red", "green", "blue", "gold"):
        for shape in ("disc", "square", "stripes"):
            image = Image.new("RGB", (128, 128), "white")
            draw = ImageDraw.Draw(image)
            if shape == "disc":
                draw.ellipse((16, 16, 112, 112), fill=colour)
            elif shape == "square":
                draw.rectangle((24, 24, 104, 104), fill=colour)
            else:
                for x in range(0, 128, 32):
                    draw.rectangle((x, 0, x + 15, 127), fill=colour)
            buffer = io.BytesIO()
            image.save(buffer, "PNG")
            found[f"{colour} {shape}"] = as_url(buffer.getvalue(), "png")
    return found


def vector_of(client: OpenAI, url: str) -> tuple[np.ndarray, float]:
    """One picture: its vector, which has length 1, and what it cost in credits."""
    answer = client.embeddings.create(
        model=MODEL,
        dimensions=DIMENSIONS,
        encoding_format="float",
        input=[{"type": "image_url", "image_url": {"url": url}}],  # type: ignore[arg-type,list-item]
    )
    charged = answer.usage.model_dump()["credits_charged"]
    return np.array(answer.data[0].embedding, dtype=np.float32), charged


def main() -> None:
    """Embed, compare, print."""
    client = OpenAI(
        base_url=os.environ.get("AUROUS_BASE_URL", "http://127.0.0.1:8000/v1"),
        api_key=os.environ["AUROUS_API_KEY"],
    )
    pictures = pictures_in(Path(sys.argv[1])) if len(sys.argv) > 1 else drawn()
    embedded = [vector_of(client, url) for url in pictures.values()]
    vectors = np.stack([vector for vector, _ in embedded])
    similarity = vectors @ vectors.T  # vectors have length 1: this is the cosine
    np.fill_diagonal(similarity, -1)
    names = list(pictures)
    for name, row in zip(names, similarity, strict=True):
        nearest = np.argsort(-row)[:NEIGHBOURS]
        print(f"{name:16}", ", ".join(f"{names[i]} ({row[i]:.3f})" for i in nearest))
    print(f"{len(names)} pictures, {sum(cost for _, cost in embedded):.5f} credits")


if __name__ == "__main__":
    main()
