"""EVPI and VSS: closed forms, brute force, and the signs they must have."""

from __future__ import annotations

from dataclasses import replace

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


@pytest.mark.parametrize("unit", [1e-9, 1e-4, 1e6, 1e12])
def test_the_farmer_decides_alike_whatever_the_unit_of_money(unit: float) -> None:
    problem = farmer_problem()
    found = value_of_planning(
        replace(problem, first_cost=problem.first_cost * unit, recourse_cost=problem.recourse_cost * unit)
    )
    assert found.decision == pytest.approx([170.0, 80.0, 250.0])
    assert found.expected_cost / unit == pytest.approx(-108390.0)
    assert found.vss / unit == pytest.approx(1150.0)


def test_whole_decisions_are_proven_and_not_within_a_tolerance_that_drowns_the_value_of_planning() -> None:
    """No neighbour of the whole plan is better: ten thousandths of the cost would be of the order of EVPI."""
    g = np.random.default_rng(1)
    for _ in range(3):
        yields = g.random((8, 3)) * [1.0, 1.2, 8.0] + [2.0, 2.4, 16.0]
        p = g.dirichlet(np.ones(8))
        problem = replace(farmer_problem(yields, p), whole=True)
        found = value_of_planning(problem)
        assert (found.decision == np.round(found.decision)).all()
        for step in np.vstack(
            [
                np.eye(3),
                -np.eye(3),
                [[1, -1, 0], [1, 0, -1], [0, 1, -1]],
                [[-1, 1, 0], [-1, 0, 1], [0, -1, 1]],
            ]
        ):
            fixed = found.decision + step
            if (fixed < 0).any() or fixed.sum() > 500:
                continue
            # The neighbour's cost: a problem whose land decisions are held by equal limits from both sides.
            held = replace(
                problem,
                first_matrix=np.vstack([np.eye(3), -np.eye(3)]),
                first_limit=np.concatenate([fixed, -fixed]),
                whole=False,
            )
            assert value_of_planning(held).expected_cost >= found.expected_cost - 1e-6


def test_a_mean_scenario_without_a_plan_costs_infinitely_much_and_raises_nothing() -> None:
    """Recourse that averages to nothing: y >= 1 on one side of each scenario, 0 >= 1 on their mean."""
    recourse = np.array([[[1.0, -1.0], [-1.0, 1.0]], [[-1.0, 1.0], [1.0, -1.0]]])
    problem = TwoStage(
        probability=[0.5, 0.5], first_cost=[0.0], first_matrix=[[1.0]], first_limit=[10.0],
        recourse_cost=[[1.0, 0.0], [1.0, 0.0]], technology=np.zeros((2, 2, 1)), recourse=recourse,
        limit=[[1.0, -1.0], [1.0, -1.0]],
    )  # fmt: skip
    found = value_of_planning(problem)
    assert found.expected_cost == pytest.approx(0.5)
    assert found.mean_decision_cost == found.vss == np.inf


@pytest.mark.parametrize("name", ["probability", "first_cost", "limit", "recourse"])
def test_figures_that_are_not_finite_are_refused_by_name(name: str) -> None:
    problem = farmer_problem()
    row = getattr(problem, name).copy()
    row.flat[0] = np.nan
    with pytest.raises(InputError, match=name):
        value_of_planning(replace(problem, **{name: row}))
