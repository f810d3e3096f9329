"""The project as an app: it wires everything and decides nothing."""

from django.apps import AppConfig
from django.conf import settings


class AurousConfig(AppConfig):
    """What has to happen once, when a process starts."""

    name = "aurous"

    def ready(self) -> None:
        """Register the checks; make the Celery application the current one where it is used."""
        from aurous import checks

        checks.register_all()
        if settings.EMBEDDINGS_TRANSPORT == "celery":
            from aurous import celery  # noqa: F401 - its tasks are found through current_app
