"""Where the reference is."""

from django.urls import path, re_path

from aurous.reference.views import docs_page, errors_twin, llms

_PAGE = r"(?:/(?P<slug>[a-z][a-z-]*))?(?P<md>\.md)?$"

urlpatterns = [
    path("llms.txt", llms),
    path("errors.md", errors_twin),
    re_path(r"^docs/(?P<version>\d{4}-\d{2}-\d{2})" + _PAGE, docs_page),
    re_path(r"^docs" + _PAGE, docs_page, name="docs"),
]
