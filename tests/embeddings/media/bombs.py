"""Files that are made to do harm, or are not what they say. All of them small."""

import io
import struct
import zlib

import av
from PIL import Image

from tests.embeddings.files import encoded, noise
from tests.embeddings.media.clips import clip, hum

ZEROS = zlib.compress(bytes(64 * 2**20), 9)  # 64 MiB in 64 KiB


def png(width, height, *chunks, colour=2, data=b""):
    """A PNG of any stated size, with more chunks before its pixels."""
    header = struct.pack("!IIBBBBB", width, height, 8, colour, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", data or zlib.compress(bytes(1_000)))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack("!I", len(body)) + name + body + struct.pack("!I", zlib.crc32(name + body))
        for name, body in [*parts, (b"IEND", b"")]
    )


def gif(screen, frame=None):
    """A GIF of any stated screen and size of its first frame."""
    data = bytearray(encoded(Image.new("P", (8, 8)), "GIF"))
    data[6:10] = struct.pack("<HH", *screen)
    if frame:
        at = data.index(b"\x2c", 13 + 3)
        data[at + 5 : at + 9] = struct.pack("<HH", *frame)
    return bytes(data)


def webp(width, height):
    """A WEBP with a canvas of any stated size around a small picture."""
    small = encoded(noise(16, 16), "WEBP")[12:]
    sides = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + bytes(4) + sides + small
    return b"RIFF" + struct.pack("<I", len(body)) + body


def jpeg(width, height):
    """A JPEG of any stated size."""
    data = bytearray(encoded(noise(64, 64), "JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack("!HH", height, width)
    return bytes(data)


# Pictures that would take much more than their bytes.
BOMBS = {
    "png of 2.5 billion pixels": lambda: png(50_000, 50_000),
    "png of 2 ** 62 pixels": lambda: png(2**31 - 1, 2**31 - 1),
    "png with text that unpacks to 64 MiB": lambda: png(
        64, 64, *[(b"zTXt", b"a\0\0" + ZEROS)] * 20, data=zlib.compress(bytes(64 * 193))
    ),
    "png with a profile that unpacks to 64 MiB": lambda: png(64, 64, (b"iCCP", b"a\0\0" + ZEROS)),
    "png with 64 MiB of pixels too many": lambda: png(64, 64, data=ZEROS),
    "png with a text of 16 MiB": lambda: png(64, 64, (b"tEXt", b"a\0" + b"b" * 2**24)),
    "gif of 4 billion pixels": lambda: gif((65_535, 65_535)),
    "gif with a frame of 4 billion pixels": lambda: gif((8, 8), (65_535, 65_535)),
    "webp of 268 million pixels": lambda: webp(16_384, 16_384),
    "webp of 2 ** 48 pixels": lambda: webp(2**24, 2**24),
    "jpeg of 4 billion pixels": lambda: jpeg(65_500, 65_500),
}


def _picture(format_):
    return encoded(noise(32, 32), format_)


def _boxes(brand):
    return struct.pack("!I", 24) + b"ftyp" + brand + bytes(4) + b"mif1heic" + bytes(99)


# Files of kinds that are not read, and what is no file of any kind.
STRANGERS = {
    "nothing": lambda: b"",
    "one byte": lambda: b"\xff",
    "zeros": lambda: bytes(1_000),
    "text": lambda: b"hello, this is a text\n" * 9,
    "svg": lambda: (
        b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>"
    ),
    "html": lambda: b"<!doctype html><img src=x>",
    "tiff": lambda: _picture("TIFF"),
    "bmp": lambda: _picture("BMP"),
    "ico": lambda: _picture("ICO"),
    "tga": lambda: _picture("TGA"),
    "ppm": lambda: _picture("PPM"),
    "jpeg 2000": lambda: _picture("JPEG2000"),
    "pdf": lambda: _picture("PDF"),
    "eps": lambda: _picture("EPS"),
    "psd": lambda: b"8BPS\0\1" + bytes(100),
    "avif": lambda: _picture("AVIF"),
    "heic": lambda: _boxes(b"heic"),
    "heif": lambda: _boxes(b"mif1"),
    "heif sequence": lambda: _boxes(b"msf1"),
    "avif sequence": lambda: _boxes(b"avis"),
    "zip": lambda: b"PK\3\4" + bytes(200),
    "gzip": lambda: b"\x1f\x8b\x08" + bytes(200),
    "elf": lambda: b"\x7fELF" + bytes(200),
    "avi": lambda: b"RIFF" + bytes(4) + b"AVI LIST" + bytes(200),
    "wav": lambda: b"RIFF" + bytes(4) + b"WAVEfmt " + bytes(200),
    "mpeg ts": lambda: (b"\x47" + bytes(187)) * 20,
    "flv": lambda: b"FLV\1\5" + bytes(200),
    "ogg": lambda: b"OggS" + bytes(200),
    "mp3": lambda: b"ID3\4" + bytes(200),
    "jpeg's start and nothing": lambda: b"\xff\xd8\xff\xe0" + bytes(200),
    "png's start and nothing": lambda: b"\x89PNG\r\n\x1a\n" + bytes(200),
    "gif's start and nothing": lambda: b"GIF89a",
    "webp's start and nothing": lambda: b"RIFF\x10\0\0\0WEBP",
    "mp4's start and nothing": lambda: b"\0\0\0\x18ftypisom" + bytes(200),
    "matroska's start and nothing": lambda: b"\x1a\x45\xdf\xa3" + bytes(200),
    "two formats in one": lambda: _picture("GIF")[:13] + _picture("PNG"),
}


def sound_only(container):
    """A file of sound in a container of videos."""
    return _sound(container)


def cover_only():
    """An MP4 of sound whose only picture is its cover."""
    return _sound("mp4", cover=True)


def of_codec(codec, container):
    """A video of a codec that is not read."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        stream = output.add_stream(codec, rate=10)
        stream.width, stream.height = 64, 64
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for _ in range(5):
            output.mux(stream.encode(av.VideoFrame(64, 64, stream.pix_fmt)))
        output.mux(stream.encode())
    return buffer.getvalue()


def _sound(container, *, cover=False):
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        stream = output.add_stream("aac", rate=8_000)
        picture = output.add_stream("mjpeg", rate=1) if cover else None
        if picture is not None:
            picture.width, picture.height, picture.pix_fmt = 64, 64, "yuvj420p"
            picture.disposition = av.stream.Disposition.attached_pic
            output.mux(picture.encode(av.VideoFrame(64, 64, "yuvj420p")))
        hum(output, stream, seconds=1)
    return buffer.getvalue()


def boxes_of(data):
    """The boxes of an MP4, or of a box's content, in order: name and whole box."""
    found = []
    while data:
        size, name = struct.unpack("!I4s", data[:8])
        found.append((name, data[:size]))
        data = data[size:]
    return found


def index_first(data):
    """The same MP4 with its index before its pictures, as it is made for the web."""
    boxes = dict(boxes_of(data))
    index = bytearray(boxes[b"moov"])
    at = index.index(b"stco") + 8
    (count,) = struct.unpack_from("!I", index, at)
    for place in range(at + 4, at + 4 + 4 * count, 4):
        (offset,) = struct.unpack_from("!I", index, place)
        struct.pack_into("!I", index, place, offset + len(index))
    rest = [box for name, box in boxes_of(data) if name not in (b"ftyp", b"moov")]
    return boxes[b"ftyp"] + bytes(index) + b"".join(rest)


# Small good files, to be broken.
VALID = {
    "jpeg": lambda: encoded(noise(96, 64), "JPEG"),
    "jpeg, progressive": lambda: encoded(noise(96, 64), "JPEG", progressive=True),
    "png": lambda: encoded(noise(96, 64), "PNG"),
    "png, palette": lambda: encoded(noise(96, 64).quantize(32), "PNG"),
    "webp": lambda: encoded(noise(96, 64), "WEBP"),
    "webp, lossless": lambda: encoded(noise(96, 64), "WEBP", lossless=True),
    "gif": lambda: encoded(noise(96, 64), "GIF"),
    "mp4, h264": lambda: clip("h264", frames=12),
    "mp4, hevc": lambda: clip("hevc", frames=12),
    "mp4, av1": lambda: clip("av1", frames=12),
    "mp4, index first": lambda: index_first(clip("h264", frames=12)),
    "mp4, fragments": lambda: clip(
        "h264", frames=12, container_options={"movflags": "frag_keyframe+empty_moov"}
    ),
    "webm, vp8": lambda: clip("vp8", frames=12),
    "webm, vp9": lambda: clip("vp9", frames=12),
    "matroska, h264": lambda: clip("h264", "matroska", frames=12),
}


VIDEOS = ("mp4", "webm", "matroska")


def is_video(name):
    """Whether a file of ``VALID`` is a video."""
    return name.startswith(VIDEOS)
