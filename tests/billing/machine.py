"""The machine of random money stories: every step on the database and on the model, compared."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from aurous.kernel.errors import AurousError
from billing import closing, holds
from billing.balance import balance_of
from billing.closing import Closed, Lost
from billing.corrections import Correction, correct
from billing.grants import current_books
from billing.holds import Replay, Taken
from billing.key_limits import KeyLimits
from billing.models import Account, Grant, IdempotencyClaim
from billing.reaper import reap
from billing.starting import start
from tests.billing import stage
from tests.billing.database_clock import DatabaseClock
from tests.billing.model import GrantModel, HoldModel, TeamModel

ANY = st.integers(0, 999)  # picks one of what there is, modulo
TOKENS = st.integers(0, 6)
WHICH = st.integers(0, 1)  # of the two teams
REQUEST = st.tuples(
    WHICH,
    TOKENS,
    st.sampled_from(["free", "limited"]),  # key
    st.sampled_from([None, None, "k-1", "k-2"]),  # idempotency key
    st.sampled_from(["f", "f", "g"]),  # fingerprint
    st.sampled_from([1_000, 1_500]),  # price in force
    st.sampled_from([None, None, 3]),  # concurrency
)
ENDING = st.tuples(ANY, st.booleans(), TOKENS)  # which hold, settled or released, tokens


class PowerCut(Exception):
    """Stops an operation half way."""


class MoneyMachine(RuleBasedStateMachine):
    """Two teams, whatever may happen to their money, in any order."""

    clock: DatabaseClock  # set by the test
    begins = datetime(2026, 6, 30, 23, 0, tzinfo=UTC)  # a month ends soon
    lifetimes: tuple[int | None, ...] = (None, 60, 3_600, 86_400)  # of grants, seconds
    limits = {"day": 9_000, "month": 12_000, "total": 20_000}
    exempt = False  # whether the second team is

    def __init__(self) -> None:
        super().__init__()
        self._block = transaction.atomic()
        self._block._from_testcase = True  # as TestCase says of its own: durable blocks may follow
        self._block.__enter__()
        self.clock.set(self.begins)
        self.teams = [stage.a_team(name="One"), stage.a_team(name="Two")]
        self.models = [TeamModel(), TeamModel()]
        self.all_holds: list[tuple[int, str]] = []  # (which team, id)
        self.tokens = 0

    def teardown(self) -> None:
        """Every invariant at the end of the story; then it never happened."""
        try:
            found = stage.complaints()
            found.pop("I19", None)  # the clock may have stopped before the reaper came
            assert found == {}
            reap()
            assert stage.complaints() == {}
            for model in self.models:
                assert max(model.charges.values(), default=0) <= 1
        finally:
            transaction.set_rollback(True)
            self._block.__exit__(None, None, None)

    # --- what may happen ---------------------------------------------------------------------

    @rule(
        which=WHICH,
        amount=st.integers(1, 12_000),
        kind=st.sampled_from(list(Grant.Kind)),
        priority=st.integers(1, 2),
        life=ANY,
    )
    def give(self, which, amount, kind, priority, life):
        seconds = self.lifetimes[life % len(self.lifetimes)]
        until = self._now() + timedelta(seconds=seconds) if seconds else None
        team, model = self.teams[which], self.models[which]
        id_ = stage.grant(team, amount, kind=kind, priority=priority, expires_at=until)
        model.book(self._now())
        model.grants.append(GrantModel(id_, kind.value, amount, priority, self._now(), until))

    @rule(batch=st.lists(REQUEST, min_size=1, max_size=4))
    def let_in(self, batch):
        wanted = [self._request(*one) for one in batch]
        outcomes = holds.take([request for request, _ in wanted])
        for which in {one[0] for one in batch}:
            self.models[which].book(self._now())
        for (request, check), outcome in zip(wanted, outcomes, strict=True):
            check(request, outcome)

    @rule(picks=st.lists(ANY, min_size=1, max_size=4))
    def deliver(self, picks):
        """To a worker; any message may come twice, or an hour later."""
        chosen = self._chosen(picks)
        started = start([id_ for _, id_ in chosen])
        expected = set()
        for which, id_ in chosen:
            hold = self.models[which].holds[id_]
            if hold.status == "queued" and hold.deadline > self._now():
                hold.status = "running"
                expected.add(id_)
        assert set(started.seconds_left) == expected
        assert started.refused == {}

    @rule(batch=st.lists(ENDING, min_size=1, max_size=4, unique_by=lambda e: e[0]))
    def end(self, batch):
        ends = self._ends(batch)
        results = closing.close([end for _, _, end in ends])
        for which in {which for which, _, _ in ends}:
            self.models[which].book(self._now())
        for (which, hold, end), result in zip(ends, results, strict=True):
            self._check_end(self.models[which], hold, end, result)

    @rule(batch=st.lists(REQUEST, min_size=1, max_size=3))
    def lose_power_while_letting_in(self, batch):
        whole = holds._Door.write

        def cut(door):
            whole(door)
            raise PowerCut

        with patch.object(holds._Door, "write", cut):
            self._cut(holds.take, [self._request(*one)[0] for one in batch])

    @rule(batch=st.lists(ENDING, min_size=1, max_size=3, unique_by=lambda e: e[0]))
    def lose_power_while_ending(self, batch):
        whole = closing._keep_answers

        def cut(*args):
            whole(*args)
            raise PowerCut

        with patch.object(closing, "_keep_answers", cut):
            self._cut(closing.close, [end for _, _, end in self._ends(batch)])

    @rule(which=WHICH, amount=st.integers(-9_000, 9_000).filter(bool), again=st.booleans())
    def correct(self, which, amount, again):
        team, model = self.teams[which], self.models[which]
        self.tokens += 1
        wanted = Correction(team, amount, "why", stage.NOBODY, f"t-{self.tokens}")
        model.book(self._now())
        if amount < 0 and not model.take_back(-amount, self._now()):
            try:
                correct(wanted)
            except ValueError:
                with current_books([team.id]):
                    return  # the refused one booked nothing; let the books be as current
            raise AssertionError("more was taken than was there")
        for _ in range(2 if again else 1):
            correct(wanted)
        if amount > 0:
            id_ = Grant.objects.get(transfer__reference=f"correction:{wanted.token}").id
            model.grants.append(GrantModel(id_, "adjustment", amount, 100, self._now(), None))

    @rule(seconds=st.sampled_from([0.001, 1, 29.999, 31, 60, 3_600, 86_400]))
    def wait(self, seconds):
        self.clock.advance(seconds=seconds)

    @rule()
    def reap(self):
        done = reap()
        assert done.holds == sum(model.reap(self._now()) for model in self.models)

    @rule(which=WHICH)
    def look(self, which):
        model = self.models[which]
        balance = balance_of(self.teams[which].id)
        model.book(self._now())
        assert balance.available == model.posted - model.held
        assert [grant.remaining for grant in balance.grants] == [
            grant.left
            for grant in sorted(model.grants, key=lambda g: model._order(g, self._now()))
            if grant.left
        ]

    # --- what must be so after every step ------------------------------------------------------

    @invariant()
    def the_database_says_what_the_model_says(self):
        accounts = Account.objects.in_bulk([team.id for team in self.teams])
        grants = dict(Grant.objects.values_list("id", "remaining"))
        kept = IdempotencyClaim.objects.values_list("team_id", "key", "hold_id", "reply")
        for team, model in zip(self.teams, self.models, strict=True):
            stored = accounts[team.id]
            assert (stored.posted, stored.held) == (model.posted, model.held)
            assert stored.open_count == len(model.open)
            assert {g.id: g.left for g in model.grants}.items() <= grants.items()
        assert {(t, k, h, r and bytes(r)) for t, k, h, r in kept} == {
            (team.id, key, claim.hold_id, claim.reply)
            for team, model in zip(self.teams, self.models, strict=True)
            for key, claim in model.claims.items()
        }

    # --- how ---------------------------------------------------------------------------------

    def _now(self) -> datetime:
        return self.clock.now

    def _chosen(self, picks):
        if not self.all_holds:
            return []
        return [self.all_holds[pick % len(self.all_holds)] for pick in picks]

    def _cut(self, operation, argument):
        """It raises, and ``the_database_says…`` sees that nothing happened."""
        if not argument:
            return
        try:
            operation(argument)
        except PowerCut:
            return
        raise AssertionError("the power stayed on")

    def _request(self, which, tokens, key, claim, fingerprint, price, concurrency):
        model = self.models[which]
        exempt = self.exempt and which == 1
        limits = self.limits if key == "limited" else {}
        request = stage.request(
            self.teams[which],
            tokens,
            prices=stage.prices(price),
            api_key_id=f"key_{which}_{key}",
            claim=stage.claim(claim, fingerprint=fingerprint * 64) if claim else None,
            limits=KeyLimits(**limits),
            exempt=exempt,
            concurrency_max=concurrency,
        )

        def check(request, outcome):
            at = self._now()
            amount = 0 if exempt else tokens * price
            if concurrency and len(model.open) >= concurrency:
                assert outcome.code == "concurrency_limit_exceeded"
                return
            first = model.claimed(claim, at) if claim else None
            if first is not None:
                if first.fingerprint == fingerprint and first.reply is not None:
                    assert outcome == Replay(first.reply)
                else:
                    assert outcome.code == "idempotency_key_in_use"
                    assert (outcome.retry_after_s == 1) is (first.fingerprint == fingerprint)
                return
            code = model.refusal(amount, exempt, key, limits, concurrency, at)
            if code is not None:
                assert isinstance(outcome, AurousError)
                assert outcome.code == code
                return
            assert isinstance(outcome, Taken), outcome
            assert outcome.held == amount
            hold = HoldModel(request.id, at, outcome.deadline_at, price, amount, exempt, key, claim)
            assert hold.deadline == at + timedelta(seconds=30)
            model.let_in(hold, fingerprint)
            self.all_holds.append((which, request.id))

        return request, check

    def _ends(self, batch):
        ends = {}
        for pick, settled, tokens in batch:
            for which, id_ in self._chosen([pick]):
                team, hold = self.teams[which], self.models[which].holds[id_]
                reply = (
                    (lambda charged, i=id_: f"{i} {charged.total}".encode()) if hold.claim else None
                )
                end = (
                    stage.settling(id_, team, tokens, reply=reply)
                    if settled
                    else stage.releasing(id_, team)
                )
                ends[id_] = (which, hold, end)
        return list(ends.values())

    def _check_end(self, model, hold, end, result):
        if end.status == "settled":
            amount = 0 if hold.exempt else end.tokens.text * hold.price
            reply = f"{hold.id} {amount}".encode()
            charged = model.settle(hold, end.tokens.text, reply, self._now())
            if charged is None:
                assert result == Lost(hold.id)
            else:
                assert isinstance(result, Closed)
                assert result.charged.total == charged
        else:
            assert isinstance(result, Closed if model.release(hold) else Lost)
