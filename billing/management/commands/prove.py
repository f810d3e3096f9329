"""Every money invariant on this database."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing.invariants import Finding, prove


class Command(BaseCommand):
    help = "Check every money invariant on this database; exit 1 on any difference."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = prove()
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(findings)))
        else:
            self._table(findings)
        wrong = [f.id for f in findings if f.differences]
        if wrong:
            raise CommandError(f"differences in {', '.join(wrong)}")

    def _table(self, findings: list[Finding]) -> None:
        for finding in findings:
            state = "differs" if finding.differences else "holds"
            self.stdout.write(f"{finding.id:<4} {state:<8} {finding.title}")
            for difference in finding.differences:
                self.stdout.write(f"     - {difference}")


def _as_json(findings: list[Finding]) -> dict[str, Any]:
    return {
        "ok": not any(f.differences for f in findings),
        "invariants": [
            {"id": f.id, "title": f.title, "ok": not f.differences, "differences": f.differences}
            for f in findings
        ],
    }
