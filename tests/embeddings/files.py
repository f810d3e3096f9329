"""Pictures and videos made for tests, and how they go into a request."""

import base64
import io
import zlib
from functools import cache

import av
import numpy as np
from PIL import Image


@cache
def png(width=64, height=96, seed=0):
    """A PNG of coloured noise in blocks: no two seeds look alike."""
    return encoded(noise(width, height, seed), "PNG")


def noise(width, height, seed=0):
    """An RGB image of random 8 × 8 blocks."""
    rng = np.random.default_rng(seed)
    blocks = rng.integers(0, 256, (-(-height // 8), -(-width // 8), 3), dtype=np.uint8)
    return Image.fromarray(blocks.repeat(8, 0).repeat(8, 1)[:height, :width])


def encoded(image, format_, **options):
    """The bytes of an image in a format."""
    buffer = io.BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


@cache
def mp4(frames=20, width=64, height=96, fps=10, seed=0, codec="libx264"):
    """An MP4 in which a block moves."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream(codec, rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        back = np.asarray(noise(width, height, seed)).copy()
        for number in range(frames):
            pixels = back.copy()
            left = number * 3 % max(1, width - 16)
            pixels[:16, left : left + 16] = 255
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    return buffer.getvalue()


def _chunk(kind, data):
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def bomb(width, height):
    """A PNG of a few kilobytes that unfolds to width × height pixels."""
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((8, 2, 0, 0, 0))
    pixels = zlib.compress(bytes(width * 3 + 1) * min(height, 50), 9)
    body = _chunk(b"IHDR", head) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def data_url(data, mime="image/png"):
    """Bytes as a ``data:`` URL."""
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def text_part(text):
    """A part of an input."""
    return {"type": "text", "text": text}


def image_part(url, **more):
    """A part of an input; bytes become a ``data:`` URL."""
    url = data_url(url) if isinstance(url, bytes) else url
    return {"type": "image_url", "image_url": {"url": url, **more}}


def video_part(url):
    """A part of an input; bytes become a ``data:`` URL."""
    url = data_url(url, "video/mp4") if isinstance(url, bytes) else url
    return {"type": "video_url", "video_url": {"url": url}}
