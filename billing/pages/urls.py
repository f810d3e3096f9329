"""The pages of money, limits, webhooks and versions, all at ``/t/<team_id>/``."""

from django.urls import path

from billing.pages.billing import billing
from billing.pages.limits import limits
from billing.pages.statement import statement, statement_export
from billing.pages.webhook_acts import webhook_delete, webhook_roll, webhook_state, webhook_test
from billing.pages.webhook_delivery import webhook_delivery, webhook_resend
from billing.pages.webhook_one import webhook_edit, webhook_one
from billing.pages.webhooks import webhooks, webhooks_new

_WEBHOOK = "t/<str:team_id>/webhooks/<str:endpoint_id>"
_DELIVERY = f"{_WEBHOOK}/deliveries/<str:delivery_id>"

urlpatterns = [
    path("t/<str:team_id>/billing", billing, name="billing"),
    path("t/<str:team_id>/billing/statement", statement, name="billing-statement"),
    path(
        "t/<str:team_id>/billing/statement/file", statement_export, name="billing-statement-export"
    ),
    path("t/<str:team_id>/limits", limits, name="limits"),
    path("t/<str:team_id>/webhooks", webhooks, name="webhooks"),
    path("t/<str:team_id>/webhooks/new", webhooks_new, name="webhooks-new"),
    path(_WEBHOOK, webhook_one, name="webhooks-one"),
    path(f"{_WEBHOOK}/edit", webhook_edit, name="webhooks-edit"),
    path(f"{_WEBHOOK}/test", webhook_test, name="webhooks-test"),
    path(f"{_WEBHOOK}/state", webhook_state, name="webhooks-state"),
    path(f"{_WEBHOOK}/roll", webhook_roll, name="webhooks-roll"),
    path(f"{_WEBHOOK}/delete", webhook_delete, name="webhooks-delete"),
    path(_DELIVERY, webhook_delivery, name="webhooks-delivery"),
    path(f"{_DELIVERY}/resend", webhook_resend, name="webhooks-resend"),
]
