"""Every Prometheus metric of Aurous, defined once. Whoever knows the number feeds it.

With ``PROMETHEUS_MULTIPROC_DIR`` set, each process writes files there and ``/metrics`` of any
one of them sums over all. Labels are few and bounded: no team, no key, no path.
"""

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)
_ITEMS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_TOKENS = (16, 64, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768)

# --- HTTP (fed by aurous.http.edge) ---------------------------------------------------------
HTTP_REQUESTS = Counter(
    "aurous_http_requests_total", "Answers sent.", ["route", "method", "status"]
)
HTTP_SECONDS = Histogram(
    "aurous_http_seconds", "Time from request to answer.", ["route"], buckets=_SECONDS
)

# --- the three pumps ------------------------------------------------------------------------
ADMISSION_BATCH_ITEMS = Histogram(
    "aurous_admission_batch_items", "Requests held in one transaction.", buckets=_ITEMS
)
COMPUTE_BATCH_ITEMS = Histogram(
    "aurous_compute_batch_items", "Inputs in one forward pass.", ["model"], buckets=_ITEMS
)
COMPUTE_BATCH_TOKENS = Histogram(
    "aurous_compute_batch_tokens", "Tokens in one forward pass.", ["model"], buckets=_TOKENS
)
COMPUTE_SECONDS = Histogram(
    "aurous_compute_seconds", "Time of one forward pass.", ["model"], buckets=_SECONDS
)
SETTLEMENT_BATCH_ITEMS = Histogram(
    "aurous_settlement_batch_items", "Requests settled in one transaction.", buckets=_ITEMS
)
SETTLEMENT_SECONDS = Histogram(
    "aurous_settlement_seconds", "Time of one settlement transaction.", buckets=_SECONDS
)

# --- pictures and videos ----------------------------------------------------------------------
MEDIA_FETCH_SECONDS = Histogram(
    "aurous_media_fetch_seconds", "Time to get a file's bytes.", ["kind"], buckets=_SECONDS
)
MEDIA_DECODE_SECONDS = Histogram(
    "aurous_media_decode_seconds", "Time to decode and resize a file.", ["kind"], buckets=_SECONDS
)
MEDIA_REFUSED = Counter(
    "aurous_media_refused_total", "Files that could not be read, by error code.", ["code"]
)

# --- what became of requests ----------------------------------------------------------------
REQUESTS_SETTLED = Counter("aurous_requests_settled_total", "Requests charged.", ["model"])
REQUESTS_RELEASED = Counter(
    "aurous_requests_released_total", "Holds given back, by error code.", ["model", "code"]
)
LATE_RESULTS = Counter(
    "aurous_late_results_total", "Results that found their request closed.", ["model"]
)

# --- queues: autoscale on the age of the oldest item, not on the length ----------------------
QUEUE_OLDEST_SECONDS = Gauge(
    "aurous_queue_oldest_seconds",
    "Age of the oldest waiting request.",
    ["model"],
    multiprocess_mode="livemostrecent",
)
QUEUE_ITEMS = Gauge(
    "aurous_queue_items", "Waiting requests.", ["model"], multiprocess_mode="livemostrecent"
)

# --- webhooks -------------------------------------------------------------------------------
WEBHOOK_ATTEMPTS = Counter(
    "aurous_webhook_attempts_total", "Attempts to deliver a webhook.", ["status"]
)

# --- payments -------------------------------------------------------------------------------
PAYMENTS_UNCREDITED = Gauge(
    "aurous_payments_uncredited",
    "Payments that were charged and not credited; alert when it is not 0.",
    multiprocess_mode="livemostrecent",
)
PAYMENT_EXCEPTIONS_OPEN = Gauge(
    "aurous_payment_exceptions_open",
    "Differences between Stripe and the books that nobody has settled.",
    multiprocess_mode="livemostrecent",
)
STRIPE_EVENTS = Counter(
    "aurous_stripe_events_total", "Events of Stripe's, by outcome.", ["outcome"]
)
