"""Settings of pictures and videos: what customers' files may be, and what they may cost us."""

import os

from django.core.exceptions import ImproperlyConfigured

from aurous.env import env_int, env_list, env_text

# `host:port` names that may be fetched from although they are local or plain http.
AUROUS_MEDIA_DEV_HOSTS = env_list("AUROUS_MEDIA_DEV_HOSTS")
if AUROUS_MEDIA_DEV_HOSTS and env_text("AUROUS_ENV", "dev") == "production":
    raise ImproperlyConfigured("AUROUS_MEDIA_DEV_HOSTS is not for production.")
MEDIA_IMAGE_BYTES_MAX = 20 * 1024 * 1024
MEDIA_VIDEO_BYTES_MAX = 100 * 1024 * 1024
MEDIA_IMAGE_FETCH_SECONDS = 10
MEDIA_VIDEO_FETCH_SECONDS = 30
MEDIA_IMAGE_READ_SECONDS = 14  # fetched, waited for a decoder, decoded; beyond: 503
MEDIA_VIDEO_READ_SECONDS = 60
MEDIA_CONNECT_SECONDS = 3
MEDIA_HEAD_SECONDS = 5
MEDIA_BYTES_PER_SECOND_MIN = 32 * 1024  # on average, once the grace is over
MEDIA_RATE_GRACE_SECONDS = 3
MEDIA_REDIRECTS_MAX = 3
MEDIA_THREADS_MAX = env_int("AUROUS_MEDIA_THREADS_MAX", 32)  # fetches at once in one worker
MEDIA_DECODE_PROCESSES_MAX = env_int("AUROUS_MEDIA_DECODE_PROCESSES_MAX", os.cpu_count() or 1)
MEDIA_PROBE_PROCESSES_MAX = env_int("AUROUS_MEDIA_PROBE_PROCESSES_MAX", 1)  # of a web process
MEDIA_PROBE_TIMEOUT_SECONDS = 10
MEDIA_RESERVE_SECONDS = 5  # how long a file waits for room among these
# Fetched and not yet decoded, in one worker. Apart, so that videos do not hold up pictures.
MEDIA_IMAGE_BYTES_IN_FLIGHT_MAX = env_int("AUROUS_MEDIA_IMAGE_BYTES_IN_FLIGHT_MAX", 40 * 1024**2)
MEDIA_VIDEO_BYTES_IN_FLIGHT_MAX = env_int("AUROUS_MEDIA_VIDEO_BYTES_IN_FLIGHT_MAX", 100 * 1024**2)
MEDIA_PIXEL_BYTES_MAX = 256 * 1024 * 1024  # decoded and not yet computed, in one worker
