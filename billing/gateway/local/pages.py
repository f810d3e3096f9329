"""What people see of a local Stripe: the page to pay on, receipts, the customer's portal."""

from html import escape
from typing import Any

from billing.gateway.local import checkouts
from billing.gateway.local.cards import CARDS
from billing.gateway.local.errors import Refused
from billing.gateway.local.service import LocalStripe

Raw = dict[str, Any]
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:3rem auto;padding:0 1rem;"
    "color:#1a1f36}h1{font-size:1.6rem}input,button{font:inherit;padding:.6rem .8rem;width:100%;"
    "box-sizing:border-box;border-radius:6px;border:1px solid #8792a2;margin:.3rem 0}"
    "button{background:#0b5cad;color:#fff;border:0;cursor:pointer}button.plain{background:#4f566b}"
    ".play{background:#fff3c4;border:2px solid #b7791f;padding:.6rem .8rem;border-radius:6px}"
    ".error{color:#a4161a;font-weight:600}td{padding:.1rem .6rem .1rem 0;font-size:.9rem}"
)
_DECLINED = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "authentication_failed": "We are unable to authenticate your payment method.",
    "incorrect_number": "Your card number is incorrect.",
}


class Page(Exception):  # noqa: N818 - an answer
    """An HTML answer, or where the browser shall go."""

    def __init__(self, html: str = "", *, location: str = "", status: int = 200) -> None:
        super().__init__(location or status)
        self.html = html
        self.location = location
        self.status = 303 if location else status


def show(stripe: LocalStripe, method: str, path: str, form: Raw) -> Page:
    """The page at a path."""
    part, _, object_id = path.strip("/").rpartition("/")
    with stripe.lock:
        try:
            page = _PAGES[part](stripe, method, object_id, form)
        except (KeyError, Refused):
            page = Page(_frame("Not found", "<h1>There is nothing here</h1>"), status=404)
        stripe.store.keep()
    return page


def _checkout(stripe: LocalStripe, method: str, session_id: str, form: Raw) -> Page:
    session = stripe.store.get("checkout.session", session_id)
    if method != "POST":
        return Page(_form(stripe, session)) if session["status"] == "open" else _after(session)
    return _outcome(stripe, session, _pay(stripe, session, form))


def _pay(stripe: LocalStripe, session: Raw, form: Raw) -> str:
    if "later" in form:
        return checkouts.pay_later(stripe.store, session)
    try:
        return checkouts.pay(stripe.store, session, form.get("card", ""))
    except Refused:
        return "incorrect_number"


def _authenticate(stripe: LocalStripe, method: str, session_id: str, form: Raw) -> Page:
    session = stripe.store.get("checkout.session", session_id)
    if method != "POST":
        return Page(_ask_owner(session))
    agreed = "agree" in form
    return _outcome(stripe, session, checkouts.authenticate(stripe.store, session, agreed=agreed))


def _outcome(stripe: LocalStripe, session: Raw, result: str) -> Page:
    if result == "asks":
        return Page(location=f"/c/auth/{session['id']}")
    if result in ("paid", "expired"):
        return _after(session)
    return Page(_form(stripe, session, _DECLINED.get(result, "Your card was declined.")))


def _after(session: Raw) -> Page:
    if session["status"] == "expired":
        return Page(_frame("Expired", "<h1>This page has expired</h1>"), status=410)
    return Page(location=session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]))


def _form(stripe: LocalStripe, session: Raw, error: str = "") -> str:
    name = stripe.store.data["orders"][session["id"]]["name"]
    rows = "".join(
        f"<tr><td><code>{n}</code></td><td>{c.words}</td></tr>" for n, c in CARDS.items()
    )
    cancel = escape(session["cancel_url"] or "/")
    told = f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
    # By its address: the form is also shown where a bank has asked and got no answer.
    form = f'<form method="post" action="/c/pay/{session["id"]}">'
    return _frame(
        "Pay",
        f"<h1>{escape(name)}</h1><p>{_amount(session['amount_total'])}</p>{told}"
        f'{form}<label for="card">Card number</label>'
        '<input id="card" name="card" inputmode="numeric" autocomplete="off" autofocus '
        'value="4242 4242 4242 4242"><button>Pay</button></form>'
        f'{form}<button class="plain" name="later" value="1">Pay by bank debit '
        f'(the money comes later)</button></form><p><a href="{cancel}">Back</a></p>'
        f"<table>{rows}</table>",
    )


def _ask_owner(session: Raw) -> str:
    return _frame(
        "Confirm",
        "<h1>Your bank asks</h1>"
        f"<p>Do you want to pay {_amount(session['amount_total'])}?</p>"
        '<form method="post"><button name="agree" value="1">Complete</button>'
        '<button class="plain" name="refuse" value="1">Fail</button></form>',
    )


def _receipt(stripe: LocalStripe, method: str, charge_id: str, form: Raw) -> Page:
    charge = stripe.store.get("charge", charge_id)
    return Page(_frame("Receipt", f"<h1>Receipt</h1><p>{_amount(charge['amount'])}</p>"))


def _invoice(stripe: LocalStripe, method: str, invoice_id: str, form: Raw) -> Page:
    invoice = stripe.store.get("invoice", invoice_id)
    return Page(_frame("Invoice", f"<h1>Invoice</h1><p>{_amount(invoice['total'])}, paid</p>"))


def _portal(stripe: LocalStripe, method: str, session_id: str, form: Raw) -> Page:
    session = stripe.store.get("billing_portal.session", session_id)
    charges = stripe.store.all("charge", customer=session["customer"])
    rows = "".join(
        f'<li><a href="/receipts/{c["id"]}">{_amount(c["amount"])}</a></li>' for c in charges
    )
    back = escape(session["return_url"] or "/")
    page = f'<h1>Payments</h1><ul>{rows}</ul><p><a href="{back}">Back</a></p>'
    return Page(_frame("Payments", page))


def _amount(cents: int) -> str:
    return f"${cents // 100:,}.{cents % 100:02d}"


def _frame(title: str, inner: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{_STYLE}</style><body><main>"
        '<p class="play"><strong>Play money.</strong> This is a payment page for development: '
        "no money moves, and no real card belongs here.</p>"
        f"{inner}</main></body></html>"
    )


_PAGES = {
    "c/pay": _checkout,
    "c/auth": _authenticate,
    "receipts": _receipt,
    "invoices": _invoice,
    "p/session": _portal,
}
