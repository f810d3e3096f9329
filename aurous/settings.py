"""Every setting of Aurous. Limits carry their unit in their name; secrets come from outside."""

import os
from decimal import Decimal
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from redis.backoff import NoBackoff
from redis.retry import Retry

from aurous.admin_settings import *  # noqa: F403 - a part of this file, for its length
from aurous.admin_settings import ADMIN_HOST
from aurous.api_settings import *  # noqa: F403 - likewise
from aurous.browser_settings import *  # noqa: F403 - likewise
from aurous.env import env_bool, env_int, env_list, env_secret, env_text
from aurous.mail_settings import *  # noqa: F403 - likewise
from aurous.media_settings import *  # noqa: F403 - likewise
from aurous.stripe_settings import *  # noqa: F403 - likewise
from aurous.unfold import UNFOLD  # noqa: F401 - unfold reads it from here

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env_text("AUROUS_VAR_DIR", str(BASE_DIR / "var")))

# --- which installation this is -------------------------------------------------------------
AUROUS_ENV = env_text("AUROUS_ENV", "dev")
if AUROUS_ENV not in {"dev", "production"}:
    raise ImproperlyConfigured(f"AUROUS_ENV must be dev or production, not {AUROUS_ENV!r}")
PRODUCTION = AUROUS_ENV == "production"
DEBUG = False
_DEV_SECRETS = VAR_DIR / "dev-secrets.json"

SECRET_KEY = env_secret("SECRET_KEY", production=PRODUCTION, dev_file=_DEV_SECRETS)
# "2:new,1:old": the first makes new digests, all are accepted. A bare value is version 1.
AUROUS_KEY_PEPPERS = env_secret("AUROUS_KEY_PEPPERS", production=PRODUCTION, dev_file=_DEV_SECRETS)

AUROUS_PORT = env_int("AUROUS_PORT", 8000)
AUROUS_BIND = env_text("AUROUS_BIND", "127.0.0.1")  # behind a proxy, 0.0.0.0 where it is elsewhere
AUROUS_PUBLIC_URL = env_text("AUROUS_PUBLIC_URL", f"http://127.0.0.1:{AUROUS_PORT}").rstrip("/")
WEB_CONCURRENCY = env_int("WEB_CONCURRENCY", 1)
WEB_THREADS = env_int("AUROUS_WEB_THREADS", 640)  # requests that may wait in one web process

ALLOWED_HOSTS = env_list("ALLOWED_HOSTS")
if not ALLOWED_HOSTS:
    if PRODUCTION:
        raise ImproperlyConfigured("ALLOWED_HOSTS is not set. AUROUS_ENV=production needs it.")
    ALLOWED_HOSTS = ["*"]
if ADMIN_HOST:
    ALLOWED_HOSTS = [*ALLOWED_HOSTS, ADMIN_HOST.partition(":")[0]]
# Addresses of proxies whose X-Forwarded-For is believed when a key has a network allow-list.
TRUSTED_PROXIES = env_list("AUROUS_TRUSTED_PROXIES")

# --- stores: one line each decides the profile ----------------------------------------------
DATABASE_URL = env_text("DATABASE_URL")
REDIS_URL = env_text("REDIS_URL")
for _name in ("DATABASE_URL", "REDIS_URL"):
    if PRODUCTION and not globals()[_name]:
        raise ImproperlyConfigured(f"{_name} is not set. AUROUS_ENV=production needs it.")

DB_POOL_CONNECTIONS_MAX = env_int("AUROUS_DB_POOL_CONNECTIONS_MAX", 8)
DB_LOCK_TIMEOUT_MS = 3_000
DB_STATEMENT_TIMEOUT_MS = env_int("AUROUS_DB_STATEMENT_TIMEOUT_MS", 20_000)
if DATABASE_URL:
    DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL)}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(VAR_DIR / "aurous.sqlite3"),
        }
    }
_database = DATABASES["default"]
if "sqlite" in _database["ENGINE"]:
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON",
    }
else:
    _database["CONN_MAX_AGE"] = 0  # the pool keeps connections; a request must not
    _database["CONN_HEALTH_CHECKS"] = True  # a restarted server leaves dead ones in the pool
    _database["OPTIONS"] = {
        "pool": {"min_size": 1, "max_size": DB_POOL_CONNECTIONS_MAX, "timeout": 5},
        "options": (
            f"-c lock_timeout={DB_LOCK_TIMEOUT_MS} -c statement_timeout={DB_STATEMENT_TIMEOUT_MS}"
            " -c idle_in_transaction_session_timeout=60000"
            # Disks without heads, and statements too short to be worth compiling.
            " -c random_page_cost=1.1 -c jit=off"
            # A plan that was made for a small table must not outlive it.
            " -c plan_cache_mode=force_custom_plan"
        ),
        "connect_timeout": 5,
        # Parameters go beside the statement, and a statement seen five times is parsed once.
        "server_side_binding": True,
        "prepare_threshold": 5,
    }

if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {  # no page waits long for a cache
                "SOCKET_CONNECT_TIMEOUT": 2,
                "SOCKET_TIMEOUT": 2,
                "CONNECTION_POOL_KWARGS": {"retry": Retry(NoBackoff(), 1)},
            },
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# inprocess: admission hands straight to the engine; celery: over Redis to worker processes.
EMBEDDINGS_TRANSPORT = env_text("AUROUS_TRANSPORT", "celery" if REDIS_URL else "inprocess")

# --- Django ---------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "aurous.operators.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "django_prometheus",
    "rest_framework",
    "drf_spectacular",
    "aurous",
    "accounts",
    "billing",
    "embeddings",
]
MIDDLEWARE = [
    "aurous.operators.host.AdminHostMiddleware",
    "aurous.http.edge.EdgeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "aurous.operators.host.AdminPolicyMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.session_activity.SessionActivityMiddleware",
]
ROOT_URLCONF = "aurous.urls"
WSGI_APPLICATION = "aurous.wsgi.application"
APPEND_SLASH = False
ATOMIC_REQUESTS = False
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False
FORMAT_MODULE_PATH = ["aurous.formats"]
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns where it is missing
WHITENOISE_USE_FINDERS = True
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.pages.frame.frame",
            ]
        },
    }
]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION and AUROUS_PUBLIC_URL.startswith("https:")
SESSION_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [AUROUS_PUBLIC_URL]
if ADMIN_HOST:
    CSRF_TRUSTED_ORIGINS.append(f"{AUROUS_PUBLIC_URL.partition(':')[0]}://{ADMIN_HOST}")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = PRODUCTION and AUROUS_PUBLIC_URL.startswith("https:")
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_SSL_REDIRECT else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_SSL_REDIRECT
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None

# --- API ------------------------------------------------------------------------------------
REQUEST_BODY_BYTES_MAX = 32 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = REQUEST_BODY_BYTES_MAX
JSON_DEPTH_MAX = 64
AUTH_CACHE_SECONDS = 4  # a revoked key is refused everywhere within 5 s
CATALOG_CACHE_SECONDS = 4

# Defaults of a team; `set_limits` changes them for one team, 0 = no limit.
RATE_REQUESTS_PER_MINUTE = env_int("AUROUS_RATE_REQUESTS_PER_MINUTE", 6_000)
RATE_TOKENS_PER_MINUTE = env_int("AUROUS_RATE_TOKENS_PER_MINUTE", 10_000_000)
CONCURRENT_REQUESTS_MAX = env_int("AUROUS_CONCURRENT_REQUESTS_MAX", 1_024)

# --- money ----------------------------------------------------------------------------------
USD_PER_CREDIT = Decimal("0.01")
AUROUS_HOLD_MODEL = "embeddings.Inference"  # the concrete row that is also the hold
IDEMPOTENCY_REPLAY_SECONDS = 24 * 3600
HOLD_DEADLINE_SECONDS = env_int("AUROUS_HOLD_DEADLINE_SECONDS", 30)
VIDEO_DEADLINE_SECONDS = env_int("AUROUS_VIDEO_DEADLINE_SECONDS", 120)
LONGEST_DEADLINE_SECONDS = max(HOLD_DEADLINE_SECONDS, VIDEO_DEADLINE_SECONDS)
HOLD_GRACE_SECONDS = env_int("AUROUS_HOLD_GRACE_SECONDS", 5)  # from deadline to reaper
MONEY_RETRIES_MAX = 3
DEMO_CREDITS = "1000"
# The first team that a person makes begins with so many credits, once a person.
WELCOME_CREDITS = env_text("AUROUS_WELCOME_CREDITS", "0" if PRODUCTION else "100")
# Under so many credits a team is told that its balance is low; `set_low_balance` for one team.
LOW_BALANCE_CREDITS = env_text("AUROUS_LOW_BALANCE_CREDITS", "100")

# http://host:port through which media is fetched and events are sent.
AUROUS_EGRESS_PROXY = env_text("AUROUS_EGRESS_PROXY")

# --- webhooks -------------------------------------------------------------------------------
# `host:port` names that events may be sent to although they are local or plain http.
AUROUS_WEBHOOK_DEV_HOSTS = env_list("AUROUS_WEBHOOK_DEV_HOSTS")
if AUROUS_WEBHOOK_DEV_HOSTS and PRODUCTION:
    raise ImproperlyConfigured("AUROUS_WEBHOOK_DEV_HOSTS is not for production.")
WEBHOOK_ENDPOINTS_MAX = env_int("AUROUS_WEBHOOK_ENDPOINTS_MAX", 16)  # of one team
WEBHOOK_TIMEOUT_SECONDS = 10  # an endpoint's whole answer
WEBHOOK_LEASE_SECONDS = 60  # for one attempt; who died in it is followed by another after that
WEBHOOK_RESPONSE_BYTES_MAX = 1_024  # kept of an answer's body
WEBHOOK_FAILURES_MAX = 20  # attempts in a row, then the endpoint is disabled
WEBHOOK_MANUAL_PENDING_MAX = 100  # tests and resends to one endpoint that are not done
WEBHOOK_SENDERS_MAX = env_int("AUROUS_WEBHOOK_SENDERS_MAX", 8)  # deliveries at once in a process
WEBHOOK_TEAM_SENDERS_MAX = 2  # of them for one team
WEBHOOK_EVERY_SECONDS = env_int("AUROUS_WEBHOOK_EVERY_SECONDS", 2)  # how often what is due is sent
WEBHOOK_PASS_SECONDS_MAX = 30  # after that a pass begins no delivery
WEBHOOK_BATCH_ROWS_MAX = 500  # events that one transaction dispatches or forgets
WEBHOOK_LOG_DAYS = env_int("AUROUS_WEBHOOK_LOG_DAYS", 30)  # events and deliveries older are deleted

# --- embeddings -----------------------------------------------------------------------------
AUROUS_VISION_WEIGHTS = env_text("AUROUS_VISION_WEIGHTS")
AUROUS_DEVICE = env_text("AUROUS_DEVICE", "auto")
AUROUS_DTYPE = env_text("AUROUS_DTYPE", "auto")
if AUROUS_DTYPE not in {"auto", "float32", "bfloat16"}:
    raise ImproperlyConfigured("AUROUS_DTYPE must be auto, float32 or bfloat16")
AUROUS_TORCH_THREADS = env_int("AUROUS_TORCH_THREADS", os.cpu_count() or 1)
AUROUS_STUB_MODEL = env_bool("AUROUS_STUB_MODEL")
if AUROUS_STUB_MODEL and PRODUCTION:
    raise ImproperlyConfigured("AUROUS_STUB_MODEL=1 is not for production.")

INPUT_CHARACTERS_MAX = 1_000_000
INPUT_PARTS_MAX = 16
INPUT_BATCH_ITEMS_MAX = 256
USER_CHARACTERS_MAX = 256
MODEL_CHARACTERS_MAX = 128

ADMISSION_BATCH_ITEMS_MAX = 128
ADMISSION_QUEUE_ITEMS_MAX = 2_048
COMPUTE_BATCH_TOKENS_MAX = env_int("AUROUS_COMPUTE_BATCH_TOKENS_MAX", 1_024)
COMPUTE_BATCH_ITEMS_MAX = 256
# Of the vision model; 0 takes the default of the device. A patch is a quarter of a visual token.
VISION_BATCH_TOKENS_MAX = env_int("AUROUS_VISION_BATCH_TOKENS_MAX", 0)
VISION_BATCH_PATCHES_MAX = env_int("AUROUS_VISION_BATCH_PATCHES_MAX", 0)
VISION_BATCH_TOKENS_DEFAULTS = {"CPU": 2_048, "CUDA": 32_768}
VISION_BATCH_PATCHES_DEFAULTS = {"CPU": 8_192, "CUDA": 131_072}
COMPUTE_QUEUE_ITEMS_MAX = 16_384  # requests
COMPUTE_QUEUE_PIECES_MAX = 131_072  # texts of those requests; 512 batches of 256
BACKLOG_TOKENS_MAX = env_int("AUROUS_BACKLOG_TOKENS_MAX", 2_000_000)  # beyond: 503 before any hold
BACKLOG_ITEMS_MAX = env_int("AUROUS_BACKLOG_ITEMS_MAX", 8_192)  # likewise, requests and groups
SETTLEMENT_BATCH_ITEMS_MAX = 256
WORK_MESSAGE_BYTES_MAX = 8 * 1024 * 1024  # of several requests; one alone may have more
WORKER_GROUPS_MAX = 32  # messages in flight in one worker
WORKER_BEAT_SECONDS = 1
WORKER_BEAT_EXPIRY_SECONDS = 6
CANARY_SECONDS = 10  # how often an idle worker proves that its engine still answers
CANARY_TIMEOUT_SECONDS = 10
READY_CACHE_SECONDS = 1.0
READY_TIMEOUT_SECONDS = 5.0
REAP_SECONDS = env_int("AUROUS_REAP_SECONDS", 5)

# --- Celery ---------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL or "memory://"
# Three times the longest deadline: a redelivery this late must find its row closed.
BROKER_VISIBILITY_TIMEOUT_SECONDS = 360

# --- logs -----------------------------------------------------------------------------------
LOG_LEVEL = env_text("AUROUS_LOG_LEVEL", "INFO")
LOGGING_CONFIG = "aurous.logs.configure"
LOGGING = {"level": LOG_LEVEL}
