"""The four baselines that any statement about reported leakers must face.

Pooled binomial; static beta-binomial; static beta-binomial with log(launched); and the same refitted each
night on earlier nights with weights that halve every 30 days. Means are logit-linear, precision is one
number. Static ones are fitted once, on the training nights. All score *reported* leakers given launches; none
forecasts raids or validates the kill chain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, gammaln, xlog1py, xlogy

from egide.raids.hindcast_fit import Counts, Prior, fit_mode
from egide.raids.hindcast_nights import Nights
from egide.raids.outcome_model import beta_binomial_log_pmf

Floats = NDArray[np.float64]

POOLED = "pooled_binomial"
STATIC = "static_beta_binomial"
STATIC_LOG = "static_beta_binomial_log_launched"
ROLLING = "rolling_beta_binomial_log_launched"
BASELINES = (POOLED, STATIC, STATIC_LOG, ROLLING)

HALF_LIFE_DAYS = 30.0
_FLOOR = 1e-300

# Weak pulls that only matter with a handful of nights: logit share about -1.7, precision about 20, both with
# a standard deviation of ten on their own scale.
_PRIOR = Prior(np.array([-1.7, 0.0, 3.0]), np.full(3, 10.0))


@dataclass(frozen=True, slots=True)
class BetaBinomial:
    """A fitted beta-binomial: logit mean share = `level` + `slope` log(launched / 100)."""

    level: float
    slope: float
    log_precision: float
    """Log of alpha + beta; large means hardly more scatter than a binomial."""

    def pmf(self, launched: int) -> Floats:
        """Probability of 0, 1, ... launched through [1]."""
        share = float(np.clip(expit(self.level + self.slope * np.log(launched / 100.0)), 1e-9, 1.0 - 1e-9))
        precision = float(np.exp(self.log_precision))
        k = np.arange(launched + 1, dtype=np.float64)
        alpha, beta = np.array(share * precision), np.array((1.0 - share) * precision)
        return _distribution(beta_binomial_log_pmf(k, float(launched), alpha, beta))


@dataclass(frozen=True, slots=True)
class Binomial:
    """A binomial with one share for all nights [1]."""

    share_fraction: float

    def pmf(self, launched: int) -> Floats:
        """Probability of 0, 1, ... launched through [1]."""
        k = np.arange(launched + 1, dtype=np.float64)
        log_choose = gammaln(launched + 1.0) - gammaln(k + 1.0) - gammaln(launched - k + 1.0)
        log_pmf = log_choose + xlogy(k, self.share_fraction) + xlog1py(launched - k, -self.share_fraction)
        return _distribution(log_pmf)


def _distribution(log_pmf: Floats) -> Floats:
    """Probabilities that sum to one; the floor keeps a log score finite where doubles end."""
    pmf: Floats = np.maximum(np.exp(log_pmf), _FLOOR)
    pmf /= pmf.sum()
    return pmf


def fit_binomial(nights: Nights) -> Binomial:
    """Pool all nights; half a leaker in one launch is added so that no share is exactly zero or one."""
    return Binomial((float(nights.through.sum()) + 0.5) / (float(nights.launched.sum()) + 1.0))


def fit_beta_binomial(nights: Nights, *, log_launched: bool, weight: Floats | None = None) -> BetaBinomial:
    """Fit a beta-binomial by weighted maximum likelihood (with a negligible pull towards usual values).

    Parameters
    ----------
    nights : Nights
        Nights of one regime; may be empty, which gives the usual values.
    log_launched : bool
        Whether the mean share depends on the launches; the slope is zero otherwise.
    weight : array, shape (nights,), optional
        Weight of each night [1]; one when absent.
    """
    n, k = nights.launched.astype(np.float64), nights.through.astype(np.float64)
    w = np.ones(len(nights)) if weight is None else weight
    x = np.log(n / 100.0) if log_launched else np.zeros(len(nights))
    level, slope, log_precision = fit_mode(Counts(n, k, x, w), _PRIOR).theta.tolist()
    # Without a covariate the slope stays at its prior mean of zero but for rounding.
    return BetaBinomial(level, slope if log_launched else 0.0, log_precision)


def fit_rolling(history: Nights, day: int) -> BetaBinomial:
    """Fit to nights before `day`, their weights halving every `HALF_LIFE_DAYS`."""
    weight = 0.5 ** ((day - history.day) / HALF_LIFE_DAYS)
    return fit_beta_binomial(history, log_launched=True, weight=weight)
