"""Settings of what browsers meet: the policy of the pages, and how people get in."""

from csp import constants as csp
from django.contrib.messages import constants as messages

from aurous.env import env_bool, env_int, env_text
from aurous.stripe_settings import STRIPE_PAGES, STRIPE_SECRET_KEY

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
    # Where a form leads its answer may lead on to, also to where one pays.
    "form-action": [csp.SELF, *(STRIPE_PAGES if STRIPE_SECRET_KEY else ())],
    "frame-ancestors": [csp.NONE],
    "base-uri": [csp.NONE],
}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": _PAGES_POLICY,
    "EXCLUDE_URL_PREFIXES": ["/admin/", "/health/", "/metrics"],
}

# How a message looks once it has been shown to who did something.
MESSAGE_TAGS = {
    messages.DEBUG: "open",
    messages.INFO: "open",
    messages.SUCCESS: "good",
    messages.WARNING: "warn",
    messages.ERROR: "bad",
}

# --- operators ------------------------------------------------------------------------------
# How long an operator may look at a team's dashboard, and follow the link that begins it.
OPERATOR_VISIT_SECONDS = env_int("AUROUS_OPERATOR_VISIT_SECONDS", 1_800)
OPERATOR_VISIT_LINK_SECONDS = 60
# How long ago an operator may have shown who they are before something grave.
OPERATOR_CONFIRM_SECONDS = env_int("AUROUS_OPERATOR_CONFIRM_SECONDS", 300)

# --- people ---------------------------------------------------------------------------------
AUROUS_SIGNUP_OPEN = env_bool("AUROUS_SIGNUP_OPEN", default=True)
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "accounts.sign_in.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
# A person has one address, so that an invitation to it finds one person. It can be changed.
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = 3
# By a code that is typed into the same browser: a link could be opened by a mail scanner, or by
# whoever it was forwarded to. Who has shown the code owns the address, and is let in.
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_REQUIRED = True
MFA_ADAPTER = "accounts.second_factors.MFAAdapter"
MFA_FORMS = {
    "login_webauthn": "accounts.passkey_forms.PasskeyLoginForm",
    "authenticate_webauthn": "accounts.passkey_forms.PasskeyStepForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Aurous"
MFA_TOTP_TOLERANCE = 1  # one step of 30 s early or late: clocks of phones differ
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
