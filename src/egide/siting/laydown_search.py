"""Search for a laydown, and a bound that no laydown can beat.

The value of a set of options is, over all points: the sensor's value where at least one sensor sees, and
the first and second layer's value where that many effectors can engage. An effector engages a point that
its own sensor sees or, if only in its envelope, that any linked sensor sees.

Search: greedy, then the best move of each unit in turn, then iterated perturbation, budgeted in rounds.
Bound: a Lagrangian relaxation of "a point counts once" and "no engagement without a cue". What is left is
an assignment of units to sites, solved exactly, so the bound holds for every laydown of the stated model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array

from egide.kernels.rng import uniform
from egide.siting.theatre import Instance

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass
class Counts:
    """How many chosen options sense, may engage and self-cue each point."""

    sensed: Floats
    engaged: Floats
    self_cued: Floats

    def value(self, instance: Instance) -> float:
        """Value of the choice these counts belong to [1]."""
        return float(point_values(instance, self.sensed, self.engaged, self.self_cued).sum())


def point_values(instance: Instance, sensed: Floats, engaged: Floats, self_cued: Floats) -> Floats:
    """Value of every point under so many sensors, envelopes and self-cued envelopes, shape (points,)."""
    layers = np.where(sensed > 0, engaged, self_cued)
    first, second = instance.layer_value
    value: Floats = np.where(sensed > 0, instance.sensor_value, 0.0)
    return value + np.where(layers >= 1, first, 0.0) + np.where(layers >= 2, second, 0.0)


def _sums(instance: Instance, chosen: Ints) -> tuple[Floats, Floats, Floats]:
    """Rows of the chosen options, added up, for the three arrays."""
    sensed, engaged, self_cued = (
        np.asarray(array[chosen].sum(axis=0)).ravel()
        for array in (instance.sensed, instance.engaged, instance.self_cued)
    )
    return sensed, engaged, self_cued


class Search:
    """Local search over options; every step is decided by values, ties by the order of options."""

    def __init__(self, instance: Instance, seed: int) -> None:
        self.instance = instance
        self.seed = seed
        self.by_kind = [np.flatnonzero(instance.option_kind == kind) for kind in range(len(instance.kinds))]
        self.both = csr_array(instance.sensed.multiply(instance.self_cued))
        self.alone = csr_array(instance.self_cued - self.both)
        self.forced = np.zeros(len(instance.sites), dtype=np.bool_)
        self.forced[list(instance.fixed_sites)] = True

    def counts(self, chosen: Ints) -> Counts:
        """Counts of a choice: the rows of its options on top of the units that stay."""
        return Counts(*(base + rows for base, rows in zip(self.instance.base, _sums(self.instance, chosen), strict=True)))

    def gains(self, counts: Counts, options: Ints) -> Floats:
        """Value added by each of some options to a choice, exact, shape (options,).

        At one point an option brings a sensor, an effector, both, or an effector cued by a sensor that
        shares nothing; the value of each of these four is worked out once for all points.
        """
        instance = self.instance
        c, e, o = counts.sensed, counts.engaged, counts.self_cued
        now = point_values(instance, c, e, o)
        sensor = point_values(instance, c + 1, e, o) - now
        effector = point_values(instance, c, e + 1, o) - now
        both = point_values(instance, c + 1, e + 1, o + 1) - now - sensor - effector
        alone = point_values(instance, c, e + 1, o + 1) - now - effector
        gain = instance.sensed[options] @ sensor + instance.engaged[options] @ effector
        gain = gain + self.both[options] @ both + self.alone[options] @ alone
        return np.asarray(gain).ravel()

    def greedy(self, chosen: list[int], left: Ints) -> list[int]:
        """Add the best option again and again until every unit stands or no site is free."""
        instance = self.instance
        chosen = list(chosen)
        left = left.copy()
        taken = self.forced.copy()
        taken[instance.option_site[chosen]] = True
        every = np.arange(len(instance.option_kind))
        counts = self.counts(np.array(chosen, dtype=np.int64))
        while left.sum() > 0 and not taken.all():
            open_options = every[(left[instance.option_kind] > 0) & ~taken[instance.option_site]]
            if open_options.size == 0:
                break
            gains = self.gains(counts, open_options)
            best = int(open_options[int(np.argmax(gains))])
            chosen.append(best)
            left[instance.option_kind[best]] -= 1
            taken[instance.option_site[best]] = True
            counts = self.counts(np.array(chosen, dtype=np.int64))
        return chosen

    def improve(self, chosen: list[int]) -> list[int]:
        """Give each unit in turn its best free site and bearing until nothing gets better."""
        instance = self.instance
        chosen = list(chosen)
        taken = self.forced.copy()
        taken[instance.option_site[chosen]] = True
        better = True
        while better:
            better = False
            for number in range(len(chosen)):
                old = chosen[number]
                rest = np.array(chosen[:number] + chosen[number + 1 :], dtype=np.int64)
                taken[instance.option_site[old]] = False
                options = self.by_kind[instance.option_kind[old]]
                options = options[~taken[instance.option_site[options]]]
                gains = self.gains(self.counts(rest), options)
                best = int(np.argmax(gains))
                here = float(gains[int(np.searchsorted(options, old))])
                if gains[best] > here + 1e-12:
                    chosen[number] = int(options[best])
                    better = True
                taken[instance.option_site[chosen[number]]] = True
        return chosen

    def perturbed(self, chosen: list[int], round_: int, share: float = 0.08) -> list[int]:
        """Take a few units away, drawn by address, and place them again greedily."""
        out = [uniform(self.seed, round_, 1, number) < share for number in range(len(chosen))]
        kept = [option for option, gone in zip(chosen, out, strict=True) if not gone]
        left = self.instance.counts
        for option in kept:
            left[self.instance.option_kind[option]] -= 1
        return self.greedy(kept, left)


class Relaxation:
    """Lagrangian relaxation with one multiplier for each point and each rule that is relaxed."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        points = instance.sensor_value.size
        cover = np.maximum(np.asarray(instance.engaged.sum(axis=0)).ravel(), 1.0)
        share = instance.counts.sum() / max(1, len(instance.sites))
        self.sensor = instance.sensor_value / (1.0 + share * cover**0.25)
        self.layer = instance.layer_value[0] / (1.0 + share * cover**0.25)
        self.cue = np.zeros((2, points))
        counts = instance.counts
        self.unit_kind = np.repeat(np.arange(len(counts)), counts)
        self.free_sites = np.ones(len(instance.sites), dtype=np.bool_)
        self.free_sites[list(instance.fixed_sites)] = False
        self.scale = 1.0
        self.stalled = 0
        self.best = np.inf

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
        first, second = instance.layer_value
        sensor_price = instance.sensor_value - self.sensor + self.cue.sum(axis=0)
        first_price = first - self.layer - self.cue[0]
        second_price = second - self.layer - self.cue[1]
        points = np.maximum(sensor_price, 0).sum() + np.maximum(first_price, 0).sum()
        points += np.maximum(second_price, 0).sum()
        chosen, profit = self._assign()
        staying = instance.base[0] @ self.sensor + instance.base[1] @ self.layer
        staying += instance.base[2] @ self.cue.sum(axis=0)
        bound = float(points + profit + staying)
        sums = _sums(instance, np.array(chosen, dtype=np.int64))
        seen, shot, own = (base + rows for base, rows in zip(instance.base, sums, strict=True))
        y, z1, z2 = (price > 0 for price in (sensor_price, first_price, second_price))
        slack_sensor = seen - y
        slack_layer = shot - z1.astype(float) - z2
        slack_cue = np.stack([y + own - z1, y + own - z2]).astype(float)
        self._move(bound, incumbent, slack_sensor, slack_layer, slack_cue)
        return bound, chosen

    def _assign(self) -> tuple[list[int], float]:
        instance = self.instance
        profit = instance.sensed @ self.sensor + instance.engaged @ self.layer
        profit = np.asarray(profit + instance.self_cued @ self.cue.sum(axis=0)).ravel()
        shape = (len(instance.kinds), len(instance.sites))
        best = np.full(shape, -1, dtype=np.int64)
        value = np.full(shape, -1.0)
        # Options are visited from worst to best, so the last one written to each pair is its best.
        order = np.lexsort((-np.arange(profit.size), profit))
        kinds, sites = instance.option_kind[order], instance.option_site[order]
        best[kinds, sites] = order
        value[kinds, sites] = profit[order]
        value[:, ~self.free_sites] = 0.0
        table = np.maximum(value, 0.0)[self.unit_kind]
        units, at = linear_sum_assignment(table, maximize=True)
        chosen = [
            int(best[self.unit_kind[unit], site])
            for unit, site in zip(units, at, strict=True)
            if self.free_sites[site] and best[self.unit_kind[unit], site] >= 0
        ]
        return chosen, float(table[units, at].sum())

    def _move(
        self, bound: float, incumbent: float, sensor: Floats, layer: Floats, cue: Floats
    ) -> None:
        if bound < self.best - 1e-9:
            self.best, self.stalled = bound, 0
        else:
            self.stalled += 1
            if self.stalled >= 12:
                self.scale, self.stalled = self.scale / 2.0, 0
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
