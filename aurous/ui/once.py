"""Forms whose act must not happen again when a page is reloaded, or sent twice without a script.

The form carries a token (``{% once %}``); the first request that comes with it may act.
"""

import secrets
from hashlib import sha256

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

FIELD = "once"
REMEMBERED_SECONDS = 24 * 3600


def new_token() -> str:
    """128 bits, for one rendering of a form."""
    return secrets.token_urlsafe(16)


def spent(request: HttpRequest) -> bool:
    """Whether this form was carried out before; from now on it was. Without a token: no."""
    token = request.POST.get(FIELD, "")
    if not token:
        return False
    name = sha256(token.encode()).hexdigest()
    return not cache.add(f"once:{name}", "spent", REMEMBERED_SECONDS)


def already_done(request: HttpRequest, route: str, *args: str) -> HttpResponse:
    """Back to where the result stands, with a word about it."""
    messages.warning(request, "That was done already. A secret is shown once only.", "warn")
    return redirect(route, *args)
