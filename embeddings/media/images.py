"""Reads a picture, inside a child: header, size, orientation, colours, resizing.

As ``transformers`` does it (a test holds the pixels equal): EXIF orientation applied,
transparency laid on white, anything else converted to RGB, bicubic on 8-bit values. One thing
differs: 16-bit grey keeps its upper 8 bits, where Pillow would turn nearly all of it white.
Colour profiles are not applied. Of an animation the first frame is read.
"""

from io import BytesIO

from PIL import ExifTags, Image
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from embeddings.media import geometry
from embeddings.media.limits import Limits
from embeddings.media.sniff import HEAD_BYTES, Kind, sniff
from embeddings.media.wire import Answer, Reason, Refused

# The classes themselves: Pillow's own way in would also look for what may hide in a JPEG.
_PLUGINS: dict[Kind, type[ImageFile]] = {
    Kind.JPEG: JpegImageFile,
    Kind.PNG: PngImageFile,
    Kind.WEBP: WebPImageFile,
    Kind.GIF: GifImageFile,
}
_TRANSPOSED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SWAPS_SIDES = {
    Image.Transpose.TRANSPOSE,
    Image.Transpose.ROTATE_270,
    Image.Transpose.TRANSVERSE,
    Image.Transpose.ROTATE_90,
}


def probe_image(file: BytesIO, limits: Limits) -> Answer:
    """Both sides as they are seen, from the header. Raises ``Refused``, ``RatioTooLarge``."""
    image = _opened(file, limits)
    width, height = image.size
    if _orientation(image) in SWAPS_SIDES:
        width, height = height, width
    geometry.image_size(height, width, tokens_max=geometry.IMAGE_TOKENS_MAX)  # the ratio
    return Answer(Reason.FINE, width=width, height=height)


def read_image(file: BytesIO, limits: Limits, tokens_max: int) -> tuple[Answer, bytes]:
    """Its sides, and RGB bytes (height, width, 3) at the size of ``geometry.image_size``."""
    image = _opened(file, limits)
    orientation = _orientation(image)
    picture = _rgb(image)
    image.close()
    if orientation is not None:
        picture = picture.transpose(orientation)
    answer = Answer(Reason.FINE, width=picture.width, height=picture.height)
    height, width = geometry.image_size(picture.height, picture.width, tokens_max=tokens_max)
    return answer, resized(picture, height, width)


def resized(picture: Image.Image, height: int, width: int) -> bytes:
    """RGB bytes (height, width, 3)."""
    return picture.resize((width, height), Image.Resampling.BICUBIC).tobytes()


def _opened(file: BytesIO, limits: Limits) -> ImageFile:
    kind = sniff(file.getbuffer()[:HEAD_BYTES].tobytes())
    if kind is None:
        raise Refused(Reason.NO_IMAGE)
    if kind.of_video:
        raise Refused(Reason.IMAGE_IS_VIDEO)
    # Pillow refuses above twice this number. It has to know it: WEBP takes its memory on opening.
    Image.MAX_IMAGE_PIXELS = limits.image_pixels_max // 2
    try:
        image = _PLUGINS[kind](file)
    except Image.DecompressionBombError as error:
        raise Refused(Reason.PIXELS) from error
    if image.width * image.height > limits.image_pixels_max:
        raise Refused(Reason.PIXELS)
    return image


def _orientation(image: ImageFile) -> Image.Transpose | None:
    """From what stands before the pixels; a PNG's own ``getexif`` would decode all of it first."""
    try:
        exif = Image.Image.getexif(image)
        return _TRANSPOSED.get(exif.get(ExifTags.Base.Orientation, 1))
    except Exception:  # EXIF is often malformed, and the picture good all the same
        return None


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode == "I;16":
        image = Image.frombytes("L", image.size, image.tobytes()[1::2])
    if "A" in image.getbands() or image.info.get("transparency") is not None:
        return _on_white(image.convert("RGBA"))
    return image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    """The same pixels as ``alpha_composite`` gives, for half of its memory."""
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image)
    return white
