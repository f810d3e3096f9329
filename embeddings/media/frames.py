"""Decodes the frames that a plan asks for, inside a child, and no more than leads to them.

A frame is found by decoding from the last key frame that shows before it. Where a damaged file
has no picture for a planned moment, the one that a player would still show stands in: never more
and never fewer frames than planned.
"""

from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from io import BytesIO
from typing import cast

from av.buffer import Buffer
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from PIL import Image

from embeddings.media import geometry
from embeddings.media.images import SWAPS_SIDES, resized
from embeddings.media.limits import Limits
from embeddings.media.videos import Track, VideoPacket, moment_of, opened
from embeddings.media.wire import Answer, Reason, Refused

FIRST_PACKETS_MAX = 32  # so many may pass before the first picture comes

# How a display matrix's (a, b, c, d) turns pictures; any other matrix is no quarter turn.
_TURNED = {
    (-1, 0, 0, 1): Image.Transpose.FLIP_LEFT_RIGHT,
    (1, 0, 0, -1): Image.Transpose.FLIP_TOP_BOTTOM,
    (-1, 0, 0, -1): Image.Transpose.ROTATE_180,
    (0, -1, 1, 0): Image.Transpose.ROTATE_90,
    (0, 1, -1, 0): Image.Transpose.ROTATE_270,
    (0, 1, 1, 0): Image.Transpose.TRANSPOSE,
    (0, -1, -1, 0): Image.Transpose.TRANSVERSE,
}
_QUARTERS = (
    None,
    Image.Transpose.ROTATE_90,
    Image.Transpose.ROTATE_180,
    Image.Transpose.ROTATE_270,
)


def probe_video(file: BytesIO, limits: Limits) -> Answer:
    """Sides as seen, frames and seconds; decodes one picture. Raises as ``opened`` and geometry."""
    with opened(file, limits) as track:
        answer, _ = _looked_at(track, limits)
        geometry.plan_clip(answer.frames, answer.seconds, answer.height, answer.width)  # the ratio
        return answer


def read_video(file: BytesIO, limits: Limits) -> tuple[Answer, list[bytes]]:
    """As ``probe_video``, and RGB bytes (height, width, 3) for each index of the plan."""
    with opened(file, limits) as track:
        answer, turn = _looked_at(track, limits)
        plan = geometry.plan_clip(answer.frames, answer.seconds, answer.height, answer.width)

        def read(frame: VideoFrame) -> bytes:
            picture = _rgb(frame)
            if turn is not None:
                picture = picture.transpose(turn)
            return resized(picture, plan.height, plan.width)

        wanted = {track.shown[index] for index in plan.indices}
        pictures = _pictures(track, wanted, read)
        return answer, [pictures[track.shown[index]] for index in plan.indices]


def _looked_at(track: Track, limits: Limits) -> tuple[Answer, Image.Transpose | None]:
    codec = track.stream.codec_context
    codec.thread_count = 1
    codec.options = {"max_pixels": str(limits.frame_pixels_max)}
    frame = _first_frame(track)
    turn = _turn(frame)
    width, height = frame.width, frame.height
    if turn in SWAPS_SIDES:
        width, height = height, width
    answer = Answer(Reason.FINE, width, height, len(track.shown), track.seconds)
    return answer, turn


def _first_frame(track: Track) -> VideoFrame:
    """Of the first packet alone, as nearly always; a damaged one may need those behind it."""
    codec = track.stream.codec_context
    start = _key_before(track, track.shown[0])
    for count in (1, FIRST_PACKETS_MAX):
        frame = next(_decoded(codec, track.packets[start : start + count]), None)
        codec.flush_buffers()
        if frame is not None:
            return frame
    raise Refused(Reason.VIDEO_BROKEN)


def _turn(frame: VideoFrame) -> Image.Transpose | None:
    try:
        matrix = cast("Mapping[str, Buffer]", frame.side_data)["DISPLAYMATRIX"]
    except KeyError:
        return None
    except ValueError:  # PyAV stumbles over kinds of side data that it has no name for
        return _QUARTERS[round(frame.rotation / 90) % 4]
    a, b, _, c, d = memoryview(matrix).cast("B").cast("i")[:5]
    unit = max(map(abs, (a, b, c, d))) or 1
    return _TURNED.get((round(a / unit), round(b / unit), round(c / unit), round(d / unit)))


def _rgb(frame: VideoFrame) -> Image.Image:
    frame = frame.reformat(format="rgb24", threads=1)
    plane = frame.planes[0]
    size = frame.width, frame.height
    return Image.frombytes("RGB", size, bytes(plane), "raw", "RGB", plane.line_size, 1)


def _pictures(
    track: Track, wanted: set[int], read: Callable[[VideoFrame], bytes]
) -> dict[int, bytes]:
    """The pictures of these packets, by their place in the file."""
    found: dict[int, bytes] = {}
    codec = track.stream.codec_context
    for start, stop in _stretches(track, wanted):
        places = {
            moment_of(track.packets[place]): place for place in wanted & {*range(start, stop)}
        }
        found |= _held(_decoded(codec, track.packets[start:stop], places), places, read)
        codec.flush_buffers()
    if not found:
        raise Refused(Reason.VIDEO_BROKEN)
    return _filled(track, wanted, found)


def _decoded(
    codec: VideoCodecContext,
    packets: Iterable[VideoPacket],
    moments: Container[int] | None = None,
) -> Iterator[VideoFrame]:
    """The pictures of these packets; a packet that is damaged gives none.

    With ``moments`` it may leave out others that no picture is built on, which in H.264 are many.
    """
    spares = codec.codec.canonical_name == "h264"
    for packet in (*packets, None):
        if spares and moments is not None:
            needed = packet is None or packet.pts in moments
            codec.skip_frame = "DEFAULT" if needed else "NONREF"
        try:
            frames = codec.decode(packet)
        except FFmpegError as error:
            if isinstance(error, MemoryError):
                raise
            continue
        yield from frames


def _held(
    frames: Iterable[VideoFrame], places: dict[int, int], read: Callable[[VideoFrame], bytes]
) -> dict[int, bytes]:
    """The picture for each place, given by its moment: its own, or else the one still on screen."""
    waiting = deque(sorted(places))
    found: dict[int, bytes] = {}
    on_screen = None
    for frame in frames:
        while waiting and frame.pts is not None and frame.pts > waiting[0]:
            found[places[waiting.popleft()]] = read(frame if on_screen is None else on_screen)
        if waiting and frame.pts == waiting[0]:
            found[places[waiting.popleft()]] = read(frame)
        if not waiting:
            return found
        on_screen = frame
    if on_screen is not None:
        found |= {places[moment]: read(on_screen) for moment in waiting}
    return found


def _filled(track: Track, wanted: set[int], found: dict[int, bytes]) -> dict[int, bytes]:
    """Where a whole stretch gave nothing: the picture before, or the first there is."""
    in_order = [place for place in track.shown if place in wanted]
    held = next(found[place] for place in in_order if place in found)
    filled = {}
    for place in in_order:
        held = filled[place] = found.get(place, held)
    return filled


def _stretches(track: Track, wanted: set[int]) -> list[tuple[int, int]]:
    """From and up to which packet to decode, without overlap."""
    stretches: list[tuple[int, int]] = []
    for start, stop in sorted((_key_before(track, place), place + 1) for place in wanted):
        if stretches and start <= stretches[-1][1]:
            stretches[-1] = stretches[-1][0], max(stretches[-1][1], stop)
        else:
            stretches.append((start, stop))
    return stretches


def _key_before(track: Track, place: int) -> int:
    """The last key frame that shows no later: pictures may stand behind one and show before it."""
    packets = track.packets
    moment = moment_of(packets[place])
    for start in range(place, -1, -1):
        if packets[start].is_keyframe and moment_of(packets[start]) <= moment:
            return start
    return 0
