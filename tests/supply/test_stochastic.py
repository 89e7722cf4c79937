"""EVPI and VSS: closed forms, brute force, and the signs they must have."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egide.errors import InputError
from egide.supply.stochastic import TwoStage, decision_table, farmer_problem, value_of_planning


def _newsvendor(demand: np.ndarray, probability: np.ndarray, cost: float, short: float) -> TwoStage:
    """Buy x now at `cost`; each unit of demand not covered costs `short`: y >= demand - x."""
    count = demand.size
    return TwoStage(
        probability=probability,
        first_cost=np.array([cost]),
        first_matrix=np.zeros((0, 1)),
        first_limit=np.zeros(0),
        recourse_cost=np.full((count, 1), short),
        technology=np.full((count, 1, 1), -1.0),
        recourse=np.full((count, 1, 1), -1.0),
        limit=-demand[:, None],
    )


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 20), min_size=1, max_size=5),
    st.floats(0.1, 3),
    st.floats(3.1, 9),
    st.integers(0, 99),
)
def test_a_newsvendor_has_the_evpi_and_vss_of_trying_every_level(
    demand: list[int], cost: float, short: float, seed: int
) -> None:
    d = np.array(demand, dtype=float)
    p = np.random.default_rng(seed).dirichlet(np.ones(d.size))
    found = value_of_planning(_newsvendor(d, p, cost, short))

    def total(level: float) -> float:
        return float(cost * level + p @ (short * np.maximum(d - level, 0.0)))

    best = min(total(level) for level in d)
    assert found.expected_cost == pytest.approx(best, abs=1e-6)
    assert found.evpi == pytest.approx(best - cost * (p @ d), abs=1e-6)
    assert found.vss == pytest.approx(total(float(p @ d)) - best, abs=1e-6)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(0.3, 1.8), min_size=1, max_size=4), st.integers(0, 99))
def test_information_and_planning_are_never_worth_less_than_nothing(
    fractions: list[float], seed: int
) -> None:
    p = np.random.default_rng(seed).dirichlet(np.ones(len(fractions)))
    found = value_of_planning(farmer_problem(np.outer(fractions, [2.5, 3.0, 20.0]), p))
    assert found.evpi >= -1e-6
    assert found.vss >= -1e-6
    assert found.decision.sum() <= 500 + 1e-6


def test_scaled_money_scales_every_value() -> None:
    plain = farmer_problem()
    ten = TwoStage(**{
        **{name: getattr(plain, name) for name in plain.__slots__},
        "first_cost": 10 * plain.first_cost, "recourse_cost": 10 * plain.recourse_cost,
    })  # fmt: skip
    a, b = value_of_planning(plain), value_of_planning(ten)
    assert b.evpi == pytest.approx(10 * a.evpi)
    assert b.vss == pytest.approx(10 * a.vss)
    np.testing.assert_allclose(a.decision, b.decision, atol=1e-6)


def test_a_mean_plan_that_fails_in_a_scenario_costs_without_limit() -> None:
    """Storage for what is bought is short in the dry scenario: x <= 1 or x <= 3, the mean allows 2."""
    problem = TwoStage(
        probability=np.array([0.5, 0.5]),
        first_cost=np.array([-1.0]),
        first_matrix=np.array([[1.0]]),
        first_limit=np.array([10.0]),
        recourse_cost=np.zeros((2, 1)),
        technology=np.ones((2, 1, 1)),
        recourse=np.zeros((2, 1, 1)),
        limit=np.array([[1.0], [3.0]]),
    )
    found = value_of_planning(problem)
    assert found.decision.tolist() == [1.0]
    assert found.mean_decision.tolist() == [2.0]
    assert found.vss == np.inf


def test_whole_units_are_whole() -> None:
    problem = _newsvendor(np.array([2.5]), np.ones(1), 1.0, 1.5)
    whole = TwoStage(**{**{n: getattr(problem, n) for n in problem.__slots__}, "whole": True})
    assert value_of_planning(whole).decision.tolist() in ([2.0], [3.0])


def test_a_plan_without_feasible_points_is_refused() -> None:
    problem = _newsvendor(np.array([1.0]), np.ones(1), 1.0, 1.0)
    impossible = TwoStage(**{
        **{n: getattr(problem, n) for n in problem.__slots__},
        "first_matrix": np.array([[1.0]]), "first_limit": np.array([-1.0]),
    })  # fmt: skip
    with pytest.raises(InputError, match="feasible"):
        value_of_planning(impossible)
    with pytest.raises(InputError, match="probability"):
        value_of_planning(_newsvendor(np.array([1.0]), np.array([0.5]), 1.0, 1.0))


def test_a_table_of_plans_by_hand() -> None:
    table = decision_table(np.array([[4.0, 0.0], [1.0, 2.0]]), np.array([0.25, 0.75]))
    assert table.best == 1
    assert table.expected.tolist() == [1.0, 1.75]
    assert table.evpi == pytest.approx(0.25 * 4 + 0.75 * 2 - 1.75)
    assert table.regret.tolist() == [2.0, 3.0]
    with pytest.raises(InputError):
        decision_table(np.ones((2, 2)), np.array([0.5, 0.6]))
