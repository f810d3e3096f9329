"""Ids of Stripe's objects as links: to our own pages, and to Stripe's where there is a real one."""

from django.urls import reverse
from django.utils.html import format_html, format_html_join

from billing.stripe_links import dashboard_url

_OWN = {"topup_": "billing_topup", "rev_": "billing_reversal", "evt_": "billing_stripeevent"}
_TOPUP_HAS = ("cs_", "pi_", "ch_")
_REVERSAL_HAS = ("re_", "dp_", "du_")


def at_stripe(*ids: str | None) -> str:
    """Links to Stripe's dashboard; as plain ids where none is set up."""
    return format_html_join(" ", "{}", ((_outside(one),) for one in ids if one))


def _outside(object_id: str) -> str:
    address = dashboard_url(object_id)
    rest = 'target="_blank" rel="noopener noreferrer">{}</a>'
    found = format_html(f'<a class="text-link" href="{{}}" {rest}', address, object_id)
    return found if address else object_id


def here(object_id: str) -> str:
    """A link to what an id stands for among our own pages, else the id."""
    for prefix, page in _OWN.items():
        if object_id.startswith(prefix):
            return _link(reverse(f"admin:{page}_change", args=[object_id]), object_id)
    for prefixes, page in ((_TOPUP_HAS, "billing_topup"), (_REVERSAL_HAS, "billing_reversal")):
        if object_id.startswith(prefixes):
            return _link(f"{reverse(f'admin:{page}_changelist')}?q={object_id}", object_id)
    return object_id


def _link(address: str, text: str) -> str:
    return format_html('<a class="text-link" href="{}">{}</a>', address, text)
