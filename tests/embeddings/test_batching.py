"""The queue before the engine: what goes together, in which order, and for whom."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.batching import (
    QUANTUM_TOKENS,
    FairQueue,
    Waiting,
    packed_cost,
    padded_cost,
)

FOREVER = 1e9


def wait(item, team="acme", tokens=10, deadline=FOREVER, lane="interactive", patches=0):
    return Waiting(item, team, tokens, deadline, lane, patches)


def queue_of(*waiting, cost=padded_cost):
    queue = FairQueue(cost)
    for one in waiting:
        queue.push(one, now=0.0)
    return queue


def items(batch):
    return [waiting.item for waiting in batch]


def test_a_batch_ends_where_the_padded_budget_does():
    queue = queue_of(*(wait(n, tokens=10) for n in range(5)))
    batch, expired = queue.take(0, tokens_max=39, items_max=100)
    assert items(batch) == [0, 1, 2]
    assert expired == []
    assert (len(queue), queue.tokens) == (2, 20)


def test_padding_counts_and_packing_does_not():
    line = [wait("long", tokens=100), wait("a", tokens=1), wait("b", tokens=1)]
    padded, _ = queue_of(*line).take(0, tokens_max=200, items_max=100)
    packed, _ = queue_of(*line, cost=packed_cost).take(0, tokens_max=200, items_max=100)
    assert items(padded) == ["long", "a"]
    assert items(packed) == ["long", "a", "b"]


def test_a_batch_ends_where_the_budget_of_patches_does():
    line = [wait("a", patches=60), wait("text"), wait("b", patches=40), wait("c", patches=1)]
    queue = queue_of(*line, cost=packed_cost)
    batch, _ = queue.take(0, tokens_max=1_000, items_max=100, patches_max=100)
    assert items(batch) == ["a", "text", "b"]
    assert items(queue.take(0, tokens_max=1_000, items_max=100, patches_max=100)[0]) == ["c"]


def test_a_picture_above_the_budget_of_patches_goes_alone():
    queue = queue_of(wait("huge", patches=101), wait("text"), cost=packed_cost)
    assert items(queue.take(0, tokens_max=99, items_max=9, patches_max=100)[0]) == ["huge"]
    assert items(queue.take(0, tokens_max=99, items_max=9, patches_max=100)[0]) == ["text"]


def test_without_a_budget_of_patches_there_is_none():
    queue = queue_of(wait("a", patches=10**9), wait("b", patches=10**9), cost=packed_cost)
    assert len(queue.take(0, tokens_max=99, items_max=9)[0]) == 2


def test_an_item_above_the_budget_goes_alone():
    queue = queue_of(wait("huge", tokens=10_000), wait("small"))
    assert items(queue.take(0, tokens_max=100, items_max=9)[0]) == ["huge"]
    assert items(queue.take(0, tokens_max=100, items_max=9)[0]) == ["small"]


def test_what_does_not_fit_stays_first_in_line_even_before_newcomers():
    queue = queue_of(wait("a", tokens=60), wait("big", team="zeta", tokens=90))
    assert items(queue.take(0, tokens_max=100, items_max=9)[0]) == ["a"]
    queue.push(wait("late", tokens=1), now=1.0)
    queue.push(wait("later", team="new", tokens=1), now=1.0)
    assert items(queue.take(2, tokens_max=500, items_max=9)[0])[0] == "big"


def test_a_thousand_waiting_items_of_one_team_do_not_starve_another():
    queue = queue_of(*(wait(n, team="hot", tokens=20) for n in range(1_000)))
    queue.take(0, tokens_max=200, items_max=100)
    queue.push(wait("mine", team="small"), now=1.0)
    batch, _ = queue.take(1, tokens_max=2_048, items_max=100)
    assert "mine" in items(batch)


def test_teams_share_by_tokens_not_by_items():
    queue = queue_of(
        *(wait(("short", n), team="short", tokens=16) for n in range(400)),
        *(wait(("long", n), team="long", tokens=256) for n in range(400)),
        cost=packed_cost,
    )
    batch, _ = queue.take(0, tokens_max=4_096, items_max=1_000)
    sent = {"short": 0, "long": 0}
    for waiting in batch:
        sent[waiting.team_id] += waiting.tokens
    assert sent == {"short": 2_048, "long": 2_048}


def test_an_item_larger_than_a_turn_gets_its_turn_too():
    queue = queue_of(
        wait("video", team="a", tokens=10 * QUANTUM_TOKENS),
        *(wait(n, team="b", tokens=QUANTUM_TOKENS) for n in range(50)),
    )
    order = []
    while len(queue):
        order += items(queue.take(0, tokens_max=1, items_max=1)[0])
    assert order.index("video") <= 11


def test_interactive_goes_before_bulk():
    queue = queue_of(wait("bulk", lane="bulk"), wait("now", team="b"), wait("too"))
    assert items(queue.take(0, tokens_max=10_000, items_max=9)[0]) == ["now", "too", "bulk"]


def test_bulk_never_fills_up_behind_an_interactive_item_that_did_not_fit():
    queue = queue_of(wait("a", tokens=60), wait("b", tokens=60), wait("c", tokens=1, lane="bulk"))
    assert items(queue.take(0, tokens_max=100, items_max=9)[0]) == ["a"]


def test_expired_items_come_apart_wherever_they_stand():
    queue = queue_of(
        wait("kept"), wait("dead", deadline=5.0), wait("bulk", deadline=4.0, lane="bulk")
    )
    batch, expired = queue.take(5.0, tokens_max=10_000, items_max=9)
    assert items(batch) == ["kept"]
    assert items(expired) == ["bulk", "dead"]
    assert (len(queue), queue.tokens) == (0, 0)


def test_an_empty_batch_can_still_bring_expired_items():
    queue = queue_of(wait("dead", deadline=1.0))
    assert queue.take(2.0, tokens_max=10, items_max=9)[0] == []
    assert queue.take(2.0, tokens_max=10, items_max=9) == ([], [])


def test_the_age_is_that_of_the_oldest_item_still_waiting():
    queue = queue_of()
    assert queue.oldest(7.0) == 0.0
    queue.push(wait("bulk", lane="bulk"), now=1.0)
    queue.push(wait("first"), now=2.0)
    queue.push(wait("second"), now=3.0)
    assert queue.oldest(10.0) == 9.0
    queue.take(10.0, tokens_max=10_000, items_max=1)
    assert queue.oldest(10.0) == 9.0
    queue.take(10.0, tokens_max=10_000, items_max=2)
    assert queue.oldest(10.0) == 0.0


def test_an_unknown_lane_is_refused_and_leaves_no_trace():
    queue = queue_of()
    with pytest.raises(KeyError):
        queue.push(wait("x", lane="fast"), now=0.0)
    assert (len(queue), queue.tokens) == (0, 0)


def test_a_stopping_worker_gets_everything_back():
    queue = queue_of(*(wait(n, team=f"t{n % 3}") for n in range(10)))
    batch, expired = queue.take(math.inf, tokens_max=100, items_max=100)
    assert batch == []
    assert sorted(items(expired)) == list(range(10))


def test_memory_does_not_grow_with_items_that_have_left():
    queue = queue_of()
    for n in range(20_000):
        # The bulk lane is never reached: its items only expire.
        queue.push(wait(n, lane="bulk", deadline=float(n) + 3.0), now=float(n))
        queue.push(wait(n), now=float(n))
        queue.take(float(n), tokens_max=10, items_max=1)
    places = sum(len(team.slots) for lane in queue._lanes.values() for team in lane.teams.values())
    assert len(queue._deadlines) <= 2 * len(queue) + 1_026
    assert places <= len(queue) + 2


arrivals = st.builds(
    lambda team, tokens, deadline, lane: (team, tokens, deadline, lane),
    st.sampled_from(["a", "b", "c"]),
    st.integers(0, 600),
    st.sampled_from([5.0, 50.0, FOREVER]),
    st.sampled_from(["interactive", "bulk"]),
)
takes = st.tuples(st.integers(1, 2_000), st.integers(1, 20))
stories = st.lists(st.one_of(arrivals, takes), max_size=80)


@given(stories, st.sampled_from([padded_cost, packed_cost]))
def test_nothing_is_lost_or_doubled_budgets_hold_and_teams_keep_their_order(story, cost):
    queue = FairQueue(cost)
    pushed, taken, dropped = [], [], []

    def take(now, tokens_max, items_max):
        batch, expired = queue.take(now, tokens_max=tokens_max, items_max=items_max)
        spent = cost(
            max((w.tokens for w in batch), default=0), sum(w.tokens for w in batch), len(batch)
        )
        assert spent <= tokens_max or len(batch) == 1
        assert len(batch) <= items_max
        assert all(w.deadline > now for w in batch)
        assert all(w.deadline <= now for w in expired)
        assert len({w.lane for w in batch}) < 2 or batch[0].lane == "interactive"
        taken.extend(batch)
        dropped.extend(expired)

    for now, event in enumerate(story):
        if len(event) == 2:
            take(float(now), *event)
        else:
            team, tokens, deadline, lane = event
            pushed.append(wait(now, team, tokens, deadline, lane))
            queue.push(pushed[-1], now=float(now))
        still = [w for w in pushed if w not in taken and w not in dropped]
        assert (len(queue), queue.tokens) == (len(still), sum(w.tokens for w in still))
    while len(queue):
        take(0.0, 1_000, 10)

    assert sorted(items(taken + dropped)) == sorted(items(pushed))
    for team in "abc":
        for lane in ("interactive", "bulk"):
            line = [w.item for w in taken if (w.team_id, w.lane) == (team, lane)]
            assert line == sorted(line)


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(1, 400)), min_size=1, max_size=120),
    st.integers(0, 60),
    st.integers(1, QUANTUM_TOKENS),
)
def test_a_newcomer_waits_for_at_most_one_turn_of_each_other_team(line, before, tokens):
    queue = queue_of(*(wait(n, team=f"t{t}", tokens=k) for n, (t, k) in enumerate(line)))
    for _ in range(before):
        queue.take(0, tokens_max=1, items_max=1)
    queue.push(wait("newcomer", team="new", tokens=tokens), now=0.0)
    sent: dict[str, int] = {}
    while True:
        (one,), _ = queue.take(0, tokens_max=1, items_max=1)
        if one.item == "newcomer":
            break
        sent[one.team_id] = sent.get(one.team_id, 0) + one.tokens
    # A turn is a quantum and what an item too large for earlier turns had saved up.
    assert all(total <= QUANTUM_TOKENS + 400 for total in sent.values())
