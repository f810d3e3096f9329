"""Files that refer to others: playlists, and an MP4 whose pictures are said to be elsewhere."""

import struct

from tests.embeddings.media.bombs import boxes_of

FTYP = struct.pack("!I4s4sI4s", 20, b"ftyp", b"isom", 0, b"isom")
_PLAYLISTS = {
    "m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile '{}'\n",
    "concat, bare": "file '{}'\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
    "<Period><AdaptationSet><Representation><BaseURL>{}</BaseURL></Representation>"
    "</AdaptationSet></Period></MPD>",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\na=x:{}\n",
    "reference movie": "RTSPtextRTSP://{}",
    "xspf": "<playlist><trackList><track><location>{}</location></track></trackList></playlist>",
}
_DRESSES = {
    "undressed": lambda text: text,
    "behind ftyp": lambda text: FTYP + text,
    "in mdat": lambda text: FTYP + struct.pack("!I4s", 8 + len(text), b"mdat") + text,
    "as matroska": lambda text: b"\x1a\x45\xdf\xa3\x80" + text,
    "with ftyp for a size": lambda text: text[:4] + b"ftypisom" + text[4:],
}


def playlists(target):
    """Lists of one entry, each in several dresses."""
    return {
        f"{name}, {dress}": put_on(text.format(target).encode())
        for name, text in _PLAYLISTS.items()
        for dress, put_on in _DRESSES.items()
    }


def with_pictures_here(data):
    """The MP4 with its data reference replaced by the same: to itself."""
    entry = struct.pack("!I4sI", 12, b"url ", 1)
    return _with_reference(data, entry)


def with_pictures_elsewhere(data, path):
    """The MP4 with a data reference to a file at ``path`` in place of the one to itself."""
    folder, _, name = str(path).rpartition("/")
    alias = bytes(10) + bytes([1]) + b"V".ljust(27, b"\0") + bytes(12)
    alias += bytes([len(name)]) + name.encode().ljust(63, b"\0") + bytes(16)
    alias += struct.pack("!HH", 1, 1) + bytes(16)
    whole = f"V:{folder.strip('/')}/{name}".encode()
    for kind, text in ((2, whole), (18, str(path).encode())):
        alias += struct.pack("!HH", kind, len(text)) + text + bytes(len(text) % 2)
    alias += struct.pack("!HH", 0xFFFF, 0) + bytes(64)
    return _with_reference(data, struct.pack("!I4sI", 12 + len(alias), b"alis", 0) + alias)


def _with_reference(data, entry):
    reference = struct.pack("!I4sII", 16 + len(entry), b"dref", 0, 1) + entry
    return _replaced(data, [b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"], reference)


def _replaced(data, path, box):
    """The boxes of ``data`` with the one at the end of ``path`` replaced."""
    return b"".join(
        _changed(whole, path[1:], box) if name == path[0] else whole
        for name, whole in boxes_of(data)
    )


def _changed(whole, path, box):
    if not path:
        return box
    inside = _replaced(whole[8:], path, box)
    return struct.pack("!I", 8 + len(inside)) + whole[4:8] + inside
