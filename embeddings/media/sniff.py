"""What a file is, by its first bytes. What the customer or a server calls it does not matter."""

from enum import StrEnum

HEAD_BYTES = 16


class Kind(StrEnum):
    """The formats that are read."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    GIF = "gif"
    MOV = "mov"  # MP4 and QuickTime
    MATROSKA = "matroska"  # and WebM

    @property
    def of_video(self) -> bool:
        """Whether it is a format of videos."""
        return self in {Kind.MOV, Kind.MATROSKA}


_STARTS = {
    b"\xff\xd8\xff": Kind.JPEG,
    b"\x89PNG\r\n\x1a\n": Kind.PNG,
    b"GIF87a": Kind.GIF,
    b"GIF89a": Kind.GIF,
    b"\x1a\x45\xdf\xa3": Kind.MATROSKA,
}
# The pictures that come in the same boxes as MP4: HEIC and AVIF, alone or in sequences.
_IMAGE_BRANDS = {
    *(b"mif1", b"mif2", b"msf1", b"miaf", b"avif", b"avis", b"avio", b"jpeg", b"jpgs"),
    *(b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"crx "),
}
_MOV_BOXES = {b"ftyp", b"moov", b"mdat", b"wide"}  # QuickTime files of old have no ftyp


def sniff(head: bytes) -> Kind | None:
    """The format whose signature stands in the first ``HEAD_BYTES``, or None."""
    for start, kind in _STARTS.items():
        if head.startswith(start):
            return kind
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return Kind.WEBP
    box, brand = head[4:8], head[8:12]
    if box in _MOV_BOXES and not (box == b"ftyp" and brand in _IMAGE_BRANDS):
        return Kind.MOV
    return None
