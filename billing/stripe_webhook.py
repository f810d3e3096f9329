"""``POST /stripe/webhook``: verify, store, answer. The work comes later."""

import structlog
from celery import current_app
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError

from billing import stripe_inbox
from billing.gateway.base import BadSignature

log = structlog.get_logger(__name__)
HANDLE_TASK = "billing.handle_stripe_event"


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """200 once it is stored, 400 for what Stripe did not sign. Says no more to anybody."""
    try:
        if int(request.headers.get("Content-Length") or 0) > settings.STRIPE_WEBHOOK_BYTES_MAX:
            return HttpResponse(status=413)
        event_id = stripe_inbox.receive(request.body, request.headers.get("Stripe-Signature", ""))
    except (BadSignature, ValueError) as error:
        log.warning("stripe.webhook_refused", reason=str(error)[:100])
        return HttpResponse(status=400)
    _begin_work(event_id)
    return HttpResponse(status=200)


def _begin_work(event_id: str) -> None:
    """At once where there are workers. Whether that works or not, the next pass sees the event."""
    if settings.EMBEDDINGS_TRANSPORT != "celery":
        return
    try:
        current_app.send_task(HANDLE_TASK, [event_id], queue="ops", retry=False)
    except (OperationalError, OSError) as error:
        log.warning("stripe.not_queued", reason=type(error).__name__)
