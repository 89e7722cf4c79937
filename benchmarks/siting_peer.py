"""One maximal cover in a process of its own, by Égide or by spopt with CBC, so that whole runs compare.

`python -m benchmarks.siting_peer {egide,spopt} SITES POINTS RADIUS LIMIT SEED` prints one JSON line.
"""

from __future__ import annotations

import json
import sys

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray


def planar(
    sites: int, points: int, radius: float, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Sites, points and weights in the manner of Cordeau, Furini and Ljubic (2019).

    Both are uniform on [0, 30]^2, weights whole from 1 to 100; `radius` is part of the signature so that an
    instance is named by the same numbers everywhere.
    """
    del radius
    draw = np.random.default_rng(seed)
    at = draw.uniform(0.0, 30.0, (sites, 2))
    of = draw.uniform(0.0, 30.0, (points, 2))
    return at, of, draw.integers(1, 101, points).astype(np.float64)


def cover_rows(at: NDArray[np.float64], of: NDArray[np.float64], radius: float) -> sp.csr_array:
    """Cover sets of discs, sites x points; a tree of points only where it repays its import."""
    if at.shape[0] * of.shape[0] <= 50_000_000:
        near = [np.nonzero(((of - site) ** 2).sum(axis=1) <= radius**2)[0] for site in at]
    else:
        from scipy.spatial import cKDTree

        near = list(cKDTree(of).query_ball_point(at, radius, return_sorted=True))
    indptr = np.concatenate(([0], np.cumsum([len(row) for row in near])))
    indices = np.concatenate([np.asarray(row, np.int32) for row in near])
    return sp.csr_array((np.ones(indices.shape[0], bool), indices, indptr), shape=(len(at), len(of)))


def by_egide(sites: int, points: int, radius: float, limit: int, seed: int) -> float:
    """Objective of a proven optimum by Égide."""
    from egide.siting import maximal_cover

    at, of, weights = planar(sites, points, radius, seed)
    return maximal_cover(cover_rows(at, of, radius), weights, limit, gap=0.0, time_limit_s=600).objective


def by_spopt(sites: int, points: int, radius: float, limit: int, seed: int) -> float:
    """Objective of a proven optimum by spopt's model and PuLP's CBC."""
    import pulp
    from spopt.locate import MCLP

    at, of, weights = planar(sites, points, radius, seed)
    distance = np.sqrt(((of[:, None, :] - at[None, :, :]) ** 2).sum(axis=2))
    model = MCLP.from_cost_matrix(distance, weights, radius, p_facilities=limit)
    model = model.solve(pulp.PULP_CBC_CMD(msg=False), results=False)
    return float(model.problem.objective.value())


def main(arguments: list[str]) -> None:
    """Solve the named instance and print its objective."""
    solver = {"egide": by_egide, "spopt": by_spopt}[arguments[0]]
    sites, points, limit, seed = (int(arguments[k]) for k in (1, 2, 4, 5))
    print(json.dumps({"objective": solver(sites, points, float(arguments[3]), limit, seed)}))


if __name__ == "__main__":
    main(sys.argv[1:])
