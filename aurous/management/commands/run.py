"""Everything in one process on SQLite."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from aurous import processes
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
_AGAIN = """
Aurous serves at {url}
A new key: .venv/bin/python manage.py issue_key Demo
"""


class Command(BaseCommand):
    help = "Run web and worker in one process on SQLite, with no other service."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.DATABASE_URL or settings.REDIS_URL:
            raise CommandError(
                "make run uses SQLite and no Redis. Unset DATABASE_URL and REDIS_URL, or use "
                "make stack."
            )
        call_command("check")
        call_command("migrate", verbosity=0)
        demo = make_demo()
        supervisor = Supervisor([processes.web(workers=1)])
        supervisor.start()
        try:
            if supervisor.watch(until=processes.is_ready):
                self.stdout.write(_greeting(demo))
                self.stdout.flush()
                supervisor.watch()
        finally:
            supervisor.stop()


def _greeting(demo: Demo | None) -> str:
    url = settings.AUROUS_PUBLIC_URL
    if demo is None:
        return _AGAIN.format(url=url)
    return _FIRST.format(
        url=url,
        email=demo.email,
        password=demo.password,
        key=demo.api_key,
        credits=demo.credits,
    )
