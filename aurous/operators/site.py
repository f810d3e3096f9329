"""The admin's site: one way in for everybody, a second factor, the start page, the search."""

from typing import Any
from urllib.parse import urlencode

from allauth.account.decorators import secure_admin_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.cache import never_cache
from unfold.sites import UnfoldAdminSite

from aurous.operators import second_factor
from aurous.operators.find_page import find_page, palette


class OperatorsSite(UnfoldAdminSite):
    """Django's admin where operators are led through the pages' own way in.

    ``has_permission`` is what ``admin_view`` asks before each of the admin's views.
    """

    def has_permission(self, request: HttpRequest) -> bool:
        """An active operator, who has shown a second factor where that is asked."""
        return bool(super().has_permission(request)) and second_factor.is_enough(request)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """No form of its own: limits, verified addresses and second factors are in the pages'."""
        answer: HttpResponse = secure_admin_login(self._known)(request)
        return answer

    def _known(self, request: HttpRequest) -> HttpResponse:
        """Somebody signed in who may be an operator."""
        step = reverse(f"{self.name}:second_factor")
        wanted = request.GET.get("next")
        return HttpResponseRedirect(f"{step}?{urlencode({'next': wanted})}" if wanted else step)

    def second_factor(self, request: HttpRequest) -> HttpResponse:
        """For operators who lack only that."""
        if not super().has_permission(request):
            return self.login(request)
        return second_factor.way_page(request)

    def find(self, request: HttpRequest) -> HttpResponse:
        """One search over everything."""
        return find_page(request, self.each_context(request))

    def search(  # type: ignore[override]  # an empty answer is no template
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The palette: the same search. Unfold's own keeps what was found for some minutes."""
        groups = self.get_sidebar_list(request)
        places = [item for group in groups for item in group["items"] if item["has_permission"]]
        return palette(request, places)

    def get_urls(self) -> list[URLPattern]:  # type: ignore[override]  # as unfold has it
        """Ours before those of unfold and Django."""
        ours = [
            path("second-factor/", never_cache(self.second_factor), name="second_factor"),
            path("find", self.admin_view(self.find), name="find"),
        ]
        return [*ours, *super().get_urls()]
