"""Classical waiting-line formulas that the simulator must reproduce, and that explain saturation.

References
----------
Erlang, A. K., "Solution of some problems in the theory of probabilities of significance in automatic
telephone exchanges", 1917. Palm, C., "Research on telephone traffic carried by full availability groups",
1957 (impatient customers).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egide.errors import InputError, Problem

Floats = NDArray[np.float64]

_NOTHING = -42.0
"""Logarithm of a share of 1e-18, below which a state cannot matter."""

_BLOCK = 1024


def _check(servers: int, load: float, **positive: float) -> None:
    problems = []
    if servers < 1:
        problems.append(Problem("queueing", "servers", servers, "give at least one channel"))
    if not (np.isfinite(load) and load >= 0.0):
        problems.append(Problem("queueing", "load", load, "give a finite offered load of 0 or more"))
    problems += [
        Problem("queueing", name, value, "give a finite number above 0")
        for name, value in positive.items()
        if not (np.isfinite(value) and value > 0.0)
    ]
    if problems:
        raise InputError(problems)


def erlang_b(servers: int, load: float) -> float:
    """Share of arrivals lost when nobody waits: Poisson arrivals, any law of the service time.

    Parameters
    ----------
    servers : int
        Channels.
    load : float
        Offered load: arrivals per second times mean engagement time [1].

    Returns
    -------
    float
        Loss probability; it depends on the law of the engagement time through its mean only.
    """
    _check(servers, load)
    loss = 1.0
    for k in range(1, servers + 1):
        loss = load * loss / (k + load * loss)
    return loss


def erlang_c(servers: int, load: float) -> float:
    """Share of arrivals that must wait when all wait: Poisson arrivals, exponential service.

    Parameters
    ----------
    servers : int
        Channels.
    load : float
        Offered load, below `servers`; at or above it everybody waits for ever and the share is 1.

    Returns
    -------
    float
    """
    loss = erlang_b(servers, load)
    if load >= servers:
        return 1.0
    return loss / (1.0 - load / servers * (1.0 - loss))


@dataclass(frozen=True)
class Impatience:
    """Steady state of a line whose customers leave when their patience ends."""

    abandoned_fraction: float
    """Share of arrivals that leave unserved [1]"""
    waiting_fraction: float
    """Share of arrivals that find every channel busy [1]"""
    mean_waiting: float
    """Mean number in the line [1]"""


def erlang_a(servers: int, arrivals_per_s: float, service_s: float, patience_s: float) -> Impatience:
    """Poisson arrivals, exponential service and exponential patience (M/M/c+M).

    Parameters
    ----------
    servers : int
        Channels.
    arrivals_per_s : float
        Arrival rate [1/s].
    service_s, patience_s : float
        Mean engagement time, and mean time for which a threat can be waited for [s].

    Returns
    -------
    Impatience
    """
    _check(servers, arrivals_per_s, service_s=service_s, patience_s=patience_s)
    if arrivals_per_s == 0.0:
        return Impatience(0.0, 0.0, 0.0)
    load = arrivals_per_s * service_s
    top = load if load <= servers else servers + (arrivals_per_s - servers / service_s) * patience_s

    def rates(n: NDArray[np.int64]) -> Floats:
        """Log of how much likelier a number in the system is than one less."""
        leave_per_s = np.minimum(n, servers) / service_s + np.maximum(0.0, n - servers) / patience_s
        return np.asarray(np.log(arrivals_per_s / leave_per_s))

    # Relative to the likeliest state, which no load overflows, both ways until what is left cannot matter.
    start = math.floor(top)
    above, below = np.zeros(1), np.zeros(1)
    while above[-1] > _NOTHING or start + above.size <= servers + 1:
        following = start + above.size + np.arange(_BLOCK + above.size)
        above = np.append(above, above[-1] + np.cumsum(rates(following)))
    while below[-1] > _NOTHING and below.size <= start:
        following = np.arange(start + 1 - below.size, max(0, start + 1 - 2 * below.size - _BLOCK), -1)
        below = np.append(below, below[-1] - np.cumsum(rates(following)))
    share = np.exp(np.append(below[:0:-1], above))
    share /= share.sum()
    present = start + 1 - below.size + np.arange(share.size)
    mean = float(share @ np.maximum(0, present - servers))
    waits = min(1.0, float(share[present >= servers].sum()))
    return Impatience(mean / patience_s / arrivals_per_s, waits, mean)
