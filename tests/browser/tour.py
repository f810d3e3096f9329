"""The pictures of docs/tour: `make tour`. A private installation, one team with a past, every page.

Nothing of it is a test; it stands here because it walks the routes as the tests do.
"""

import io
import os
import shutil
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/tour"
REQUESTS = 20_000
WIDTH, HEIGHT, HEIGHT_MAX = 1440, 900, 2400
QUALITY = 82
SCHEMES = ("light", "dark")
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "aurous.settings",
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
    "AUROUS_ENV": "dev",
    "AUROUS_STUB_MODEL": "1",
    "AUROUS_LOG_LEVEL": "ERROR",
    "STRIPE_SECRET_KEY": "sk_test_tour",
    "STRIPE_WEBHOOK_SECRET": "whsec_of_the_tour",
    "AUROUS_PLAY_MONEY": "1",
}


def main() -> None:
    """Make every picture anew."""
    with tempfile.TemporaryDirectory() as var:
        os.environ.update(ENVIRONMENT, AUROUS_VAR_DIR=var)
        for name in ("DATABASE_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        from billing.gateway.local.server import serve as serve_stripe
        from billing.gateway.local.service import LocalStripe

        stripe = LocalStripe()
        till = serve_stripe(stripe, "127.0.0.1", 0)
        os.environ["STRIPE_API_BASE"] = till.url
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        rows = a_team_with_a_past()
        rows.ids["topup"] = payments_of(rows, stripe)
        host, stop = serve()
        try:
            photograph(host, rows)
        finally:
            stop()
            till.stop()


def payments_of(rows: Any, stripe: Any) -> str:
    """Three top-ups: one paid, one paid and refunded in part, one that waits; the second's id."""
    from accounts.actors import user_actor
    from billing import payments, recharge_settings, refunds, topups
    from billing.gateway.local.checkouts import pay
    from billing.refunds import RefundOrder
    from tests.cast import NOBODY

    team, actor = rows.cast.acme, user_actor(rows.cast.ada)
    back = {"success_url": "https://example.com/done", "cancel_url": "https://example.com/left"}
    orders = [
        topups.begin(team, cents, actor=actor, token=f"tour-{cents}", save_card=True, **back).topup
        for cents in (25_000, 10_000, 2_500)
    ]
    for order in orders[:2]:
        pay(
            stripe.store,
            stripe.store.get("checkout.session", order.checkout_id),
            "4242424242424242",
        )
        payments.refresh(order.pk)
    refunded = orders[1]
    refunded.refresh_from_db()
    refunds.refund(RefundOrder(refunded, 2_500, "Ordered too much", NOBODY, "tour"))
    recharge_settings.configure(
        team,
        enabled=True,
        threshold=500 * 10**9,
        amount_cents=5_000,
        monthly_cap_cents=20_000,
        actor=actor,
    )
    return str(refunded.pk)


def a_team_with_a_past() -> Any:
    """Northwind Search: three months of requests, people of every role, one row of each kind."""
    from accounts import teams
    from aurous.kernel.money import parse_credits
    from billing.ledger import open_account
    from billing.teams import grant_credit
    from embeddings import history
    from tests.cast import NOBODY, make_cast
    from tests.pages.rows import rows_of

    cast = make_cast()
    cast.acme = teams.rename(cast.acme.id, "Northwind Search", actor=NOBODY)
    for team in (cast.acme, cast.cleos):
        open_account(team.id)
    grant_credit(cast.acme, parse_credits("2500"), reason="Opening credit", reference="opening")
    history.fill(cast.acme, REQUESTS, seed=1, actor=NOBODY, report=lambda _done: None)
    return rows_of(cast)


def serve() -> tuple[str, Any]:
    """The installation behind a socket of this machine."""
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler)
    server.daemon_threads = True
    server.set_app(get_wsgi_application())
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def stop() -> None:
        server.shutdown()
        server.server_close()

    return f"http://127.0.0.1:{server.server_port}", stop


def photograph(host: str, rows: Any) -> None:
    """Each page in the light and in the dark."""
    from playwright.sync_api import sync_playwright

    from accounts.actors import user_actor
    from accounts.models import User
    from billing import proofs
    from tests.browser.desks import desks
    from tests.browser.places import places
    from tests.browser.visits import ARGUMENTS, session_of
    from tests.cast import PASSWORD

    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    boss = User.objects.create_superuser("olga@aurous.example", PASSWORD, name="Olga")
    acts_of_operators(rows)
    proofs.ask(user_actor(boss))
    proofs.run_pass()
    found = [*places(rows), *desks(rows, boss)]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        for scheme in SCHEMES:
            context = browser.new_context(
                viewport={"width": WIDTH, "height": HEIGHT},
                color_scheme=scheme,  # type: ignore[arg-type]
                reduced_motion="reduce",
                timezone_id="Europe/Berlin",
            )
            page = context.new_page()
            for place in found:
                context.clear_cookies()
                if place.user is not None:
                    context.add_cookies([session_of(place.user, host)])
                page.goto(host + place.path)
                keep(page.screenshot(full_page=True), FOLDER / f"{place.name}-{scheme}.webp")
            context.close()
        browser.close()
    (FOLDER / "README.md").write_text(listing([place.name for place in found]))


def acts_of_operators(rows: Any) -> None:
    """A gift that one gave alone, and more than one may give alone: it waits for another."""
    from accounts.models import User
    from billing import operator_acts
    from billing.models import Grant
    from billing.operator_acts import CreditOrder
    from tests.cast import PASSWORD

    team, credit = rows.cast.acme, 10**9
    hal = User.objects.create_superuser("hal@aurous.example", PASSWORD, name="Hal")
    gift = CreditOrder(
        team, 250 * credit, "For the workshop", "tour-gift", kind=Grant.Kind.PROMOTIONAL
    )
    more = CreditOrder(team, 20_000 * credit, "The outage of 12 November", "tour-more")
    for order in (gift, more):
        operator_acts.credit(order, hal)


def keep(png: bytes, path: Path) -> None:
    """A picture as WebP; of a very long page, its beginning."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as picture:
        picture.crop((0, 0, picture.width, min(picture.height, HEIGHT_MAX))).save(
            path, "WEBP", quality=QUALITY, method=6
        )


def listing(names: list[str]) -> str:
    """The page that shows them all: the team's side, then the operators'."""
    head = "# A tour\n\nEvery page, light and dark. `make tour` makes these anew.\n"
    ours = [name for name in names if name.startswith("admin-")]
    theirs = [name for name in names if name not in ours]
    return head + _part("The dashboard", theirs) + _part("The operators' admin", ours)


def _part(title: str, names: list[str]) -> str:
    rows = [
        f"\n### {name.removeprefix('admin-').replace('-', ' ').capitalize()}\n\n"
        f"![{name}, light]({name}-light.webp)\n![{name}, dark]({name}-dark.webp)\n"
        for name in names
    ]
    return f"\n## {title}\n{''.join(rows)}"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
