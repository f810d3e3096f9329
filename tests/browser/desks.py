"""The operators' pages that are worth a picture, as one who may do everything sees them."""

from django.urls import reverse

from accounts.models import User
from tests.browser.places import Place
from tests.pages.rows import Rows

MODEL = "aurous-embed-text"
MAIL = "topup_paid"


def desks(rows: Rows, boss: User) -> list[Place]:
    """The start page, one team from every side, and the acts."""

    def at(name: str, route: str, *arguments: object) -> Place:
        return Place(f"admin-{name}", reverse(f"admin:{route}", args=arguments), boss)

    team = rows.team_id
    return [
        at("start", "index"),
        at("teams", "accounts_team_changelist"),
        at("team", "accounts_team_change", team),
        at("suspend", "accounts_team_suspend", team),
        at("look-at-a-dashboard", "accounts_team_visit", team),
        at("person", "accounts_user_change", rows.people["developer"].pk),
        at("credit", "billing_account_correct_credit", team),
        at("operators-acts", "billing_operatoract_changelist"),
        at("grants", "billing_grant_changelist"),
        at("transfers", "billing_transfer_changelist"),
        at("price", "billing_price_add"),
        at("prices", "billing_price_changelist"),
        at("topups", "billing_topup_changelist"),
        at("topup", "billing_topup_change", rows.ids["topup"]),
        at("refund", "billing_topup_refund", rows.ids["topup"]),
        at("stripe-inbox", "billing_stripeevent_changelist"),
        at("exceptions", "billing_paymentexception_changelist"),
        at("promo-code", "billing_promocode_make"),
        at("requests", "embeddings_inference_changelist"),
        at("models", "embeddings_catalogmodel_changelist"),
        at("drain", "embeddings_catalogmodel_drain", MODEL),
        at("workers", "embeddings_catalogmodel_workers"),
        at("invariants", "billing_proof_changelist"),
        at("audit", "accounts_auditevent_changelist"),
        Place("mails", reverse("dev-mails"), None),
    ]
