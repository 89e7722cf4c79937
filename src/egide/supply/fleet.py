"""Availability of units that break and are mended by crews of their own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from egide.errors import InputError
from egide.supply.inputs import FloatArray


def fleet_availability(
    units: int, crews: int, failure_fraction_per_week: float, repair_fraction_per_week: float
) -> FloatArray:
    """Long-run probabilities of 0, 1, ... ready units of one kind.

    The weekly chain of the campaign without losses: each ready unit breaks down with one probability, each
    crew finishes the unit it works on with another.

    Parameters
    ----------
    units, crews : int
        Units, and repair crews trained on them.
    failure_fraction_per_week, repair_fraction_per_week : float
        The two probabilities.

    Returns
    -------
    (units + 1,) float array

    Raises
    ------
    InputError
        When a count is negative, or a probability is outside 0 to 1 or both are 0.
    """
    from scipy import stats

    f, r = failure_fraction_per_week, repair_fraction_per_week
    if units < 0 or crews < 0 or not (0.0 <= f <= 1.0 and 0.0 <= r <= 1.0) or f + r == 0.0:
        raise InputError.one(
            "fleet_availability", "units, crews, fractions", (units, crews, f, r),
            "give counts that are not negative and probabilities from 0 to 1, not both 0",
        )  # fmt: skip
    if f == 0.0:  # nothing ever breaks, whatever the crews could mend
        return np.asarray(np.eye(units + 1)[-1], dtype=np.float64)
    if r == 0.0 or crews == 0:
        return np.asarray(np.eye(units + 1)[0], dtype=np.float64)
    chain = np.zeros((units + 1, units + 1))
    for ready in range(units + 1):
        mended = stats.binom.pmf(np.arange(units + 1), min(units - ready, crews), r)
        broken = stats.binom.pmf(np.arange(units + 1), ready, f)
        for b in range(ready + 1):
            for m in range(units - ready + 1):
                chain[ready, ready - b + m] += broken[b] * mended[m]
    # Stationary law: one equation is redundant and gives way to the sum.
    system = np.vstack([chain.T - np.eye(units + 1), np.ones(units + 1)])
    right = np.append(np.zeros(units + 1), 1.0)
    found = np.linalg.lstsq(system, right, rcond=None)[0]
    return np.asarray(np.clip(found, 0.0, 1.0) / np.clip(found, 0.0, 1.0).sum(), dtype=np.float64)


def cost_of_types(
    units: int,
    crews: int,
    types: Sequence[int],
    failure_fraction_per_week: float,
    repair_fraction_per_week: float,
) -> dict[int, float]:
    """Mean share of units ready when the same units and crews are split over so many types.

    Crews trained on one type cannot mend another, so each split loses availability: what many types cost.

    Parameters
    ----------
    units, crews : int
        In all; both are split as evenly as whole numbers allow.
    types : sequence of int
        Numbers of types to compare.
    failure_fraction_per_week, repair_fraction_per_week : float
        As for `fleet_availability`.

    Returns
    -------
    dict
        Number of types -> mean share of units ready.

    Raises
    ------
    InputError
        As for `fleet_availability`, or when a number of types is below 1 or above the number of units.
    """
    found = {}
    for number in types:
        if not 1 <= number <= units:
            raise InputError.one("cost_of_types", "types", number, f"give 1 to {units} types")
        ready = 0.0
        for k in range(number):
            mine = units // number + (k < units % number)
            ours = crews // number + (k < crews % number)
            law = fleet_availability(mine, ours, failure_fraction_per_week, repair_fraction_per_week)
            ready += float(law @ np.arange(mine + 1))
        found[number] = ready / units
    return found
