"""The routes outside the API: pages, operators' admin, probes. ``/v1`` is in ``api_urls``."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from django_prometheus.exports import ExportToDjangoView

from aurous import health
from aurous.error_reference import errors_page
from aurous.favicon import favicon
from aurous.verifier import verify_statement
from billing.stripe_webhook import stripe_webhook

urlpatterns = [
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("metrics", ExportToDjangoView),
    path("favicon.ico", favicon),
    # As people type it; the pages of a team are behind the slash.
    path("t/<str:team_id>", RedirectView.as_view(pattern_name="overview")),
    path("errors", errors_page, name="errors"),
    path("verify_statement.py", verify_statement),
    path("stripe/webhook", stripe_webhook, name="stripe_webhook"),
    path("", include("aurous.reference.urls")),
    path("", include("aurous.dev_mails")),
    path("admin/", admin.site.urls),
    # allauth goes there after each change of a second factor; the page of all of them is ours.
    path("account/2fa/", RedirectView.as_view(pattern_name="security")),
    path("account/", include("allauth.urls")),
    path("", include("accounts.pages.urls")),
    path("", include("billing.pages.urls")),
    path("", include("embeddings.pages.urls")),
]

handler400 = "aurous.http.error_pages.bad_request"
handler403 = "aurous.http.error_pages.forbidden"
handler404 = "aurous.http.error_pages.not_found"
handler500 = "aurous.http.error_pages.broken"
