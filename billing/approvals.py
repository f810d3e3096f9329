"""What waits for a second person: agreed to by another operator, refused, taken back or lapsed.

Whoever decides first wins, by compare-and-swap; an approval and what it books are one transaction.
"""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.actors import Actor, system_actor, user_actor
from accounts.models import User
from aurous.kernel.clock import database_now
from billing import corrections, operator_acts, refunds
from billing.grants import current_books
from billing.ledger import with_accounts
from billing.models import OperatorAct

Kind, State = OperatorAct.Kind, OperatorAct.State
_PASS_ROWS_MAX = 200


class CannotDecide(ValueError):  # noqa: N818 - a finding, not a failure
    """The request is not open any more, or not this person's to decide."""


def waiting() -> QuerySet[OperatorAct]:
    """Requests that can still be decided, the oldest first."""
    return OperatorAct.objects.filter(
        state=State.PENDING, lapses_at__gt=database_now(connection)
    ).order_by("asked_at", "id")


def count_waiting() -> int:
    """How many there are."""
    return waiting().count()


def approve(act_id: str, by: User, answer: str = "") -> OperatorAct:
    """Agree to it and do it. Doing so twice does it once.

    Raises ``CannotDecide``, and what booking raises, after which the request waits on.
    """
    found = _found(act_id)
    act = with_accounts(lambda: _approve(found, by, answer))
    operator_acts.send(act)
    return act


def refuse(act_id: str, by: User, answer: str) -> OperatorAct:
    """Say no, and why. Raises ``CannotDecide``."""
    operator_acts.checked_reason(answer)
    act = _found(act_id)
    with transaction.atomic(durable=True):
        now = database_now(connection)
        if not _decide(act, State.REFUSED, by, now, answer.strip()):
            return _decided_already(act, by, State.REFUSED)
        _record(act, "refused", user_actor(by), answer.strip())
    return act


def withdraw(act_id: str, by: User) -> OperatorAct:
    """Take one's own request back. Raises ``CannotDecide``."""
    act = _found(act_id)
    if act.asked_by_id != by.pk:
        raise CannotDecide("Only who asked for it takes it back.")
    with transaction.atomic(durable=True):
        if not _close(act, State.WITHDRAWN, database_now(connection)):
            return _decided_already(act, by, State.WITHDRAWN)
        _record(act, "withdrawn", user_actor(by))
    return act


def expire() -> int:
    """Close what nobody decided in time; returns how many there were."""
    now = database_now(connection)
    late = OperatorAct.objects.filter(state=State.PENDING, lapses_at__lte=now)
    closed = 0
    for act in late.order_by("lapses_at")[:_PASS_ROWS_MAX]:
        with transaction.atomic(durable=True):
            if _close(act, State.EXPIRED, now):
                _record(act, "expired", system_actor("billing.notices"))
                closed += 1
    return closed


def _approve(act: OperatorAct, by: User, answer: str) -> OperatorAct:
    with current_books([act.team_id]) as books:
        if not _decide(act, State.APPROVED, by, books.now, answer.strip()):
            return _decided_already(act, by, State.APPROVED)
        actor, asked_by = user_actor(by), act.asked_by.email
        if act.kind == Kind.CREDIT:
            corrections.book(books, operator_acts.correction_of(act, actor, asked_by=asked_by))
        else:
            refunds.place(operator_acts.refund_of(act, actor, asked_by=asked_by))
        _record(act, "approved", actor, answer.strip())
    return act


def _found(act_id: str) -> OperatorAct:
    act = OperatorAct.objects.select_related("team", "topup", "asked_by").filter(pk=act_id).first()
    if act is None:
        raise CannotDecide("There is no such request.")
    return act


def _decide(
    act: OperatorAct, state: OperatorAct.State, by: User, now: datetime, answer: str
) -> bool:
    """Whether this person is the one who decides it; must be in the transaction of the effect."""
    if act.asked_by_id == by.pk:
        raise CannotDecide("Another person has to decide what you asked for.")
    open_one = OperatorAct.objects.filter(pk=act.pk, state=State.PENDING, lapses_at__gt=now)
    changed = open_one.update(state=state, decided_by=by, decided_at=now, answer=answer)
    return _told(act, changed)


def _close(act: OperatorAct, state: OperatorAct.State, now: datetime) -> bool:
    """Likewise, where nobody else decides."""
    open_one = OperatorAct.objects.filter(pk=act.pk, state=State.PENDING)
    return _told(act, open_one.update(state=state, decided_at=now))


def _told(act: OperatorAct, changed: int) -> bool:
    act.refresh_from_db(fields=["state", "decided_by", "decided_at", "answer"])
    return bool(changed)


def _decided_already(act: OperatorAct, by: User, wanted: OperatorAct.State) -> OperatorAct:
    """One's own decision again is no news; anything else is."""
    own = act.decided_by_id == by.pk or wanted == State.WITHDRAWN
    if act.state == wanted and own:
        return act
    if act.state == State.PENDING:
        raise CannotDecide("Nobody decided this in time. Ask for it anew.")
    raise CannotDecide(f"This is decided already: {act.get_state_display().lower()}.")


def _record(act: OperatorAct, verb: str, actor: Actor, answer: str = "") -> None:
    data = operator_acts.facts(act) | {"asked_by": act.asked_by.email}
    audit.record(
        f"operator_act.{verb}",
        team=None,
        actor=actor,
        target=act.id,
        data=data | ({"answer": answer} if answer else {}),
    )
