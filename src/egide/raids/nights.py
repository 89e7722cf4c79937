"""The night effect: what all threats of a class share on one night, drawn by address for each trial."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from egide.kernels.raid_arrays import ST_NIGHT_KILL, ST_NIGHT_LOST, ST_NIGHT_SOFT
from egide.kernels.rng import uniform
from egide.raids.tables import RaidTables

Floats = NDArray[np.float64]


def night_draws(
    tables: RaidTables, seed: int, first_trial: int, trials: int
) -> tuple[Floats, Floats, Floats]:
    """Kill probabilities, soft-kill factors and loss chances of each trial's night.

    Parameters
    ----------
    tables : RaidTables
        With its night effect, an assumption stated there.
    seed, first_trial, trials : int
        Which trials.

    Returns
    -------
    kill : numpy.ndarray, shape (trials, kinds, classes)
        Beta with the stated mean and concentration; one uniform for each class and night, so that a bad night
        against a class is bad for every effector [1].
    soft : numpy.ndarray, shape (trials, classes)
        Gamma of mean one [1].
    lost : numpy.ndarray, shape (trials, classes)
        Beta [1].
    """
    from scipy.special import gammaincinv

    night = tables.night
    chance = tables.kill_probability
    classes = chance.shape[1]
    kill = np.tile(chance, (trials, 1, 1))
    if np.isfinite(night.kill_concentration):
        share = _uniforms(seed, first_trial, trials, ST_NIGHT_KILL, classes)
        for c in range(classes):
            # Few distinct values: each quantile function is computed once for all effectors that share it.
            for mean in np.unique(chance[:, c]):
                quantile = _beta(share[:, c], mean, night.kill_concentration)
                kill[:, chance[:, c] == mean, c] = quantile[:, np.newaxis]
    soft = np.ones((trials, classes))
    if np.isfinite(night.soft_shape):
        share = _uniforms(seed, first_trial, trials, ST_NIGHT_SOFT, classes)
        soft = np.asarray(gammaincinv(night.soft_shape, share) / night.soft_shape, dtype=np.float64)
    lost = np.tile(tables.classes.lost_fraction, (trials, 1))
    if np.isfinite(night.lost_concentration):
        share = _uniforms(seed, first_trial, trials, ST_NIGHT_LOST, classes)
        for c in range(classes):
            lost[:, c] = _beta(share[:, c], tables.classes.lost_fraction[c], night.lost_concentration)
    return kill, soft, lost


def _uniforms(seed: int, first_trial: int, trials: int, stream: int, count: int) -> Floats:
    draws = np.empty((trials, count))
    for row in range(trials):
        for k in range(count):
            draws[row, k] = uniform(seed, first_trial + row, stream, k)
    return draws


def _beta(share: Floats, mean: float, concentration: float) -> Any:
    from scipy.special import betaincinv

    if mean <= 0.0 or mean >= 1.0:
        return np.full(share.shape, mean)
    return betaincinv(concentration * mean, concentration * (1.0 - mean), share)
