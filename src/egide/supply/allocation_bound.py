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
from egide.supply.allocation import AllocationProblem
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
    """HiGHS over cuts and shipments; columns are places' met demand first, then shipments in rounds."""

    def __init__(self, problem: AllocationProblem, net: kernel.Network) -> None:
        import highspy

        self.problem, self.net = problem, net
        self._inf = highspy.kHighsInf
        self.solver = highspy.Highs()
        self.solver.setOptionValue("output_flag", False)
        self.solver.setOptionValue("threads", 1)
        self.solver.setOptionValue("random_seed", 0)
        places, items, _, weeks = net.demand.shape
        self.shape = (places, items, weeks)
        self.most = np.einsum("pisw,s->pi", net.demand, net.probability)
        self.columns: list[tuple[int, int, int]] = []
        self.known: dict[tuple[int, int, int], int] = {}
        self.cut_key: list[int] = []
        self.cut_constant: list[float] = []
        self.cut_binding: list[IntArray] = []
        self.cut_row: list[int] = []
        # Worth of met demand is maximised: theta is in rounds, its cost the worth of a round.
        for p in range(places):
            for i in range(items):
                self.solver.addCol(-float(net.worth[p, i]), 0.0, float(self.most[p, i]), 0, [], [])
        for rounds in problem.lot_rounds:
            self._row(-self._inf, float(rounds))
        for p in range(places):
            for w in range(weeks):
                self._row(-self._inf, float(problem.leg_rounds_per_week[p, w]))
        for w in range(weeks):
            self._row(-self._inf, float(problem.hub_rounds_per_week[w]))
        if problem.required_rounds is not None:
            for required in problem.required_rounds.ravel():
                self._row(float(required), self._inf)

    def _row(self, low: float, high: float) -> None:
        self.solver.addRow(low, high, 0, [], [])

    def add_columns(self, wanted: list[tuple[int, int, int]]) -> int:
        """Add shipments (lot, place, week) that the master does not have; returns how many were new."""
        places, items, weeks = self.shape
        lots = self.problem.lot_rounds.size
        new = [key for key in wanted if key not in self.known]
        for lot, p, w in new:
            rows = [lot, lots + p * weeks + w, lots + places * weeks + w]
            values = [1.0, 1.0, 1.0]
            if self.problem.required_rounds is not None:
                rows.append(lots + (places + 1) * weeks + p * items + int(self.net.lot_item[lot]))
                values.append(1.0)
            key = p * items + int(self.net.lot_item[lot])
            for k, owner in enumerate(self.cut_key):
                if owner == key:
                    slope = kernel.cut_slope(self.net, p, lot, w, self.cut_binding[k])
                    if slope > 0.0:
                        rows.append(self.cut_row[k])
                        values.append(-slope)
            self.known[lot, p, w] = len(self.columns)
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
        constant = kernel.cut_constant(net.opening[p, i], net.demand[p, i], binding, net.probability)
        index, values = [key], [1.0]
        for column, (lot, place, week) in enumerate(self.columns):
            if place == p and net.lot_item[lot] == i:
                slope = kernel.cut_slope(net, p, lot, week, binding)
                if slope > 0.0:
                    index.append(places * items + column)
                    values.append(-slope)
        self.cut_row.append(self.solver.getNumRow())
        self.solver.addRow(
            -self._inf, float(constant), len(index), np.array(index, dtype=np.int32), np.array(values)
        )
        self.cut_key.append(key)
        self.cut_constant.append(float(constant))
        self.cut_binding.append(binding.copy())

    def solve(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Met demand (P * I,), shipments in rounds (columns,) and row prices of the master."""
        self.solver.run()
        solution: Any = self.solver.getSolution()
        value = np.array(solution.col_value)
        first = self.shape[0] * self.shape[1]
        return value[:first], np.maximum(value[first:], 0.0), np.array(solution.row_dual)
