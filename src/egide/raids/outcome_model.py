"""The outcome model: reported leakers of a night given its launches, from the nights before it.

A dynamic beta-binomial. The logit of a night's leak share is a line (with a bend) in the logarithm of the
launches, whose level wanders and whose nights scatter; how fast it wanders, how much nights scatter and
whether good and bad spells last are not known, so a bank of such models runs side by side and is mixed by how
well each predicted so far (fixed share, so that none is ever written off). Each member keeps its mean and
covariance by the linear Bayes update of West and Harrison, "Bayesian Forecasting and Dynamic Models" (2nd
ed., 1997, ch. 14); mixing follows Herbster and Warmuth, "Tracking the best expert" (1998).

It is a statistical model of *reported* leakers given launches: it neither forecasts raids nor validates the
kill chain. Everything here is a pure function: `predict` sees a belief and tonight's launches, never
tonight's outcome; `update` takes the forecast written down before and the outcome, and gives the next belief.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, expit, gammaln, zeta

Floats = NDArray[np.float64]

LEVEL_DRIFT = (0.0, 0.05, 0.1)
"""Standard deviation of the level's step per square root of a day [logit]."""
NIGHT_SCATTER = (0.2, 0.3, 0.45, 0.65, 0.95)
"""Standard deviation of a night about its level at 100 launches [logit]."""
SLOPE_DRIFT = (0.0, 0.02)
"""Standard deviation of the slope's step per square root of a day [logit per log launch]."""
SCATTER_POWER = (0.0, 0.4)
"""How fast scatter variance falls as launches grow: launches to minus this power."""
SPELLS = ((0.0, 1.0), (0.3, 0.8), (0.6, 0.95))
"""Deviation [logit] and daily persistence [1] of good and bad spells about the level: none, days, weeks.

Fast movement fades in these, so that a month without bulletins does not widen a prediction without end."""

PRIOR_LEVEL = (-1.5, 1.5)
"""Mean and deviation of the level before any night [logit]: 1 % to 80 % get through."""
PRIOR_SLOPE_DEVIATION = 0.5
PRIOR_BEND_DEVIATION = 0.2
SHARE_PER_NIGHT = 0.01
"""Weight handed back to all members alike each night [1]."""
EVEN_SHARE = 1e-6
"""Probability spread evenly over all counts [1]."""
_NEGLIGIBLE = 1e-6
_REFERENCE_LAUNCHES = 100.0
_SOFTENING = 10.0
"""Launches added inside the logarithm, so that nights of two and of five are not decades apart."""


@dataclass(frozen=True, slots=True)
class Bank:
    """Settings of the members, one entry each (see the module's constants for units)."""

    level_variance: Floats
    scatter_variance: Floats
    slope_variance: Floats
    scatter_power: Floats
    spell_variance: Floats
    spell_persistence: Floats

    def __len__(self) -> int:
        return len(self.level_variance)


@dataclass(frozen=True, slots=True)
class Belief:
    """What the bank knows after some nights.

    `mean` (members, 4) and `covariance` (members, 4, 4) of level, slope, bend and spell; `weight` (members,)
    sums to one; `day` is the last night seen, in days since 1970, or None before the first.
    """

    mean: Floats
    covariance: Floats
    weight: Floats
    day: int | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """A prediction written down before its outcome is read: each member's beta, and where it came from."""

    day: int
    launched: int
    alpha: Floats
    beta: Floats
    weight: Floats
    logit_mean: Floats
    logit_variance: Floats
    mean: Floats
    covariance: Floats
    gain: Floats
    """Covariance of the state with tonight's logit, shape (members, 4)."""

    def pmf(self) -> Floats:
        """Probability of 0, 1, ... launched through [1], the mixture of the members' beta-binomials.

        One part in a million is spread evenly, so that no report is called impossible.
        """
        heavy = self.weight > _NEGLIGIBLE
        k = np.arange(self.launched + 1, dtype=np.float64)
        log_pmf = beta_binomial_log_pmf(
            k[None, :], float(self.launched), self.alpha[heavy, None], self.beta[heavy, None]
        )
        mixed = self.weight[heavy] @ np.exp(log_pmf)
        even = EVEN_SHARE / (self.launched + 1)
        pmf: Floats = (1.0 - EVEN_SHARE) * mixed / mixed.sum() + even
        return pmf


def bank() -> Bank:
    """Members for every combination of the settings above; 180 of them, none fitted to any file."""
    settings = list(itertools.product(LEVEL_DRIFT, NIGHT_SCATTER, SLOPE_DRIFT, SCATTER_POWER, SPELLS))
    level, scatter, slope, power, spell = zip(*settings, strict=True)
    return Bank(
        level_variance=np.square(level),
        scatter_variance=np.square(scatter),
        slope_variance=np.square(slope),
        scatter_power=np.array(power),
        spell_variance=np.square([deviation for deviation, _ in spell]),
        spell_persistence=np.array([persistence for _, persistence in spell]),
    )


def prior_belief(members: Bank) -> Belief:
    """Belief before any night of a regime."""
    size = len(members)
    mean = np.zeros((size, 4))
    mean[:, 0] = PRIOR_LEVEL[0]
    covariance = np.zeros((size, 4, 4))
    covariance[:, 0, 0] = PRIOR_LEVEL[1] ** 2
    covariance[:, 1, 1] = PRIOR_SLOPE_DEVIATION**2
    covariance[:, 2, 2] = PRIOR_BEND_DEVIATION**2
    covariance[:, 3, 3] = members.spell_variance
    return Belief(mean, covariance, np.full(size, 1.0 / size), None)


def predict(members: Bank, belief: Belief, day: int, launched: int) -> Forecast:
    """Predict a night from a belief formed on earlier nights.

    Parameters
    ----------
    members : Bank
        From `bank()`.
    belief : Belief
        State after earlier nights only.
    day : int
        The night, in days since 1970; later than the belief's.
    launched : int
        What was launched that night, at least one.

    Returns
    -------
    Forecast
        Everything the prediction says; it holds no outcome.
    """
    gap_days = 0 if belief.day is None else day - belief.day
    mean, covariance = belief.mean.copy(), belief.covariance.copy()
    covariance[:, 0, 0] += members.level_variance * gap_days
    covariance[:, 1, 1] += members.slope_variance * gap_days
    fade = members.spell_persistence**gap_days
    mean[:, 3] *= fade
    covariance[:, 3, :] *= fade[:, None]
    covariance[:, :, 3] *= fade[:, None]
    covariance[:, 3, 3] += members.spell_variance * (1.0 - fade * fade)
    size = np.log((launched + _SOFTENING) / (_REFERENCE_LAUNCHES + _SOFTENING))
    features = np.array([1.0, size, size * size, 1.0])
    gain = covariance @ features
    logit_mean = mean @ features
    logit_variance = gain @ features + members.scatter_variance * np.exp(-members.scatter_power * size)
    alpha, beta = beta_of_logit(logit_mean, logit_variance)
    return Forecast(
        day, launched, alpha, beta, belief.weight, logit_mean, logit_variance, mean, covariance, gain
    )


def update(forecast: Forecast, through: int) -> Belief:
    """Belief after reading the outcome of a night that was predicted.

    Parameters
    ----------
    forecast : Forecast
        Written down before.
    through : int
        Reported leakers, between zero and the forecast's launches.
    """
    stopped = forecast.launched - through
    log_likelihood = beta_binomial_log_pmf(
        np.float64(through), float(forecast.launched), forecast.alpha, forecast.beta
    )
    weight = forecast.weight * np.exp(log_likelihood - log_likelihood.max())
    weight = (1.0 - SHARE_PER_NIGHT) * weight / weight.sum() + SHARE_PER_NIGHT / len(weight)
    alpha, beta = forecast.alpha + through, forecast.beta + stopped
    shift = (digamma(alpha) - digamma(beta) - forecast.logit_mean) / forecast.logit_variance
    learnt = (1.0 - (_trigamma(alpha) + _trigamma(beta)) / forecast.logit_variance) / forecast.logit_variance
    gain = forecast.gain
    mean = forecast.mean + gain * shift[:, None]
    covariance = forecast.covariance - gain[:, :, None] * gain[:, None, :] * learnt[:, None, None]
    return Belief(mean, covariance, weight, forecast.day)


def beta_binomial_log_pmf(
    through: Floats | np.float64, launched: float | Floats, alpha: Floats, beta: Floats
) -> Floats:
    """Log of the beta-binomial probability, arrays broadcast together [nats]."""
    stopped = launched - through
    log_pmf: Floats = (
        gammaln(launched + 1.0)
        - gammaln(through + 1.0)
        - gammaln(stopped + 1.0)
        + gammaln(through + alpha)
        + gammaln(stopped + beta)
        - gammaln(launched + alpha + beta)
        - gammaln(alpha)
        - gammaln(beta)
        + gammaln(alpha + beta)
    )
    return log_pmf


def beta_of_logit(mean: Floats, variance: Floats, steps: int = 40) -> tuple[Floats, Floats]:
    """Find the beta distributions whose logit has given moments.

    Solves digamma(a) - digamma(b) = mean and trigamma(a) + trigamma(b) = variance by a damped Newton in the
    logarithms of a and b.

    Parameters
    ----------
    mean, variance : array, shape (n,)
        Moments of the logit of a beta variate; variances positive.
    steps : int
        Most Newton steps; fewer when all have converged.

    Returns
    -------
    alpha, beta : array, shape (n,)
        Parameters, positive.
    """
    share = expit(mean)
    size = np.maximum(1.0 / (variance * share * (1.0 - share)), 1e-3)
    log_a, log_b = np.log(size * share + 0.3), np.log(size * (1.0 - share) + 0.3)
    for _ in range(steps):
        a, b = np.exp(log_a), np.exp(log_b)
        tri_a, tri_b = _trigamma(a), _trigamma(b)
        spread = tri_a + tri_b
        off_mean = digamma(a) - digamma(b) - mean
        off_spread = np.log(spread / variance)
        j11, j12 = tri_a * a, -tri_b * b
        # The derivative of trigamma is -2 zeta(3, x).
        j21, j22 = -2.0 * zeta(3.0, a) * a / spread, -2.0 * zeta(3.0, b) * b / spread
        determinant = j11 * j22 - j12 * j21
        step_a = np.clip((off_mean * j22 - j12 * off_spread) / determinant, -1.5, 1.5)
        step_b = np.clip((j11 * off_spread - j21 * off_mean) / determinant, -1.5, 1.5)
        log_a, log_b = log_a - step_a, log_b - step_b
        if max(np.abs(step_a).max(), np.abs(step_b).max()) < 1e-11:
            break
    return np.exp(log_a), np.exp(log_b)


def _trigamma(x: Floats) -> Floats:
    tri: Floats = zeta(2.0, x)
    return tri
