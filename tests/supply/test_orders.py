"""Choice of orders: brute force over every batch, robustness, and what is missing."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.supply.problems import random_orders

from egide.errors import InputError
from egide.supply.allocation import Status
from egide.supply.orders import OrderProblem, _tail, _worth, choose_orders

SEEDS = st.integers(0, 10_000)


def _walk(problem: OrderProblem, batches: tuple[int, ...]) -> np.ndarray:
    """Worth in each scenario by walking the weeks, one round of the item at a time."""
    found = []
    for s in range(problem.probability.size):
        stock, worth = list(map(int, problem.opening_rounds)), 0.0
        for week in range(problem.demand_rounds.shape[1]):
            for i in range(len(problem.items)):
                stock[i] += int(problem.arrivals_rounds[s, week, i])
                stock[i] += sum(
                    int(n * problem.batch_rounds[o])
                    for o, n in enumerate(batches)
                    if problem.arrival_week[s, o] == week and problem.offer_item[o] == i
                )
                met = min(stock[i], int(problem.demand_rounds[s, week, i]))
                stock[i] -= met
                worth += met * problem.worth[i]
        found.append(worth)
    return np.array(found)


def _feasible(problem: OrderProblem) -> list[tuple[int, ...]]:
    plans = product(*(range(int(n) + 1) for n in problem.most_batches))
    return [
        plan
        for plan in plans
        if np.dot(plan, problem.batch_cost_eur) <= problem.budget_eur
        and all(
            sum(
                n * r for n, r, m in zip(plan, problem.batch_rounds, problem.maker, strict=True) if m == maker
            )
            <= cap
            for maker, cap in problem.maker_capacity_rounds.items()
        )
    ]


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.sampled_from([0.0, 0.5, 1.0]))
def test_orders_are_the_best_of_all_under_the_budget(seed: int, tail_weight: float) -> None:
    problem = random_orders(seed)
    problem = replace(problem, maker_capacity_rounds={problem.maker[0]: 5})
    found = choose_orders(problem, tail_weight=tail_weight, tail_fraction=0.4, gap=1e-7)

    def objective(plan: tuple[int, ...]) -> float:
        worth = _walk(problem, plan)
        return (1 - tail_weight) * float(worth @ problem.probability) + tail_weight * _tail(
            worth, problem.probability, 0.4
        )

    best = max(objective(plan) for plan in _feasible(problem))
    assert found.status is Status.WITHIN_GAP
    assert found.objective == pytest.approx(best, rel=1e-6, abs=1e-6)
    assert found.cost_eur <= problem.budget_eur + 1e-9
    np.testing.assert_allclose(found.by_scenario, _walk(problem, tuple(found.batches)))


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_information_and_planning_are_worth_what_brute_force_says(seed: int) -> None:
    problem = random_orders(seed)
    found = choose_orders(problem, gap=1e-7)
    worth = np.array([_walk(problem, plan) for plan in _feasible(problem)])
    best = float((worth @ problem.probability).max())
    assert found.evpi == pytest.approx(float(worth.max(axis=0) @ problem.probability) - best, abs=1e-5)
    assert found.vss >= 0.0


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.lists(st.integers(0, 3), min_size=3, max_size=3))
def test_the_worth_of_orders_is_that_of_walking_the_weeks(seed: int, batches: list[int]) -> None:
    problem = random_orders(seed)
    np.testing.assert_allclose(_worth(problem, np.array(batches)), _walk(problem, tuple(batches)))


def _certain(**changes: object) -> OrderProblem:
    """One item wanted ten times; a cheap offer that may come too late and a dear one that does not."""
    problem = OrderProblem(
        items=("round",),
        offers=("cheap", "dear"),
        offer_item=np.array([0, 0]),
        batch_rounds=np.array([5, 5]),
        batch_cost_eur=np.array([1.0, 2.0]),
        most_batches=np.array([2, 2]),
        maker=("north", "south"),
        arrival_week=np.array([[0, 0], [9, 0]]),
        maker_capacity_rounds={},
        budget_eur=2.0,
        opening_rounds=np.array([0]),
        arrivals_rounds=np.zeros((2, 2, 1), dtype=np.int64),
        demand_rounds=np.full((2, 2, 1), 5),
        probability=np.array([0.8, 0.2]),
        worth=np.array([1.0]),
    )
    return replace(problem, **changes)


def test_the_tail_buys_the_offer_that_comes_in_every_scenario() -> None:
    mean, robust = choose_orders(_certain()), choose_orders(_certain(), tail_weight=1.0, tail_fraction=0.2)
    assert mean.batches.tolist() == [2, 0]
    assert mean.worth == pytest.approx(8.0)
    assert robust.batches.tolist() == [0, 1]
    assert robust.tail_worth == pytest.approx(5.0)
    assert mean.evpi == pytest.approx(0.8 * 10 + 0.2 * 5 - 8.0)


@pytest.mark.parametrize(
    ("changes", "reason", "rounds"),
    [
        ({"required_met_fraction": np.array([1.0])}, "budget or capacity", 2.0),
        ({"required_met_fraction": np.array([1.0]), "most_batches": np.array([1, 0])}, "offers", 6.0),
    ],
)
def test_a_requirement_that_cannot_be_met_says_what_is_missing(
    changes: dict, reason: str, rounds: float
) -> None:
    found = choose_orders(_certain(**changes))
    assert found.status is Status.INFEASIBLE
    assert found.missing[0].reason == reason
    assert found.missing[0].rounds == pytest.approx(rounds)


def test_more_money_never_buys_less() -> None:
    worth = [choose_orders(_certain(budget_eur=float(money))).worth for money in range(7)]
    assert worth == sorted(worth)
    assert worth[-1] == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"budget_eur": -1.0}, "budget_eur"),
        ({"batch_rounds": np.array([0.5, 5])}, "whole"),
        ({"maker_capacity_rounds": {"west": 3}}, "none of the offers"),
        ({"maker": ("north",)}, "name one"),
        ({"probability": np.array([0.5, 0.6])}, "sum to 1"),
        ({"opening_rounds": np.array([-1])}, "negative"),
    ],
)
def test_a_wrong_problem_is_refused(changes: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        choose_orders(_certain(**changes))


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.sampled_from([0.0, 0.5]), st.sampled_from([1e-9, 1e-6, 1e6, 1e12]))
def test_orders_do_not_depend_on_the_unit_that_worth_is_counted_in(
    seed: int, tail_weight: float, unit: float
) -> None:
    problem = random_orders(seed)
    plain = choose_orders(problem, tail_weight=tail_weight, gap=0.0)
    scaled = choose_orders(replace(problem, worth=problem.worth * unit), tail_weight=tail_weight, gap=0.0)
    for name in ("objective", "bound", "evpi", "vss"):
        assert getattr(scaled, name) == pytest.approx(getattr(plain, name) * unit, rel=1e-6, abs=1e-6 * unit)
    assert scaled.status is plain.status
