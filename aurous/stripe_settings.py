"""Settings of paying: Stripe, what may be bought, auto-recharge."""

from django.core.exceptions import ImproperlyConfigured

from aurous.env import env_bool, env_int, env_list, env_text

STRIPE_SECRET_KEY = env_text("STRIPE_SECRET_KEY")
# Several, comma-separated, while one is being replaced.
STRIPE_WEBHOOK_SECRETS = env_list("STRIPE_WEBHOOK_SECRET")
STRIPE_API_BASE = env_text("STRIPE_API_BASE").rstrip("/")
STRIPE_AUTOMATIC_TAX = env_bool("AUROUS_STRIPE_AUTOMATIC_TAX")
# The payments go to a Stripe of our own in which no money moves; `make run` sets it.
PLAY_MONEY = env_bool("AUROUS_PLAY_MONEY") and bool(STRIPE_API_BASE)
if env_bool("AUROUS_PLAY_MONEY") and env_text("AUROUS_ENV", "dev") == "production":
    raise ImproperlyConfigured("AUROUS_PLAY_MONEY=1 is not for production.")
# What `make run` does where no Stripe is set up; 0 leaves payments switched off.
PLAY_MONEY_OFFERED = env_bool("AUROUS_PLAY_MONEY", default=True)
LOCAL_STRIPE_PORT = env_int("AUROUS_LOCAL_STRIPE_PORT", env_int("AUROUS_PORT", 8000) + 1)

# Where Stripe's own pages are: a form of ours may lead there, and nowhere else outside. An account
# may have domains of its own for them.
STRIPE_PAGES = (
    [STRIPE_API_BASE]
    if PLAY_MONEY
    else env_list("AUROUS_STRIPE_PAGES")
    or ["https://checkout.stripe.com", "https://billing.stripe.com"]
)

STRIPE_TIMEOUT_SECONDS = 20.0  # one attempt of one call
STRIPE_RETRIES_MAX = 2  # more attempts of one call, all with its idempotency key
STRIPE_WEBHOOK_TOLERANCE_SECONDS = 300
STRIPE_WEBHOOK_BYTES_MAX = 1024 * 1024
STRIPE_EVENT_ATTEMPTS_MAX = 12  # then a person must look
STRIPE_LEASE_SECONDS = 120  # for one attempt; who died in it is followed by another
STRIPE_PASS_ROWS_MAX = 200  # of anything, in one pass
STRIPE_INBOX_SECONDS = env_int("AUROUS_STRIPE_INBOX_SECONDS", 2)
STRIPE_SWEEP_SECONDS = env_int("AUROUS_STRIPE_SWEEP_SECONDS", 3_600)
STRIPE_SWEEP_OVERLAP_SECONDS = 3_600  # read again, since events appear late in lists
STRIPE_KEY_SECONDS = 23 * 3_600  # for so long a repeated call is sure to be known as one

TOPUP_CURRENCY = "usd"
TOPUP_CENTS_CHOICES = (1_000, 2_500, 5_000, 10_000, 25_000)
TOPUP_CENTS_MIN = env_int("AUROUS_TOPUP_CENTS_MIN", 500)
TOPUP_CENTS_MAX = env_int("AUROUS_TOPUP_CENTS_MAX", 1_000_000)
TOPUP_STALE_SECONDS = 25 * 3_600  # after that no page of it can be paid on any more

RECHARGE_SECONDS = env_int("AUROUS_RECHARGE_SECONDS", 5)  # how often balances are looked at
RECHARGE_FAILURES_MAX = 3  # in a row, then it is switched off
RECHARGE_RETRY_SECONDS = 3_600  # after a failure
RECHARGE_RESUME_SECONDS = 60  # an attempt without an answer is asked about after that

# Of a team, then it has to wait: codes are words, and words can be guessed.
PROMO_WRONG_CODES_MAX = 10
PROMO_WRONG_CODES_SECONDS = 3_600

GRANT_EXPIRY_NOTICE_DAYS = (30, 7, 1)
NOTICE_SECONDS = env_int("AUROUS_NOTICE_SECONDS", 10)
NOTICE_ATTEMPTS_MAX = 10

# --- what operators may do ------------------------------------------------------------------
OPERATOR_REASON_CHARACTERS_MIN = 10
# What one operator may give, take or refund in 24 hours without a second person; 0: nothing.
CORRECTION_CREDITS_ALONE_MAX = env_int("AUROUS_CORRECTION_CREDITS_ALONE_MAX", 10_000)
REFUND_CENTS_ALONE_MAX = env_int("AUROUS_REFUND_CENTS_ALONE_MAX", 10_000)
ALONE_SECONDS = 24 * 3_600
OPERATOR_REQUEST_SECONDS = env_int("AUROUS_OPERATOR_REQUEST_SECONDS", 7 * 24 * 3_600)
OPERATOR_RECONCILE_DAYS_MAX = 90
RECONCILE_SECONDS = env_int("AUROUS_RECONCILE_SECONDS", 5)  # how soon one that is asked for begins
RECONCILE_LEASE_SECONDS = 900  # for one attempt; who died in it is followed by another
