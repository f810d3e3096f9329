"""What operators do to a person: sign them out everywhere, reset a lost second factor."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from accounts import rescue
from accounts.admin.acts import Act, ReasonForm, act_page
from accounts.admin.base import actor_of
from accounts.models import User
from accounts.ways_in import ways_in

RESET = "accounts.reset_second_factor"


def person_or_404(number: str) -> User:
    """The person of an address."""
    person = User.objects.filter(pk=number).first() if number.isdigit() else None
    if person is None:
        raise Http404("There is no such person.")
    return person


def may_reset(request: HttpRequest, person: User) -> bool:
    """Whether this operator may: nobody their own, and only a superuser an operator's."""
    user = request.user
    if user.pk == person.pk or not user.has_perm(RESET):
        return False
    return bool(user.is_superuser) or not (person.is_staff or person.is_superuser)


def may_sign_out(request: HttpRequest, person: User) -> bool:
    """Whether this operator may: only a superuser an operator."""
    staff = person.is_staff or person.is_superuser
    return request.user.has_perm("accounts.change_user") and (
        request.user.is_superuser or not staff
    )


def sign_out(admin: Any, request: HttpRequest, number: str) -> HttpResponse:
    """End every session."""
    person = person_or_404(number)
    if not may_sign_out(request, person):
        raise PermissionDenied
    act = Act(
        "Sign out everywhere",
        person.email,
        "Every browser in which this person is signed in is signed out at once. Their password "
        "and second factors stay. API keys are not theirs but their teams', and go on working.",
        "Sign out",
        facts=[("Browsers that are signed in", str(ways_in(person).sessions))],
    )

    def do(cleaned: dict[str, Any]) -> str:
        ended = rescue.sign_out_everywhere(person, actor=actor_of(request), **cleaned)
        return f"{person.email} is signed out. Sessions that ended: {ended}."

    return act_page(admin, request, act, ReasonForm(request.POST or None), do, back=_page(person))


def reset(admin: Any, request: HttpRequest, number: str) -> HttpResponse:
    """Take a lost second factor away."""
    person = person_or_404(number)
    if not may_reset(request, person):
        raise PermissionDenied
    ways = ways_in(person)
    act = Act(
        "Reset the second factor",
        person.email,
        "Make sure first that you speak to this person: whoever has their password gets in "
        "afterwards. Every passkey, authenticator app and recovery code is taken away, they are "
        "signed out everywhere, and a mail tells them.",
        "Reset",
        facts=[
            ("Authenticator app", "yes" if ways.has_app else "no"),
            ("Passkeys", str(ways.passkeys)),
            (
                "Recovery codes left",
                "none" if not ways.recovery_codes else f"{ways.recovery_codes}",
            ),
        ],
        danger=True,
    )

    def do(cleaned: dict[str, Any]) -> str:
        taken = rescue.reset_second_factors(person, actor=actor_of(request), **cleaned)
        told = ", ".join(taken) or "there was nothing"
        return f"Taken away from {person.email}: {told}. They are signed out and have a mail."

    return act_page(admin, request, act, ReasonForm(request.POST or None), do, back=_page(person))


def _page(person: User) -> str:
    return reverse("admin:accounts_user_change", args=[person.pk])


ACTS = {"sign_out": sign_out, "reset_second_factor": reset}
