"""Which lots to order under a budget and makers' capacity, before slips and raids are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from egide.errors import InputError, Problem
from egide.supply.allocation import Missing, Status
from egide.supply.inputs import FloatArray, IntArray
from egide.supply.linear import MixedSolution, solve_mip, unit_scale


@dataclass(frozen=True, slots=True)
class OrderProblem:
    """Offers, money, capacity and scenarios of demand and slips, whole theatre. Weeks count from 0."""

    items: tuple[str, ...]
    offers: tuple[str, ...]
    offer_item: IntArray
    """(O,) item of each offer."""
    batch_rounds: IntArray
    """(O,) rounds in a batch."""
    batch_cost_eur: FloatArray
    """(O,) price of a batch [EUR]."""
    most_batches: IntArray
    """(O,) batches on offer."""
    maker: tuple[str, ...]
    """(O,) maker of each offer."""
    arrival_week: IntArray
    """(S, O) week an order made now arrives; from the horizon on, it does not come in time."""
    maker_capacity_rounds: Mapping[str, int]
    """Rounds each maker can take on; a maker that is not named has no limit."""
    budget_eur: float
    opening_rounds: IntArray
    """(I,)."""
    arrivals_rounds: IntArray
    """(S, W, I) rounds that come whatever is ordered."""
    demand_rounds: IntArray
    """(S, W, I) rounds asked for; what stock cannot meet in its week is lost."""
    probability: FloatArray
    """(S,)."""
    worth: FloatArray
    """(I,) worth of a round that meets demand."""
    required_met_fraction: FloatArray | None = None
    """(I,) share of expected demand that must be met; none when None."""


@dataclass(frozen=True, slots=True)
class Orders:
    """Best orders found, with bound, and what planning for chance is worth."""

    status: Status
    batches: IntArray
    """(O,)."""
    cost_eur: float
    worth: float
    """Expected worth of demand met."""
    bound: float
    """No orders under the budget do better, on the objective; equal to `objective` when proven."""
    objective: float
    """Worth, or its mixture with the tail when one was asked for."""
    gap: float
    by_scenario: FloatArray
    """(S,) worth of demand met in each scenario."""
    tail_worth: float
    """Mean of the worst scenarios, see `tail_fraction` of `choose_orders`."""
    evpi: float
    """What knowing the scenario before ordering would add."""
    vss: float
    """What these orders add to those made for the mean scenario."""
    missing: tuple[Missing, ...]


def choose_orders(
    problem: OrderProblem,
    *,
    tail_weight: float = 0.0,
    tail_fraction: float = 0.1,
    gap: float = 1e-4,
    nodes: int = 20_000,
) -> Orders:
    """Choose batches to order, by a mixed-integer programme over scenarios solved by HiGHS.

    The objective is (1 - tail_weight) x expected worth + tail_weight x mean worth of the worst
    `tail_fraction` of scenarios (conditional value at risk): a weight makes the orders robust to slips.

    Parameters
    ----------
    problem : OrderProblem
    tail_weight : float
        From 0, the mean alone, to 1, the tail alone.
    tail_fraction : float
        Share of probability that counts as the tail.
    gap : float
        Relative gap to stop at.
    nodes : int
        Most nodes of the search.

    Returns
    -------
    Orders
        With status `INFEASIBLE`, no batches and what is missing when requirements cannot be met.

    Raises
    ------
    InputError
        With everything wrong in the problem.
    """
    _check(problem, tail_weight, tail_fraction)
    scale = unit_scale(np.asarray(problem.worth, dtype=np.float64))
    found = _chosen(replace(problem, worth=problem.worth / scale), tail_weight, tail_fraction, gap, nodes)
    worths = ("worth", "bound", "objective", "by_scenario", "tail_worth", "evpi", "vss")
    return replace(found, **{name: getattr(found, name) * scale for name in worths})


def _chosen(
    problem: OrderProblem, tail_weight: float, tail_fraction: float, gap: float, nodes: int
) -> Orders:
    """Solve a problem whose largest worth lies between 1 and 2, which the tolerances are made for."""
    everything = _Programme(problem, np.asarray(problem.probability, dtype=np.float64))
    found = everything.solve(tail_weight, tail_fraction, gap, nodes, required=True)
    if not found.feasible:
        return _infeasible(problem, everything, gap, nodes)
    batches = _batches(problem, found)
    by_scenario = _worth(problem, batches)
    expected = float(by_scenario @ problem.probability)
    tail = _tail(by_scenario, np.asarray(problem.probability, dtype=np.float64), tail_fraction)
    objective = (1.0 - tail_weight) * expected + tail_weight * tail
    known, mean_plan = _alternatives(problem, gap, nodes)
    best = expected
    if tail_weight > 0.0 or problem.required_met_fraction is not None:
        best = -everything.solve(0.0, tail_fraction, gap, nodes, required=False).cost
    bound = max(-found.bound, objective)
    distance = (bound - objective) / max(abs(objective), 1e-12)
    return Orders(
        status=Status.WITHIN_GAP if distance <= gap + 1e-9 else Status.GAP_OPEN,
        batches=batches,
        cost_eur=float(batches @ problem.batch_cost_eur),
        worth=expected,
        bound=bound,
        objective=objective,
        gap=distance,
        by_scenario=by_scenario,
        tail_worth=tail,
        evpi=max(known - best, 0.0),
        vss=max(best - float(_worth(problem, mean_plan) @ problem.probability), 0.0),
        missing=(),
    )


def _batches(problem: OrderProblem, found: MixedSolution) -> IntArray:
    if found.point is None:
        return np.zeros(len(problem.offers), dtype=np.int64)
    return np.round(found.point[: len(problem.offers)]).astype(np.int64)


def _check(problem: OrderProblem, tail_weight: float, tail_fraction: float) -> None:
    problems: list[Problem] = []
    o, i = len(problem.offers), len(problem.items)
    s, w = np.asarray(problem.demand_rounds).shape[:2] if np.ndim(problem.demand_rounds) == 3 else (0, 0)
    shapes: dict[str, tuple[int, ...]] = {
        "offer_item": (o,), "batch_rounds": (o,), "batch_cost_eur": (o,), "most_batches": (o,),
        "arrival_week": (s, o), "opening_rounds": (i,), "arrivals_rounds": (s, w, i),
        "demand_rounds": (s, w, i), "probability": (s,), "worth": (i,),
    }  # fmt: skip
    if problem.required_met_fraction is not None:
        shapes["required_met_fraction"] = (i,)
    for field, shape in shapes.items():
        array = np.asarray(getattr(problem, field), dtype=np.float64)
        if array.shape != shape:
            problems.append(Problem("OrderProblem", field, array.shape, f"must have shape {shape}"))
        elif not np.isfinite(array).all() or (array < 0).any():
            problems.append(Problem("OrderProblem", field, None, "give finite numbers that are not negative"))
        elif field.endswith("rounds") and (array != np.floor(array)).any():
            problems.append(Problem("OrderProblem", field, None, "rounds are whole numbers"))
    if len(problem.maker) != o:
        problems.append(
            Problem("OrderProblem", "maker", len(problem.maker), f"name one for each of {o} offers")
        )
    for name in sorted(set(problem.maker_capacity_rounds) - set(problem.maker)):
        problems.append(Problem("OrderProblem", "maker_capacity_rounds", name, "makes none of the offers"))
    if not problem.budget_eur >= 0.0:
        problems.append(Problem("OrderProblem", "budget_eur", problem.budget_eur, "cannot be negative"))
    if not (0.0 <= tail_weight <= 1.0 and 0.0 < tail_fraction <= 1.0):
        problems.append(Problem("choose_orders", "tail_weight", tail_weight, "give shares from 0 to 1"))
    if not problems and abs(float(np.sum(problem.probability)) - 1.0) > 1e-9:
        problems.append(Problem("OrderProblem", "probability", None, "must sum to 1"))
    if problems:
        raise InputError(problems)


class _Programme:
    """Columns: batches, rounds met by scenario and item, tail level, shortfall of each scenario below it."""

    def __init__(self, problem: OrderProblem, probability: FloatArray) -> None:
        self.problem, self.probability = problem, probability
        demand = np.asarray(problem.demand_rounds, dtype=np.float64)
        self.scenarios, self.weeks, self.items = demand.shape
        after = demand[:, ::-1].cumsum(axis=1)[:, ::-1]
        supply = problem.opening_rounds + np.cumsum(problem.arrivals_rounds, axis=1)
        self.limit = supply + after - demand
        self.most = after[:, 0]

    def _limits(self) -> tuple[list[tuple[Any, Any, Any]], list[float], list[float]]:
        """Budget, makers' capacity, and rounds met at most what each week lets through."""
        problem, offers = self.problem, len(self.problem.offers)
        column = np.arange(offers)
        entries: list[tuple[Any, Any, Any]] = [(np.zeros(offers, int), column, problem.batch_cost_eur)]
        high = [float(problem.budget_eur)]
        for name, rounds in problem.maker_capacity_rounds.items():
            mine = np.flatnonzero([maker == name for maker in problem.maker])
            entries.append((np.full(mine.size, len(high)), mine, problem.batch_rounds[mine]))
            high.append(float(rounds))
        base = len(high)
        face = np.arange(self.limit.size)
        s, w, i = np.unravel_index(face, self.limit.shape)
        entries.append((base + face, offers + s * self.items + i, np.ones(face.size)))
        for o in range(offers):
            late = (problem.arrival_week[s, o] <= w) & (i == problem.offer_item[o])
            rows = base + face[late]
            entries.append((rows, np.full(rows.size, o), np.full(rows.size, -float(problem.batch_rounds[o]))))
        return entries, [-np.inf] * (base + face.size), [*high, *self.limit.ravel().tolist()]

    def solve(
        self, tail_weight: float, tail_fraction: float, gap: float, nodes: int, *, required: bool
    ) -> MixedSolution:
        """Least negative objective; `required` asks for the shares of demand that must be met."""
        from scipy import sparse

        problem, offers, p = self.problem, len(self.problem.offers), self.probability
        entries, low, high = self._limits()
        met, count = offers + np.arange(self.scenarios * self.items), self.scenarios * self.items
        s, i = np.divmod(np.arange(count), self.items)
        cost = np.concatenate([np.zeros(offers), -(1.0 - tail_weight) * p[s] * problem.worth[i]])
        upper = np.concatenate([problem.most_batches, self.most.ravel()])
        if required and problem.required_met_fraction is not None:
            entries.append((len(high) + i, met, p[s]))
            low += (problem.required_met_fraction * (p @ self.most) - 1e-9).tolist()
            high += [np.inf] * self.items
        if tail_weight > 0.0:
            # Tail mean = max over a level t of t - E[(t - worth)+] / fraction.
            level, below = offers + count, offers + count + 1 + np.arange(self.scenarios)
            entries.append(
                (len(high) + np.arange(self.scenarios), np.full(self.scenarios, level), np.ones(s[-1] + 1))
            )
            entries.append((len(high) + np.arange(self.scenarios), below, -np.ones(self.scenarios)))
            entries.append((len(high) + s, met, -problem.worth[i]))
            low += [-np.inf] * self.scenarios
            high += [0.0] * self.scenarios
            cost = np.concatenate([cost, [-tail_weight], tail_weight * p / tail_fraction])
            upper = np.concatenate([upper, np.full(1 + self.scenarios, np.inf)])
        row, column, value = (np.concatenate(part) for part in zip(*entries, strict=True))
        matrix = sparse.coo_array((value, (row, column)), shape=(len(high), cost.size))
        whole = (np.arange(cost.size) < offers).astype(np.float64)
        return solve_mip(
            cost=cost, upper=upper.astype(np.float64), whole=whole, matrix=matrix,
            row_low=np.array(low), row_high=np.array(high), gap=gap, nodes=nodes,
        )  # fmt: skip


def _worth(problem: OrderProblem, batches: IntArray) -> FloatArray:
    """Worth of demand met in each scenario (S,), by running the weeks."""
    demand = np.asarray(problem.demand_rounds, dtype=np.float64)
    scenarios, weeks, _ = demand.shape
    arrivals = np.asarray(problem.arrivals_rounds, dtype=np.float64).copy()
    for o, number in enumerate(batches):
        for s in range(scenarios):
            if problem.arrival_week[s, o] < weeks:
                arrivals[s, problem.arrival_week[s, o], problem.offer_item[o]] += (
                    number * problem.batch_rounds[o]
                )
    stock = np.tile(np.asarray(problem.opening_rounds, dtype=np.float64), (scenarios, 1))
    worth = np.zeros(scenarios)
    for week in range(weeks):
        stock += arrivals[:, week]
        met = np.minimum(stock, demand[:, week])
        stock -= met
        worth += met @ problem.worth
    return worth


def _tail(worth: FloatArray, probability: FloatArray, fraction: float) -> float:
    """Mean of the worst `fraction` of probability."""
    order = np.argsort(worth, kind="stable")
    reached = np.cumsum(probability[order])
    share = np.clip(fraction - (reached - probability[order]), 0.0, probability[order])
    return float(share @ worth[order] / share.sum())


def _alternatives(problem: OrderProblem, gap: float, nodes: int) -> tuple[float, IntArray]:
    """Expected worth if the scenario were known, and the orders made for the mean scenario."""
    p = np.asarray(problem.probability, dtype=np.float64)
    known = 0.0
    for s in np.flatnonzero(p > 0.0):
        one = _Programme(_scenario(problem, slice(s, s + 1)), np.ones(1))
        known += p[s] * -one.solve(0.0, 1.0, gap, nodes, required=False).cost
    mean = _scenario(problem, slice(0, 1))
    demand = np.tensordot(p, problem.demand_rounds, axes=1)[None]
    arrivals = np.tensordot(p, problem.arrivals_rounds, axes=1)[None]
    week = np.ceil(np.minimum(p @ problem.arrival_week, 1e9)).astype(np.int64)[None]
    figures = {"demand_rounds": demand, "arrivals_rounds": arrivals, "arrival_week": week}
    found = _Programme(_with(mean, figures), np.ones(1)).solve(0.0, 1.0, gap, nodes, required=False)
    return known, _batches(problem, found)


def _scenario(problem: OrderProblem, part: slice) -> OrderProblem:
    """The problem with some of its scenarios only."""
    names = ("demand_rounds", "arrivals_rounds", "arrival_week")
    return _with(problem, {name: getattr(problem, name)[part] for name in names})


def _with(problem: OrderProblem, figures: dict[str, Any]) -> OrderProblem:
    return replace(problem, **figures)


def _infeasible(problem: OrderProblem, everything: _Programme, gap: float, nodes: int) -> Orders:
    """Say, item by item, what the best that budget and makers allow still lacks."""
    p = everything.probability
    missing = []
    fraction = (
        np.zeros(everything.items) if problem.required_met_fraction is None else problem.required_met_fraction
    )
    for i, item in enumerate(problem.items):
        alone = _with(problem, {"worth": np.eye(everything.items)[i]})
        best = -_Programme(alone, p).solve(0.0, 1.0, gap, nodes, required=False).cost
        free = _with(alone, {"budget_eur": 1e18, "maker_capacity_rounds": {}})
        unbound = -_Programme(free, p).solve(0.0, 1.0, gap, nodes, required=False).cost
        need = float(fraction[i] * (p @ everything.most)[i])
        if best < need - 1e-6:
            reason = "offers" if unbound < need - 1e-6 else "budget or capacity"
            missing.append(Missing(item, "", need - best, reason))
    if not missing:
        missing.append(
            Missing("", "", 0.0, "each item alone can be met, all together they exceed the budget")
        )
    none = np.zeros(len(problem.offers), dtype=np.int64)
    worth = _worth(problem, none)
    expected = float(worth @ problem.probability)
    return Orders(
        status=Status.INFEASIBLE, batches=none, cost_eur=0.0, worth=expected, bound=np.nan, objective=expected,
        gap=np.nan, by_scenario=worth, tail_worth=np.nan, evpi=np.nan, vss=np.nan, missing=tuple(missing),
    )  # fmt: skip
