"""Allocation of lots: brute force, bounds that hold, simple rules, and what is missing when nothing fits."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.naive import allocation as slow
from tests.supply.problems import random_allocation

from egide.errors import InputError
from egide.supply.allocate import allocate
from egide.supply.allocation import (
    AllocationProblem,
    Plan,
    Shipments,
    Status,
    evaluate_shipments,
    largest_deficit_rule,
    network,
    proportional_rule,
)
from egide.supply.allocation_bound import relax

SEEDS = st.integers(0, 10_000)


def _best_by_brute_force(problem: AllocationProblem) -> float:
    """Largest worth added over every place and week of every parcel."""
    net = network(problem)
    lots = np.repeat(np.arange(len(problem.lots)), problem.lot_rounds // problem.parcel_rounds)
    options = [
        [None]
        + [
            (int(lot), p, w, float(problem.parcel_rounds[lot]))
            for p in range(len(problem.places))
            for w in range(int(problem.due_week[lot]), problem.hub_rounds_per_week.size)
        ]
        for lot in lots
    ]
    best, nothing = 0.0, slow.worth(net, [])
    for chosen in product(*options):
        shipments = [x for x in chosen if x is not None]
        leg, hub = problem.leg_rounds_per_week.copy(), problem.hub_rounds_per_week.copy()
        for _, p, w, rounds in shipments:
            leg[p, w] -= rounds
            hub[w] -= rounds
        if (leg >= 0).all() and (hub >= 0).all():
            best = max(best, slow.worth(net, shipments) - nothing)
    return best


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_small_plans_are_proven_and_equal_brute_force(seed: int) -> None:
    problem = random_allocation(seed, lots=2, parcels=1, weeks=3, scenarios=2)
    found = allocate(problem, gap=1e-6)
    best = _best_by_brute_force(problem)
    assert found.status is Status.WITHIN_GAP
    assert found.worth == pytest.approx(best, rel=1e-5, abs=1e-6)
    assert found.bound >= best - 1e-6


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_the_bound_is_above_and_the_plan_at_least_as_good_as_the_simple_rules(seed: int) -> None:
    problem = random_allocation(seed, lots=6, places=4, weeks=6, scenarios=5, parcels=3)
    found = allocate(problem)
    for rule in (proportional_rule(problem), largest_deficit_rule(problem), found.shipments):
        worth = float(evaluate_shipments(problem, rule) @ problem.probability)
        assert worth <= found.bound + 1e-6
    assert found.worth >= max(found.rules.values()) - 1e-6
    assert found.worth == pytest.approx(float(found.by_scenario @ problem.probability))
    assert (found.status is Status.WITHIN_GAP) == (found.gap <= 0.01 + 1e-6)


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_the_relaxation_closes_on_the_exact_linear_programme(seed: int) -> None:
    """Against the extensive form of the same relaxation, solved whole."""
    from scipy import optimize

    problem = random_allocation(seed, lots=4, places=3, weeks=5, scenarios=4)
    net = network(problem)
    found = relax(problem, net, Plan(problem, net), 1e-4, 80)
    options = [
        (lot, p, w)
        for lot in range(4)
        for p in range(3)
        for w in range(int(problem.due_week[lot]), 5 - int(problem.transit_weeks[p]))
    ]
    places, items, scenarios, weeks = net.demand.shape
    count, faces = len(options), [*np.ndindex(places, items, scenarios)]
    rows, limit = [], []
    for k, (p, i, s) in enumerate(faces):
        for week in range(weeks):
            row = np.zeros(count + len(faces))
            row[count + k] = 1.0
            for n, (lot, place, w) in enumerate(options):
                if (
                    place == p
                    and net.lot_item[lot] == i
                    and max(w, net.ready[s, lot]) + net.transit[p] <= week
                ):
                    row[n] = -1.0
            rows.append(row)
            limit.append(net.opening[p, i] + net.demand[p, i, s, week + 1 :].sum())
    caps = [(lambda o, lot=lot: o[0] == lot, problem.lot_rounds[lot]) for lot in range(4)]
    caps += [
        (lambda o, p=p, w=w: o[1:] == (p, w), problem.leg_rounds_per_week[p, w])
        for p in range(3)
        for w in range(5)
    ]
    caps += [(lambda o, w=w: o[2] == w, problem.hub_rounds_per_week[w]) for w in range(5)]
    for uses, cap in caps:
        rows.append(np.array([float(uses(o)) for o in options] + [0.0] * len(faces)))
        limit.append(float(cap))
    cost = np.concatenate([np.zeros(count), [-net.worth[p, i] * net.probability[s] for p, i, s in faces]])
    bounds = [(0, None)] * count + [(0, net.demand[face].sum()) for face in faces]
    exact = -optimize.linprog(cost, A_ub=np.array(rows), b_ub=limit, bounds=bounds).fun - slow.worth(net, [])
    assert found.bound >= exact - 1e-6
    assert found.worth <= exact + 1e-6
    assert found.bound <= exact * (1 + 1e-3) + 1e-6


def test_the_same_arguments_give_the_same_plan() -> None:
    problem = random_allocation(3, lots=8, places=4, weeks=8, scenarios=6, parcels=3)
    a, b = allocate(problem, gap=1e-3), allocate(problem, gap=1e-3)
    assert a.to_frame().equals(b.to_frame())
    assert a.bound == b.bound


def test_worth_scales_with_the_weights_and_follows_permuted_labels() -> None:
    problem = random_allocation(5, lots=5, places=3, weeks=6, scenarios=4)
    plain = allocate(problem, gap=1e-5)
    scaled = allocate(replace(problem, worth=1000 * problem.worth), gap=1e-5)
    assert scaled.worth == pytest.approx(1000 * plain.worth, rel=2e-5)
    order = np.array([2, 0, 1])
    moved = replace(
        problem,
        places=tuple(problem.places[k] for k in order),
        transit_weeks=problem.transit_weeks[order],
        leg_rounds_per_week=problem.leg_rounds_per_week[order],
        opening_rounds=problem.opening_rounds[order],
        demand_rounds=problem.demand_rounds[:, :, order],
        worth=problem.worth[order],
    )
    assert allocate(moved, gap=1e-5).worth == pytest.approx(plain.worth, rel=2e-5)


def _one_road(**changes: object) -> AllocationProblem:
    """One lot of ten rounds, two places that want five a week from week 1 on."""
    demand = np.zeros((1, 3, 2, 1), dtype=np.int64)
    demand[:, 1:] = 5
    problem = AllocationProblem(
        items=("round",),
        places=("east", "west"),
        lots=("a",),
        lot_item=np.array([0]),
        lot_rounds=np.array([10]),
        parcel_rounds=np.array([1]),
        due_week=np.array([0]),
        ready_week=np.array([[0]]),
        transit_weeks=np.array([1, 1]),
        leg_rounds_per_week=np.full((2, 3), 100),
        hub_rounds_per_week=np.full(3, 100),
        opening_rounds=np.zeros((2, 1), dtype=np.int64),
        demand_rounds=demand,
        probability=np.array([1.0]),
        worth=np.array([[1.0], [2.0]]),
    )
    return replace(problem, **changes)


def test_rounds_go_where_they_are_worth_most() -> None:
    found = allocate(_one_road())
    assert found.worth == pytest.approx(20.0)
    assert found.status is Status.WITHIN_GAP
    assert set(found.to_frame()["place"]) == {"west"}


def test_a_requirement_moves_rounds_to_where_they_must_be() -> None:
    found = allocate(_one_road(required_rounds=np.array([[4], [0]])), gap=1e-6)
    assert found.status is Status.WITHIN_GAP
    assert found.worth == pytest.approx(6 * 2 + 4)
    assert found.to_frame().groupby("place")["rounds"].sum()["east"] == 4


@pytest.mark.parametrize(
    ("changes", "reason", "rounds"),
    [
        ({"required_rounds": np.array([[8], [8]])}, "rounds", 6),
        (
            {
                "required_rounds": np.array([[8], [0]]),
                "leg_rounds_per_week": np.array([[2, 2, 2], [9, 9, 9]]),
            },
            "transport",
            4,
        ),
    ],
)
def test_an_infeasible_requirement_says_what_is_missing(changes: dict, reason: str, rounds: float) -> None:
    found = allocate(_one_road(**changes))
    assert found.status is Status.INFEASIBLE
    assert found.shipments.lot.size == 0
    assert [(m.item, m.reason) for m in found.missing] == [("round", reason)]
    assert found.missing[0].rounds == pytest.approx(rounds)


def test_plans_made_for_slips_do_better_under_slips_than_plans_made_for_due_dates() -> None:
    problem = random_allocation(11, lots=8, places=3, weeks=6, scenarios=8, parcels=4, room=0.8)
    blind = replace(problem, ready_week=np.tile(problem.due_week, (8, 1)))
    knowing = allocate(problem)
    unaware = evaluate_shipments(problem, allocate(blind).shipments) @ problem.probability
    assert float(unaware) <= knowing.bound
    assert knowing.worth >= float(unaware) - knowing.gap * knowing.worth


def test_nothing_to_ship_is_an_answer() -> None:
    found = allocate(_one_road(due_week=np.array([5])))
    assert (found.worth, found.bound, found.status) == (0.0, 0.0, Status.WITHIN_GAP)
    assert found.gap == 0.0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"parcel_rounds": np.array([3])}, "divide"),
        ({"opening_rounds": np.array([[-1], [0]])}, "negative"),
        ({"demand_rounds": np.full((1, 3, 2, 1), 0.5)}, "whole"),
        ({"lots": ("a", "b")}, "shape"),
        ({"probability": np.array([0.7])}, "sum to 1"),
        ({"lot_item": np.array([4])}, "items run"),
    ],
)
def test_a_wrong_problem_is_refused_with_its_field(changes: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        allocate(_one_road(**changes))


def test_a_plan_that_ships_what_there_is_not_is_refused() -> None:
    def plan(lot: int, place: int, week: int, rounds: int) -> Shipments:
        return Shipments(*(np.array([x]) for x in (lot, place, week, rounds)))

    with pytest.raises(InputError, match="more than once over"):
        evaluate_shipments(_one_road(), plan(0, 0, 0, 11))
    with pytest.raises(InputError, match="before it is due"):
        evaluate_shipments(_one_road(due_week=np.array([1])), plan(0, 0, 0, 1))
    with pytest.raises(InputError, match="road carries"):
        evaluate_shipments(_one_road(leg_rounds_per_week=np.ones((2, 3), dtype=int)), plan(0, 0, 0, 2))


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.sampled_from([1e-9, 1e-6, 1e6, 1e12]))
def test_the_plan_does_not_depend_on_the_unit_that_worth_is_counted_in(seed: int, unit: float) -> None:
    problem = random_allocation(seed, lots=2, parcels=1, weeks=3, scenarios=2)
    best = _best_by_brute_force(problem) * unit
    found = allocate(replace(problem, worth=problem.worth * unit), gap=1e-6)
    assert found.status is Status.WITHIN_GAP
    assert found.worth == pytest.approx(best, rel=1e-5, abs=1e-9 * unit)
    assert found.bound >= best * (1.0 - 1e-9) - 1e-12 * unit  # rounding in sums of worth
    assert all(worth <= found.bound + 1e-9 * unit for worth in found.rules.values())
