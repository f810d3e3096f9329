"""Pixels equal those of the official processor, whatever the format, mode and orientation."""

import io

import numpy as np
import pytest
from PIL import Image, ImageOps
from transformers.image_utils import SizeDict
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from embeddings.media.errors import MediaError
from embeddings.media.geometry import PIXELS_MIN, SIDE_PIXELS, TOKEN_PIXELS
from tests.embeddings.files import encoded, noise
from tests.embeddings.media.reading import SOON_S, read_image

PROCESSOR = Qwen2VLImageProcessorPil()
ORIENTATION = 0x0112


def official(data, tokens_max=1_280):
    """What the official processor makes of a file before it normalises: (height, width, 3)."""
    with Image.open(io.BytesIO(data)) as image:
        upright = ImageOps.exif_transpose(image)
    pixels = PROCESSOR.process_image(upright, do_convert_rgb=True)
    size = SizeDict(shortest_edge=PIXELS_MIN, longest_edge=tokens_max * TOKEN_PIXELS)
    resized = PROCESSOR.resize(pixels, size, PROCESSOR.resample, factor=SIDE_PIXELS)
    return np.moveaxis(resized, 0, -1)


def with_alpha(width=150, height=90):
    image = noise(width, height).convert("RGBA")
    image.putalpha(noise(width, height, seed=1).convert("L"))
    return image


def with_clear_colour(mode):
    image = noise(150, 90).quantize(16) if mode == "P" else noise(150, 90).convert(mode)
    clear = 3 if mode == "P" else image.getpixel((0, 0))
    return encoded(image, "PNG", transparency=clear)


FILES = {
    "jpeg": lambda: encoded(noise(150, 90), "JPEG", quality=90),
    "jpeg, progressive": lambda: encoded(noise(150, 90), "JPEG", progressive=True),
    "jpeg, grey": lambda: encoded(noise(150, 90).convert("L"), "JPEG"),
    "jpeg, CMYK": lambda: encoded(noise(150, 90).convert("CMYK"), "JPEG"),
    "png": lambda: encoded(noise(150, 90), "PNG"),
    "png, one bit": lambda: encoded(noise(150, 90).convert("1"), "PNG"),
    "png, grey": lambda: encoded(noise(150, 90).convert("L"), "PNG"),
    "png, grey and alpha": lambda: encoded(with_alpha().convert("LA"), "PNG"),
    "png, palette": lambda: encoded(noise(150, 90).quantize(64), "PNG"),
    "png, palette with transparency": lambda: with_clear_colour("P"),
    "png, palette with many alphas": lambda: encoded(
        noise(150, 90).quantize(4), "PNG", transparency=bytes([0, 80, 160, 255])
    ),
    "png, one colour transparent": lambda: with_clear_colour("RGB"),
    "png, one grey transparent": lambda: with_clear_colour("L"),
    "png, alpha": lambda: encoded(with_alpha(), "PNG"),
    "webp": lambda: encoded(noise(150, 90), "WEBP"),
    "webp, lossless alpha": lambda: encoded(with_alpha(), "WEBP", lossless=True),
    "webp, animated": lambda: encoded(
        noise(150, 90), "WEBP", save_all=True, append_images=[noise(150, 90, seed=5)]
    ),
    "gif": lambda: encoded(noise(150, 90), "GIF"),
    "gif, transparent": lambda: encoded(noise(150, 90).quantize(16), "GIF", transparency=3),
    "gif, animated": lambda: encoded(
        noise(150, 90), "GIF", save_all=True, append_images=[noise(150, 90, seed=5)]
    ),
    "png, animated": lambda: encoded(
        noise(150, 90), "PNG", save_all=True, append_images=[noise(150, 90, seed=5)]
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_every_format_and_mode_gives_the_pixels_of_the_official_processor(sandbox, name):
    data = FILES[name]()
    info, pixels = read_image(sandbox, data)
    assert (info.width, info.height) == (150, 90)
    assert np.array_equal(pixels, official(data))


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(10))
def test_the_orientation_is_applied_to_size_and_pixels(sandbox, format_, orientation):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    data = encoded(noise(150, 90), format_, exif=exif)
    info, pixels = read_image(sandbox, data)
    assert (info.width, info.height) == ((90, 150) if 5 <= orientation <= 8 else (150, 90))
    assert np.array_equal(pixels, official(data))


@pytest.mark.parametrize("tokens_max", [256, 1_280])
@pytest.mark.parametrize(
    "size", [(1, 1), (3, 500), (31, 33), (47, 48), (640, 480), (2_000, 1_500), (3_000, 16)]
)
def test_every_size_gives_the_pixels_of_the_official_processor(sandbox, size, tokens_max):
    data = encoded(noise(*size), "JPEG")
    _, pixels = read_image(sandbox, data, tokens_max)
    assert np.array_equal(pixels, official(data, tokens_max))


def test_sixteen_bit_grey_keeps_its_upper_bits(sandbox):
    levels = np.linspace(0, 65_535, 96 * 96).astype(np.uint16).reshape(96, 96)
    _, pixels = read_image(sandbox, encoded(Image.fromarray(levels), "PNG"))
    assert np.array_equal(pixels, (levels >> 8).astype(np.uint8)[..., None].repeat(3, 2))


def test_a_phones_two_pictures_in_one_jpeg_are_read_as_the_first(sandbox):
    data = encoded(noise(150, 90), "MPO", save_all=True, append_images=[noise(70, 60)])
    info, pixels = read_image(sandbox, data)
    assert (info.width, info.height) == (150, 90)
    assert np.array_equal(pixels, official(data))


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"\0" * 40])
def test_malformed_exif_does_not_cost_the_picture(sandbox, exif):
    info, _ = read_image(sandbox, encoded(noise(150, 90), "JPEG", exif=exif))
    assert (info.width, info.height) == (150, 90)


@pytest.mark.parametrize("size", [(201, 1), (1, 4_000), (6_433, 32)])
def test_too_unequal_sides_are_refused_by_probing_and_by_reading(sandbox, size):
    data = encoded(Image.new("L", size), "PNG")
    for look in (
        lambda: sandbox.probe_image(data, timeout_s=SOON_S),
        lambda: sandbox.read_image(data, tokens_max=256, timeout_s=SOON_S),
    ):
        with pytest.raises(MediaError, match="more than 200 times") as caught:
            look()
        assert caught.value.code == "media_unsupported"
