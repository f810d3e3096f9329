"""Two hundred hostile files: what a server may send, and what may stand in a request."""

from tests.embeddings.files import bomb, image_part, mp4, png, video_part

FILES = 200


def endless(handler):
    """A body without end, as fast as it is taken."""
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"\xff\xd8\xff" + bytes(65_536))


def drip_of(server):
    """A byte now and then, until the tests are over."""

    def drip(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        while not server.closing.wait(0.2):
            handler.wfile.write(b"\x00")
            handler.wfile.flush()

    return drip


def too_long(handler):
    """Says how much it is going to send."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(10**10))
    handler.end_headers()


def hostile(site):
    """Part after part: what a server may send, and what may stand in the request."""
    movie, picture = mp4(), png(640, 480)
    slow = [
        image_part(site.url("/endless", endless)),
        image_part(site.url("/drip", drip_of(site))),
        image_part(site.url("/drip", drip_of(site))),
        video_part(site.url("/drip", drip_of(site))),
        video_part(site.url("/endless-video", endless)),
    ]
    quick = [
        image_part(site.url("/bomb", bomb(50_000, 50_000))),
        image_part(site.url("/cut", picture[: len(picture) // 2])),
        video_part(site.url("/cut-video", movie[: len(movie) // 2])),
        video_part(site.url("/list", b'#EXTM3U\n#EXT-X-MEDIA:URI="file:///etc/passwd"\n')),
        image_part(site.url("/html", b"<html>" + b"x" * 100_000)),
        video_part(site.url("/too-long", too_long)),
        image_part("http://" + site.host + "/absent"),
        image_part(bomb(50_000, 50_000)),
        image_part(b"GIF89a" + b"\xff" * 1_000),
        video_part(movie[:100] + b"\x00" * 1_000),
        video_part(b"\x1aE\xdf\xa3" + b"\xff" * 2_000),
        image_part(b"RIFF\xff\xff\xff\x7fWEBPVP8X" + bytes(100)),
    ]
    # Every tenth is one of the slow ones, which hold a thread for as long as a limit allows.
    return [
        slow[number // 10 % len(slow)] if number % 10 == 0 else quick[number % len(quick)]
        for number in range(FILES)
    ]
