"""The routes, and a page of a team whose act asks again who it is."""

from django.http import HttpResponse
from django.urls import path

from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May
from aurous.urls import handler404
from aurous.urls import urlpatterns as all_of_them

__all__ = ["handler404", "urlpatterns"]


@team_page(May.READ, post=May.KEYS, step_up=True)
def danger(request: TeamRequest) -> HttpResponse:
    if request.method != "POST":
        return HttpResponse("Press the button.")
    place = request.resolver_match.url_name if request.resolver_match else ""
    told = [request.team.id, request.POST["name"], request.GET.get("page", ""), place]
    return HttpResponse(" ".join(told))


urlpatterns = [*all_of_them, path("t/<str:team_id>/danger", danger, name="danger")]
