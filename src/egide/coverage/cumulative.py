"""What several sensors see together: independent, and with a common cause.

Independence flatters. Three sensors with a detection probability of 0.7 miss together with probability
0.027 only if nothing (fog, a storm, jamming, a tired night) ever hits all three at once. The common cause
here is a bad night: on a share of nights every Pd falls to a part of its mean, and on the others it is
higher so that each sensor keeps the mean it is stated with. Each sensor alone is then unchanged, and the
difference between the two figures is the dependence alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from egide.coverage.arguments import Arguments, Floats

BAD_NIGHT_FRACTION: Final = 1.0 / 3.0
"""Share of nights that are bad; assumed [1]."""
BAD_NIGHT_PD_FRACTION: Final = 2.0 / 7.0
"""What is left of a detection probability on a bad night, as a share of its mean; assumed [1]."""


@dataclass(frozen=True)
class NetworkPd:
    """Detection by at least one sensor, under both assumptions; show both."""

    independent_fraction: Floats
    """If nothing hits the sensors together [1]."""
    common_cause_fraction: Floats
    """With a common bad night [1]; never above the independent figure."""


def cumulative_pd(pd: ArrayLike, axis: int = 0) -> Floats:
    """Return the probability that at least one sensor detects, if they are independent: 1 - prod(1 - Pd).

    Parameters
    ----------
    pd : array_like
        Detection probabilities, sensors along `axis` [1].
    axis : int
        Axis of the sensors.

    Returns
    -------
    ndarray or float
        Probability [1], without that axis; 0 for no sensors.

    Raises
    ------
    InputError
        For probabilities outside 0 to 1 or an axis that is not there.
    """
    given = Arguments("cumulative_pd")
    array = _along(given, pd, axis)
    given.done()
    return _any_of(array)


def cumulative_pd_common_cause(
    pd: ArrayLike,
    axis: int = 0,
    *,
    bad_night_fraction: ArrayLike = BAD_NIGHT_FRACTION,
    bad_night_pd_fraction: ArrayLike = BAD_NIGHT_PD_FRACTION,
) -> Floats:
    """Return the probability that at least one sensor detects when bad nights hit all of them.

    With b the share of bad nights, a sensor of mean Pd p has p_bad on those and p_good on the others, where
    p_bad = max(share * p, (p - (1 - b)) / b) and p_good = (p - b * p_bad) / (1 - b): the mean stays p, and
    p_good never passes 1. The result is b * any(p_bad) + (1 - b) * any(p_good). Three sensors of 0.7 with
    the default (p_bad 0.2, p_good 0.95) give 0.829 against 0.973.

    Parameters
    ----------
    pd : array_like
        Mean detection probabilities, sensors along `axis` [1].
    axis : int
        Axis of the sensors.
    bad_night_fraction : array_like
        Share of bad nights, 0 to below 1, shape of the result or a scalar [1].
    bad_night_pd_fraction : array_like
        What is left of Pd on them; 1 is independence. An array has the shape of `pd` with the sensors
        first, or is a scalar [1].

    Returns
    -------
    ndarray or float
        Probability [1].

    Raises
    ------
    InputError
        For probabilities or shares outside 0 to 1.
    """
    given = Arguments("cumulative_pd_common_cause")
    mean = _along(given, pd, axis)
    bad = given.number("bad_night_fraction", bad_night_fraction, low=0.0, below=1.0)
    left = given.fraction("bad_night_pd_fraction", bad_night_pd_fraction)
    given.shapes(pd=mean, bad_night_fraction=bad, bad_night_pd_fraction=left)
    given.done()
    with np.errstate(over="ignore"):
        least = np.where(bad > 0.0, (mean - (1.0 - bad)) / np.where(bad > 0.0, bad, 1.0), 0.0)
    on_bad = np.clip(np.maximum(left * mean, least), 0.0, 1.0)
    on_good = np.clip((mean - bad * on_bad) / (1.0 - bad), 0.0, 1.0)
    return np.asarray(bad * _any_of(on_bad) + (1.0 - bad) * _any_of(on_good))[()]


def network_pd(
    pd: ArrayLike,
    axis: int = 0,
    *,
    bad_night_fraction: ArrayLike = BAD_NIGHT_FRACTION,
    bad_night_pd_fraction: ArrayLike = BAD_NIGHT_PD_FRACTION,
) -> NetworkPd:
    """Return both figures, since independence flatters.

    Parameters
    ----------
    pd, axis, bad_night_fraction, bad_night_pd_fraction
        As `cumulative_pd_common_cause`.

    Returns
    -------
    NetworkPd

    Raises
    ------
    InputError
        As `cumulative_pd_common_cause`.
    """
    return NetworkPd(
        cumulative_pd(pd, axis),
        cumulative_pd_common_cause(
            pd, axis, bad_night_fraction=bad_night_fraction, bad_night_pd_fraction=bad_night_pd_fraction
        ),
    )


def pd_without_each(pd: ArrayLike, axis: int = 0) -> Floats:
    """Return the independent cumulative Pd after the loss of each sensor in turn (N - 1).

    Parameters
    ----------
    pd : array_like
        Detection probabilities, sensors along `axis` [1].
    axis : int
        Axis of the sensors.

    Returns
    -------
    ndarray
        Probability without sensor i, of the shape of `pd`, sensors along `axis` [1].

    Raises
    ------
    InputError
        As `cumulative_pd`.
    """
    given = Arguments("pd_without_each")
    array = _along(given, pd, axis)
    given.done()
    # Products before and after each sensor: a Pd of 1 makes division by its own miss impossible.
    miss = 1.0 - array
    one = np.ones_like(miss[:1])
    before = np.cumprod(np.concatenate([one, miss[:-1]]), axis=0)
    after = np.cumprod(np.concatenate([one, miss[:0:-1]]), axis=0)[::-1]
    return np.moveaxis(1.0 - before * after, 0, axis)


def band_weighted_pd(pd_by_band: ArrayLike, band_weights: ArrayLike, axis: int = 0) -> Floats:
    """Return the mean detection probability over bands of echo or height.

    Parameters
    ----------
    pd_by_band : array_like
        Detection probabilities, bands along `axis` [1].
    band_weights : array_like
        Weight of each band, such as the share of threats in it, shape (bands,); scaled to sum to one.
    axis : int
        Axis of the bands.

    Returns
    -------
    ndarray or float
        Probability [1].

    Raises
    ------
    InputError
        For negative weights, weights that sum to zero or are not one for each band.
    """
    given = Arguments("band_weighted_pd")
    array = _along(given, pd_by_band, axis, "pd_by_band")
    weights = given.not_negative("band_weights", band_weights)
    given.done()
    if weights.shape != array.shape[:1]:
        given.refuse(
            "band_weights", weights.shape, f"must have one weight for each of {array.shape[0]} bands"
        )
    elif not weights.sum() > 0.0:
        given.refuse("band_weights", float(weights.sum()), "must not all be zero")
    given.done()
    return np.asarray(np.tensordot(weights / weights.sum(), array, axes=(0, 0)))[()]


def _along(given: Arguments, pd: ArrayLike, axis: int, name: str = "pd") -> Floats:
    """Read probabilities and bring the named axis to the front."""
    array = given.fraction(name, pd)
    if not -array.ndim <= axis < array.ndim:
        given.refuse("axis", axis, f"must be an axis of {name}, which has {array.ndim}")
        return array.reshape(1, *array.shape)
    return np.moveaxis(array, axis, 0)


def _any_of(pd: Floats) -> Floats:
    return np.asarray(1.0 - np.prod(1.0 - pd, axis=0))[()]
