"""Needs as mixed-integer programmes: fewest assets short, then least cost; or most value for a budget.

With x_k = 1 where unit k is bought, z_oa = 1 where measure o is built at asset a, and, for each threat t,

    S_ta <= seen_ta + sum_k sees_kta x_k                          somebody sees the threat over the asset
    E_ta <= waiting_ta + sum_k waits_kta x_k,  E_ta <= M S_ta     envelopes that a new cue wakes
    layers_ta = standing_ta + sum_k engages_kta x_k + E_ta + sum_o e_ot z_oa

an asset meets a requirement (m = 1) where layers_ta >= L and, on every axis, the warning that stands or that
one bought sensor adds reaches what is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from egide.model.catalogue_types import BALLISTIC
from egide.siting.clock import Clock
from egide.siting.exact import Model, prove
from egide.siting.needs_reach import Asked, NeedsInstance

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LAYERS_VALUED = 2
"""Layers beyond the most that is asked for that still have value; assumed."""


Limits = Sequence[tuple[Sequence[int], int]]
"""Requirements and how many assets they may be short of together."""


@dataclass(frozen=True)
class Choice:
    """What is bought and built, with what the solver proved of it."""

    columns: tuple[int, ...]
    """Columns of the instance."""
    measures: tuple[tuple[int, int], ...]
    """Offer and asset of each passive measure."""
    objective: float
    """What was asked for; infinite where the solver found nothing in its time."""
    bound: float
    """No choice is better than this."""
    finished: bool
    """Whether the solver ran its course."""

    @property
    def found(self) -> bool:
        """Whether there is a choice at all."""
        return bool(np.isfinite(self.objective))


@dataclass(frozen=True)
class Standing:
    """What a choice gives over the assets."""

    layers: Floats
    """Layers, measures counted for what they stand for, shape (threats, assets)."""
    units: Ints
    """Layers of effectors alone, same shape."""
    warning_s: Floats
    """Shape (threats, assets, axes); -1: none."""


def standing(
    instance: NeedsInstance, columns: Sequence[int], measures: Sequence[tuple[int, int]]
) -> Standing:
    """Work out what stands with a choice added."""
    chosen = np.asarray(columns, dtype=np.int64)
    seen = instance.seen | instance.column_sees[chosen].any(axis=0)
    woken = np.where(seen, instance.waiting + instance.column_waits[chosen].sum(axis=0), 0)
    units = instance.layers + instance.column_engages[chosen].sum(axis=0) + woken
    layers = units.astype(np.float64)
    for offer, asset in measures:
        layers[:, asset] += instance.measure_layers[offer]
    warning = np.maximum(instance.warning_s, instance.column_warning_s[chosen].max(axis=0, initial=-1.0))
    return Standing(layers, units, warning)


def meets(asked: Asked, stands: Standing) -> NDArray[np.bool_]:
    """Which assets of a requirement meet it, shape (assets of the requirement,)."""
    met = np.ones(asked.assets.size, dtype=np.bool_)
    for t in asked.threats:
        met &= stands.layers[t, asked.assets] >= asked.requirement.layers - 1e-9
        if asked.requirement.warning_s > 0.0:
            met &= (stands.warning_s[t, asked.assets] >= asked.requirement.warning_s).all(axis=1)
    return met


def short_of(instance: NeedsInstance, stands: Standing) -> Ints:
    """Assets that each requirement is short of, shape (requirements,)."""
    return np.array(
        [max(0, one.needed - int(meets(one, stands).sum())) for one in instance.asked],
        dtype=np.int64,
    )


def value(instance: NeedsInstance, scores: Floats, stands: Standing) -> float:
    """Worth of what stands: requirements by priority, assets by score, layers with falling value [1].

    Parameters
    ----------
    instance : NeedsInstance
    scores : ndarray of float
        Score of each asset, shape (assets,).
    stands : Standing
    """
    steps = _steps(instance)
    layered = np.minimum(np.maximum(stands.layers[:, :, None] - np.arange(steps.shape[1]), 0.0), 1.0)
    worth = float((_layer_weights(instance, scores)[:, :, None] * steps[:, None, :] * layered).sum())
    for one, per_axis in _warning_weights(instance, scores):
        for t in one.threats:
            warned = stands.warning_s[t, one.assets] >= one.requirement.warning_s
            worth += float((per_axis[:, None] * warned).sum())
    return worth


def _steps(instance: NeedsInstance) -> Floats:
    """Value of the first, second, ... layer over an asset, shape (threats, layers); the sum is 1."""
    most = max((one.requirement.layers for one in instance.asked), default=0) + LAYERS_VALUED
    each = instance.leak[:, None] ** np.arange(most)[None, :]
    return np.asarray(each / each.sum(axis=1, keepdims=True))


def _parts(one: Asked) -> tuple[float, float]:
    """Shares of layers and of warning in a requirement's value."""
    layers, warning = one.requirement.layers > 0, one.requirement.warning_s > 0.0
    return (0.5 if warning else 1.0) * layers, (0.5 if layers else 1.0) * warning


def _shares(one: Asked, scores: Floats) -> Floats:
    here = scores[one.assets]
    return one.weight * here / max(float(here.sum()), 1e-12) / max(len(one.threats), 1)


def _layer_weights(instance: NeedsInstance, scores: Floats) -> Floats:
    weights = np.zeros(instance.layers.shape)
    for one in instance.asked:
        for t in one.threats:
            weights[t, one.assets] += _parts(one)[0] * _shares(one, scores)
    return weights


def _warning_weights(instance: NeedsInstance, scores: Floats) -> list[tuple[Asked, Floats]]:
    axes = max(len(instance.axes), 1)
    return [
        (one, _parts(one)[1] * _shares(one, scores) / axes)
        for one in instance.asked
        if one.requirement.warning_s > 0.0
    ]


class _Rows:
    """Rows of a model, collected one by one."""

    def __init__(self) -> None:
        self.row: list[Ints] = []
        self.col: list[Ints] = []
        self.coef: list[Floats] = []
        self.low: list[float] = []
        self.high: list[float] = []

    def add(
        self, cols: Sequence[int] | Ints, coefs: Sequence[float] | Floats, low: float, high: float
    ) -> None:
        columns = np.asarray(cols, dtype=np.int64)
        self.row.append(np.full(columns.size, len(self.low), dtype=np.int64))
        self.col.append(columns)
        self.coef.append(np.broadcast_to(np.asarray(coefs, dtype=np.float64), columns.shape))
        self.low.append(low)
        self.high.append(high)

    def matrix(self, width: int) -> sp.csr_array:
        if not self.row:
            return sp.csr_array((0, width))
        row, col, coef = (np.concatenate(part) for part in (self.row, self.col, self.coef))
        return sp.csr_array(sp.coo_array((coef, (row, col)), shape=(len(self.low), width)))


class NeedsModel:
    """Variables and rows that all questions share."""

    def __init__(self, instance: NeedsInstance, scores: Floats, clock: Clock) -> None:
        self.instance, self.scores, self.clock = instance, scores, clock
        self.measures = [
            (o, a) for o in range(len(instance.offers)) for a in np.flatnonzero(instance.suits[o]).tolist()
            if instance.measure_layers[o].max(initial=0.0) > 0.0
        ]  # fmt: skip
        self.units = instance.column_offer.size
        self.first_measure = self.units
        self.first_met = self.first_measure + len(self.measures)
        sizes = [one.assets.size for one in instance.asked]
        self.met = [self.first_met + int(sum(sizes[:r])) for r in range(len(sizes))]
        self.first_short = self.first_met + int(sum(sizes))
        self.first_seen = self.first_short + len(sizes)
        self.pairs = [(int(t), int(a)) for t, a in np.argwhere(self._wakes())]
        self.pair = {pair: n for n, pair in enumerate(self.pairs)}
        self.first_woken = self.first_seen + len(self.pairs)
        self.width = self.first_woken + len(self.pairs)
        offer_cost = instance.costs_eur
        self.cost = (
            np.concatenate([offer_cost[instance.column_offer], [offer_cost[o] for o, _ in self.measures]])
            / 1e6
        )
        self.most = max((one.requirement.layers for one in instance.asked), default=0) + LAYERS_VALUED
        self.rows = _Rows()
        self._choose()
        self._cue()
        self._meet()

    def _wakes(self) -> NDArray[np.bool_]:
        """Threats and assets where a new cue would wake an envelope."""
        one = self.instance
        waits = (one.waiting > 0) | one.column_waits.any(axis=0)
        return np.asarray(waits & ~one.seen & one.column_sees.any(axis=0))

    def _choose(self) -> None:
        """One unit a site, no more than there are, those of a type far enough apart."""
        one, rows = self.instance, self.rows
        for site in range(len(one.sites)):
            here = np.flatnonzero(one.column_site == site)
            if here.size > 1:
                rows.add(here, [1.0], -np.inf, 1.0)
        measure_offer = np.array([o for o, _ in self.measures], dtype=np.int64)
        for number, offer in enumerate(one.offers):
            units = np.flatnonzero(one.column_offer == number)
            built = self.first_measure + np.flatnonzero(measure_offer == number)
            every = np.concatenate([units, built])
            if every.size > offer.option.count:
                rows.add(every, [1.0], -np.inf, float(offer.option.count))
        if one.min_separation_m > 0.0:
            self._keep_apart()

    def _keep_apart(self) -> None:
        one = self.instance
        away = np.hypot(*(one.site_xy_m[:, None] - one.site_xy_m[None]).transpose(2, 0, 1))
        item = np.array([offer.option.item for offer in one.offers])[one.column_offer]
        for name in dict.fromkeys(item.tolist()):
            alike = np.flatnonzero(item == name)
            for a, b in np.argwhere(np.triu(away < one.min_separation_m, 1)):
                first, second = (alike[one.column_site[alike] == site] for site in (a, b))
                if first.size and second.size:
                    self.rows.add(np.concatenate([first, second]), [1.0], -np.inf, 1.0)

    def _cue(self) -> None:
        one, rows = self.instance, self.rows
        for n, (t, a) in enumerate(self.pairs):
            seen, woken = self.first_seen + n, self.first_woken + n
            sees = np.flatnonzero(one.column_sees[:, t, a])
            waits = np.flatnonzero(one.column_waits[:, t, a])
            rows.add([seen, *sees], [1.0, *(-1.0 for _ in sees)], -np.inf, 0.0)
            rows.add([woken, *waits], [1.0, *(-1.0 for _ in waits)], -np.inf, float(one.waiting[t, a]))
            rows.add([woken, seen], [1.0, -float(self.most)], -np.inf, 0.0)

    def _layer_terms(self, t: int, a: int) -> tuple[list[int], list[float]]:
        """Variables that add layers over an asset, and how many each adds."""
        one = self.instance
        cols = np.flatnonzero(one.column_engages[:, t, a]).tolist()
        coefs = [1.0] * len(cols)
        if (t, a) in self.pair:
            cols.append(self.first_woken + self.pair[t, a])
            coefs.append(1.0)
        for n, (o, at) in enumerate(self.measures):
            if at == a and one.measure_layers[o, t] > 0.0:
                cols.append(self.first_measure + n)
                coefs.append(float(one.measure_layers[o, t]))
        return cols, coefs

    def _meet(self) -> None:
        one, rows = self.instance, self.rows
        for r, asked in enumerate(one.asked):
            met = self.met[r] + np.arange(asked.assets.size)
            rows.add([self.first_short + r, *met], [1.0] * (met.size + 1), float(asked.needed), np.inf)
            for position, a in enumerate(asked.assets.tolist()):
                for t in asked.threats:
                    self._meet_layers(asked, t, a, int(met[position]))
                    if asked.requirement.warning_s > 0.0:
                        self._meet_warning(asked, t, a, int(met[position]))

    def _meet_layers(self, asked: Asked, t: int, a: int, met: int) -> None:
        lacking = asked.requirement.layers - float(self.instance.layers[t, a])
        if lacking <= 0.0:
            return
        cols, coefs = self._layer_terms(t, a)
        # What one column adds beyond what is lacking proves nothing; cut off, the relaxation is tighter.
        self.rows.add([*cols, met], [*(min(c, lacking) for c in coefs), -lacking], 0.0, np.inf)

    def _meet_warning(self, asked: Asked, t: int, a: int, met: int) -> None:
        one, wanted = self.instance, asked.requirement.warning_s
        if one.threats[t].threat_class in BALLISTIC:
            # Lines of sight say nothing of warning against these, so it cannot be shown to be met.
            self.rows.add([met], [1.0], 0.0, 0.0)
            return
        for axis in range(len(one.axes)):
            if one.warning_s[t, a, axis] < wanted:
                warned = np.flatnonzero(one.column_warning_s[:, t, a, axis] >= wanted)
                self.rows.add([*warned, met], [*(1.0 for _ in warned), -1.0], 0.0, np.inf)

    def shortfall(self, wanted: Sequence[int], limits: Limits, budget_eur: float | None) -> Choice:
        """Fewest assets that some requirements are short of together, others held to their limits."""
        cost = np.zeros(self.width)
        cost[[self.first_short + r for r in wanted]] = 1.0
        return self._solve(cost, limits, budget_eur, absolute=0.999)

    def cheapest(self, limits: Limits, budget_eur: float | None) -> Choice:
        """Least cost that holds every limit on what requirements are short of; objective in EUR million."""
        cost = np.zeros(self.width)
        cost[: self.first_met] = self.cost
        return self._solve(cost, limits, budget_eur, absolute=1e-6)

    def best_value(self, budget_eur: float, gap: float) -> Choice:
        """Most value within a budget, whatever is met."""
        one, steps = self.instance, _steps(self.instance)
        weights = _layer_weights(one, self.scores)
        worth: list[float] = []
        rows = _Rows()
        base = 0.0
        for t, a in np.argwhere(weights > 0.0):
            gains = weights[t, a] * steps[t]
            first = self.width + len(worth)
            parts = first + np.arange(gains.size)
            worth += gains.tolist()
            cols, coefs = self._layer_terms(int(t), int(a))
            rows.add(
                [*parts, *cols], [1.0] * gains.size + [-c for c in coefs], -np.inf, float(one.layers[t, a])
            )
        for asked, per_axis in _warning_weights(one, self.scores):
            for t in asked.threats:
                for position, a in enumerate(asked.assets.tolist()):
                    for axis in range(len(one.axes)):
                        if one.warning_s[t, a, axis] >= asked.requirement.warning_s:
                            base += float(per_axis[position])
                            continue
                        warned = np.flatnonzero(
                            one.column_warning_s[:, t, a, axis] >= asked.requirement.warning_s
                        )
                        if warned.size:
                            rows.add(
                                [self.width + len(worth), *warned],
                                [1.0, *(-1.0 for _ in warned)],
                                -np.inf,
                                0.0,
                            )
                            worth.append(float(per_axis[position]))
        cost = np.concatenate([np.zeros(self.width), worth])
        found = self._solve(cost, (), budget_eur, absolute=1e-9, gap=gap, more=rows, maximise=True)
        return Choice(
            found.columns, found.measures, found.objective + base, found.bound + base, found.finished
        )

    def _solve(
        self, cost: Floats, limits: Limits, budget_eur: float | None, *, absolute: float,
        gap: float = 0.0, more: _Rows | None = None, maximise: bool = False,
    ) -> Choice:  # fmt: skip
        rows = _Rows()
        if budget_eur is not None:
            rows.add(np.arange(self.first_met), self.cost, -np.inf, budget_eur / 1e6 * (1.0 + 1e-12))
        for together, limit in limits:
            rows.add([self.first_short + r for r in together], [1.0] * len(together), -np.inf, float(limit))
        width = cost.size
        parts = [part for part in (self.rows, rows, more) if part is not None]
        high = np.ones(width)
        high[self.first_short : self.first_seen] = [one.needed for one in self.instance.asked]
        high[self.first_woken : self.width] = float(self.most)
        whole = np.zeros(width, dtype=np.bool_)
        whole[: self.first_met] = True
        if not maximise:
            whole[self.first_met : self.first_woken] = True
        else:
            # Value asks for no requirement to be met.
            whole[self.first_seen : self.first_woken] = True
        model = Model(
            maximise=maximise, cost=cost, low=np.zeros(width), high=high, whole=whole,
            matrix=sp.csr_array(sp.vstack([part.matrix(width) for part in parts])),
            row_low=np.concatenate([part.low for part in parts]),
            row_high=np.concatenate([part.high for part in parts]),
        )  # fmt: skip
        # Without a whole variable the relaxation is the model, and only its own value bounds it.
        proof = prove(model, self.clock, gap=gap, absolute=absolute, relax=not whole.any())
        if proof.point is None:
            return Choice((), (), np.inf if not maximise else -np.inf, proof.bound, False)
        taken = np.flatnonzero(proof.point[: self.first_met] > 0.5)
        columns = tuple(int(k) for k in taken if k < self.units)
        measures = tuple(self.measures[int(k) - self.units] for k in taken if k >= self.units)
        objective = float(cost @ proof.point)
        return Choice(columns, measures, objective, proof.bound, proof.finished)
