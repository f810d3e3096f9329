"""Settings of what browsers meet: the policy of the pages, and how people get in."""

from csp import constants as csp

from aurous.env import env_text

# A browser may do no more than the pages need: nothing inline, nothing from elsewhere. The admin
# brings a script that makes code from text.
_PAGES_POLICY = {
    "default-src": [csp.NONE],
    "script-src": [csp.SELF],
    "style-src": [csp.SELF],
    "font-src": [csp.SELF],
    "img-src": [csp.SELF, "data:", "blob:"],
    "media-src": [csp.SELF, "blob:"],
    "connect-src": [csp.SELF],
    "form-action": [csp.SELF],
    "frame-ancestors": [csp.NONE],
    "base-uri": [csp.NONE],
}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": _PAGES_POLICY,
    "EXCLUDE_URL_PREFIXES": ["/admin/", "/health/", "/metrics"],
}

# --- people ---------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGOUT_ON_GET = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Aurous"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = (
    env_text("AUROUS_ENV", "dev") != "production"
)  # http://localhost
USERSESSIONS_TRACK_ACTIVITY = True
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
