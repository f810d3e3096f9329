"""One search over everything: each kind of text is one look into one index, never through a table.

What a hit is depends on who asks: a table that somebody may not view has no hits for them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import quote, unquote
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from accounts.key_text import HEAD_CHARACTERS, PREFIX, TAIL_CHARACTERS

TEXT_CHARACTERS_MAX = 254
_HINT = re.compile(rf"({PREFIX}[0-9a-f]{{6}})[.\N{{HORIZONTAL ELLIPSIS}}]+([0-9a-f]{{4}})")
_TAIL = re.compile(rf"[\N{{HORIZONTAL ELLIPSIS}}.]*([0-9a-f]{{{TAIL_CHARACTERS}}})")


@dataclass(frozen=True, slots=True)
class Hit:
    """One row, and its page."""

    title: str
    note: str
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """The hits of one kind. ``more``: there are others that are not listed."""

    title: str
    icon: str
    hits: Sequence[Hit]
    more: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """Rows of a table: how they are called, and which column the text is compared with.

    ``note``: what to say of a row beside its name. ``through``: the hit is what a row points to.
    """

    title: str
    icon: str
    table: str
    column: str = "pk"
    note: str = ""
    through: str = ""


_REQUEST = Kind("Requests", "bolt", "embeddings.inference", note="status")
_TOPUP = Kind("Top-ups", "add_card", "billing.topup", note="status")
_REVERSAL = Kind("Refunds and disputes", "undo", "billing.reversal", note="effect")
_EVENT = Kind("Stripe's events", "inbox", "billing.stripeevent", note="type")
_KEY = Kind("API keys", "key", "accounts.apikey", note="pk")
_TEAM = Kind("Teams", "groups", "accounts.team", note="pk")
_PERSON = Kind("People", "person", "accounts.user", note="name")


def _by(kind: Kind, column: str) -> Kind:
    return Kind(kind.title, kind.icon, kind.table, column, kind.note, kind.through)


_ABOUT = _by(_EVENT, "object_id")
# Prefix of an identifier -> where to look: the next place only where the one before had nothing.
PREFIXES: Mapping[str, tuple[tuple[Kind, ...], ...]] = {
    "req_": ((_by(_REQUEST, "request_id"),),),
    "emb_": ((_REQUEST,),),
    "team_": ((_TEAM,),),
    "key_": ((_KEY,),),
    "topup_": ((_TOPUP,),),
    "cs_": ((_by(_TOPUP, "checkout_id"),), (_ABOUT,)),
    "pi_": ((_by(_TOPUP, "payment_id"),), (_ABOUT,)),
    "ch_": ((_by(_TOPUP, "charge_id"),), (_ABOUT,)),
    "py_": ((_by(_TOPUP, "charge_id"),), (_ABOUT,)),
    "rev_": ((_REVERSAL,),),
    "re_": ((_by(_REVERSAL, "stripe_id"),), (_ABOUT,)),
    "pyr_": ((_by(_REVERSAL, "stripe_id"),), (_ABOUT,)),
    "dp_": ((_by(_REVERSAL, "stripe_id"),), (_ABOUT,)),
    "du_": ((_by(_REVERSAL, "stripe_id"),), (_ABOUT,)),
    "evt_": ((_EVENT, Kind("Webhook events", "campaign", "billing.webhookevent", note="type")),),
    "cus_": (
        (Kind("Teams", "groups", "billing.stripecustomer", "customer_id", "pk", "team"),),
        (_ABOUT,),
    ),
    "we_": ((Kind("Webhook endpoints", "webhook", "billing.webhookendpoint", note="status"),),),
    "dlv_": ((Kind("Webhook deliveries", "outbox", "billing.webhookdelivery", note="status"),),),
    "tr_": ((Kind("Transfers", "swap_horiz", "billing.transfer", note="kind"),),),
    "grant_": ((Kind("Grants", "redeem", "billing.grant", note="kind"),),),
    "debt_": ((Kind("Debts", "money_off", "billing.debt"),),),
    "pex_": ((Kind("Payment exceptions", "report", "billing.paymentexception", note="kind"),),),
    "prf_": ((Kind("Invariants", "verified", "billing.proof", note="state"),),),
}
_PROMO = Kind("Promo codes", "confirmation_number", "billing.promocode")
_MODEL = Kind("Models", "deployed_code", "embeddings.catalogmodel", note="state")
_SECRET = Kind("API keys", "key", "accounts.apikeysecret", note="hint", through="api_key")


def shown(text: str) -> str:
    """The text as a page may repeat it: of a whole key its hint only."""
    text = text.strip()
    if not text.startswith(PREFIX) or _HINT.fullmatch(text):
        return text
    return f"{text[:HEAD_CHARACTERS]}\N{HORIZONTAL ELLIPSIS}{text[-TAIL_CHARACTERS:]}"


def find(request: HttpRequest, text: str) -> list[Group]:
    """What this text names, in groups that have a hit."""
    text = text.strip()
    if not text or len(text) > TEXT_CHARACTERS_MAX or "\x00" in text:
        return []
    for looks in _looks(text):
        groups = [group for group in (_group(request, look) for look in looks) if group.hits]
        if groups:
            return groups
    return []


@dataclass(frozen=True, slots=True)
class _Look:
    kind: Kind
    filters: Mapping[str, Any]


def _looks(text: str) -> Iterable[list[_Look]]:
    if text.startswith(PREFIX):
        return [_secret(_hint(text))]
    for prefix, places in PREFIXES.items():
        if text.startswith(prefix):
            return [[_Look(kind, {kind.column: text}) for kind in kinds] for kinds in places]
    if "@" in text:
        return [[_Look(_PERSON, {"email": text})]]
    tail = _TAIL.fullmatch(text)
    named = [
        _Look(_TEAM, {"name__istartswith": text}),
        _Look(_PROMO, {"pk": text.upper()}),
        _Look(_MODEL, {"pk": text.lower()}),
    ]
    return [[*(_secret(("", tail[1])) if tail else []), *named]]


def _hint(text: str) -> tuple[str, str]:
    """The two ends of a key, from a whole one or from what a list shows of it."""
    hint = _HINT.fullmatch(text)
    return (hint[1], hint[2]) if hint else (text[:HEAD_CHARACTERS], text[-TAIL_CHARACTERS:])


def _secret(ends: tuple[str, str]) -> list[_Look]:
    head, tail = ends
    return [_Look(_SECRET, {"tail": tail, **({"head": head} if head else {})})]


def _group(request: HttpRequest, look: _Look) -> Group:
    kind, most = look.kind, settings.FIND_HITS_MAX
    rows = _rows(request, look)
    found: list[Any] = [] if rows is None else list(rows[: most + 1])
    hits = [_hit(kind, row) for row in found[:most]]
    return Group(kind.title, kind.icon, hits, len(found) > most)


def _rows(request: HttpRequest, look: _Look) -> "QuerySet[Any] | None":
    """None where this person may not view what the hits are."""
    kind = look.kind
    model = apps.get_model(kind.table)
    target = model._meta.get_field(kind.through).related_model if kind.through else model
    page = admin.site._registry.get(target)
    if page is None or not page.has_view_permission(request):
        return None
    rows: QuerySet[Any] = model._default_manager.filter(**look.filters).order_by("-pk")
    return rows.select_related(kind.through) if kind.through else rows


def _hit(kind: Kind, row: Model) -> Hit:
    target: Model = getattr(row, kind.through) if kind.through else row
    meta = target._meta
    key = str(target.pk)  # plain as in lists, but where the admin would read it as another
    args = [key if unquote(key) == key else quote(key)]
    url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=args)
    note = str(getattr(row, kind.note)) if kind.note else ""
    return Hit(str(target), note, url)
