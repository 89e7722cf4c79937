"""The laydown problem written out for branch and cut: for theatres small enough to be proven."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from egide.kernels.laydown import CUES_ITSELF, ENGAGES, SENSES
from egide.siting.exact import Model
from egide.siting.theatre import Instance

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class _Rows:
    """Rows of a model, gathered in parts."""

    def __init__(self) -> None:
        self.count = 0
        self.parts: list[tuple[Ints, Ints, Floats]] = []
        self.low: list[Floats] = []
        self.high: list[Floats] = []

    def add(self, high: Floats, *entries: tuple[Ints, Ints, Floats], low: float = -np.inf) -> None:
        """Add rows `low <= sum <= high` with entries (row among these, column, value)."""
        for row, column, value in entries:
            self.parts.append((row + self.count, column, np.broadcast_to(value, row.shape)))
        self.count += high.size
        self.high.append(high)
        self.low.append(np.full(high.size, low))

    def matrix(self, columns: int) -> sp.csr_array:
        row, column, value = (np.concatenate(each) for each in zip(*self.parts, strict=True))
        return sp.csr_array((value, (row, column)), shape=(self.count, columns))


def laydown_model(instance: Instance, worth: Floats, guards: Floats, floors: Floats) -> Model:
    """Model whose optimum is the best laydown; its first columns are the options.

    Parameters
    ----------
    instance : Instance
    worth : ndarray
        What is maximised, shape (points, columns).
    guards, floors : ndarray
        Worths, shape (guards, points, columns), and the value each must keep, shape (guards,).
    """
    options, points = instance.option_kind.size, len(worth)
    steps = np.diff(instance.worth[:, 1:], axis=1) > 1e-15
    layer_point, layer_rank = (each.astype(np.int64) for each in np.nonzero(steps))
    sensor = options + np.arange(points)
    layer = options + points + np.arange(layer_point.size)
    rows = _Rows()
    _placing(instance, rows)
    reach = instance.rows
    option_of = np.repeat(np.arange(options), np.diff(reach.indptr))
    sees, shoots = (reach.flags & SENSES) > 0, (reach.flags & ENGAGES) > 0
    alone = ~sees & ((reach.flags & CUES_ITSELF) > 0)
    amounts = reach.amounts.astype(np.float64)
    base = instance.base.astype(np.float64)
    own_base = np.where(base[:, 0] > 0, 0.0, base[:, 2])
    every = np.arange(points)

    def over(mask: NDArray[np.bool_], value: Floats) -> tuple[Ints, Ints, Floats]:
        return reach.indices[mask].astype(np.int64), option_of[mask], -value[mask]

    one, ones = np.ones(points), np.ones(layer_point.size)
    rows.add(base[:, 0], (every, sensor, one), over(sees, np.ones(amounts.size)))
    rows.add(base[:, 1], (layer_point, layer, ones), over(shoots, amounts))
    # Without a sensor over the point only layers that cue themselves count.
    most = steps.sum(axis=1).astype(np.float64)
    rows.add(own_base, (layer_point, layer, ones), (every, sensor, -most), over(alone, amounts))

    def value_of(table: Floats) -> Floats:
        cost = np.zeros(options + points + layer.size)
        cost[sensor] = table[:, 0]
        cost[layer] = table[layer_point, 2 + layer_rank] - table[layer_point, 1 + layer_rank]
        return cost

    for table, floor in zip(guards, floors, strict=True):
        cost = value_of(table)
        used = np.flatnonzero(cost)
        rows.add(
            np.array([np.inf]), (np.zeros(used.size, dtype=np.int64), used, cost[used]), low=float(floor)
        )
    columns = options + points + layer.size
    high = np.ones(columns)
    high[:options] = ~_shut(instance)
    whole = np.arange(columns) < options + points
    matrix = rows.matrix(columns)
    return Model(
        True, value_of(worth), np.zeros(columns), high, whole, matrix,
        np.concatenate(rows.low), np.concatenate(rows.high),
    )  # fmt: skip


def _placing(instance: Instance, rows: _Rows) -> None:
    """Counts of kinds, one unit a site, and the distance between units of a type."""
    board = instance.board
    options = np.arange(board.kind.size)
    ones = np.ones(options.size)
    rows.add(instance.counts.astype(np.float64), (board.kind, options, ones))
    rows.add(np.ones(len(instance.sites)), (board.site, options, ones))
    family = board.family[board.kind]
    for site in range(len(instance.sites)):
        near = board.near[board.near_ptr[site] : board.near_ptr[site + 1]]
        for other in near[near > site]:
            for one in np.unique(family[board.site == site]):
                pair = np.flatnonzero((family == one) & ((board.site == site) | (board.site == other)))
                rows.add(np.ones(1), (np.zeros(pair.size, dtype=np.int64), pair, np.ones(pair.size)))


def _shut(instance: Instance) -> NDArray[np.bool_]:
    """Options at sites of units that stay, or too near one of the same type."""
    board = instance.board
    shut = np.isin(board.site, np.array(instance.fixed_sites, dtype=np.int64))
    for site in instance.fixed_sites:
        near = board.near[board.near_ptr[site] : board.near_ptr[site + 1]]
        shut |= np.isin(board.site, near) & (board.family[board.kind] == board.kept_family[site])
    return shut
