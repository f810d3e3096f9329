"""Security of one's own account: passkeys, codes, sessions, password."""

from django.views.generic import RedirectView

security = RedirectView.as_view(pattern_name="mfa_index")
