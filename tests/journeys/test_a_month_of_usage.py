"""A team's month, from its first credit to its statement. Read ``a_month_of_usage.txt`` first."""

import io
import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.core.management import call_command

from embeddings.engine.stub import StubEngine
from tests.embeddings.api.stage import TEN_TOKENS, Api, credits_of
from tests.journeys.transcript import Transcript, written

STORY = Path(__file__).with_name("a_month_of_usage.txt")


def operator(story, *words):
    """What an operator types, and its JSON where it has one."""
    shown = " ".join(words)
    for pattern, word in ((r"team_\w+", "TEAM"), (r"\d{4}-\d\d-\d\d", "DATE")):
        shown = re.sub(pattern, word, shown)
    story.say(f"$ manage.py {shown}")
    out = io.StringIO()
    call_command(*words, stdout=out)
    return json.loads(out.getvalue()) if "--json" in words else out.getvalue()


def embed(story, api, text, key=None):
    """One embedding, with a look at the balance before and after."""
    with_key = f" with Idempotency-Key {key}" if key else ""
    story.say(f"Embeds {len(text.split())} words{with_key}")
    before = api.get("balance").json["credits"]
    answer = api.embed(text, Idempotency_Key=key)
    story.embedded(answer)
    paid = answer.status == 200 and not answer.replayed
    charged = answer.json["usage"]["credits_charged"] if paid else 0
    assert before - api.get("balance").json["credits"] == charged
    return answer


def test_a_month_of_usage(transactional_db, monkeypatch):
    story = Transcript()
    story.chapter("A month of usage")

    story.chapter("The team gets its first credit")
    made = operator(story, "create_team", "Acme", "--credits", "0.0005", "--json")
    team_id, acme = made["team_id"], Api(made["api_key"])
    story.balance(acme)

    story.chapter("It asks for a price, then pays exactly that")
    estimate = acme.estimate(TEN_TOKENS).json
    story.say(f"Estimates 10 words: {estimate['credits_estimated']} credits")
    first = embed(story, acme, TEN_TOKENS, key="order-1")
    assert first.json["usage"]["credits_charged"] == estimate["credits_estimated"]
    story.balance(acme)

    story.chapter("The network fails and it sends the same again")
    again = embed(story, acme, TEN_TOKENS, key="order-1")
    assert again.content == first.content

    story.chapter("The model fails: nobody pays for that")
    with monkeypatch.context() as broken:
        broken.setattr(StubEngine, "forward", lambda *_: 1 / 0)
        embed(story, acme, TEN_TOKENS)

    story.chapter("It spends what it has, and not one token more")
    embed(story, acme, TEN_TOKENS)
    refused = embed(story, acme, TEN_TOKENS, key="order-2")
    assert refused.code == "balance_too_low"
    assert embed(story, acme, "one two three four five six").status == 200
    story.balance(acme)

    story.chapter("It is given more, half of which will expire")
    soon = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    operator(story, "grant_credits", team_id, "0.001", "--reason", "Sorry", "--expires", soon)
    operator(story, "grant_credits", team_id, "0.001", "--reason", "Thanks")
    story.balance(acme)

    story.chapter("The request that was refused now succeeds, with the same key")
    assert embed(story, acme, TEN_TOKENS, key="order-2").status == 200
    story.balance(acme)

    story.chapter("A key for the intern has a limit of its own")
    limit = str(credits_of(12))
    options = ("--scope", "write", "--limit-total", limit, "--json")
    intern = Api(operator(story, "issue_key", team_id, *options)["api_key"])
    assert embed(story, intern, TEN_TOKENS).status == 200
    assert embed(story, intern, TEN_TOKENS).code == "key_limit_reached"
    left = story.balance(acme)

    story.chapter("What became of each request")
    for event in reversed(acme.get("usage/events").json["data"]):
        charged, tokens = written(event["credits_charged"]), event["tokens"]["text"]
        why = f"  {event['error_code']}" if event["error_code"] else ""
        story.say(f"   {event['status']:<8} {tokens:>3} tokens {charged:>10} credits{why}")

    story.chapter("The statement")
    lines = acme.get("ledger/entries").json["data"]
    story.statement(lines)
    assert lines[0]["balance_after"] == left

    story.chapter("And the books are in order")
    proof = operator(story, "prove")
    assert "differs" not in proof
    story.say("   every invariant holds")

    if os.environ.get("AUROUS_WRITE_STORIES") == "1":
        STORY.write_text(str(story))
    assert str(story) == STORY.read_text()
