"""Ranks from ordinal scores, and how much of them is a choice of weights.

CVRT scores are ordinal: 4 is more than 2, but not twice as much, and no weighting of the four is given by
nature. Two answers go with each rank. The exact one: the ranks an asset can take under any scoring at all
that rises with each score, which is its range over the linear extensions of the order "at least as high in
all four": 1 + those above it, to n - those below it - its equals, who share its rank under every scoring.
The other: its range under random linear weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from egide.kernels.rng import exponential
from egide.model.place import Asset

DRAWS: Final = 1_000
"""Random weightings drawn."""

_STREAM = 3_701
"""Stream of the weights' draws; their seed is fixed, since the ranks belong to the inputs alone."""


@dataclass(frozen=True)
class Ranking:
    """Ranks of assets, 1 first; equals share a rank. Arrays have shape (assets,)."""

    rank: NDArray[np.int64]
    """By tier, then the plain sum of scores."""
    low: NDArray[np.int64]
    """Best rank under any scoring that rises with each score; tiers are kept."""
    high: NDArray[np.int64]
    """Worst rank under any such scoring."""
    weights_low: NDArray[np.int64]
    """Tenth percentile under random weights."""
    weights_high: NDArray[np.int64]
    """Ninetieth percentile under random weights."""


def ranking(assets: Sequence[Asset]) -> Ranking:
    """Rank assets by tier and score, with the sensitivity of each rank to the weights."""
    scores = np.array(
        [(one.criticality, one.vulnerability, one.recuperability, one.threat) for one in assets],
        dtype=np.float64,
    ).reshape(-1, 4)
    tier = np.array([one.tier for one in assets], dtype=np.int64)
    ahead = (tier[:, None] > tier[None, :]).sum(axis=1)
    same = tier[:, None] == tier[None, :]
    at_least = (scores[None, :, :] >= scores[:, None, :]).all(axis=2)
    equal = at_least & at_least.T
    above = (same & at_least & ~equal).sum(axis=1)
    below_or_equal = (same & at_least.T).sum(axis=1)
    drawn = np.stack([_ranks(scores @ weights, same, ahead) for weights in random_weights()])
    edges = np.quantile(drawn, [0.1, 0.9], axis=0, method="inverted_cdf").astype(np.int64)
    return Ranking(
        _ranks(scores.sum(axis=1), same, ahead), ahead + 1 + above, ahead + 1 + same.sum(axis=1) - below_or_equal,
        edges[0], edges[1],
    )  # fmt: skip


def _ranks(
    total: NDArray[np.float64], same: NDArray[np.bool_], ahead: NDArray[np.int64]
) -> NDArray[np.int64]:
    # A hair's breadth keeps equal assets equal when weights round differently.
    higher = same & (total[None, :] > total[:, None] + 1e-9)
    ranks: NDArray[np.int64] = ahead + 1 + higher.sum(axis=1)
    return ranks


@cache
def random_weights(draws: int = DRAWS) -> NDArray[np.float64]:
    """Weights of four scores, uniform on those that sum to one, shape (draws, 4)."""
    raw = np.array([[exponential(0, trial, _STREAM, part) for part in range(4)] for trial in range(draws)])
    weights: NDArray[np.float64] = raw / raw.sum(axis=1, keepdims=True)
    weights.flags.writeable = False  # every ranking shares them
    return weights
