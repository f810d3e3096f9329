"""The machine of random money stories: every step on the database and on the model, compared."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from accounts.models import Team
from aurous.kernel.errors import AurousError
from billing import closing, holds
from billing.balance import balance_of
from billing.cancelling import cancel
from billing.closing import Closed, Lost
from billing.corrections import Correction, correct
from billing.grants import current_books
from billing.holds import Replay, Taken
from billing.key_limits import KeyLimits
from billing.models import Grant
from billing.reaper import reap
from billing.starting import start
from tests.billing import stage
from tests.billing.database_clock import DatabaseClock
from tests.billing.model import Asked, GrantModel, HoldModel, TeamModel

ACCOUNTS = "SELECT id, posted, held, open_count FROM billing_account WHERE team_id IS NOT NULL"
REST = -1  # all that is available
ANY = st.integers(0, 99)  # picks one of what there is, modulo
WHICH = st.sampled_from([0, 0, 0, 1])  # of the two teams
REQUEST = st.tuples(
    WHICH,
    st.sampled_from([1, 2, 5, 0, REST, REST]),  # tokens
    st.sampled_from(["free", "limited"]),  # API key
    st.sampled_from([None, None, "k-1", "k-2"]),  # idempotency key
    st.sampled_from(["f", "f", "g"]),  # fingerprint
    st.sampled_from([1_000, 500]),  # price in force
    st.sampled_from([None, None, None, 3]),  # concurrency
)
REQUESTS = st.lists(REQUEST, min_size=1, max_size=3)
# Which hold, and how much of it is settled.
ENDING = st.tuples(ANY, st.sampled_from(["all", "part", "all", "none", "too much", "release"]))

ENDINGS = st.lists(ENDING, min_size=1, max_size=4)


class PowerCutError(Exception):
    """Stops an operation half way."""


class MoneyMachine(RuleBasedStateMachine):
    """Two teams, whatever may happen to their money, in any order."""

    clock: DatabaseClock  # these two are set by the test
    teams: list[Team]
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
        self.models = [TeamModel(), TeamModel()]
        self.all_holds: list[tuple[int, HoldModel]] = []  # with the team's number
        self.corrections = 0
        for which in (0, 1):
            self._give(which, 6_000, Grant.Kind.PURCHASED, 2, which)

    def teardown(self) -> None:
        """Every invariant at the end of the story; then it never happened."""
        try:
            reap()  # the clock may have stopped before it came, and I19 would complain
            assert stage.complaints() == {}
            assert all(count == 1 for m in self.models for count in m.charges.values())
        finally:
            transaction.set_rollback(True)
            self._block.__exit__(None, None, None)

    # --- what may happen ---------------------------------------------------------------------

    @rule(
        which=WHICH,
        amount=st.integers(1, 12).map(lambda n: 500 * n),
        kind=st.sampled_from(list(Grant.Kind)),
        priority=st.integers(1, 2),
        life=ANY,
    )
    def give(self, which, amount, kind, priority, life):
        self._give(which, amount, kind, priority, life)

    @rule(
        which=WHICH,
        amount=st.integers(1, 12).map(lambda n: 500 * n),
        kind=st.sampled_from(list(Grant.Kind)),
        priority=st.integers(1, 2),
        after=st.sampled_from([0.001, 1, 10, 36, 86_400]),
        life=ANY,
    )
    def promise(self, which, amount, kind, priority, after, life):
        """Credit that begins later, and may be over before anybody looks."""
        begins = self.now + timedelta(seconds=after)
        until = self._until(begins, life)
        id_ = stage.grant(
            self.teams[which],
            amount,
            kind=kind,
            priority=priority,
            expires_at=until,
            effective_at=begins,
        )
        self._book(which)
        promised = GrantModel(id_, kind.value, amount, priority, begins, until)
        self.models[which].coming.append(promised)

    @precondition(lambda self: any(model.coming for model in self.models))
    @rule(pick=ANY)
    def cancel(self, pick):
        """A promise is taken back, unless it has begun, booked or not."""
        all_coming = [(which, g) for which in (0, 1) for g in self.models[which].coming]
        which, promised = all_coming[pick % len(all_coming)]
        try:
            assert cancel(promised.id, actor=stage.NOBODY, reason="why")
            self.models[which].coming.remove(promised)
        except ValueError:
            assert promised.since <= self.now
        else:
            self._book(which)

    @rule(batch=REQUESTS, delivered=st.sampled_from([True, True, False]))
    def let_in(self, batch, delivered):
        requests = [self._request(*one) for one in batch]
        outcomes = holds.take(requests)
        for which in {one[0] for one in batch}:
            self._book(which)
        taken = [
            self._check_answer(one, request, outcome)
            for one, request, outcome in zip(batch, requests, outcomes, strict=True)
        ]
        if delivered:
            self._deliver([hold for hold in taken if hold])

    @precondition(lambda self: self.all_holds)
    @rule(picks=st.lists(ANY, min_size=1, max_size=4))
    def deliver(self, picks):
        """To a worker; any message may come twice, or an hour later."""
        self._deliver([self._pick(pick)[1] for pick in picks])

    @precondition(lambda self: self.all_holds)
    @rule(batch=ENDINGS)
    def end(self, batch):
        """Any end may be asked for twice, or too late, or of what has another end."""
        ends = self._ends(batch)
        results = closing.close([end for _, _, end in ends])
        for which in {which for which, _, _ in ends}:
            self._book(which)
        for (which, hold, end), result in zip(ends, results, strict=True):
            self._check_end(self.models[which], hold, end, result)

    @rule(request=REQUEST, ending=ENDING)
    def lose_power(self, request, ending):
        """While letting in, and while ending: nothing happened."""
        requests = [self._request(*request)]
        self._cut(holds._Door, "write", lambda: holds.take(requests))
        if self.all_holds:
            ends = [end for _, _, end in self._ends([ending])]
            self._cut(closing, "_keep_answers", lambda: closing.close(ends))

    @rule(which=WHICH, amount=st.sampled_from([-9_000, -2_000, -500, 700]), times=st.integers(1, 2))
    def correct(self, which, amount, times):
        team, model = self.teams[which], self.models[which]
        self.corrections += 1
        wanted = Correction(team, amount, "why", stage.NOBODY, f"t-{self.corrections}")
        with current_books([team.id]):
            pass
        self._book(which)
        refused = amount < 0 and not model.take_back(-amount, self.now)
        for _ in range(times):
            try:
                correct(wanted)
                assert not refused
            except ValueError:
                assert refused
        if amount > 0:
            id_ = Grant.objects.get(transfer__reference=f"correction:{wanted.token}").id
            model.grants.append(GrantModel(id_, "adjustment", amount, 100, self.now, None))

    @rule(seconds=st.sampled_from([0.001, 1, 5, 10, 29.999, 36, 3_600, 86_400]))
    def wait(self, seconds):
        self.clock.advance(seconds=seconds)

    @rule()
    def reap(self):
        released = reap().holds
        for which in (0, 1):
            self._name(which)
        assert released == sum(model.reap(self.now) for model in self.models)

    @rule(which=WHICH)
    def look(self, which):
        model = self.models[which]
        balance = balance_of(self.teams[which].id)
        self._book(which)
        assert balance.available == model.posted - model.held
        in_order = sorted(model.grants, key=lambda g: model.order(g, self.now))
        assert [g.remaining for g in balance.grants] == [g.left for g in in_order if g.left]

    let_in_more, end_more, end_others = let_in, end, end  # what happens most

    # --- what must be so after every step ------------------------------------------------------

    @invariant()
    def the_database_says_what_the_model_says(self):
        """Raw statements, for this runs more often than anything else in the suite."""
        numbers = {id_: rest for id_, *rest in stage.sql(ACCOUNTS)}
        left = dict(stage.sql("SELECT id, remaining FROM billing_grant"))
        for team, model in zip(self.teams, self.models, strict=True):
            assert numbers[team.id] == [model.posted, model.held, len(model.open)]
            assert {grant.id: grant.left for grant in model.grants}.items() <= left.items()
        kept = stage.sql("SELECT team_id, key, hold_id, reply FROM accounts_idempotencyclaim")
        assert {(*ids, reply and bytes(reply)) for *ids, reply in kept} == {
            (team.id, key, claim.hold_id, claim.reply)
            for team, model in zip(self.teams, self.models, strict=True)
            for key, claim in model.claims.items()
        }

    # --- how ---------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        return self.clock.now

    def _give(self, which, amount, kind, priority, life):
        until = self._until(self.now, life)
        id_ = stage.grant(self.teams[which], amount, kind=kind, priority=priority, expires_at=until)
        self._book(which)
        given = GrantModel(id_, kind.value, amount, priority, self.now, until)
        self.models[which].grants.append(given)

    def _until(self, begins, life):
        seconds = self.lifetimes[life % len(self.lifetimes)]
        return begins + timedelta(seconds=seconds) if seconds else None

    def _book(self, which):
        self._name(which)
        self.models[which].book(self.now)

    def _name(self, which):
        """What begins gets the id of its grant, which decides between two that are alike."""
        for promised in self.models[which].coming:
            if promised.since <= self.now:
                found = "SELECT grant_id FROM billing_scheduledgrant WHERE id = %s"
                ((promised.id,),) = stage.sql(found, [promised.id])

    def _request(self, which, tokens, key, claim, fingerprint, price, concurrency):
        if tokens == REST:
            tokens = max(0, self.models[which].posted - self.models[which].held) // price
        return stage.request(
            self.teams[which],
            tokens,
            prices=stage.prices(price),
            api_key_id=f"key_{which}_{key}",
            claim=stage.claim(claim, fingerprint=fingerprint) if claim else None,
            limits=KeyLimits(**(self.limits if key == "limited" else {})),
            exempt=self.exempt and which == 1,
            concurrency_max=concurrency,
        )

    def _check_answer(self, one, request, outcome):
        """Compare with the model's answer; returns the hold where it was let in."""
        which, _, key, claim, fingerprint, price, concurrency = one
        tokens = request.tokens.text
        amount = 0 if request.exempt else tokens * price
        deadline = self.now + timedelta(seconds=30)
        hold = HoldModel(
            request.id, self.now, deadline, tokens, price, amount, request.exempt, key, claim
        )
        asked = Asked(fingerprint, self.limits if key == "limited" else {}, concurrency)
        answer = self.models[which].answer(hold, asked)
        if answer is None:
            assert isinstance(outcome, Taken), outcome
            assert (outcome.held, outcome.deadline_at) == (amount, deadline)
            self.models[which].let_in(hold, fingerprint)
            self.all_holds.append((which, hold))
            return hold
        if isinstance(answer, bytes):
            assert outcome == Replay(answer)
        else:
            assert isinstance(outcome, AurousError), outcome
            assert outcome.code == answer
        return None

    def _deliver(self, chosen):
        started = start([hold.id for hold in chosen])
        expected = set()
        for hold in chosen:
            if hold.status == "queued" and hold.deadline > self.now:
                hold.status = "running"
                expected.add(hold.id)
        assert (set(started.seconds_left), started.refused) == (expected, {})

    def _pick(self, pick):
        """Mostly one of those that run."""
        live = [one for one in self.all_holds if one[1].open]
        among = live if live and pick % 5 else self.all_holds
        return among[pick % len(among)]

    def _ends(self, batch):
        ends = {}
        for pick, part in batch:
            which, hold = self._pick(pick)
            team, id_ = self.teams[which], hold.id
            tokens = {"all": hold.tokens, "part": hold.tokens // 2, "too much": hold.tokens + 1}
            reply = (lambda cost, i=id_: f"{i} {cost.total}".encode()) if hold.claim else None
            end = stage.settling(id_, team, tokens.get(part, 0), reply=reply)
            ends[id_] = (which, hold, stage.releasing(id_, team) if part == "release" else end)
        return list(ends.values())

    def _check_end(self, model, hold, end, result):
        if end.status == "released":
            assert isinstance(result, Closed if model.release(hold) else Lost)
            return
        amount = 0 if hold.exempt else end.tokens.text * hold.price
        charged = model.settle(hold, end.tokens.text, f"{hold.id} {amount}".encode(), self.now)
        if charged is None:
            assert result == Lost(hold.id)
        else:
            assert isinstance(result, Closed)
            assert result.charged.total == charged

    def _cut(self, where, step, operation):
        """The last step ends in a power cut; the invariant sees whether anything happened."""
        whole = getattr(where, step)

        def cut(*args):
            whole(*args)
            raise PowerCutError

        with patch.object(where, step, cut):
            try:
                operation()
            except PowerCutError:
                return
        raise AssertionError("the power stayed on")
