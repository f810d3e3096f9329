"""Checks of the invariants: to read, and to ask for."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from unfold.decorators import display

from accounts.admin.base import actor_of
from billing import proofs
from billing.admin.base import LedgerAdmin
from billing.models import Proof


@admin.register(Proof)
class ProofAdmin(LedgerAdmin):
    """One row a check. "Check now" on the start page asks for one."""

    list_display = ("asked_at", "asked_by", "result", "differences", "ended_at", "id")
    list_filter = ("state",)
    search_help_text = "prf_…"
    found_by: ClassVar = {"prf_": "pk"}
    fields = (
        ("id", "result"),
        ("asked_by", "asked_at"),
        ("started_at", "ended_at"),
        ("differences", "error"),
        "invariants",
    )
    readonly_fields = ("result", "invariants")

    @display(
        description="Result",
        label={
            "holds": "success",
            "differs": "danger",
            "broken": "warning",
            "running": "info",
            "waiting": "info",
        },
    )
    def result(self, proof: Proof) -> str:
        """In a word."""
        return str(proof.state)

    @admin.display(description="Invariants")
    def invariants(self, proof: Proof) -> SafeString:
        """Each with what was found; of many differences the first few."""
        return render_to_string("admin/billing/proof/findings.html", {"findings": proof.findings})

    def find(self, queryset: Any, text: str) -> Any:
        """By its id; a check has no team."""
        return queryset.filter(pk=text)

    def get_urls(self) -> list[URLPattern]:
        """With the one that asks for a check."""
        run = path("run/", self.admin_site.admin_view(self.run), name="billing_proof_run")
        return [run, *super().get_urls()]

    def run(self, request: HttpRequest) -> HttpResponse:
        """Ask for a check; a second click asks for no second one."""
        if not request.user.has_perm("billing.run_proof"):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if proofs.ask(actor_of(request)):
            messages.success(request, "Asked. The check begins within seconds; reload to see it.")
        else:
            messages.info(request, "A check is under way already.")
        return HttpResponseRedirect(reverse("admin:index"))
