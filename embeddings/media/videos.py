"""Opens a video, inside a child, and counts what it shows: by its packets, without decoding them.

The demuxer is forced by the file's signature and knows no other file; only the codecs of
``CODECS`` are ever started. Sound, subtitles and attached pictures are left alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import NoReturn, TypeAlias

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard, Disposition
from av.video.stream import VideoStream

from embeddings.media.limits import Limits
from embeddings.media.sniff import HEAD_BYTES, Kind, sniff
from embeddings.media.wire import Reason, Refused

CODECS = {
    Kind.MOV: {"h264", "hevc", "vp9", "av1"},
    Kind.MATROSKA: {"h264", "hevc", "vp8", "vp9", "av1"},
}
_DECODERS = "h264,hevc,vp8,vp9,libdav1d"
_NOT_A_VIDEO = Disposition.attached_pic | Disposition.timed_thumbnails

VideoPacket: TypeAlias = "Packet[VideoStream]"  # only the annotations of PyAV take a parameter


@dataclass(frozen=True, slots=True)
class Track:
    """The packets of a video in the order of the file, which is the order to decode them in.

    ``shown`` has the places in it of those that become a picture, in the order of presentation;
    ``seconds`` is how long they show together.
    """

    stream: VideoStream
    packets: list[VideoPacket]
    shown: list[int]
    seconds: float


@contextmanager
def opened(file: BytesIO, limits: Limits) -> Iterator[Track]:
    """A video's first picture track. Raises ``Refused``."""
    kind = sniff(file.getbuffer()[:HEAD_BYTES].tobytes())
    if kind is None:
        raise Refused(Reason.NO_VIDEO)
    if not kind.of_video:
        raise Refused(Reason.VIDEO_IS_IMAGE)
    with _container(file, kind, limits) as container:
        stream = _first_stream(container, kind)
        if stream.codec_context.width * stream.codec_context.height > limits.frame_pixels_max:
            raise Refused(Reason.FRAME_PIXELS)
        yield _track(container, stream, limits)


def _container(file: BytesIO, kind: Kind, limits: Limits) -> InputContainer:
    return av.open(
        file,
        mode="r",
        format=kind.value,
        container_options={
            "protocol_whitelist": "none",
            "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm",
            "codec_whitelist": _DECODERS,
            "enable_drefs": "0",
            "use_absolute_path": "0",
        },
        options={"threads": "1", "max_pixels": str(limits.frame_pixels_max)},
        metadata_errors="replace",
        io_open=_open_nothing,
    )


def _open_nothing(*_asked: object) -> NoReturn:
    """What a file refers to outside of itself is not read."""
    raise PermissionError


def _first_stream(container: InputContainer, kind: Kind) -> VideoStream:
    streams = [each for each in container.streams.video if not each.disposition & _NOT_A_VIDEO]
    if not streams:
        raise Refused(Reason.VIDEO_BROKEN)
    # A stream that no decoder is known for has no codec, whatever the annotation says.
    codec = getattr(streams[0].codec_context, "codec", None)
    if codec is None or codec.canonical_name not in CODECS[kind]:
        raise Refused(Reason.CODEC)
    for other in container.streams:
        if other.index != streams[0].index:
            other.discard = Discard.all
    return streams[0]


def _track(container: InputContainer, stream: VideoStream, limits: Limits) -> Track:
    packets = _packets(container, stream, limits)
    shown = [place for place, packet in enumerate(packets) if _is_shown(stream, packet)]
    if not shown:
        raise Refused(Reason.VIDEO_BROKEN)
    shown.sort(key=lambda place: moment_of(packets[place]))
    seconds = _seconds(stream, [packets[place] for place in shown])
    if seconds > limits.video_seconds_max:
        raise Refused(Reason.SECONDS, seconds=seconds)
    return Track(stream, packets, shown, seconds)


def _packets(container: InputContainer, stream: VideoStream, limits: Limits) -> list[VideoPacket]:
    promised = len(stream.index_entries)
    packets: list[VideoPacket] = []
    for count, packet in enumerate(container.demux(stream)):
        if count > limits.video_frames_max:
            raise Refused(Reason.FRAMES)
        if packet.is_corrupt:
            raise Refused(Reason.VIDEO_BROKEN)
        if packet.size > 0:
            packets.append(packet)
    # The last one of all is empty and tells a decoder to finish.
    if count < promised:
        raise Refused(Reason.VIDEO_BROKEN)
    return packets


def _is_shown(stream: VideoStream, packet: VideoPacket) -> bool:
    """Whether it becomes a picture: edit lists hide some, VP8 and VP9 only refer to others."""
    if packet.is_discard:
        return False
    name = stream.codec_context.codec.canonical_name
    first, last = memoryview(packet)[0], memoryview(packet)[-1]
    if name == "vp8":
        return bool(first & 0x10)
    if name == "vp9" and last & 0xE0 != 0xC0:  # else it is several frames, of which one is shown
        return _vp9_is_shown(first)
    return True


def _vp9_is_shown(first: int) -> bool:
    """From the start of the header: 2 bits mark, 2 profile, show existing, key frame, show."""
    if first & 0x30 == 0x30:
        return True  # profile 3 has a bit more; hidden frames come inside of packets there too
    return bool(first & 0x08) or bool(first & 0x02)


def _seconds(stream: VideoStream, shown: list[VideoPacket]) -> float:
    """How long all pictures show: as many frames at the stated rate, where that can be.

    A file's own times are rounded (to milliseconds in Matroska), and a packet's duration is in MP4
    that of decoding it, which only in sum is that of showing it.
    """
    unit = float(stream.time_base or 0)
    span = (moment_of(shown[-1]) - moment_of(shown[0])) * unit
    frame = 1 / float(stream.average_rate) if stream.average_rate else 0.0
    stated = len(shown) * frame
    if span - frame <= stated <= span + 2 * frame and frame:
        return stated
    return max(span, sum(packet.duration or 0 for packet in shown) * unit)


def moment_of(packet: VideoPacket) -> int:
    """When it shows, in units of its stream. Raises ``Refused`` where the file does not say."""
    if packet.pts is None:
        raise Refused(Reason.VIDEO_BROKEN)
    return packet.pts
