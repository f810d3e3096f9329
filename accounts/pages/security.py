"""Security of one's own account: password, address, passkeys, codes and sessions on one page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.ways_in import ways_in


@never_cache
@login_required
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """What there is, and the next act for each."""
    assert isinstance(request.user, User)  # login_required
    return render(request, "dashboard/security.html", {"ways": ways_in(request.user)})
