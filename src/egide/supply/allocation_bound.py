"""The relaxation of the allocation: what no plan can beat, by cuts and priced shipments.

The demand met at a place is concave in what arrives, so it lies below its tangent planes (cuts), one
family for each place and item, averaged over scenarios. HiGHS solves the master over the cuts found and the
shipments that have shown a positive price; weights of its cuts and prices of its roads give a Lagrangian
bound over all shipments, valid after every iteration. M. Minoux, "Mathematical Programming" (1986), ch. 12.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from egide.kernels import allocation as kernel
from egide.supply.allocation import AllocationProblem, Plan
from egide.supply.inputs import FloatArray, IntArray
from egide.supply.linear import solve_lp

_COLUMNS_A_LOT = 6
"""Shipments of a lot added in an iteration, best priced first."""
_GROUPS = 1
"""Scenarios are cut in so many groups: more tangents an iteration, fewer iterations."""
_IDLE = 1e-3
"""A cut that carries less than this share of its key's worth is idle."""
_PATIENCE = 3
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
    constant: float
    binding: IntArray
    """(S,) last week that counts in each scenario; -1 outside the cut's group of scenarios."""
    idle: int = 0
    """Iterations in a row in which the master gave it no weight."""


class _Faces:
    """Keys of met demand: one for each place, item and group of scenarios."""

    def __init__(self, net: kernel.Network) -> None:
        places, items, scenarios, _ = net.demand.shape
        edges = np.linspace(0, scenarios, min(_GROUPS, scenarios) + 1).astype(int)
        self.slices = [slice(int(a), int(b)) for a, b in zip(edges[:-1], edges[1:], strict=True)]
        self.size = places * items * len(self.slices)
        self.place, self.item, self.group = np.unravel_index(
            np.arange(self.size), (places, items, len(self.slices))
        )
        self.worth = net.worth[self.place, self.item]
        wanted = net.demand.sum(axis=3) * net.probability
        self.most = np.array([wanted[p, i, part].sum() for p, i, part in self])

    def __iter__(self) -> Iterator[tuple[int, int, slice]]:
        for p, i, g in zip(self.place, self.item, self.group, strict=True):
            yield int(p), int(i), self.slices[g]


class _Master:
    """HiGHS over cuts and shipments; columns are met demand of each key, then shipments in rounds."""

    def __init__(self, problem: AllocationProblem, net: kernel.Network) -> None:
        self.problem, self.net, self.faces = problem, net, _Faces(net)
        self.shape = (net.demand.shape[0], net.demand.shape[1], net.demand.shape[3])
        self.columns: list[tuple[int, int, int]] = []
        self.known: set[tuple[int, int, int]] = set()
        self.cuts: list[_Cut] = []
        required = problem.required_rounds
        limits = [problem.lot_rounds, problem.leg_rounds_per_week.ravel(), problem.hub_rounds_per_week]
        self.high = np.concatenate(limits).astype(np.float64)
        self.low = np.zeros(0) if required is None else required.ravel().astype(np.float64)

    def add_columns(self, wanted: list[tuple[int, int, int]]) -> None:
        """Add the shipments (lot, place, week) that the master does not have."""
        for column in wanted:
            if column not in self.known:
                self.known.add(column)
                self.columns.append(column)

    def _rows(self) -> tuple[IntArray, IntArray, IntArray, IntArray]:
        """Rows of each column in lots, roads, hub and requirements."""
        places, items, weeks = self.shape
        lot, p, w = np.array(self.columns, dtype=np.int64).reshape(-1, 3).T
        lots = self.problem.lot_rounds.size
        required = self.high.size + p * items + self.net.lot_item[lot]
        return lot, lots + p * weeks + w, lots + places * weeks + w, required

    def _matrix(self) -> Any:
        """Constraints of the master: limits, requirements, then cuts."""
        from scipy import sparse

        rows = list(self._rows())[: 4 if self.low.size else 3]
        count, first = len(self.columns), self.faces.size
        index = [(row, first + np.arange(count), np.ones(count)) for row in rows]
        cut_key = np.array([cut.key for cut in self.cuts], dtype=np.int64)
        base = self.high.size + self.low.size
        index.append((base + np.arange(cut_key.size), cut_key, np.ones(cut_key.size)))
        binding = np.array([cut.binding for cut in self.cuts])
        lot, place, week = np.array(self.columns, dtype=np.int64).reshape(-1, 3).T
        comes = np.maximum(week, self.net.ready[:, lot]) + self.net.transit[place]
        items = self.shape[1]
        cut_site = self.faces.place[cut_key] * items + self.faces.item[cut_key]
        column_site = place * items + self.net.lot_item[lot]
        by_cut, by_column = np.argsort(cut_site, kind="stable"), np.argsort(column_site, kind="stable")
        for site in np.unique(cut_site):
            mine = by_cut[slice(*np.searchsorted(cut_site[by_cut], [site, site + 1]))]
            ours = by_column[slice(*np.searchsorted(column_site[by_column], [site, site + 1]))]
            slope = (comes[:, ours].T[None] <= binding[mine][:, None, :]) @ self.net.probability
            k, n = np.nonzero(slope)
            index.append((base + mine[k], first + ours[n], -slope[k, n]))
        row, column, value = (np.concatenate(part) for part in zip(*index, strict=True))
        return sparse.csc_array((value, (row, column)), shape=(base + cut_key.size, first + count))

    def solve(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Met demand (keys,), a feasible plan in rounds (columns,), prices of the rows (at most 0 for limits)."""
        matrix = self._matrix()
        constant = np.array([cut.constant for cut in self.cuts])
        lot = np.array(self.columns, dtype=np.int64).reshape(-1, 3)[:, 0]
        value, dual = solve_lp(
            cost=np.concatenate([-self.faces.worth, np.zeros(lot.size)]),
            upper=np.concatenate([self.faces.most, self.problem.lot_rounds[lot].astype(np.float64)]),
            matrix=matrix,
            row_low=np.concatenate([np.full(self.high.size, -np.inf), self.low, np.full(constant.size, -np.inf)]),
            row_high=np.concatenate([self.high, np.full(self.low.size, np.inf), constant]),
        )
        return value[: self.faces.size], self._feasible(value[self.faces.size :]), dual

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
        lots, size, faces = self.problem.lot_rounds.size, self.high.size, self.faces
        price, reward = np.maximum(-dual[:size], 0.0), np.maximum(dual[size : size + self.low.size], 0.0)
        key = np.array([cut.key for cut in self.cuts])
        weight = np.maximum(-dual[size + self.low.size :], 0.0)
        # Weights of a key's cuts sum to its worth at most; the rest falls on "all demand is met".
        total = np.bincount(key, weights=weight, minlength=faces.size)
        weight *= np.where(total > faces.worth, faces.worth / np.where(total > 0, total, 1.0), 1.0)[key]
        total = np.minimum(total, faces.worth)
        constant = np.array([cut.constant for cut in self.cuts])
        for cut, idle in zip(self.cuts, weight < _IDLE * faces.worth[key], strict=True):
            cut.idle = cut.idle + 1 if idle else 0
        bound = float(weight @ constant + (faces.worth - total) @ faces.most)
        bound += float(price[lots:] @ self.high[lots:]) - float(reward @ self.low)
        gain = self._slopes(key, weight)
        gain -= price[lots : lots + places * weeks].reshape(places, weeks)
        gain -= price[lots + places * weeks :]
        if self.low.size:
            gain += reward.reshape(places, items).T[self.net.lot_item][:, :, None]
        week = np.arange(weeks)
        allowed = (week >= self.net.due[:, None, None]) & (week + self.net.transit[:, None] < weeks)
        gain = np.where(allowed, gain, -np.inf).reshape(lots, -1)
        best = np.argsort(-gain, axis=1, kind="stable")[:, :_COLUMNS_A_LOT]
        top = np.take_along_axis(gain, best, axis=1)
        bound += float(np.maximum(top[:, :1], 0.0).sum(axis=1) @ self.problem.lot_rounds)
        scale = 1e-9 * float(np.abs(faces.worth).max(initial=0.0))
        useful = top > price[:lots, None] + scale
        return bound, [(int(k), *divmod(int(best[k, n]), weeks)) for k, n in np.argwhere(useful)]

    def road_prices(self, dual: FloatArray) -> FloatArray:
        """Price of a round on each road in each week (P, W), the hub's included."""
        places, _, weeks = self.shape
        price = np.maximum(-dual[self.problem.lot_rounds.size : self.high.size], 0.0)
        return price[: places * weeks].reshape(places, weeks) + price[places * weeks :]

    def _slopes(self, key: IntArray, weight: FloatArray) -> FloatArray:
        """What a round of each shipment (L, P, W) adds on the weighted cuts."""
        worth = np.zeros((self.problem.lot_rounds.size, self.shape[0], self.shape[2]))
        used = np.flatnonzero(weight > 0.0)
        binding = np.array([self.cuts[k].binding for k in used], dtype=np.int64)
        kernel.shipment_worth(
            self.net, self.faces.place[key[used]], self.faces.item[key[used]], weight[used],
            binding.reshape(used.size, self.net.probability.size), worth,
        )  # fmt: skip
        return worth


class _Point:
    """A continuous plan and the demand it meets under each key."""

    def __init__(self, master: _Master, rounds: FloatArray) -> None:
        self.master, self.net, self.rounds = master, master.net, rounds
        self.arrivals = np.zeros(self.net.demand.shape)
        for k in np.flatnonzero(rounds > 1e-9):
            lot, p, w = master.columns[k]
            kernel.ship(self.net, self.arrivals, p, lot, w, float(rounds[k]))
        net = self.net
        self.met = np.array(
            [
                kernel.met_demand(
                    net.opening[p, i], net.demand[p, i, part], self.arrivals[p, i, part], net.probability[part]
                )
                for p, i, part in master.faces
            ]
        )
        self.worth = float(self.met @ master.faces.worth)

    def cut(self, above: FloatArray | None = None) -> None:
        """Add the tangents at this point, only where the master's met demand is `above` what is met."""
        net, master = self.net, self.master
        for key, (p, i, part) in enumerate(master.faces):
            if master.faces.worth[key] <= 0.0:
                continue
            if above is not None and above[key] <= self.met[key] * (1.0 + 1e-6) + 1e-9:
                continue
            binding = np.full(net.probability.size, -1, dtype=np.int64)
            demand, chance = net.demand[p, i, part], net.probability[part]
            kernel.binding_weeks(net.opening[p, i], demand, self.arrivals[p, i, part], binding[part])
            constant = kernel.cut_constant(net.opening[p, i], demand, binding[part], chance)
            master.cuts.append(_Cut(key, float(constant), binding))


def relax(
    problem: AllocationProblem, net: kernel.Network, start: Plan, gap: float, iterations: int
) -> Relaxation:
    """Solve the relaxation until bound and continuous plan are within `gap`, or for so many iterations.

    `start` is any plan; its tangents are the first cuts.
    """
    master = _Master(problem, net)
    places, _, weeks = master.shape
    soonest = [
        (lot, p, int(net.due[lot]))
        for lot in range(problem.lot_rounds.size)
        for p in range(places)
        if net.due[lot] + net.transit[p] < weeks
    ]
    desk, gone = start.desk, start.desk.place >= 0
    planned = list(zip(*(row[gone].tolist() for row in (desk.lot, desk.place, desk.week)), strict=True))
    master.add_columns([*soonest, *planned])
    place_of = {column: k for k, column in enumerate(master.columns)}
    rounds = np.zeros(len(master.columns))
    nothing = _Point(master, rounds.copy())
    for lot, p, w in planned:
        rounds[place_of[lot, p, w]] += net.parcel[lot]
    best = _Point(master, rounds)
    nothing.cut()
    best.cut()
    bound, done, price = np.inf, 0, np.zeros((places, weeks))
    for done in range(1, iterations + 1):
        theta, rounds, dual = master.solve()
        upper, columns = master.priced(dual)
        if upper - nothing.worth < bound:
            bound, price = upper - nothing.worth, master.road_prices(dual)
        here = _Point(master, rounds)
        held = np.zeros(rounds.size)
        held[: best.rounds.size] = best.rounds
        # A second cut between the best plan and the master's keeps the cuts where the optimum is.
        between = _Point(master, 0.5 * (held + rounds))
        for point in (here, between):
            point.cut(theta)
            best = point if point.worth > best.worth else best
        master.cuts = [cut for cut in master.cuts if cut.idle < _PATIENCE]
        worth = best.worth - nothing.worth
        if bound - worth <= gap * max(worth, 1e-12):
            break
        master.add_columns(columns)
    used = np.flatnonzero(best.rounds > 1e-7)
    table = np.array([master.columns[k] for k in used], dtype=np.int64).reshape(used.size, 3)
    return Relaxation(
        bound=float(bound),
        worth=best.worth - nothing.worth,
        lot=table[:, 0],
        place=table[:, 1],
        week=table[:, 2],
        rounds=best.rounds[used],
        price=price,
        iterations=done,
    )
