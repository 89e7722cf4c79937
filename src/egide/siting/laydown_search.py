"""Search for a laydown: greedy, annealing, then best moves and exchanges.

The value of a set of options is, over all points: the sensor's value where at least one sensor sees, and
the value of every layer up to the number of effectors that can engage. An effector engages a point that
its own sensor sees or, if only in its envelope, that any linked sensor sees.

Annealing (Kirkpatrick, Gelatt and Vecchi 1983) moves single units and exchanges pairs; it is told by the
prices of the bound which options are worth trying. Its draws are by address, so a seed gives one answer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from egide.kernels import laydown as kernel
from egide.siting.theatre import Instance

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HOTTEST, COLDEST = 0.18, 0.0018
"""First and last heat of the annealing, as shares of the mean value of a unit [1]."""


class Search:
    """Local search over options; every step is decided by values, ties by the order of options.

    Parameters
    ----------
    instance : Instance
    seed : int
        Seed of the annealing.
    worth : ndarray, optional
        Worth to maximise, by default the instance's.
    guards : ndarray, optional
        Worths under which no move may lower the value, shape (guards, points, columns).
    """

    def __init__(
        self, instance: Instance, seed: int, worth: Floats | None = None, guards: Floats | None = None
    ) -> None:
        self.instance = instance
        self.seed = seed
        self.worth = instance.worth if worth is None else worth
        self.guards = np.zeros((0, *self.worth.shape)) if guards is None else guards

    def counts(self, chosen: list[int] | Ints) -> NDArray[np.int32]:
        """Sensors, envelopes and self-cued envelopes over each point, with the units that stay."""
        counts = self.instance.base.copy()
        for option in chosen:
            kernel.shift(int(option), 1, *self.instance.rows, counts)
        return counts

    def value(self, chosen: list[int] | Ints) -> float:
        """Value of a choice [1]."""
        return float(point_values(self.worth, self.counts(chosen)).sum())

    def gains(self, counts: NDArray[np.int32]) -> Floats:
        """Value that each option adds to the present counts, shape (options,)."""
        out = np.empty(self.instance.option_kind.size)
        kernel.all_gains(*self.instance.rows, self.worth, counts, out)
        return out

    def greedy(self, chosen: list[int], left: Ints) -> list[int]:
        """Add the best option again and again until every unit stands or no site is open.

        Gains are kept from step to step and worked out anew only for options that come to the top: most
        only shrink. Where a first sensor wakes waiting envelopes a gain can grow; the search that follows
        makes up for that.
        """
        board = self.instance.board
        chosen, left = list(chosen), left.copy()
        shut = self.shut(chosen)
        counts = self.counts(chosen)
        gains = self.gains(counts)
        while left.sum() > 0:
            open_ = (left[board.kind] > 0) & ~shut[board.family[board.kind], board.site]
            if not open_.any():
                break
            best = self._top(gains, open_, counts)
            chosen.append(best)
            left[board.kind[best]] -= 1
            self._shut_round(shut, int(board.site[best]), int(board.family[board.kind[best]]))
            kernel.shift(best, 1, *self.instance.rows, counts)
        return chosen

    def shut(self, chosen: list[int]) -> NDArray[np.bool_]:
        """Sites that a type may not use beside a choice, shape (types, sites)."""
        board = self.instance.board
        types = int(max(board.family.max(initial=0), board.kept_family.max(initial=0))) + 1
        shut = np.zeros((types, len(self.instance.sites)), dtype=np.bool_)
        for site in self.instance.fixed_sites:
            self._shut_round(shut, site, int(board.kept_family[site]))
        for option in chosen:
            self._shut_round(shut, int(board.site[option]), int(board.family[board.kind[option]]))
        return shut

    def _shut_round(self, shut: NDArray[np.bool_], site: int, family: int) -> None:
        board = self.instance.board
        shut[:, site] = True
        shut[family, board.near[board.near_ptr[site] : board.near_ptr[site + 1]]] = True

    def _top(self, gains: Floats, open_: NDArray[np.bool_], counts: NDArray[np.int32]) -> int:
        """Option of the greatest present gain among the open ones; refreshes the gains it looks at."""
        shown = np.where(open_, gains, -np.inf)
        while True:
            best = int(np.argmax(shown))
            fresh = kernel.gain(best, *self.instance.rows, self.worth, counts)
            gains[best] = fresh
            if fresh >= shown[best] - 1e-12:
                return best
            shown[best] = fresh

    def polish(self, chosen: list[int]) -> list[int]:
        """Move single units and exchange pairs until nothing adds value; place units left over."""
        now = np.array(chosen, dtype=np.int64)
        counts, holder = self.counts(now), self._holder(now)
        rules = (self.instance.board, self.instance.rows, self.worth, self.guards, counts)
        while True:
            kernel.improve(now, holder, *rules)
            if not kernel.exchange(now, holder, *rules):
                break
        return self.completed([int(option) for option in now])

    def completed(self, chosen: list[int]) -> list[int]:
        """Place units that found no site before, where one is open now."""
        left = self.instance.counts
        np.subtract.at(left, self.instance.option_kind[chosen], 1)
        return self.greedy(chosen, left) if left.any() else chosen

    def anneal(
        self, chosen: list[int], round_: int, steps: int, wanted: NDArray[np.bool_] | None = None
    ) -> list[int]:
        """Best choice met by annealing from a choice, trying only the wanted options."""
        instance = self.instance
        if not chosen:
            return chosen
        now = np.array(chosen, dtype=np.int64)
        heat = max(self.value(now), 1e-12) / now.size
        wanted = np.ones(instance.option_kind.size, dtype=np.bool_) if wanted is None else wanted
        options = np.flatnonzero(wanted)
        kinds = np.arange(len(instance.kinds) + 1)
        pointer = np.searchsorted(instance.option_kind[options], kinds).astype(np.int64)
        best = now.copy()
        kernel.anneal(
            self.seed, round_, steps, HOTTEST * heat, COLDEST * heat, options, pointer, now, self._holder(now),
            instance.board, instance.rows, self.worth, self.guards, self.counts(now), best,
        )  # fmt: skip
        return [int(option) for option in best]

    def _holder(self, chosen: Ints) -> Ints:
        """Number of the unit at each site; FREE, or KEPT by a unit that stays."""
        holder = np.full(len(self.instance.sites), kernel.FREE, dtype=np.int64)
        holder[list(self.instance.fixed_sites)] = kernel.KEPT
        holder[self.instance.option_site[chosen]] = np.arange(chosen.size)
        return holder


def point_values(worth: Floats, counts: NDArray[np.int32]) -> Floats:
    """Value of every point under these counts, shape (points,)."""
    sensed, engaged, cued = counts.T
    layers = np.minimum(np.where(sensed > 0, engaged, cued), worth.shape[1] - 2)
    return np.asarray(np.where(sensed > 0, worth[:, 0], 0.0) + worth[np.arange(len(worth)), 1 + layers])
