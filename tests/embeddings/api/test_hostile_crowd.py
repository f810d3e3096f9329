"""Two hundred hostile files at once: everyone is answered in time, and nobody pays."""

import time
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from tests.embeddings.api.stage import complaints
from tests.embeddings.api.vision import acme, media_server, site, vision
from tests.embeddings.files import image_part, mp4, png, video_part
from tests.embeddings.hostile_files import hostile

__all__ = ["acme", "media_server", "site", "vision"]
CLIENTS = 16
ANSWER_SECONDS_MAX = 15.0


def test_two_hundred_hostile_files_are_answered_in_time_and_for_free(acme, site):
    for part in (image_part(png()), video_part(mp4())):
        assert acme.see(part).status == 200  # everything is loaded and warm
    paid = acme.credits

    def send(part):
        began = time.monotonic()
        try:
            answer = acme.see(part)
        finally:
            connection.close()
        return answer.code, time.monotonic() - began

    with ThreadPoolExecutor(CLIENTS) as pool:
        outcomes = list(pool.map(send, hostile(site)))
    codes = {code for code, _ in outcomes}
    # On a slow machine endless videos fill the budget of memory: others are told to come again.
    assert codes - {"provider_overloaded"} == {
        "media_fetch_failed",
        "media_too_large",
        "media_unsupported",
    }
    assert max(seconds for _, seconds in outcomes) < ANSWER_SECONDS_MAX
    assert acme.credits == paid
    assert acme.balance["held_credits"] == 0
    assert complaints() == {}
    assert acme.see(image_part(png())).status == 200
