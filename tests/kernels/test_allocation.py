"""Allocation kernels against their slow twins, on random networks."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.naive import allocation as slow
from tests.supply.problems import random_allocation

from egide.kernels import allocation as fast
from egide.supply.allocation import Plan, network

SEEDS = st.integers(0, 10_000)


def _busy_plan(seed: int) -> tuple[Plan, np.random.Generator]:
    """A plan with parcels put at random wherever there is room."""
    problem = random_allocation(seed)
    plan = Plan(problem, network(problem))
    g = np.random.default_rng(seed + 1)
    for k in range(plan.desk.lot.size):
        if g.random() < 0.7:
            plan.put(k, int(g.integers(len(problem.places))), int(g.integers(0, 3)))
    return plan, g


def _shipments(plan: Plan) -> list[slow.Shipment]:
    desk = plan.desk
    return [
        (int(lot), int(p), int(w), float(plan.net.parcel[lot]))
        for lot, p, w in zip(desk.lot, desk.place, desk.week, strict=True)
        if p >= 0
    ]


def _in_step(plan: Plan) -> None:
    """Everything a plan keeps equals what follows from its parcels from scratch."""
    shipments, problem = _shipments(plan), plan.problem
    np.testing.assert_allclose(plan.desk.arrivals, slow.arrivals(plan.net, shipments), atol=1e-9)
    np.testing.assert_allclose(plan.desk.met, slow.met(plan.net, shipments), atol=1e-9)
    for p, i in np.ndindex(*plan.desk.met.shape):
        before, after = slow.let_through(plan.net, shipments, p, i)
        np.testing.assert_allclose(plan.desk.before[p, i], before, atol=1e-9)
        np.testing.assert_allclose(plan.desk.after[p, i], after, atol=1e-9)
    leg, hub = problem.leg_rounds_per_week.astype(float), problem.hub_rounds_per_week.astype(float)
    for _, p, w, rounds in shipments:
        leg[p, w] -= rounds
        hub[w] -= rounds
    np.testing.assert_allclose(plan.desk.leg_left, leg, atol=1e-9)
    np.testing.assert_allclose(plan.desk.hub_left, hub, atol=1e-9)
    assert (leg >= 0).all()
    assert (hub >= 0).all()


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_a_plan_is_worth_what_walking_the_weeks_gives(seed: int) -> None:
    _in_step(_busy_plan(seed)[0])


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_a_cut_touches_demand_met_where_it_was_taken_and_lies_above_it_everywhere(seed: int) -> None:
    plan, g = _busy_plan(seed)
    net = plan.net
    scenarios, weeks = net.demand.shape[2:]
    binding = np.zeros(scenarios, dtype=np.int64)
    for p in range(net.opening.shape[0]):
        for i in range(net.opening.shape[1]):
            here = (net.opening[p, i], net.demand[p, i])
            fast.binding_weeks(*here, plan.desk.arrivals[p, i], binding)
            constant = fast.cut_constant(*here, binding, net.probability)
            in_time = np.arange(weeks) <= binding[:, None]

            def cut(came: np.ndarray, constant=constant, in_time=in_time) -> float:
                return float(constant + net.probability @ (came * in_time).sum(axis=1))

            assert np.isclose(cut(plan.desk.arrivals[p, i]), plan.desk.met[p, i])
            for _ in range(5):
                other = g.integers(0, 6, (scenarios, weeks)).astype(float)
                assert cut(other) >= fast.met_demand(*here, other, net.probability) - 1e-9


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_a_shipment_is_priced_at_the_weight_of_the_cuts_it_reaches_in_time(seed: int) -> None:
    plan, g = _busy_plan(seed)
    net = plan.net
    places, items, scenarios, weeks = net.demand.shape
    place, item = g.integers(0, places, 4), g.integers(0, items, 4)
    weight, binding = g.random(4), g.integers(-1, weeks, (4, scenarios))
    found = np.zeros((net.lot_item.size, places, weeks))
    fast.shipment_worth(net, place, item, weight, binding, found)
    for lot, p, week in np.ndindex(found.shape):
        comes = np.maximum(week, net.ready[:, lot]) + net.transit[p]
        twin = sum(
            weight[k] * net.probability @ (comes <= binding[k])
            for k in range(4)
            if place[k] == p and item[k] == net.lot_item[lot]
        )
        assert np.isclose(found[lot, p, week], twin)


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(1, 9))
def test_a_shipment_gains_what_walking_the_weeks_with_and_without_it_says(seed: int, rounds: int) -> None:
    plan, g = _busy_plan(seed)
    net, desk, shipments = plan.net, plan.desk, _shipments(plan)
    for lot in range(net.lot_item.size):
        p, week = int(g.integers(net.transit.size)), int(g.integers(desk.hub_left.size))
        i = int(net.lot_item[lot])
        found = fast.gain_of(
            desk.before[p, i],
            desk.after[p, i],
            net.ready,
            net.probability,
            lot,
            week,
            int(net.transit[p]),
            rounds,
        )
        more = slow.met(net, [*shipments, (lot, p, week, float(rounds))])[p, i]
        assert np.isclose(found, more - slow.met(net, shipments)[p, i], atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_the_best_slot_gains_as_much_as_trying_every_place_and_week(seed: int) -> None:
    plan, g = _busy_plan(seed)
    desk, net = plan.desk, plan.net
    desk.short[:] = g.integers(-2, 2, desk.short.shape)
    price = g.choice([0.0, 0.3], desk.leg_left.shape)
    for lot in range(net.lot_item.size):
        place, week = fast.best_slot(net, desk, price, lot)
        best, need = slow.best_slot(
            net, _shipments(plan), desk.leg_left, desk.hub_left, desk.short, price, lot
        )
        if place < 0:
            assert best <= 1e-8
            assert not need
            continue
        parcel = float(net.parcel[lot])
        more = slow.worth(net, [*_shipments(plan), (lot, place, week, parcel)])
        gain = more - slow.worth(net, _shipments(plan)) - price[place, week] * parcel
        assert np.isclose(gain, best, atol=1e-8)
        assert bool(desk.short[place, net.lot_item[lot]] > 0) == need


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_local_search_never_loses_worth_and_keeps_its_books(seed: int) -> None:
    plan, _ = _busy_plan(seed)
    free = np.zeros(plan.desk.leg_left.shape)
    before = plan.worth()
    gained = fast.improve(
        plan.net, plan.desk, free, np.lexsort((plan.desk.week, plan.desk.place, plan.desk.lot))
    )
    _in_step(plan)
    assert gained >= -1e-9
    assert np.isclose(plan.worth(), before + gained)
    middle = plan.worth()
    gained = fast.ruin_and_rebuild(plan.net, plan.desk, free, seed, 0, 20, 3)
    _in_step(plan)
    assert gained >= -1e-9
    assert np.isclose(plan.worth(), middle + gained)
