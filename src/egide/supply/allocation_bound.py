"""The relaxation of the allocation: what no plan can beat, by cuts and priced shipments.

The demand met at a place is concave in what arrives, so it lies below its tangent planes (cuts), one
family for each place and item, averaged over scenarios. HiGHS solves the master over the cuts found and the
shipments that have shown a positive price; weights of its cuts and prices of its roads give a Lagrangian
bound over all shipments, valid after every iteration. J. E. Kelley, "The cutting-plane method for solving
convex programs", J. SIAM 8 (1960); well centred points of the master: J. Gondzio et al., "New developments
in the primal-dual column generation technique", EJOR 224 (2013).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from egide.kernels import allocation as kernel
from egide.supply.allocation import AllocationProblem, Plan, expected_met
from egide.supply.inputs import FloatArray, IntArray
from egide.supply.linear import solve_lp

_COLUMNS_A_LOT = 6
"""Shipments of a lot added in an iteration, best priced first."""
_IDLE = 1e-3
"""A cut that carries less than this share of its place's worth is idle."""
_PATIENCE = 2
"""Iterations after which an idle cut is dropped."""


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Best continuous plan found and the bound on all plans."""

    bound: float
    """On the worth added to what opening stocks meet."""
    worth: float
    """Of the continuous plan."""
    lot: IntArray
    place: IntArray
    week: IntArray
    rounds: FloatArray
    """(K,) its shipments."""
    price: FloatArray
    """(P, W) price of a round on each road in each week, the hub's included."""
    iterations: int


@dataclass(slots=True)
class _Cut:
    """A tangent plane: met demand <= constant + what arrives by the binding weeks, in expectation."""

    key: int
    """Place and item."""
    constant: float
    binding: IntArray
    """(S,) last week that counts in each scenario, -1 for none."""
    idle: int = 0
    """Iterations in a row in which the master gave it no weight."""


class _Master:
    """The linear programme over cuts and shipments; columns are met demand by key, then shipments in rounds."""

    def __init__(self, problem: AllocationProblem, net: kernel.Network) -> None:
        self.problem, self.net = problem, net
        self.shape = (net.demand.shape[0], net.demand.shape[1], net.demand.shape[3])
        self.worth = net.worth.ravel()
        self.most = np.einsum("pisw,s->pi", net.demand, net.probability).ravel()
        self.columns: list[tuple[int, int, int]] = []
        self.known: set[tuple[int, int, int]] = set()
        self.cuts: list[_Cut] = []
        required = problem.required_rounds
        limits = [problem.lot_rounds, problem.leg_rounds_per_week.ravel(), problem.hub_rounds_per_week]
        self.high = np.concatenate(limits).astype(np.float64)
        self.low = np.zeros(0) if required is None else required.ravel().astype(np.float64)

    @property
    def table(self) -> IntArray:
        """Lot, place and week of the shipments (columns, 3)."""
        return np.array(self.columns, dtype=np.int64).reshape(-1, 3)

    def add_columns(self, wanted: list[tuple[int, int, int]]) -> None:
        """Add the shipments (lot, place, week) that the master does not have."""
        for column in wanted:
            if column not in self.known:
                self.known.add(column)
                self.columns.append(column)

    def _rows(self) -> tuple[IntArray, IntArray, IntArray, IntArray]:
        """Rows of each column in lots, roads, hub and requirements."""
        places, items, weeks = self.shape
        lot, p, w = self.table.T
        lots = self.problem.lot_rounds.size
        required = self.high.size + p * items + self.net.lot_item[lot]
        return lot, lots + p * weeks + w, lots + places * weeks + w, required

    def _matrix(self) -> Any:
        """Constraints of the master: limits, requirements, then cuts."""
        from scipy import sparse

        rows = list(self._rows())[: 4 if self.low.size else 3]
        count, first, base = len(self.columns), self.worth.size, self.high.size + self.low.size
        index = [(row, first + np.arange(count), np.ones(count)) for row in rows]
        cut_key = np.array([cut.key for cut in self.cuts], dtype=np.int64)
        index.append((base + np.arange(cut_key.size), cut_key, np.ones(cut_key.size)))
        binding = np.array([cut.binding for cut in self.cuts])
        lot, place, week = self.table.T
        comes = np.maximum(week, self.net.ready[:, lot]) + self.net.transit[place]
        column_key = place * self.shape[1] + self.net.lot_item[lot]
        for key in np.unique(cut_key):
            mine, ours = np.flatnonzero(cut_key == key), np.flatnonzero(column_key == key)
            slope = (comes[:, ours].T[None] <= binding[mine][:, None, :]) @ self.net.probability
            k, n = np.nonzero(slope)
            index.append((base + mine[k], first + ours[n], -slope[k, n]))
        row, column, value = (np.concatenate(part) for part in zip(*index, strict=True))
        return sparse.csc_array((value, (row, column)), shape=(base + cut_key.size, first + count))

    def solve(self, tolerance: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Met demand (keys,), a feasible plan in rounds (columns,), prices of the rows (at most 0 for limits)."""
        constant = np.array([cut.constant for cut in self.cuts])
        count = len(self.columns)
        value, dual = solve_lp(
            cost=np.concatenate([-self.worth, np.zeros(count)]),
            # No limit but the rows': a limit of its own would hide part of a shipment's price.
            upper=np.concatenate([self.most, np.full(count, np.inf)]),
            matrix=self._matrix(),
            row_low=np.concatenate(
                [np.full(self.high.size, -np.inf), self.low, np.full(constant.size, -np.inf)]
            ),
            row_high=np.concatenate([self.high, np.full(self.low.size, np.inf), constant]),
            tolerance=tolerance,
        )
        return value[: self.worth.size], self._feasible(value[self.worth.size :]), dual

    def _feasible(self, rounds: FloatArray) -> FloatArray:
        """Scale down what an early stop leaves over a limit."""
        rounds = np.maximum(rounds, 0.0)
        for rows in self._rows()[:3]:
            used = np.bincount(rows, weights=rounds, minlength=self.high.size)
            over = np.where(used > self.high, self.high / np.where(used > 0.0, used, 1.0), 1.0)
            rounds = rounds * over[rows]
        return rounds

    def priced(self, dual: FloatArray) -> tuple[float, list[tuple[int, int, int]]]:
        """Lagrangian bound of the prices over all shipments, and the shipments worth adding."""
        places, items, weeks = self.shape
        lots, size = self.problem.lot_rounds.size, self.high.size
        price, reward = np.maximum(-dual[:size], 0.0), np.maximum(dual[size : size + self.low.size], 0.0)
        key = np.array([cut.key for cut in self.cuts])
        weight = np.maximum(-dual[size + self.low.size :], 0.0)
        # Weights of a key's cuts sum to its worth at most; the rest falls on "all demand is met".
        total = np.bincount(key, weights=weight, minlength=self.worth.size)
        weight *= np.where(total > self.worth, self.worth / np.where(total > 0, total, 1.0), 1.0)[key]
        total = np.minimum(total, self.worth)
        for cut, idle in zip(self.cuts, weight < _IDLE * self.worth[key], strict=True):
            cut.idle = cut.idle + 1 if idle else 0
        bound = float(
            weight @ np.array([cut.constant for cut in self.cuts]) + (self.worth - total) @ self.most
        )
        bound += float(price[lots:] @ self.high[lots:]) - float(reward @ self.low)
        gain = self._slopes(key, weight) - self.road_prices(dual)
        if self.low.size:
            gain += reward.reshape(places, items).T[self.net.lot_item][:, :, None]
        week = np.arange(weeks)
        allowed = (week >= self.net.due[:, None, None]) & (week + self.net.transit[:, None] < weeks)
        gain = np.where(allowed, gain, -np.inf).reshape(lots, -1)
        best = np.argsort(-gain, axis=1, kind="stable")[:, :_COLUMNS_A_LOT]
        top = np.take_along_axis(gain, best, axis=1)
        bound += float(np.maximum(top[:, :1], 0.0).sum(axis=1) @ self.problem.lot_rounds)
        useful = top > price[:lots, None] + 1e-9 * float(self.worth.max(initial=0.0))
        return bound, [(int(k), *divmod(int(best[k, n]), weeks)) for k, n in np.argwhere(useful)]

    def road_prices(self, dual: FloatArray) -> FloatArray:
        """Price of a round on each road in each week (P, W), the hub's included."""
        places, _, weeks = self.shape
        price = np.maximum(-dual[self.problem.lot_rounds.size : self.high.size], 0.0)
        return price[: places * weeks].reshape(places, weeks) + price[places * weeks :]

    def _slopes(self, key: IntArray, weight: FloatArray) -> FloatArray:
        """What a round of each shipment (L, P, W) adds on the weighted cuts."""
        places, items, weeks = self.shape
        worth = np.zeros((self.problem.lot_rounds.size, places, weeks))
        used = np.flatnonzero(weight > 0.0)
        binding = np.array([self.cuts[k].binding for k in used], dtype=np.int64)
        kernel.shipment_worth(
            self.net, key[used] // items, key[used] % items, weight[used],
            binding.reshape(used.size, self.net.probability.size), worth,
        )  # fmt: skip
        return worth


class _Point:
    """A continuous plan and the demand it meets under each key."""

    def __init__(self, master: _Master, rounds: FloatArray) -> None:
        self.master, self.rounds = master, rounds
        self.arrivals = np.zeros(master.net.demand.shape)
        for k in np.flatnonzero(rounds > 1e-9):
            lot, p, w = master.columns[k]
            kernel.ship(master.net, self.arrivals, p, lot, w, float(rounds[k]))
        self.met = expected_met(master.net, self.arrivals).ravel()
        self.worth = float(self.met @ master.worth)

    def cut(self, above: FloatArray | None = None) -> None:
        """Add the tangents at this point, only where the master's met demand is `above` what is met."""
        master, net = self.master, self.master.net
        for key in np.flatnonzero(master.worth > 0.0):
            if above is not None and above[key] <= self.met[key] * (1.0 + 1e-6) + 1e-9:
                continue
            p, i = divmod(int(key), master.shape[1])
            binding = np.zeros(net.probability.size, dtype=np.int64)
            kernel.binding_weeks(net.opening[p, i], net.demand[p, i], self.arrivals[p, i], binding)
            constant = kernel.cut_constant(net.opening[p, i], net.demand[p, i], binding, net.probability)
            master.cuts.append(_Cut(int(key), float(constant), binding))


def relax(
    problem: AllocationProblem, net: kernel.Network, start: Plan, gap: float, iterations: int
) -> Relaxation:
    """Solve the relaxation until bound and continuous plan are within `gap`, or for so many iterations.

    `start` is any plan; its tangents are the first cuts.
    """
    master = _Master(problem, net)
    nothing, best = _first_points(master, start)
    # Loose: points well inside what is left to search cut deepest, and the bound holds for any prices.
    tolerance = min(max(3.0 * gap, 1e-8), 2e-2)
    bound, price, done = np.inf, np.zeros(problem.leg_rounds_per_week.shape), 0
    for iteration in range(1, iterations + 1):
        done = iteration
        if not master.cuts or not master.columns:
            bound = 0.0
            break
        theta, rounds, dual = master.solve(tolerance)
        upper, columns = master.priced(dual)
        if upper - nothing.worth < bound:
            bound, price = upper - nothing.worth, master.road_prices(dual)
        held = np.zeros(rounds.size)
        held[: best.rounds.size] = best.rounds
        # A second cut between the best plan and the master's keeps the cuts where the optimum is.
        for point in (_Point(master, rounds), _Point(master, 0.5 * (held + rounds))):
            point.cut(theta)
            best = point if point.worth > best.worth else best
        worth = best.worth - nothing.worth
        if bound - worth <= gap * max(worth, 1e-12):
            break
        master.cuts = [cut for cut in master.cuts if cut.idle < _PATIENCE]
        master.add_columns(columns)
    used = np.flatnonzero(best.rounds > 1e-7)
    lot, place, week = master.table[used].T
    return Relaxation(
        bound=float(bound),
        worth=best.worth - nothing.worth,
        lot=lot,
        place=place,
        week=week,
        rounds=best.rounds[used],
        price=price,
        iterations=done,
    )


def _first_points(master: _Master, start: Plan) -> tuple[_Point, _Point]:
    """Nothing shipped, and the starting plan, both with their cuts; columns of every lot's soonest shipments."""
    net, desk = master.net, start.desk
    places, _, weeks = master.shape
    soonest = [
        (lot, p, int(net.due[lot]))
        for lot in range(net.lot_item.size)
        for p in range(places)
        if net.due[lot] + net.transit[p] < weeks
    ]
    gone = desk.place >= 0
    planned = list(zip(*(row[gone].tolist() for row in (desk.lot, desk.place, desk.week)), strict=True))
    master.add_columns([*soonest, *planned])
    number = {column: k for k, column in enumerate(master.columns)}
    rounds = np.zeros(len(master.columns))
    for column in planned:
        rounds[number[column]] += net.parcel[column[0]]
    nothing, best = _Point(master, np.zeros(rounds.size)), _Point(master, rounds)
    nothing.cut()
    best.cut()
    return nothing, best
