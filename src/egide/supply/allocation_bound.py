"""The relaxation of the allocation: what no plan can beat, by cuts and priced shipments.

The demand met at a place is concave in what arrives, so it lies below its tangent planes (cuts), one
family for each place and item, averaged over scenarios. HiGHS solves the master over the cuts found and the
shipments that have shown a positive price; weights of its cuts and prices of its roads give a Lagrangian
bound over all shipments, valid after every iteration. M. Minoux, "Mathematical Programming" (1986), ch. 12.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from egide.kernels import allocation as kernel
from egide.supply.allocation import AllocationProblem, Plan
from egide.supply.inputs import FloatArray, IntArray

_COLUMNS_A_LOT = 6
"""Shipments of a lot added in an iteration, best priced first."""


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
    iterations: int


class _Master:
    """HiGHS over cuts and shipments; columns are met demand of each place and item, then shipments in rounds."""

    def __init__(self, problem: AllocationProblem, net: kernel.Network) -> None:
        import highspy

        self.problem, self.net = problem, net
        self.solver = highspy.Highs()
        for option, value in (("output_flag", False), ("threads", 1), ("random_seed", 0)):
            self.solver.setOptionValue(option, value)
        places, items, _, weeks = net.demand.shape
        self.shape = (places, items, weeks)
        self.most = np.einsum("pisw,s->pi", net.demand, net.probability).ravel()
        self.worth = net.worth.ravel()
        self.columns: list[tuple[int, int, int]] = []
        self.known: set[tuple[int, int, int]] = set()
        self.columns_of: dict[int, list[int]] = {key: [] for key in range(places * items)}
        self.cuts: list[_Cut] = []
        self.cuts_of: dict[int, list[int]] = {key: [] for key in range(places * items)}
        for key in range(places * items):
            self.solver.addCol(-float(self.worth[key]), 0.0, float(self.most[key]), 0, [], [])
        required = problem.required_rounds
        limits = [problem.lot_rounds, problem.leg_rounds_per_week.ravel(), problem.hub_rounds_per_week]
        self.high = np.concatenate(limits).astype(np.float64)
        self.low = np.zeros(0) if required is None else required.ravel().astype(np.float64)
        for high in self.high:
            self.solver.addRow(-highspy.kHighsInf, float(high), 0, [], [])
        for low in self.low:
            self.solver.addRow(float(low), highspy.kHighsInf, 0, [], [])

    def add_columns(self, wanted: list[tuple[int, int, int]]) -> int:
        """Add shipments (lot, place, week) that the master does not have; returns how many were new."""
        places, items, weeks = self.shape
        lots = self.problem.lot_rounds.size
        new = [key for key in wanted if key not in self.known]
        for lot, p, w in new:
            key = p * items + int(self.net.lot_item[lot])
            rows = [lot, lots + p * weeks + w, lots + (places) * weeks + w]
            if self.low.size:
                rows.append(self.high.size + key)
            values = [1.0] * len(rows)
            if self.cuts_of[key]:
                comes = np.maximum(w, self.net.ready[:, lot]) + self.net.transit[p]
                bindings = np.array([self.cuts[k].binding for k in self.cuts_of[key]])
                slopes = (comes <= bindings) @ self.net.probability
                rows += [self.cuts[k].row for k in self.cuts_of[key]]
                values += (-slopes).tolist()
            self.known.add((lot, p, w))
            self.columns_of[key].append(len(self.columns))
            self.columns.append((lot, p, w))
            self.solver.addCol(
                0.0, 0.0, float(self.problem.lot_rounds[lot]), len(rows),
                np.array(rows, dtype=np.int32), np.array(values),
            )  # fmt: skip
        return len(new)

    def add_cut(self, key: int, binding: IntArray) -> None:
        """Bound the demand met at a place by its tangent on the face of the binding weeks."""
        net, (places, items, _) = self.net, self.shape
        p, i = divmod(key, items)
        constant = float(kernel.cut_constant(net.opening[p, i], net.demand[p, i], binding, net.probability))
        mine = np.array(self.columns_of[key], dtype=np.int64)
        index, values = np.array([key]), np.array([1.0])
        if mine.size:
            table = np.array([self.columns[k] for k in mine])
            comes = np.maximum(table[:, 2], net.ready[:, table[:, 0]]) + net.transit[p]
            slopes = net.probability @ (comes <= binding[:, None])
            index = np.concatenate([index, places * items + mine])
            values = np.concatenate([values, -slopes])
        row = self.solver.getNumRow()
        self.solver.addRow(-np.inf, constant, index.size, index.astype(np.int32), values)
        self.cuts_of[key].append(len(self.cuts))
        self.cuts.append(_Cut(key, row, constant, binding.copy()))

    def solve(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Met demand (P * I,), shipments in rounds (columns,) and row prices of the master, at most 0 for limits."""
        self.solver.run()
        solution: Any = self.solver.getSolution()
        value = np.array(solution.col_value)
        return value[: self.most.size], np.maximum(value[self.most.size :], 0.0), np.array(solution.row_dual)

    def priced(self, dual: FloatArray) -> tuple[float, list[tuple[int, int, int]]]:
        """Lagrangian bound of the duals over all shipments, and the shipments worth adding."""
        places, items, weeks = self.shape
        lots, size = self.problem.lot_rounds.size, self.high.size
        price, reward = np.maximum(-dual[:size], 0.0), np.maximum(dual[size : size + self.low.size], 0.0)
        key = np.array([cut.key for cut in self.cuts])
        weight = np.maximum(-dual[[cut.row for cut in self.cuts]], 0.0)
        # Weights of a place's cuts sum to its worth at most; the rest falls on "all demand is met".
        total = np.bincount(key, weights=weight, minlength=self.most.size)
        weight *= np.where(total > self.worth, self.worth / np.where(total > 0, total, 1.0), 1.0)[key]
        total = np.minimum(total, self.worth)
        constant = np.array([cut.constant for cut in self.cuts])
        bound = float(weight @ constant + (self.worth - total) @ self.most)
        bound += float(price[lots:] @ self.high[lots:]) - float(reward @ self.low)
        net_worth = self._slopes(key, weight)
        net_worth -= price[lots : lots + places * weeks].reshape(places, weeks)
        net_worth -= price[lots + places * weeks :]
        if self.low.size:
            net_worth += reward.reshape(places, items).T[self.net.lot_item][:, :, None]
        week = np.arange(weeks)
        allowed = (week >= self.net.due[:, None, None]) & (week + self.net.transit[:, None] < weeks)
        net_worth = np.where(allowed, net_worth, -np.inf).reshape(lots, -1)
        best = np.argsort(-net_worth, axis=1, kind="stable")[:, :_COLUMNS_A_LOT]
        gain = np.take_along_axis(net_worth, best, axis=1)
        bound += float(np.maximum(gain[:, 0], 0.0) @ self.problem.lot_rounds) if lots else 0.0
        scale = 1e-9 * max(float(np.abs(self.worth).max(initial=0.0)), 1e-300)
        useful = gain > np.maximum(price[:lots], 0.0)[:, None] + scale
        found = [(int(k), *divmod(int(best[k, n]), weeks)) for k, n in np.argwhere(useful)]
        return bound, found

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


@dataclass(frozen=True, slots=True)
class _Cut:
    key: int
    row: int
    constant: float
    binding: IntArray


class _Point:
    """A continuous plan, what meets demand in it, and the cuts that touch it there."""

    def __init__(self, net: kernel.Network, columns: list[tuple[int, int, int]], rounds: FloatArray) -> None:
        self.net, self.rounds = net, rounds
        self.arrivals = np.zeros(net.demand.shape)
        for k in np.flatnonzero(rounds > 1e-9):
            lot, p, w = columns[k]
            kernel.ship(net, self.arrivals, p, lot, w, float(rounds[k]))
        places, items = net.opening.shape
        self.met = np.array(
            [
                kernel.met_demand(net.opening[p, i], net.demand[p, i], self.arrivals[p, i], net.probability)
                for p in range(places)
                for i in range(items)
            ]
        )

    def cut(self, master: _Master, above: FloatArray | None = None) -> None:
        """Add the tangents at this point, only where the master's met demand is `above` what is met."""
        items = self.net.opening.shape[1]
        for key in range(self.met.size):
            if master.worth[key] <= 0.0 or (above is not None and above[key] <= self.met[key] * (1 + 1e-7) + 1e-7):
                continue
            p, i = divmod(key, items)
            binding = np.zeros(self.net.probability.size, dtype=np.int64)
            kernel.binding_weeks(self.net.opening[p, i], self.net.demand[p, i], self.arrivals[p, i], binding)
            master.add_cut(key, binding)


def relax(problem: AllocationProblem, net: kernel.Network, start: Plan, gap: float, iterations: int) -> Relaxation:
    """Solve the relaxation until bound and continuous plan are within `gap`, or for so many iterations.

    `start` is any plan; its tangents are the first cuts.
    """
    master = _Master(problem, net)
    places, _, weeks = master.shape
    wanted = [
        (lot, p, int(net.due[lot]))
        for lot in range(problem.lot_rounds.size)
        for p in range(places)
        if net.due[lot] + net.transit[p] < weeks
    ]
    gone = start.parcel_place >= 0
    rows = np.stack([start.parcel_lot, start.parcel_place, start.parcel_week], axis=1)[gone].tolist()
    master.add_columns([*wanted, *dict.fromkeys((a, b, c) for a, b, c in rows if (a, b, c) not in set(wanted))])
    nothing = _Point(net, master.columns, np.zeros(len(master.columns)))
    base = float(nothing.met @ master.worth)
    nothing.cut(master)
    place_of = {column: k for k, column in enumerate(master.columns)}
    rounds = np.zeros(len(master.columns))
    for lot, p, w in rows:
        rounds[place_of[lot, p, w]] += net.parcel[lot]
    best = _Point(net, master.columns, rounds)
    best.cut(master)
    bound, done = np.inf, 0
    for done in range(1, iterations + 1):
        theta, rounds, dual = master.solve()
        here = _Point(net, master.columns, rounds)
        upper, columns = master.priced(dual)
        bound = min(bound, upper - base)
        if here.met @ master.worth > best.met @ master.worth:
            best = here
        worth = float(best.met @ master.worth) - base
        if bound - worth <= gap * max(worth, 1e-12):
            break
        here.cut(master, theta)
        # A second cut between the best plan and the master's keeps the cuts where the optimum is.
        held = np.zeros(rounds.size)
        held[: best.rounds.size] = best.rounds
        _Point(net, master.columns, 0.5 * (held + rounds)).cut(master, theta)
        master.add_columns(columns)
    used = np.flatnonzero(best.rounds > 1e-7)
    table = np.array([master.columns[k] for k in used], dtype=np.int64).reshape(used.size, 3)
    return Relaxation(
        bound=float(bound),
        worth=float(best.met @ master.worth) - base,
        lot=table[:, 0],
        place=table[:, 1],
        week=table[:, 2],
        rounds=best.rounds[used],
        iterations=done,
    )
