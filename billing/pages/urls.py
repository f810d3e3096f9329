"""The pages of money, limits, webhooks and versions, all at ``/t/<team_id>/``."""

from django.urls import path

from billing.pages.billing import billing
from billing.pages.grants import grants
from billing.pages.limits import limits
from billing.pages.payment import payment
from billing.pages.payment_back import payment_done, payment_drop, payment_left, payment_resume
from billing.pages.payments import payments
from billing.pages.portal import portal
from billing.pages.promo import promo
from billing.pages.recharge import card_forget, recharge
from billing.pages.statement import statement, statement_export
from billing.pages.topup import topup
from billing.pages.webhook_acts import webhook_delete, webhook_roll, webhook_state, webhook_test
from billing.pages.webhook_delivery import webhook_delivery, webhook_resend
from billing.pages.webhook_one import webhook_edit, webhook_one
from billing.pages.webhooks import webhooks, webhooks_new

_BILLING = "t/<str:team_id>/billing"
_PAYMENT = f"{_BILLING}/payments/<str:topup_id>"
_WEBHOOK = "t/<str:team_id>/webhooks/<str:endpoint_id>"
_DELIVERY = f"{_WEBHOOK}/deliveries/<str:delivery_id>"

urlpatterns = [
    path(_BILLING, billing, name="billing"),
    path(f"{_BILLING}/statement", statement, name="billing-statement"),
    path(f"{_BILLING}/statement/file", statement_export, name="billing-statement-export"),
    path(f"{_BILLING}/grants", grants, name="billing-grants"),
    path(f"{_BILLING}/top-up", topup, name="billing-topup"),
    path(f"{_BILLING}/payments", payments, name="billing-payments"),
    path(_PAYMENT, payment, name="billing-payment"),
    path(f"{_PAYMENT}/done", payment_done, name="billing-payment-done"),
    path(f"{_PAYMENT}/left", payment_left, name="billing-payment-left"),
    path(f"{_PAYMENT}/resume", payment_resume, name="billing-payment-resume"),
    path(f"{_PAYMENT}/drop", payment_drop, name="billing-payment-drop"),
    path(f"{_BILLING}/auto-recharge", recharge, name="billing-recharge"),
    path(f"{_BILLING}/card/forget", card_forget, name="billing-card-forget"),
    path(f"{_BILLING}/promo-code", promo, name="billing-promo"),
    path(f"{_BILLING}/portal", portal, name="billing-portal"),
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
