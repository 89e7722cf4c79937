"""What every covering problem answers with."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Status(StrEnum):
    """How a search ended."""

    OPTIMAL = "optimal"
    """The bound proves that no choice is better, for the stated model."""
    GAP_REACHED = "gap_reached"
    """The bound proves the answer within the gap that was asked."""
    ITERATION_LIMIT = "iteration_limit"
    """The budget of iterations was spent first; the bound still holds."""
    TIME_LIMIT = "time_limit"
    """The time limit came first; the bound still holds, the answer may differ on another machine."""
    INFEASIBLE = "infeasible"
    """No choice meets the requirement; the answer says what cannot be met."""


def _none() -> NDArray[np.int64]:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class CoverAnswer:
    """A choice of sites with what it is worth and what no choice can beat.

    Attributes
    ----------
    sites : ndarray of int64
        Chosen row indices of `covers`, ascending; a site that holds several units appears several times.
    objective : float
        Value of the choice, in the unit of the weights (of the costs for `set_cover`).
    bound : float
        No choice is better than this: an upper bound when maximising, a lower bound when minimising.
    gap : float
        (bound - objective) / objective, turned round when minimising; 0 where both are 0.
    status : Status
        How the search ended.
    seconds : float
        Wall time of the call [s].
    uncoverable : ndarray of int64
        Points that no site covers, where covering them was required; empty otherwise.
    """

    sites: NDArray[np.int64]
    objective: float
    bound: float
    gap: float
    status: Status
    seconds: float
    uncoverable: NDArray[np.int64] = field(default_factory=_none)


def relative_gap(objective: float, bound: float) -> float:
    """Distance from objective to bound, relative to the objective; 0 where both are 0.

    Parameters
    ----------
    objective, bound : float
        Value reached and proven bound, whichever is the larger.

    Returns
    -------
    float
        |bound - objective| / |objective|; infinite where only the objective is 0.
    """
    distance = abs(bound - objective)
    if distance == 0.0:
        return 0.0
    return distance / abs(objective) if objective != 0.0 else math.inf


def target_of(objective: float, gap: float) -> float:
    """Bound at which a maximising search may stop: a hair inside the gap, so that rounding stays within."""
    return objective + objective * gap * (1.0 - 1e-9)
