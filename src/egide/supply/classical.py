"""The textbook problems of stock-keeping, exact: lot sizing, one period, reorder levels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from egide.errors import InputError, Problem
from egide.supply.inputs import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class LotSizing:
    """When to order, and how much, against known demand."""

    cost: float
    order_periods: tuple[int, ...]
    """Periods in which to order, counted from 1."""
    quantities: FloatArray
    """(T,) ordered in each period."""


@dataclass(frozen=True, slots=True)
class Newsvendor:
    """Stock for one period of uncertain demand."""

    level: float
    """Stock that makes the expected cost least."""
    cost: float
    """Expected cost at that stock."""
    critical_fraction: float
    """Probability that demand does not exceed the level, shortage / (shortage + holding)."""


@dataclass(frozen=True, slots=True)
class ReorderPolicy:
    """Order up to `order_up_to` as soon as what is held and on order falls to `reorder_level` or below."""

    reorder_level: int
    order_up_to: int
    cost: float
    """Mean cost a period in the long run."""


def _check(function: str, **figures: object) -> None:
    """Raise one error for every figure that is not finite or negative."""
    problems = [
        Problem(function, name, value, "give finite numbers that are not negative")
        for name, value in figures.items()
        if not _sound(value)
    ]
    if problems:
        raise InputError(problems)


def _sound(value: object) -> bool:
    """Whether a figure, or every figure of a row, is a finite number that is not negative."""
    try:
        numbers = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        return False
    return numbers.ndim <= 1 and bool(np.isfinite(numbers).all() and (numbers >= 0.0).all())


def wagner_whitin(
    demand: Sequence[float],
    setup_cost: Sequence[float] | float,
    holding_cost: Sequence[float] | float,
    unit_cost: Sequence[float] | float = 0.0,
) -> LotSizing:
    """Cheapest orders against known demand, by the dynamic programme of Wagner and Whitin.

    Parameters
    ----------
    demand : (T,) sequence
        Demand in each period, met at its start.
    setup_cost : (T,) sequence or float
        Cost of ordering at all in a period.
    holding_cost : (T,) sequence or float
        Cost of carrying a unit from a period to the next.
    unit_cost : (T,) sequence or float
        Cost of a unit ordered in a period.

    Returns
    -------
    LotSizing

    Raises
    ------
    InputError
        When a figure is negative or not finite, or a row has the wrong length.

    References
    ----------
    H. M. Wagner, T. M. Whitin, "Dynamic version of the economic lot size model", Management Science 5 (1958).
    """
    _check(
        "wagner_whitin", demand=demand, setup_cost=setup_cost, holding_cost=holding_cost, unit_cost=unit_cost
    )
    d = np.asarray(demand, dtype=np.float64)
    rows = []
    for name, given in (("setup_cost", setup_cost), ("holding_cost", holding_cost), ("unit_cost", unit_cost)):
        row = np.asarray(given, dtype=np.float64)
        if row.shape not in ((), d.shape):
            raise InputError.one(
                "wagner_whitin", name, row.shape, f"give one figure or {d.size}, one a period"
            )
        rows.append(np.broadcast_to(row, d.shape))
    setup, hold, unit = rows
    carried = np.concatenate([[0.0], np.cumsum(hold)])
    best = np.full(d.size + 1, math.inf)
    best[0] = 0.0
    came_from = np.zeros(d.size + 1, dtype=np.int64)
    for start in range(d.size):
        # One order in `start` for the demand of `start` to `end`.
        each = unit[start] + carried[start : d.size] - carried[start]
        cost = best[start] + setup[start] + np.cumsum(each * d[start:])
        if d[start] == 0.0:
            cost[0] = min(cost[0], best[start])
        better = cost < best[start + 1 :]
        best[start + 1 :][better] = cost[better]
        came_from[start + 1 :][better] = start
    return _orders(d, best, came_from)


def _orders(demand: FloatArray, best: FloatArray, came_from: IntArray) -> LotSizing:
    quantities = np.zeros_like(demand)
    end = demand.size
    while end > 0:
        start = int(came_from[end])
        quantities[start] = demand[start:end].sum()
        end = start
    periods = tuple(int(t) + 1 for t in np.flatnonzero(quantities > 0.0))
    return LotSizing(cost=float(best[-1]), order_periods=periods, quantities=quantities)


def newsvendor_normal(mean: float, sd: float, holding_cost: float, shortage_cost: float) -> Newsvendor:
    """Best stock for one period of normal demand.

    Parameters
    ----------
    mean, sd : float
        Of the demand.
    holding_cost, shortage_cost : float
        Cost of a unit left over, and of a unit missing.

    Returns
    -------
    Newsvendor
        With an infinite level when one of the costs is zero and demand is not known: every unit more (or
        fewer) then helps.

    Raises
    ------
    InputError
        When a figure is negative or not finite, or both costs are zero.
    """
    from scipy import stats

    fraction = _critical("newsvendor_normal", holding_cost, shortage_cost)
    _check("newsvendor_normal", mean=mean, sd=sd)
    if sd == 0.0:
        # Known demand: holding it costs nothing, even where one of the costs is zero and z is infinite.
        return Newsvendor(level=float(mean), cost=0.0, critical_fraction=fraction)
    z = float(stats.norm.ppf(fraction))
    cost = (holding_cost + shortage_cost) * sd * float(stats.norm.pdf(z)) if 0.0 < fraction < 1.0 else 0.0
    return Newsvendor(level=mean + z * sd, cost=cost, critical_fraction=fraction)


def newsvendor_empirical(
    samples: Sequence[float],
    holding_cost: float,
    shortage_cost: float,
    weights: Sequence[float] | None = None,
) -> Newsvendor:
    """Best stock for one period whose demand is one of the samples: the smallest optimal one.

    Parameters
    ----------
    samples : (N,) sequence
        Demands.
    holding_cost, shortage_cost : float
        Cost of a unit left over, and of a unit missing.
    weights : (N,) sequence, optional
        Weights of the samples; equal by default.

    Returns
    -------
    Newsvendor

    Raises
    ------
    InputError
        When a figure is negative or not finite, there is no sample, or both costs are zero.
    """
    fraction = _critical("newsvendor_empirical", holding_cost, shortage_cost)
    demand = np.asarray(samples, dtype=np.float64)
    weight = np.ones(demand.size) if weights is None else np.asarray(weights, dtype=np.float64)
    _check("newsvendor_empirical", samples=demand, weights=weight)
    if demand.size == 0 or weight.shape != demand.shape or weight.sum() <= 0.0:
        raise InputError.one(
            "newsvendor_empirical", "samples", demand.shape, "give samples, and a weight each or none"
        )
    order = np.argsort(demand, kind="stable")
    reached = np.cumsum(weight[order]) / weight.sum()
    level = demand[order][min(int(np.searchsorted(reached, fraction - 1e-12)), demand.size - 1)]
    over, under = np.maximum(level - demand, 0.0), np.maximum(demand - level, 0.0)
    cost = float(np.average(holding_cost * over + shortage_cost * under, weights=weight))
    return Newsvendor(level=float(level), cost=cost, critical_fraction=fraction)


def _critical(function: str, holding_cost: float, shortage_cost: float) -> float:
    _check(function, holding_cost=holding_cost, shortage_cost=shortage_cost)
    if holding_cost + shortage_cost <= 0.0:
        raise InputError.one(
            function, "shortage_cost", shortage_cost, "one of the two costs must be positive"
        )
    return shortage_cost / (shortage_cost + holding_cost)


class _PolicyCost:
    """Long-run cost of (s, S) policies under one demand law, by the renewal argument."""

    def __init__(
        self, pmf: FloatArray, lead: FloatArray, fixed: float, holding: float, shortage: float
    ) -> None:
        self._pmf, self._lead = pmf, lead
        self._fixed, self._holding, self._shortage = fixed, holding, shortage
        self._visits: list[float] = [1.0 / (1.0 - float(pmf[0]))]
        self._period: dict[int, float] = {}

    def period(self, level: int) -> float:
        """Expected cost of a period that starts with `level` held and on order."""
        if level not in self._period:
            left: FloatArray = level - np.arange(self._lead.size, dtype=np.float64)
            cost = np.where(left > 0, self._holding * left, -self._shortage * left)
            self._period[level] = float(self._lead @ cost)
        return self._period[level]

    def visits(self, below: int) -> float:
        """Expected periods spent `below` units under the order-up-to level in a cycle."""
        while len(self._visits) <= below:
            j = len(self._visits)
            size = min(j, self._pmf.size - 1)
            past = np.array(self._visits[j - size : j][::-1])
            self._visits.append(float(self._pmf[1 : size + 1] @ past) / (1.0 - float(self._pmf[0])))
        return self._visits[below]

    def of(self, reorder: int, up_to: int) -> float:
        """Mean cost a period of a policy."""
        span = range(up_to - reorder)
        spent = self._fixed + sum(self.visits(j) * self.period(up_to - j) for j in span)
        return float(spent / sum(self.visits(j) for j in span))


def _policy_cost(
    function: str, pmf: Sequence[float], fixed: float, holding: float, shortage: float, lead_time: int
) -> _PolicyCost:
    _check(function, demand_probability=pmf, fixed_cost=fixed, holding_cost=holding, shortage_cost=shortage)
    demand = np.asarray(pmf, dtype=np.float64)
    if demand.ndim != 1 or demand.size < 2 or abs(demand.sum() - 1.0) > 1e-6 or demand[0] >= 1.0:
        raise InputError.one(
            function,
            "demand_probability",
            demand.shape,
            "give probabilities of 0, 1, ... units that sum to 1",
        )
    if lead_time < 0 or lead_time != int(lead_time) or holding <= 0.0 or shortage <= 0.0:
        raise InputError.one(
            function, "lead_time, holding_cost, shortage_cost", (lead_time, holding, shortage),
            "give a lead time in whole periods, not negative, and positive costs",
        )  # fmt: skip
    demand = demand / demand.sum()
    lead = demand
    for _ in range(int(lead_time)):
        lead = np.convolve(lead, demand)
    return _PolicyCost(demand, lead, fixed, holding, shortage)


def reorder_policy_cost(
    reorder_level: int,
    order_up_to: int,
    demand_probability: Sequence[float],
    fixed_cost: float,
    holding_cost: float,
    shortage_cost: float,
    lead_time: int = 0,
) -> float:
    """Mean cost a period of a given (s, S) policy; parameters as for `reorder_policy`."""
    cost = _policy_cost(
        "reorder_policy_cost", demand_probability, fixed_cost, holding_cost, shortage_cost, lead_time
    )
    if reorder_level >= order_up_to:
        raise InputError.one(
            "reorder_policy_cost", "order_up_to", order_up_to, "must exceed the reorder level"
        )
    return cost.of(reorder_level, order_up_to)


def reorder_policy(
    demand_probability: Sequence[float],
    fixed_cost: float,
    holding_cost: float,
    shortage_cost: float,
    lead_time: int = 0,
) -> ReorderPolicy:
    """Best (s, S) policy under discrete demand, reviewed each period, shortages waiting for supply.

    Parameters
    ----------
    demand_probability : (N,) sequence
        Probability of 0, 1, ..., N - 1 units in a period.
    fixed_cost : float
        Cost of an order.
    holding_cost, shortage_cost : float
        Cost a period of a unit held, and of a unit owed.
    lead_time : int
        Periods between order and arrival.

    Returns
    -------
    ReorderPolicy

    Raises
    ------
    InputError
        When a figure is negative or not finite, or the probabilities do not sum to one.

    References
    ----------
    Y.-S. Zheng, A. Federgruen, "Finding optimal (s, S) policies is about as simple as evaluating a single
    policy", Operations Research 39 (1991).
    """
    cost = _policy_cost(
        "reorder_policy", demand_probability, fixed_cost, holding_cost, shortage_cost, lead_time
    )
    base = 0
    while cost.period(base + 1) < cost.period(base):
        base += 1
    reorder, up_to = base - 1, base
    while cost.of(reorder, up_to) > cost.period(reorder):
        reorder -= 1
    best = cost.of(reorder, up_to)
    trial = up_to + 1
    while cost.period(trial) <= best:
        if cost.of(reorder, trial) < best:
            up_to = trial
            # Without an order's fixed cost, levels that cost the same would carry it up to the order level.
            while reorder + 1 < up_to and cost.of(reorder, up_to) <= cost.period(reorder + 1):
                reorder += 1
            best = cost.of(reorder, up_to)
        trial += 1
    return ReorderPolicy(reorder_level=reorder, order_up_to=up_to, cost=best)
