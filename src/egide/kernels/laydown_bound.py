"""Primal-dual steps on the linear relaxation of the laydown problem, for its prices.

Shares of options, "a point is sensed" and "a layer counts" are primal; prices of sensing and engaging each
point, of each layer's cue, of each kind's units and of each site are dual. Steps are those of Chambolle and
Pock (2011) with one step size for each row and column (Pock and Chambolle 2011). Any prices give a bound, so
nothing here need have converged.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from egide.kernels.jit import jit
from egide.kernels.laydown import CUES_ITSELF, ENGAGES, SENSES, Reached


class Relaxed(NamedTuple):
    """The relaxation: who may stand where, and what points and layers are worth."""

    kind: NDArray[np.int64]
    site: NDArray[np.int64]
    units: NDArray[np.float64]
    """Units of each kind."""
    room: NDArray[np.float64]
    """Units that each site takes: one, or none where a unit stays."""
    sensor_worth: NDArray[np.float64]
    """Value of a sensor over each point."""
    layer_ptr: NDArray[np.int64]
    """Layers of point p are `layer_ptr[p]:layer_ptr[p + 1]`."""
    layer_worth: NDArray[np.float64]
    base: NDArray[np.float64]
    """Sensors, layers and self-cued layers there already, shape (points, 3)."""
    can_be_sensed: NDArray[np.bool_]


class Paces(NamedTuple):
    """Step sizes of every column and row."""

    option: NDArray[np.float64]
    sensor: NDArray[np.float64]
    layer: NDArray[np.float64]
    price: NDArray[np.float64]
    """Of sensing and engaging, shape (points, 2)."""
    cue: NDArray[np.float64]
    kind: NDArray[np.float64]
    site: NDArray[np.float64]


class Iterate(NamedTuple):
    """Where the steps have come to; changed by them."""

    option: NDArray[np.float64]
    sensor: NDArray[np.float64]
    layer: NDArray[np.float64]
    price: NDArray[np.float64]
    """Of sensing, of engaging, and of cueing oneself without sensing for others, shape (points, 3)."""
    cue: NDArray[np.float64]
    kind: NDArray[np.float64]
    site: NDArray[np.float64]
    price_sum: NDArray[np.float64]
    """Sum of the prices over the steps."""


@jit
def profits(reached: Reached, price: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Sum of the prices of what each option senses, may engage, and cues itself on without sensing for others."""
    indptr, indices, flags, amounts = reached
    # The price of one layer of every point under every flag, so that the long loop has no branches.
    by_flag = np.zeros((price.shape[0], 8))
    for p in range(price.shape[0]):
        for flag in range(8):
            if flag & SENSES:
                by_flag[p, flag] += price[p, 0]
            elif flag & CUES_ITSELF:
                by_flag[p, flag] += price[p, 2]
            if flag & ENGAGES:
                by_flag[p, flag] += price[p, 1]
    for option in range(out.size):
        total = 0.0
        for at in range(indptr[option], indptr[option + 1]):
            p = indices[at]
            flag = int(flags[at])
            total += by_flag[p, flag]
            if amounts[at] > 1:
                total += (int(amounts[at]) - 1) * (by_flag[p, flag] - (flag & 1) * price[p, 0])
        out[option] = total


@jit
def loads(reached: Reached, share: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Sensors, layers and layers that cue themselves without sensing over each point, for shares of options."""
    indptr, indices, flags, amounts = reached
    out[:] = 0.0
    for option in range(share.size):
        if share[option] == 0.0:
            continue
        for at in range(indptr[option], indptr[option + 1]):
            p = indices[at]
            flag = int(flags[at])
            if flag & SENSES:
                out[p, 0] += share[option]
            elif flag & CUES_ITSELF:
                out[p, 2] += share[option] * int(amounts[at])
            if flag & ENGAGES:
                out[p, 1] += share[option] * int(amounts[at])


@jit
def _step_options(
    relaxed: Relaxed, reached: Reached, paces: Paces, now: Iterate, balance: float,
    profit: NDArray[np.float64], ahead: NDArray[np.float64],
) -> None:  # fmt: skip
    """Move the shares of the options, look ahead, and move the prices of kinds and sites."""
    profits(reached, now.price, profit)
    of_kind = np.zeros(now.kind.size)
    of_site = np.zeros(now.site.size)
    for o in range(profit.size):
        kind = relaxed.kind[o]
        site = relaxed.site[o]
        worth = profit[o] - now.kind[kind] - now.site[site]
        share = min(1.0, max(0.0, now.option[o] + balance * paces.option[o] * worth))
        ahead[o] = 2.0 * share - now.option[o]
        now.option[o] = share
        of_kind[kind] += ahead[o]
        of_site[site] += ahead[o]
    for k in range(of_kind.size):
        over = of_kind[k] - relaxed.units[k]
        now.kind[k] = max(0.0, now.kind[k] + paces.kind[k] / balance * over)
    for j in range(of_site.size):
        over = of_site[j] - relaxed.room[j]
        now.site[j] = max(0.0, now.site[j] + paces.site[j] / balance * over)


@jit
def _step_points(
    relaxed: Relaxed, paces: Paces, now: Iterate, balance: float, load: NDArray[np.float64]
) -> None:
    """Move what is sensed and which layers count, then the prices of the points."""
    for p in range(now.sensor.size):
        first = relaxed.layer_ptr[p]
        last = relaxed.layer_ptr[p + 1]
        worth = relaxed.sensor_worth[p] - now.price[p, 0]
        for q in range(first, last):
            worth += now.cue[q]
        sensed = min(1.0, max(0.0, now.sensor[p] + balance * paces.sensor[p] * worth))
        if not relaxed.can_be_sensed[p]:
            sensed = 0.0
        sensed_ahead = 2.0 * sensed - now.sensor[p]
        now.sensor[p] = sensed
        layers = 0.0
        cues = 0.0
        for q in range(first, last):
            worth = relaxed.layer_worth[q] - now.price[p, 1] - now.cue[q]
            layer = min(1.0, max(0.0, now.layer[q] + balance * paces.layer[q] * worth))
            ahead = 2.0 * layer - now.layer[q]
            now.layer[q] = layer
            layers += ahead
            over = ahead - sensed_ahead - load[p, 2] - relaxed.base[p, 2]
            now.cue[q] = max(0.0, now.cue[q] + paces.cue[q] / balance * over)
            cues += now.cue[q]
        over = sensed_ahead - load[p, 0] - relaxed.base[p, 0]
        now.price[p, 0] = max(0.0, now.price[p, 0] + paces.price[p, 0] / balance * over)
        over = layers - load[p, 1] - relaxed.base[p, 1]
        now.price[p, 1] = max(0.0, now.price[p, 1] + paces.price[p, 1] / balance * over)
        now.price[p, 2] = cues
        for column in range(3):
            now.price_sum[p, column] += now.price[p, column]


@jit
def primal_dual_steps(
    steps: int, balance: float, relaxed: Relaxed, reached: Reached, paces: Paces, now: Iterate
) -> None:
    """Take some steps; `balance` weighs primal against dual ones."""
    profit = np.empty(now.option.size)
    ahead = np.empty(now.option.size)
    load = np.empty(now.price.shape)
    for _ in range(steps):
        _step_options(relaxed, reached, paces, now, balance, profit, ahead)
        loads(reached, ahead, load)
        _step_points(relaxed, paces, now, balance, load)
