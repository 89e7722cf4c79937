"""Search for a laydown, and a bound that no laydown can beat.

The value of a set of options is, over all points: the sensor's value where at least one sensor sees, and
the value of every layer up to the number of effectors that can engage. An effector engages a point that
its own sensor sees or, if only in its envelope, that any linked sensor sees.

Search: greedy, then the best move of each unit and exchanges of places, then iterated perturbation.
Bound: a Lagrangian relaxation of "a point counts once" and "no engagement without a cue". What is left is
an assignment of units to sites, solved exactly, so the bound holds for every laydown of the stated model.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from egide.kernels import laydown as kernel
from egide.kernels.rng import uniform
from egide.siting.theatre import Instance, Rows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Search:
    """Local search over options; every step is decided by values, ties by the order of options."""

    def __init__(self, instance: Instance, seed: int) -> None:
        self.instance = instance
        self.seed = seed
        self.taken = np.zeros(len(instance.sites), dtype=np.bool_)
        self.taken[list(instance.fixed_sites)] = True
        self.allowed = ~self.taken[instance.option_site]

    def counts(self, chosen: list[int] | Ints) -> NDArray[np.int32]:
        """Sensors, envelopes and self-cued envelopes over each point, with the units that stay."""
        counts = self.instance.base.copy()
        for option in chosen:
            kernel.shift(int(option), 1, *self._rows, counts)
        return counts

    @property
    def _rows(self) -> Rows:
        return self.instance.rows

    def value(self, chosen: list[int] | Ints) -> float:
        """Value of a choice [1]."""
        return float(point_values(self.instance, self.counts(chosen)).sum())

    def gains(self, counts: NDArray[np.int32], options: Ints) -> Floats:
        """Value added by each of some options to the present counts, shape (options,)."""
        worth = self.instance.worth
        return np.array([kernel.gain(int(option), *self._rows, worth, counts) for option in options])

    def greedy(self, chosen: list[int], left: Ints) -> list[int]:
        """Add the best option again and again until every unit stands or no site is free.

        Gains are kept from step to step and worked out anew only for options that come to the top: most
        only shrink. Where a first sensor wakes waiting envelopes a gain can grow; the search that follows
        makes up for that.
        """
        instance = self.instance
        chosen, left = list(chosen), left.copy()
        taken = self.taken.copy()
        taken[instance.option_site[chosen]] = True
        counts = self.counts(chosen)
        gains = np.empty(instance.option_kind.size)
        kernel.all_gains(*self._rows, instance.worth, counts, gains)
        while left.sum() > 0:
            open_ = (left[instance.option_kind] > 0) & ~taken[instance.option_site]
            if not open_.any():
                break
            best = self._top(gains, open_, counts)
            chosen.append(best)
            left[instance.option_kind[best]] -= 1
            taken[instance.option_site[best]] = True
            kernel.shift(best, 1, *self._rows, counts)
        return chosen

    def _top(self, gains: Floats, open_: NDArray[np.bool_], counts: NDArray[np.int32]) -> int:
        """Option of the greatest present gain among the open ones; refreshes the gains it looks at."""
        shown = np.where(open_, gains, -np.inf)
        while True:
            best = int(np.argmax(shown))
            fresh = kernel.gain(best, *self._rows, self.instance.worth, counts)
            gains[best] = fresh
            if fresh >= shown[best] - 1e-12:
                return best
            shown[best] = fresh

    def improve(self, chosen: list[int], *, exchanging: bool = False) -> list[int]:
        """Move single units until nothing adds value; if asked, exchange pairs in turn with that."""
        instance = self.instance
        now = np.array(chosen, dtype=np.int64)
        counts = self.counts(now)
        taken = self.taken.copy()
        taken[instance.option_site[now]] = True
        while True:
            kernel.improve(
                now, instance.option_kind, instance.option_site, instance.kind_ptr, taken, self.allowed,
                *self._rows, instance.worth, counts,
            )  # fmt: skip
            if not exchanging or not kernel.exchange(
                now, instance.option_kind, instance.option_site, self._one_at(now), *self._rows,
                instance.worth, counts,
            ):  # fmt: skip
                return [int(option) for option in now]

    def _one_at(self, chosen: Ints) -> NDArray[np.int64]:
        """For a kind and a site, the option of the kind's commonest bearing in the present choice."""
        instance = self.instance
        best = np.full((len(instance.kinds), len(instance.sites)), -1, dtype=np.int64)
        for option in range(instance.option_kind.size - 1, -1, -1):
            if self.allowed[option]:
                best[instance.option_kind[option], instance.option_site[option]] = option
        best[instance.option_kind[chosen], instance.option_site[chosen]] = chosen
        return best

    def perturbed(self, chosen: list[int], round_: int, share: float = 0.08) -> list[int]:
        """Take a few units away, drawn by address, and place them again greedily."""
        out = [uniform(self.seed, round_, 1, number) < share for number in range(len(chosen))]
        kept = [option for option, gone in zip(chosen, out, strict=True) if not gone]
        left = self.instance.counts
        for option in kept:
            left[self.instance.option_kind[option]] -= 1
        return self.greedy(kept, left)


def point_values(instance: Instance, counts: NDArray[np.int32]) -> Floats:
    """Value of every point under these counts, shape (points,)."""
    sensed, engaged, cued = counts.T
    worth = instance.worth
    layers = np.minimum(np.where(sensed > 0, engaged, cued), worth.shape[1] - 2)
    return np.asarray(np.where(sensed > 0, worth[:, 0], 0.0) + worth[np.arange(len(worth)), 1 + layers])


class Relaxation:
    """Lagrangian relaxation with one multiplier for each point and each rule that is relaxed."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.layer_value = np.diff(instance.worth[:, 1:], axis=1).T
        self.sensor = instance.worth[:, 0] / 2.0
        self.layer = self.layer_value[0] / 2.0
        self.cue = np.zeros(self.layer_value.shape)
        counts = instance.counts
        self.unit_kind = np.repeat(np.arange(len(counts)), counts)
        self.free_sites = np.ones(len(instance.sites), dtype=np.bool_)
        self.free_sites[list(instance.fixed_sites)] = False
        self.scale = 1.9
        self.stalled = 0
        self.best = np.inf
        self._held = (self.sensor, self.layer, self.cue)

    def step(self, incumbent: float) -> tuple[float, list[int]]:
        """Evaluate the bound at the present multipliers, then move them along a subgradient.

        Returns
        -------
        bound : float
            Valid upper bound on the value of every laydown [1].
        chosen : list of int
            Options of the assignment that attains it: a laydown worth trying.
        """
        instance = self.instance
        sensor_price = instance.worth[:, 0] - self.sensor + self.cue.sum(axis=0)
        layer_price = self.layer_value - self.layer - self.cue
        points = np.maximum(sensor_price, 0.0).sum() + np.maximum(layer_price, 0.0).sum()
        price = np.stack([self.sensor, self.layer, self.cue.sum(axis=0)], axis=1)
        chosen, profit = self._assign(price)
        bound = float(points + profit + (instance.base * price).sum())
        counts = instance.base.copy()
        for option in chosen:
            kernel.shift(option, 1, *instance.rows, counts)
        seen, shot, own = counts.T
        sensing, layers = sensor_price > 0.0, (layer_price > 0.0).astype(np.float64)
        slack_cue = sensing + own - layers
        self._move(bound, incumbent, seen - sensing.astype(np.float64), shot - layers.sum(axis=0), slack_cue)
        return bound, chosen

    def _assign(self, price: Floats) -> tuple[list[int], float]:
        """Best units to best sites at these prices: an assignment, solved exactly."""
        instance = self.instance
        profit = np.empty(instance.option_kind.size)
        kernel.profits(*instance.rows, price, profit)
        shape = (len(instance.kinds), len(instance.sites))
        best = np.full(shape, -1, dtype=np.int64)
        value = np.zeros(shape)
        # Options are written from worst to best, so the last one written to each pair is its best.
        order = np.lexsort((-np.arange(profit.size), profit))
        kinds, sites = instance.option_kind[order], instance.option_site[order]
        best[kinds, sites] = order
        value[kinds, sites] = profit[order]
        value[:, ~self.free_sites] = 0.0
        table = value[self.unit_kind]
        units, at = linear_sum_assignment(table, maximize=True)
        chosen = [
            int(best[self.unit_kind[unit], site])
            for unit, site in zip(units, at, strict=True)
            if self.free_sites[site] and best[self.unit_kind[unit], site] >= 0
        ]
        return chosen, float(table[units, at].sum())

    def _move(self, bound: float, incumbent: float, sensor: Floats, layer: Floats, cue: Floats) -> None:
        if bound < self.best - 1e-9:
            self.best, self.stalled = bound, 0
            self._held = (self.sensor, self.layer, self.cue)
        else:
            self.stalled += 1
            if self.stalled >= 5:
                self.scale, self.stalled = self.scale * 0.85, 0
                self.sensor, self.layer, self.cue = self._held
        # Slack in a rule whose multiplier is already zero cannot be used.
        sensor = np.where((self.sensor <= 0) & (sensor > 0), 0.0, sensor)
        layer = np.where((self.layer <= 0) & (layer > 0), 0.0, layer)
        cue = np.where((self.cue <= 0) & (cue > 0), 0.0, cue)
        length = float((sensor**2).sum() + (layer**2).sum() + (cue**2).sum())
        if length == 0.0:
            return
        step = self.scale * max(bound - incumbent, 1e-9) / length
        self.sensor = np.maximum(self.sensor - step * sensor, 0.0)
        self.layer = np.maximum(self.layer - step * layer, 0.0)
        self.cue = np.maximum(self.cue - step * cue, 0.0)
