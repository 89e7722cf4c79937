"""Fit of a beta-binomial regression by its mode, with the curvature there.

The mean share is logistic in one covariate, the precision (alpha + beta) is one number, and a normal prior on
each of the three parameters keeps a fit to few nights finite. Gradient and Hessian are exact; the search is a
damped Newton, so the same input gives the same answer everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, expit, zeta

from egide.raids.outcome_model import beta_binomial_log_pmf

Floats = NDArray[np.float64]

_LEAST, _MOST = np.array([-12.0, -6.0, -5.0]), np.array([12.0, 6.0, 12.0])
_STEPS = 60


@dataclass(frozen=True, slots=True)
class Counts:
    """What is fitted: arrays of shape (nights,)."""

    launched: Floats
    through: Floats
    covariate: Floats
    weight: Floats


@dataclass(frozen=True, slots=True)
class Prior:
    """Independent normal priors of level [logit], slope [logit per covariate] and log precision."""

    mean: Floats
    deviation: Floats


@dataclass(frozen=True, slots=True)
class Mode:
    """Most probable level, slope and log precision, with the covariance of the normal that touches there."""

    theta: Floats
    covariance: Floats


def fit_mode(counts: Counts, prior: Prior) -> Mode:
    """Climb to the mode of the posterior from the prior's mean.

    Parameters
    ----------
    counts : Counts
        Launches, leakers, covariate and weight by night; may be empty.
    prior : Prior
        Means and deviations; a deviation of zero is not allowed.

    Returns
    -------
    Mode
        Parameters (level, slope, log precision), clipped to what doubles carry, and their covariance.
    """
    theta = prior.mean.copy()
    value, gradient, hessian = log_posterior(theta, counts, prior)
    floor = 1.0 / float(np.max(prior.deviation)) ** 2
    for _ in range(_STEPS):
        step = _climb(theta, gradient, hessian, floor)
        rise = float(gradient @ step)
        for _ in range(40):
            trial = np.clip(theta + step, _LEAST, _MOST)
            found = log_posterior(trial, counts, prior)
            if found[0] >= value + 1e-4 * float(gradient @ (trial - theta)):
                break
            step = 0.5 * step
        else:
            break
        theta, (value, gradient, hessian) = trial, found
        if rise < 1e-12 * (1.0 + abs(value)):
            break
    bend, axes = np.linalg.eigh(-hessian)
    covariance = (axes / np.maximum(bend, floor)) @ axes.T
    return Mode(theta, covariance)


def _climb(theta: Floats, gradient: Floats, hessian: Floats, floor: float) -> Floats:
    """Newton step that goes up, of length two at most, in the parameters not held at a limit."""
    held = ((theta <= _LEAST) & (gradient < 0.0)) | ((theta >= _MOST) & (gradient > 0.0))
    free = np.where(held, 0.0, 1.0)
    # Far from the top the surface is not concave: every direction is made to climb.
    bend, axes = np.linalg.eigh(hessian * np.outer(free, free) - np.diag(1.0 - free))
    step: Floats = axes @ ((axes.T @ (gradient * free)) / np.maximum(np.abs(bend), floor))
    return step * min(1.0, 2.0 / float(np.abs(step).max() + 1e-300))


def log_posterior(theta: Floats, counts: Counts, prior: Prior) -> tuple[float, Floats, Floats]:
    """Weighted log-likelihood plus log-prior, its gradient (3,) and Hessian (3, 3), constants left out."""
    n, k, x, w = counts.launched, counts.through, counts.covariate, counts.weight
    share = expit(theta[0] + theta[1] * x)
    precision = float(np.exp(theta[2]))
    a, b = share * precision, (1.0 - share) * precision
    by_a, by_b = digamma(k + a) - digamma(a), digamma(n - k + b) - digamma(b)
    by_aa, by_bb = zeta(2.0, k + a) - zeta(2.0, a), zeta(2.0, n - k + b) - zeta(2.0, b)
    by_size = digamma(precision) - digamma(n + precision)
    by_size_2 = zeta(2.0, precision) - zeta(2.0, n + precision)
    turn = precision * share * (1.0 - share)
    eta = (by_a - by_b) * turn
    eta_eta = (by_aa + by_bb) * turn * turn + eta * (1.0 - 2.0 * share)
    eta_size = (by_aa * a - by_bb * b) * turn + eta
    size = by_a * a + by_b * b + by_size * precision
    size_size = by_aa * a * a + by_bb * b * b + by_size_2 * precision**2 + size
    pull = (theta - prior.mean) / prior.deviation**2
    value = float(w @ beta_binomial_log_pmf(k, n, a, b)) - 0.5 * float(pull @ (theta - prior.mean))
    gradient = np.array([w @ eta, w @ (eta * x), w @ size]) - pull
    cross, cross_x, bend_x = w @ eta_size, w @ (eta_size * x), w @ (eta_eta * x)
    hessian = np.array(
        [
            [w @ eta_eta, bend_x, cross],
            [bend_x, w @ (eta_eta * x * x), cross_x],
            [cross, cross_x, w @ size_size],
        ]
    )
    return value, gradient, hessian - np.diag(1.0 / prior.deviation**2)
