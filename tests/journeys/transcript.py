"""A story as text: what was asked, what came back, and the statement at its end."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from tests.embeddings.api.stage import Answer, Api


class Transcript:
    """Collects lines in which nothing differs from run to run: no id, no time, no key."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def __str__(self) -> str:
        return "\n".join(self._lines) + "\n"

    def say(self, words: str) -> None:
        """A line of the story."""
        self._lines.append(words)

    def chapter(self, title: str) -> None:
        """A heading."""
        self._lines += ["", title, "-" * len(title)] if self._lines else [title, "=" * len(title)]

    def embedded(self, answer: Answer) -> None:
        """What an embedding cost, or why there is none."""
        replay = ", a replay" if answer.replayed else ""
        if answer.status == 200:
            usage = answer.json["usage"]
            tokens, charged = usage["total_tokens"], written(usage["credits_charged"])
            self.say(f"   200{replay}: {tokens} tokens, {charged} credits")
        else:
            self.say(f"   {answer.status} {answer.code}: {answer.error['message']}")

    def balance(self, api: Api) -> Decimal:
        """The balance with its grants."""
        balance = api.get("balance").json
        grants = ", ".join(
            f"{written(grant['remaining'])} {grant['kind']}"
            + (" (expires)" if grant["expires_at"] else "")
            for grant in balance["grants"]
        )
        credits_left = Decimal(balance["credits"])
        self.say(f"   balance {written(credits_left)}, of which: {grants or 'nothing'}")
        return credits_left

    def statement(self, lines: Sequence[dict[str, Any]]) -> None:
        """Oldest first; ends with the sum."""
        self.say(f"{'':>3}  {'what':<8} {'amount':>12} {'balance':>12}  for")
        for line in reversed(lines):
            about = line["reference"].partition(":")[0]
            amount, after = written(line["amount"], sign=True), written(line["balance_after"])
            self.say(f"{line['sequence']:>3}  {line['kind']:<8} {amount:>12} {after:>12}  {about}")
        total = sum(Decimal(line["amount"]) for line in lines)
        self.say(f"{'':>3}  {'':<8} {'':>12} {written(total):>12}  the sum of all lines")


def written(amount: Any, *, sign: bool = False) -> str:
    """A decimal without an exponent."""
    return f"{Decimal(amount):+f}" if sign else f"{Decimal(amount):f}"
