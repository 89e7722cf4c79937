"""Track initiation by M detections among the last N scans, exactly, scan by scan.

The state is which of the last N - 1 scans detected, as bits; the chain of these states has no
approximation in it (Castella, "Sliding window detection probabilities", IEEE Trans. AES 12, 1976).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from egide.kernels.jit import jit


@jit
def _ones(bits: int) -> int:
    count = 0
    while bits:
        bits &= bits - 1
        count += 1
    return count


@jit
def first_confirmation(pd: NDArray[np.float64], m: int, n: int, out: NDArray[np.float64]) -> None:
    """Probability that the window first holds M detections at each scan.

    `pd` and `out` have the shape (cases, scans). Scans before the first count as misses.
    """
    states = 1 << (n - 1)
    keep = states - 1
    now = np.zeros(states)
    new = np.zeros(states)
    for case in range(pd.shape[0]):
        now[:] = 0.0
        now[0] = 1.0
        for scan in range(pd.shape[1]):
            p = pd[case, scan]
            new[:] = 0.0
            confirmed = 0.0
            for state in range(states):
                mass = now[state]
                if mass == 0.0:
                    continue
                if _ones(state) + 1 >= m:
                    confirmed += mass * p
                else:
                    new[((state << 1) | 1) & keep] += mass * p
                new[(state << 1) & keep] += mass * (1.0 - p)
            out[case, scan] = confirmed
            now[:] = new


@jit
def mean_scans(p: float, m: int, n: int) -> float:
    """Mean number of scans to the first window with M detections at a constant probability above 0.

    States are eliminated one by one without a subtraction (Grassmann, Taksar and Heyman, "Regenerative
    analysis and steady state distributions for Markov chains", Operations Research 33, 1985), so that
    rare events keep their digits.
    """
    size = 1 << (n - 1)
    move = np.zeros((size, size))
    leave = np.zeros(size)
    wait = np.ones(size)
    for state in range(size):
        if _ones(state) + 1 >= m:
            leave[state] += p
        else:
            move[state, ((state << 1) | 1) & (size - 1)] += p
        move[state, (state << 1) & (size - 1)] += 1.0 - p
    for k in range(size - 1, 0, -1):
        total = leave[k]
        for j in range(k):
            total += move[k, j]
        if total <= 0.0:
            # Only where a probability is so small that its powers vanish; the mean is then infinite.
            continue
        for i in range(k):
            share = move[i, k] / total
            if share == 0.0:
                continue
            for j in range(k):
                move[i, j] += share * move[k, j]
            leave[i] += share * leave[k]
            wait[i] += share * wait[k]
    if leave[0] <= 0.0:
        return math.inf
    mean: float = wait[0] / leave[0]
    return mean
