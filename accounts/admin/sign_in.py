"""What people sign in with is theirs: no operator edits a second factor, session or address."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin

for model in (Authenticator, EmailAddress, UserSession):
    admin.site.unregister(model)
