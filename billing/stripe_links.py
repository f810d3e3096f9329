"""Where Stripe's own dashboard shows an object. Nowhere for a Stripe of our own."""

from urllib.parse import quote

from django.conf import settings

from billing.gateway import is_configured

_SITE = "https://dashboard.stripe.com"
_TEST_KEYS = ("sk_test_", "rk_test_")
# By the beginning of an id; everything else is searched for.
_PAGES = {
    "pi_": "payments",
    "ch_": "payments",
    "py_": "payments",
    "dp_": "disputes",
    "du_": "disputes",
    "cus_": "customers",
    "evt_": "events",
}
_OTHERS = ("cs_", "re_", "pyr_", "issfr_", "txn_", "in_")


def dashboard_url(object_id: str | None) -> str:
    """The address, or nothing for what is not Stripe's and where no real Stripe is set up."""
    if not object_id or not is_configured() or settings.STRIPE_API_BASE:
        return ""
    mode = "/test" if settings.STRIPE_SECRET_KEY.startswith(_TEST_KEYS) else ""
    for prefix, page in _PAGES.items():
        if object_id.startswith(prefix):
            return f"{_SITE}{mode}/{page}/{quote(object_id)}"
    if object_id.startswith(_OTHERS):
        return f"{_SITE}{mode}/search?query={quote(object_id)}"
    return ""
