"""Django's admin with our site: its way in, its start page, its search."""

from django.contrib.admin import apps


class AdminConfig(apps.AdminConfig):
    """Named in ``INSTALLED_APPS`` in the place of ``django.contrib.admin``."""

    default_site = "aurous.operators.site.OperatorsSite"
