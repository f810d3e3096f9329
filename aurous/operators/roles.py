"""What kinds of operators there are: groups of permissions, as data.

``manage.py staff_groups`` makes them. A permission that an operator added by hand stays.
"""

from collections.abc import Mapping

from django.contrib.auth.models import Group, Permission
from django.db import transaction

_CUSTOMERS = (
    "accounts.view_teamnote",
    "accounts.add_teamnote",
    "accounts.view_visit",
    "accounts.view_apikey",
    "accounts.view_apikeysecret",
    "accounts.view_auditevent",
    "accounts.view_idempotencyclaim",
    "accounts.view_membership",
    "accounts.view_team",
    "accounts.view_user",
    "billing.view_keyday",
    "billing.view_usagebucket",
    "billing.view_usagerollup",
    "billing.view_usageuserday",
    "billing.view_usageusertotal",
    "billing.view_webhookdelivery",
    "billing.view_webhookendpoint",
    "billing.view_webhookevent",
    "embeddings.view_catalogmodel",
    "embeddings.view_inference",
)
_MONEY = (
    "billing.view_account",
    "billing.view_autorecharge",
    "billing.view_debt",
    "billing.view_grant",
    "billing.view_notice",
    "billing.view_price",
    "billing.view_promocode",
    "billing.view_promoredemption",
    "billing.view_operatoract",
    "billing.view_reversal",
    "billing.view_scheduledgrant",
    "billing.view_topup",
    "billing.view_transfer",
)
_STRIPE = (
    "billing.view_paymentexception",
    "billing.view_reconcilerun",
    "billing.add_reconcilerun",  # compare now
    "billing.view_reversaltransfer",
    "billing.view_stripecursor",
    "billing.view_stripecustomer",
    "billing.view_stripeevent",
)

# Only a superuser hands out rights, so no group changes people or groups.
ROLES: Mapping[str, tuple[str, ...]] = {
    # Answers customers: sees what happened, stops what runs away, moves no money.
    "Support": (
        *_CUSTOMERS,
        *_MONEY,
        "accounts.change_apikey",  # revoke
        "accounts.change_team",  # suspend, resume, limits
        "accounts.open_dashboard",  # look at it, read only
        "accounts.reset_second_factor",
        "billing.add_webhookdelivery",  # send again
    ),
    # Looks after money: corrections, prices, what Stripe and the books say differently.
    "Finance": (
        *_CUSTOMERS,
        *_MONEY,
        *_STRIPE,
        "billing.view_proof",
        "billing.run_proof",
        "billing.change_account",  # correct credit
        "billing.add_price",
        "billing.delete_price",  # withdraw one that has not begun
        "billing.change_operatoract",  # agree to what somebody else asked for
        "billing.add_reversal",  # refund
        "billing.add_promocode",
        "billing.change_promocode",
        "billing.change_paymentexception",  # say how it was settled
    ),
    # Keeps it running: models, workers, events that are stuck.
    "Operations": (
        *_CUSTOMERS,
        *_STRIPE,
        "billing.view_topup",
        "billing.view_proof",
        "billing.run_proof",
        "billing.view_webhooksecret",
        "billing.view_price",
        "billing.change_stripeevent",  # work it again
        "embeddings.change_catalogmodel",  # drain, pause, resume
    ),
}


def make_groups(*, exactly: bool = False) -> dict[str, int]:
    """Make the groups, or give them what they lack; how many permissions each got.

    ``exactly`` also takes away what is not in the table. Raises ``LookupError`` for a permission
    that the database does not have: it is not migrated.
    """
    with transaction.atomic():
        return {name: _make(name, wanted, exactly) for name, wanted in ROLES.items()}


def _make(name: str, wanted: tuple[str, ...], exactly: bool) -> int:
    group, _ = Group.objects.get_or_create(name=name)
    permissions = _permissions(wanted)
    before = set(group.permissions.values_list("pk", flat=True))
    if exactly:
        group.permissions.set(permissions)
    else:
        group.permissions.add(*permissions)
    return len({one.pk for one in permissions} - before)


def _permissions(wanted: tuple[str, ...]) -> list[Permission]:
    names = {name.partition(".")[::2] for name in wanted}
    rows = Permission.objects.filter(codename__in=[codename for _, codename in names])
    found = {
        (row.content_type.app_label, row.codename): row
        for row in rows.select_related("content_type")
    }
    if lacking := sorted(".".join(name) for name in names - set(found)):
        raise LookupError(f"There is no permission {', '.join(lacking)}: run migrate first.")
    return [found[name] for name in names]
