"""Lot sizing, newsvendor and reorder levels against brute force."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from egide.errors import InputError
from egide.supply.classical import (
    newsvendor_empirical,
    newsvendor_normal,
    reorder_policy,
    reorder_policy_cost,
    wagner_whitin,
)

COSTS = st.floats(0.1, 9)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.floats(0, 20), st.floats(0, 3), st.floats(0, 3)),
        min_size=1,
        max_size=7,
    )
)
def test_lot_sizing_is_the_cheapest_of_all_sets_of_order_periods(rows: list[tuple]) -> None:
    demand, setup, hold, unit = (list(row) for row in zip(*rows, strict=True))
    best = np.inf
    for ordering in product((False, True), repeat=len(demand)):
        cost, feasible, last = 0.0, True, None
        for t, orders in enumerate(ordering):
            if orders:
                cost, last = cost + setup[t], t
            if demand[t] > 0 and last is None:
                feasible = False
            elif demand[t] > 0:
                cost += demand[t] * (unit[last] + sum(hold[last:t]))
        best = min(best, cost) if feasible else best
    found = wagner_whitin(demand, setup, hold, unit)
    assert found.cost == pytest.approx(best, abs=1e-9)
    assert found.quantities.sum() == sum(demand)
    held = np.cumsum(found.quantities - np.array(demand))
    assert (held >= -1e-9).all()
    assert found.order_periods == tuple((np.flatnonzero(found.quantities) + 1).tolist())


@settings(deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=30), COSTS, COSTS)
def test_the_empirical_newsvendor_is_the_cheapest_sample(
    samples: list[int], hold: float, short: float
) -> None:
    def cost(level: float) -> float:
        return float(np.mean([hold * max(level - d, 0) + short * max(d - level, 0) for d in samples]))

    found = newsvendor_empirical(samples, hold, short)
    assert found.cost == pytest.approx(cost(found.level))
    assert found.cost == pytest.approx(min(cost(level) for level in samples))


def test_the_empirical_newsvendor_of_normal_quantiles_is_the_normal_one() -> None:
    samples = stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000, 50, 8)
    exact, found = newsvendor_normal(50, 8, 0.18, 0.7), newsvendor_empirical(samples, 0.18, 0.7)
    assert found.level == pytest.approx(exact.level, rel=1e-4)
    assert found.cost == pytest.approx(exact.cost, rel=1e-3)


def _chain_cost(reorder: int, up_to: int, pmf: np.ndarray, fixed: float, hold: float, short: float) -> float:
    """Mean cost by the stationary law of the level after ordering."""
    levels = np.arange(reorder + 1, up_to + 1)
    chain, period = np.zeros((levels.size, levels.size)), np.zeros(levels.size)
    for a, level in enumerate(levels):
        for d, p in enumerate(pmf):
            left = level - d
            period[a] += p * (hold * max(left, 0) + short * max(-left, 0) + fixed * (left <= reorder))
            chain[a, levels.size - 1 if left <= reorder else left - reorder - 1] += p
    system = np.vstack([chain.T - np.eye(levels.size), np.ones(levels.size)])
    law = np.linalg.lstsq(system, np.append(np.zeros(levels.size), 1.0), rcond=None)[0]
    return float(law @ period)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.05, 1), min_size=2, max_size=5), st.floats(0.2, 12), COSTS, COSTS)
def test_the_reorder_policy_is_the_cheapest_of_all_by_its_stationary_law(
    weights: list[float], fixed: float, hold: float, short: float
) -> None:
    pmf = np.array(weights) / sum(weights)
    found = reorder_policy(pmf, fixed, hold, short)
    s, up_to = found.reorder_level, found.order_up_to
    assert found.cost == pytest.approx(_chain_cost(s, up_to, pmf, fixed, hold, short), rel=1e-6)
    others = [
        reorder_policy_cost(a, b, pmf, fixed, hold, short)
        for a in range(s - 4, s + 5)
        for b in range(max(a + 1, up_to - 6), up_to + 7)
    ]
    assert found.cost <= min(others) + 1e-9


def test_a_lead_time_raises_the_levels_as_the_law_of_longer_demand_does() -> None:
    pmf = stats.poisson.pmf(np.arange(40), 4)
    now, later = (reorder_policy(pmf, 20.0, 1.0, 9.0, lead) for lead in (0, 3))
    assert later.reorder_level >= now.reorder_level + 9
    assert later.cost > now.cost


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: wagner_whitin([1, -2], 1, 1), "demand"),
        (lambda: wagner_whitin([1, 2], [1, 2, 3], 1), "setup_cost"),
        (lambda: newsvendor_normal(50, -8, 1, 1), "sd"),
        (lambda: newsvendor_normal(50, 8, 0, 0), "shortage_cost"),
        (lambda: newsvendor_empirical([], 1, 1), "samples"),
        (lambda: newsvendor_empirical([1.0, np.nan], 1, 1), "samples"),
        (lambda: reorder_policy([0.5, 0.4], 1, 1, 1), "demand_probability"),
        (lambda: reorder_policy([0.5, 0.5], 1, 0, 1), "holding_cost"),
        (lambda: reorder_policy_cost(3, 3, [0.5, 0.5], 1, 1, 1), "order_up_to"),
    ],
)
def test_what_is_wrong_is_named(call, field: str) -> None:
    with pytest.raises(InputError, match=field):
        call()


def test_known_demand_is_stocked_exactly_even_when_one_of_the_costs_is_zero() -> None:
    for hold, short in ((0.0, 1.0), (1.0, 0.0), (1.0, 1.0)):
        found = newsvendor_normal(50.0, 0.0, hold, short)
        assert (found.level, found.cost) == (50.0, 0.0)
    assert newsvendor_normal(50.0, 8.0, 0.0, 1.0).level == np.inf


@pytest.mark.parametrize("lead_time", [0, 1, 2])
@pytest.mark.parametrize("short", [1.0, 4.0, 9.0])
@pytest.mark.parametrize("size", [2, 5, 10])
def test_without_a_fixed_cost_the_policy_orders_up_to_the_newsvendor_level_even_where_levels_tie(
    size: int, short: float, lead_time: int
) -> None:
    pmf = np.full(size, 1.0 / size)
    found = reorder_policy(pmf, 0.0, 1.0, short, lead_time)
    lead = pmf
    for _ in range(lead_time):
        lead = np.convolve(lead, pmf)
    over = [
        float(lead @ np.where(np.arange(lead.size) < y, y - np.arange(lead.size), 0.0))
        for y in range(lead.size)
    ]
    under = [
        float(lead @ np.where(np.arange(lead.size) > y, np.arange(lead.size) - y, 0.0))
        for y in range(lead.size)
    ]
    best = min(a + short * b for a, b in zip(over, under, strict=True))
    assert found.cost == pytest.approx(best)
    assert found.reorder_level < found.order_up_to


@pytest.mark.parametrize("demand", ["abc", [[1, 2], [3, 4]], [1, None], [1, np.inf]])
def test_demand_that_is_no_row_of_numbers_is_refused(demand: object) -> None:
    with pytest.raises(InputError, match="demand"):
        wagner_whitin(demand, 5.0, 1.0)  # type: ignore[arg-type]
