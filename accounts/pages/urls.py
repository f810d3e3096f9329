"""The pages of people and teams. Those of a team are at ``/t/<team_id>/``."""

from django.urls import path

from accounts.pages.audit_log import audit, audit_csv
from accounts.pages.find import find
from accounts.pages.home import home
from accounts.pages.invitation import invitation
from accounts.pages.invite import members_invite, members_resend, members_revoke
from accounts.pages.leaving import members_leave, members_transfer
from accounts.pages.member import members_one, members_remove
from accounts.pages.members import members
from accounts.pages.preferences import preferences
from accounts.pages.security import security
from accounts.pages.team_settings import team_settings
from accounts.pages.visit import visit, visit_end

_TEAM = "t/<str:team_id>/"
_MEMBERS = f"{_TEAM}members"

urlpatterns = [
    path("", home, name="home"),
    path("preferences", preferences, name="preferences"),
    path("security", security, name="security"),
    path("invitations/<str:token>", invitation, name="invitation"),
    path("visits/end", visit_end, name="visit-end"),
    path("visits/<str:token>", visit, name="visit"),
    path(f"{_TEAM}find", find, name="find"),
    path(_MEMBERS, members, name="members"),
    path(f"{_MEMBERS}/invite", members_invite, name="members-invite"),
    path(f"{_MEMBERS}/leave", members_leave, name="members-leave"),
    path(f"{_MEMBERS}/transfer", members_transfer, name="members-transfer"),
    path(f"{_MEMBERS}/<int:user_id>", members_one, name="members-one"),
    path(f"{_MEMBERS}/<int:user_id>/remove", members_remove, name="members-remove"),
    path(
        f"{_MEMBERS}/invitations/<str:invitation_id>/resend", members_resend, name="members-resend"
    ),
    path(
        f"{_MEMBERS}/invitations/<str:invitation_id>/revoke", members_revoke, name="members-revoke"
    ),
    path(f"{_TEAM}audit", audit, name="audit"),
    path(f"{_TEAM}audit.csv", audit_csv, name="audit-csv"),
    path(f"{_TEAM}settings", team_settings, name="team-settings"),
]
