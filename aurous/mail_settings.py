"""Settings of mail: one URL decides how it is sent."""

import environ
from django.core.exceptions import ImproperlyConfigured

from aurous.env import env_text

# smtp+tls://user:password@host:587; consolemail:// prints.
_url = env_text("EMAIL_URL")
if not _url and env_text("AUROUS_ENV", "dev") == "production":
    raise ImproperlyConfigured("EMAIL_URL is not set. AUROUS_ENV=production needs it.")
for _name, _value in environ.Env.email_url_config(_url or "consolemail://").items():
    if _name != "OPTIONS":
        globals()[_name] = _value
EMAIL_TIMEOUT = 10  # seconds; a person waits for the page meanwhile
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env_text("AUROUS_MAIL_FROM", "Aurous <aurous@localhost>")
