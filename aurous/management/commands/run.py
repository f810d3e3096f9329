"""Everything in one process on SQLite."""

import os
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from aurous import play_money, processes
from aurous.demo import Demo, make_demo
from aurous.supervisor import Supervisor

_FIRST = """
Aurous serves at {url}

  Dashboard  {url}/          {email}
  Password   {password}      (shown only now)
  API key    {key}
             (shown only now; team Demo, {credits} credits)

Paste this:

curl {url}/v1/embeddings \\
  -H "Authorization: Bearer {key}" \\
  -H "Content-Type: application/json" \\
  -d '{{"model": "aurous-embed-text", "input": "The cat sat on the mat."}}'
"""
_PICTURE = """
Or this, a text and a picture in one vector:

curl {url}/v1/embeddings \\
  -H "Authorization: Bearer {key}" \\
  -H "Content-Type: application/json" \\
  -d '{{"model": "aurous-embed-vision", "dimensions": 256, "input": [
        {{"type": "text", "text": "A red square"}},
        {{"type": "image_url", "image_url": {{"url": "{picture}"}}}}]}}'
"""
_AGAIN = """
Aurous serves at {url}
A new key: .venv/bin/python manage.py issue_key Demo
"""
_RANDOM = """
aurous-embed-vision has random weights here: its vectors mean nothing, it is there to try the API.
"""
_PLAY = """
Payments here are play money: no card is charged, and 4242 4242 4242 4242 always pays.
"""
# 64 × 64 pixels, all red.
_RED_SQUARE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAEAAAABAAQMAAACQp+OdAAAABlBMVEX/AAD///9BHTQR"
    "AAAAD0lEQVR42mNgGAWjgHwAAAJAAAHgTR1EAAAAAElFTkSuQmCC"
)


class Command(BaseCommand):
    help = "Run web and worker in one process on SQLite, with no other service."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--vision",
            choices=["", "tiny"],
            default="",
            help="tiny: serve aurous-embed-vision with a tiny random model, made here in seconds; "
            "without it AUROUS_VISION_WEIGHTS decides",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.DATABASE_URL or settings.REDIS_URL:
            raise CommandError(
                "make run uses SQLite and no Redis. Unset DATABASE_URL and REDIS_URL, or use "
                "make stack."
            )
        tiny = options["vision"] == "tiny"
        call_command("check")
        call_command("migrate", verbosity=0)
        demo = make_demo()
        money = play_money.offer()
        env = {**(_tiny_vision() if tiny else {}), **(money.env if money else {})}
        children = [processes.web(workers=1, env=env), *([money.child] if money else [])]
        supervisor = Supervisor(children)
        supervisor.start()
        try:
            if supervisor.watch(until=processes.is_ready):
                self.stdout.write(_greeting(demo, tiny=tiny) + (_PLAY if money else ""))
                self.stdout.flush()
                supervisor.watch()
        finally:
            supervisor.stop()


def _tiny_vision() -> dict[str, str]:
    """The environment that serves the random model, which is built at the first need."""
    folder = settings.VAR_DIR / "tiny-vision"
    if not folder.exists():
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a device, no file
            call_command("build_tiny_vision", str(folder), stdout=nowhere)
    return {"AUROUS_VISION_WEIGHTS": str(folder)}


def _greeting(demo: Demo | None, *, tiny: bool) -> str:
    """What stands in the terminal once a request would succeed."""
    texts = [_AGAIN] if demo is None else [_FIRST, *([_PICTURE] if tiny else [])]
    shown = "".join([*texts, *([_RANDOM] if tiny else [])])
    told = {"url": settings.AUROUS_PUBLIC_URL, "picture": _RED_SQUARE}
    if demo is not None:
        told |= {
            "email": demo.email,
            "password": demo.password,
            "key": demo.api_key,
            "credits": demo.credits,
        }
    return shown.format(**told)
