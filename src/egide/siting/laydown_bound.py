"""A bound that no laydown can beat, from prices of points.

Lagrangian relaxation: every sensor and every layer over a point is sold to the units at a price. What is left
of each point is its best value net of the prices, and of the units an assignment to sites, solved exactly. So
any prices give a bound; the best are those of the linear relaxation, which primal-dual steps approach. The
smallest distance between units of a type is left out of the bound, which only makes it weaker.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from egide.kernels.laydown import CUES_ITSELF, ENGAGES, SENSES
from egide.kernels.laydown_bound import Iterate, Paces, Relaxed, primal_dual_steps, profits
from egide.siting.theatre import Instance

Floats = NDArray[np.float64]

BALANCE = 0.3
"""Weight of primal against dual steps; measured on the packaged theatre."""

_ROUNDING = 1e-9
_TINY = 1e-9


@dataclass(frozen=True)
class Assignment:
    """The best units at the best sites at some prices."""

    profit: Floats
    """Profit of each option, shape (options,)."""
    table: Floats
    """Best profit of each kind at each site, shape (kinds, sites)."""
    kinds: NDArray[np.int64]
    """Kind of each unit placed."""
    sites: NDArray[np.int64]
    """Its site."""
    value: float


class LaydownBound:
    """Upper bound on the value of every laydown; `advance` only ever lowers it.

    Parameters
    ----------
    instance : Instance
    worth : ndarray, optional
        Worth that is maximised, by default the instance's.
    kept_fraction : float
        Mean share of the units that still stand, where some are lost [1].
    """

    def __init__(self, instance: Instance, worth: Floats | None = None, kept_fraction: float = 1.0) -> None:
        self.instance = instance
        self.kept = kept_fraction
        self.relaxed, self.worth = _relaxed(instance, instance.worth if worth is None else worth)
        if kept_fraction != 1.0:
            self.relaxed = self.relaxed._replace(base=self.relaxed.base * kept_fraction)
        self.scale = max(float(self.worth.sum(axis=0).max(initial=0.0)), 1e-300)
        self.paces = _paces(instance, self.relaxed, self.scale)
        self.now = _start(instance, self.relaxed)
        self.unit_kind = np.repeat(np.arange(len(instance.kinds)), instance.counts)
        self.best_price = np.zeros_like(self.now.price)
        self.bound = np.inf
        self.steps = 0
        self._summed = 0
        self._judge(self.best_price)

    def advance(self, steps: int) -> None:
        """Take steps, then look at the last prices and at their mean since the last restart."""
        rows = self.instance.rows
        primal_dual_steps(steps, BALANCE, self.relaxed, rows, self.paces, self.now)
        self._summed += steps
        self.steps += steps
        last = self._judge(self.now.price)
        mean = self._judge(self.now.price_sum / self._summed)
        if last < mean or self._summed >= 200:
            self.now.price_sum[:] = 0.0
            self._summed = 0

    def value_at(self, price: Floats) -> float:
        """The bound that some prices give [1]."""
        return self._points(price) + self.assignment(price).value

    def _points(self, price: Floats) -> float:
        """Value of the points net of the prices, and what the units that stay are paid."""
        layers = self.worth[:, 1:]
        number = np.arange(layers.shape[1])
        sensed = (layers - price[:, 1:2] * number).max(axis=1) + self.relaxed.sensor_worth - price[:, 0]
        alone = (layers - (price[:, 1] + price[:, 2])[:, None] * number).max(axis=1)
        best = np.where(self.relaxed.can_be_sensed, np.maximum(sensed, alone), alone)
        return float(best.sum() + (self.relaxed.base * price).sum())

    def assignment(self, price: Floats) -> Assignment:
        """Best units to best sites at some prices, solved exactly."""
        instance = self.instance
        profit = np.empty(instance.option_kind.size)
        profits(instance.rows, price, profit)
        profit *= self.kept
        table = np.zeros((len(instance.kinds), len(instance.sites)))
        np.maximum.at(table, (instance.option_kind, instance.option_site), profit)
        table[:, self.relaxed.room == 0.0] = 0.0
        units, sites = linear_sum_assignment(table[self.unit_kind], maximize=True)
        kinds = self.unit_kind[units]
        return Assignment(profit, table, kinds, sites, float(table[kinds, sites].sum()))

    def _judge(self, price: Floats) -> float:
        # Rounding of the sums must never put the bound below a value that a laydown attains.
        bound = self.value_at(price) * (1.0 + _ROUNDING)
        if bound < self.bound:
            self.bound = bound
            self.best_price = price.copy()
        return bound

    def shortfall(self) -> Floats:
        """How far each option is from being worth its kind and its site at the last prices, shape (options,)."""
        profit = np.empty(self.instance.option_kind.size)
        profits(self.instance.rows, self.now.price, profit)
        paid = self.now.kind[self.instance.option_kind] + self.now.site[self.instance.option_site]
        return np.maximum(paid - profit, 0.0)


def _relaxed(instance: Instance, worth: Floats) -> tuple[Relaxed, Floats]:
    """The relaxation, and the worth without what no option and no unit that stays can reach."""
    points = len(worth)
    rows = instance.rows

    def reached_by(flag: int) -> NDArray[np.bool_]:
        return np.bincount(rows.indices[(rows.flags & flag) > 0], minlength=points) > 0

    base = instance.base.astype(np.float64)
    # With a sensor there already, nobody needs to cue itself.
    base[:, 2] = np.where(base[:, 0] > 0, 0.0, base[:, 2])
    sensed = reached_by(SENSES) | (base[:, 0] > 0)
    engaged = reached_by(ENGAGES) | (base[:, 1] > 0)
    worth = np.where(np.arange(worth.shape[1]) == 0, sensed[:, None] * worth, engaged[:, None] * worth)
    steps = np.diff(worth[:, 1:], axis=1)
    counts = steps > 1e-15
    room = np.ones(len(instance.sites))
    room[list(instance.fixed_sites)] = 0.0
    relaxed = Relaxed(
        kind=instance.option_kind, site=instance.option_site, units=instance.counts.astype(np.float64), room=room,
        sensor_worth=np.ascontiguousarray(worth[:, 0]),
        layer_ptr=np.concatenate([[0], np.cumsum(counts.sum(axis=1))]).astype(np.int64),
        layer_worth=steps[counts], base=base, can_be_sensed=sensed,
    )  # fmt: skip
    return relaxed, worth


def _paces(instance: Instance, relaxed: Relaxed, scale: float) -> Paces:
    """Step sizes, each row weighed by how dear its price will be: the worth of its point, or of a unit."""
    rows = instance.rows
    points, options = len(relaxed.sensor_worth), instance.option_kind.size
    layers = np.diff(relaxed.layer_ptr)
    point_of = np.repeat(np.arange(points), layers)
    tiny = _TINY * scale
    first, second = np.zeros(points), np.zeros(points)
    first[layers > 0] = relaxed.layer_worth[relaxed.layer_ptr[:-1][layers > 0]]
    second[layers > 1] = relaxed.layer_worth[relaxed.layer_ptr[:-1][layers > 1] + 1]
    sensor_price = relaxed.sensor_worth + first + second + tiny
    layer_price = first + tiny
    cue_price = relaxed.layer_worth / 2.0 + tiny
    unit_price = scale / max(float(relaxed.units.sum()), 1.0)
    option_of = np.repeat(np.arange(options), np.diff(rows.indptr))
    sees, shoots = (rows.flags & SENSES) > 0, (rows.flags & ENGAGES) > 0
    alone = ~sees & ((rows.flags & CUES_ITSELF) > 0)
    amounts = rows.amounts.astype(np.float64)
    paid = sees * sensor_price[rows.indices] + (shoots + 1.0 * alone) * amounts * layer_price[rows.indices]
    cue_sum = np.bincount(point_of, weights=cue_price, minlength=points)
    seen_by = np.bincount(rows.indices, weights=sees * 1.0, minlength=points)
    shot_by = np.bincount(rows.indices, weights=shoots * amounts, minlength=points)
    cued_by = np.bincount(rows.indices, weights=alone * amounts, minlength=points)
    paid_by = np.bincount(option_of, weights=paid, minlength=options).astype(np.float64)
    return Paces(
        option=1.0 / (paid_by + 2.0 * unit_price),
        sensor=1.0 / (sensor_price + cue_sum),
        layer=1.0 / (layer_price[point_of] + cue_price),
        price=np.stack([sensor_price / (1.0 + seen_by), layer_price / (layers + shot_by + _TINY)], axis=1),
        cue=cue_price / (2.0 + cued_by[point_of]),
        kind=unit_price / np.maximum(np.diff(instance.kind_ptr), 1.0),
        site=unit_price / np.maximum(np.bincount(instance.option_site, minlength=len(instance.sites)), 1.0),
    )


def _start(instance: Instance, relaxed: Relaxed) -> Iterate:
    points, layers = len(relaxed.sensor_worth), relaxed.layer_worth.size
    share = instance.counts / np.maximum(np.diff(instance.kind_ptr), 1)
    return Iterate(
        option=np.minimum(share[instance.option_kind], 1.0), sensor=np.zeros(points), layer=np.zeros(layers),
        price=np.zeros((points, 3)), cue=np.zeros(layers), kind=np.zeros(len(instance.kinds)),
        site=np.zeros(len(instance.sites)), price_sum=np.zeros((points, 3)),
    )  # fmt: skip
