"""``/verify_statement.py``: the file that checks statements, for everybody to take and to read."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

NAME = "verify_statement.py"


def verify_statement(request: HttpRequest) -> HttpResponse:
    """``docs/verify_statement.py`` as it is."""
    text = (settings.BASE_DIR / "docs" / NAME).read_bytes()
    return HttpResponse(
        text,
        content_type="text/x-python; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{NAME}"'},
    )
