"""What has happened to the scene's teams before anybody asks: credit, requests, webhooks."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from accounts import api_keys, teams
from aurous.kernel.money import NANO_PER_CREDIT, parse_credits
from billing import corrections, prices
from billing.corrections import Correction
from billing.models import Account, Grant, Price, Transfer, WebhookDelivery, WebhookEndpoint
from billing.pricing import Tokens
from billing.webhooks import endpoints, manual, outbox
from billing.webhooks.deliverer import deliver_one
from billing.webhooks.dispatch import dispatch
from billing.webhooks.outbox import NewEvent
from billing.webhooks.sending import Answer
from embeddings.models import CatalogModel
from tests.billing import stage
from tests.cast import NOBODY
from tests.embeddings.api.stage import TEXT
from tests.golden.cases_keys import RULES
from tests.golden.scene import Scene, new_key, new_team

GONE_VERSION = "2025-01-01"  # of requests that were made before it ended


def with_models(scene: Scene) -> None:
    """The catalog of one day; Cleo's has a price of her own."""
    CatalogModel.objects.update(created_at=scene.clock.now)
    stranger = scene.callers["stranger"]
    own = Price(
        model=TEXT,
        team=stranger.team,
        usd_text=Decimal("0.05"),
        markup_pct=Decimal(50),
        effective_at=scene.clock.now - timedelta(days=1),
    )
    prices.set_price(own, actor=NOBODY)


def with_keys(scene: Scene) -> None:
    """Keys to change, with rules, rolled, and one that asks."""
    new_key(scene, "spare")
    new_key(scene, "other")
    rules: dict[str, Any] = {
        "models": RULES["models"],
        "cidrs": RULES["cidrs"],
        "limit_day_nano": NANO_PER_CREDIT // 10,
        "limit_total_nano": 3 * NANO_PER_CREDIT + 1,
        "rpm": 60,
        "expires_at": scene.clock.now + timedelta(days=90),
    }
    new_key(scene, "ruled", "write", **rules)
    rolled = new_key(scene, "rolled", "write")
    scene.later()
    api_keys.roll(scene.team.id, rolled.key_id, actor=NOBODY, overlap_hours=168)


def with_credit(scene: Scene) -> None:
    """Grants of each kind, corrections both ways; a team without any and one that needs none."""
    scene.callers["poor"] = new_team(scene, "Poor", "0")
    scene.callers["exempt"] = exempt = new_team(scene, "Exempt", "2")
    teams.set_billing_mode(exempt.team.id, "exempt", actor=NOBODY)
    scene.later()
    stage.grant(
        scene.team,
        parse_credits("50"),
        kind=Grant.Kind.PURCHASED,
        transfer_kind=Transfer.Kind.TOP_UP,
        other=Account.System.STRIPE_CLEARING,
        reference="topup:golden",
    )
    scene.later()
    soon = scene.clock.now + timedelta(days=30)
    stage.grant(scene.team, parse_credits("5"), reference="sorry", note="Sorry", expires_at=soon)
    for number, amount in enumerate(("0.5", "-0.25")):
        scene.later()
        reason, token = "A correction", f"golden-{number}"
        corrections.correct(Correction(scene.team, parse_credits(amount), reason, NOBODY, token))


def with_requests(scene: Scene) -> None:
    """Requests with each end, by users, keys, models and versions; two are still open."""
    with_credit(scene)
    team, first = scene.team, scene.callers["full"].key_id
    common: dict[str, Any] = {"api_key_id": first, "api_version": scene.version}

    def took(milliseconds: int, **more: Any) -> stage.Taken:
        scene.later(240)
        taken = stage.running(team, 7, deadline_s=600, **{**common, **more})
        scene.later(milliseconds / 1_000)
        return taken

    stage.settle(took(12, user="amara"), team, 7)
    stage.settle(took(40, user="bo", model=TEXT, api_version=GONE_VERSION), team, 5)
    stage.settle(took(250, api_key_id=scene.callers["write"].key_id), team, 6)
    stage.release(took(30_000, user="amara"), team)
    stage.close(
        stage.End(took(90).id, team.id, stage.HoldStatus.FAILED, Tokens(), "internal_error")
    )
    took(5, user="bo")
    stage.held(team, 3, deadline_s=600, **common)
    scene.later(60)


def with_hooks(scene: Scene) -> None:
    """Endpoints in each state, and deliveries with each end."""
    scene.callers["poor"] = new_team(scene, "Poor", "0")
    for name in ("disabled", "failing"):
        _hook(scene, f"{name}_hook", scene.team, events=["topup.failed", "topup.succeeded"])
    endpoints.change(scene.team.id, scene.names["disabled_hook"], actor=NOBODY, disabled=True)
    WebhookEndpoint.objects.filter(pk=scene.names["failing_hook"]).update(
        status="disabled", disabled_reason="failures", disabled_at=scene.clock.now, failures=20
    )
    _hook(scene, "hook", scene.team, events=["*"], description="The main one")
    _hook(scene, "foreign_hook", scene.callers["stranger"].team, events=["*"])


def with_deliveries(scene: Scene) -> None:
    """One that arrived, one that failed, one to be tried again, one that waits, a test."""
    with_hooks(scene)
    stranger = scene.callers["stranger"].team
    scene.names["foreign_delivery"] = manual.send_test(stranger.id, scene.names["foreign_hook"]).id
    _attempt(Answer(200))
    _happen(scene, "sent")
    _attempt(Answer(200, "thanks", "", 7))
    _test(scene, "tested")
    _attempt(Answer(204, "", "", 12))
    _test(scene, "lost")
    _attempt(Answer(500, "no", "", 31))
    _happen(scene, "retried")
    _attempt(Answer(None, "", "The server cannot be reached.", 10_000))
    due = scene.clock.now + timedelta(minutes=5)  # the wait is random
    WebhookDelivery.objects.filter(pk=scene.names["retried"]).update(due_at=due)
    _happen(scene, "waiting")


def _hook(scene: Scene, name: str, team: Any, **fields: Any) -> None:
    scene.later()
    url = f"https://hooks.example.com/{name}"
    made = endpoints.create(team.id, url=url, actor=NOBODY, **fields)
    scene.names[name] = made.endpoint.id


def _happen(scene: Scene, name: str) -> None:
    scene.later()
    event = NewEvent(scene.team.id, "usage.balance_low", {"object": "balance"})
    outbox.write([event], scene.clock.now)
    dispatch()
    scene.names[name] = WebhookDelivery.objects.latest("created_at", "id").id


def _test(scene: Scene, name: str) -> None:
    scene.later()
    scene.names[name] = manual.send_test(scene.team.id, scene.names["hook"]).id


def _attempt(answer: Answer) -> None:
    assert deliver_one(lambda _claimed: answer)
