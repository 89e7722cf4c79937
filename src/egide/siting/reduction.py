"""A smaller instance with the same answers: like points merged, useless sites dropped, names canonical."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egide.kernels.covering import (
    column_sums,
    dominated_rows,
    merge_columns,
    row_sums,
    transpose,
)

_DOMINATION_WORK = 60_000_000  # pair visits; beyond that the test costs more than it saves
_PAIRS_OF_ROUNDS = 2  # of refinement; after merging, columns differ, so two tell nearly all sites apart


@dataclass(frozen=True, slots=True, eq=False)
class Reduced:
    """Cover sets of merged points.

    Attributes
    ----------
    indptr, indices : ndarray
        Compressed rows, sites x groups; int64 and int32.
    by_point, point_sites : ndarray
        The same by group; int64 and int32.
    weights : ndarray of float64
        Weight of each group, positive.
    costs : ndarray of float64
        Cost of each site.
    sites : ndarray of int64
        Row of the original instance of each site.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    by_point: NDArray[np.int64]
    point_sites: NDArray[np.int32]
    weights: NDArray[np.float64]
    costs: NDArray[np.float64]
    sites: NDArray[np.int64]


def _words(count: int, salt: int) -> NDArray[np.uint64]:
    """Pseudo-random words by position, by SplitMix64."""
    return _mix(np.arange(1, count + 1, dtype=np.uint64) + np.uint64(salt) * np.uint64(0xD1342543DE82EF95))


def _mix(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Finaliser of SplitMix64, elementwise."""
    z = words * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _merge(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], weights: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Join points with equal cover sets; points of weight 0 or without a site are left out."""
    points = weights.shape[0]
    degree_like = np.zeros(points, np.bool_)
    degree_like[indices] = True
    kept = np.nonzero(degree_like & (weights > 0.0))[0]
    salt = 0
    while True:
        hashes = column_sums(indptr, indices, _words(indptr.shape[0] - 1, salt), points)
        _, inverse, size = np.unique(hashes[kept], return_inverse=True, return_counts=True)
        group = np.full(points, -1, np.int64)
        group[kept] = inverse
        out_indptr = np.empty_like(indptr)
        out_indices = np.empty_like(indices)
        if merge_columns(indptr, indices, group, size.astype(np.int64), out_indptr, out_indices):
            merged = np.bincount(inverse, weights[kept], minlength=size.shape[0])
            return out_indptr, out_indices[: out_indptr[-1]].copy(), merged.astype(np.float64)
        salt += 1  # two different columns met in one hash: draw other words


def take_rows(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The named rows of compressed rows, in the named order."""
    length = np.diff(indptr)[rows]
    out = np.zeros(rows.shape[0] + 1, np.int64)
    np.cumsum(length, out=out[1:])
    take = np.arange(out[-1]) + np.repeat(indptr[rows] - out[:-1], length)
    return out, indices[take]


def _canonical(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], weights: NDArray[np.float64],
    costs: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:  # fmt: skip
    """Orders of sites and groups that do not depend on the order they were given in.

    Colours of the bipartite graph are refined by sums of mixed words (the one-dimensional
    Weisfeiler-Leman test), so that a permuted, scaled or repeated instance is searched in the same way.
    Only sites alike in structure are left to weight and, last, to the order given.
    """
    points = weights.shape[0]
    by_point, point_sites = transpose(indptr, indices, points)
    _, cost_rank = np.unique(costs, return_inverse=True)
    site_word = _mix(np.diff(indptr).astype(np.uint64) * np.uint64(2654435761) + cost_rank.astype(np.uint64))
    point_word = _mix(np.diff(by_point).astype(np.uint64) + np.uint64(7))
    for _ in range(_PAIRS_OF_ROUNDS):
        site_word = _mix(site_word + row_sums(indptr, indices, point_word))
        point_word = _mix(point_word + row_sums(by_point, point_sites, site_word))
    covered = np.add.reduceat(np.append(weights[indices], 0.0), indptr[:-1]) if indices.size else weights[:0]
    if indices.size:
        covered = np.where(np.diff(indptr) > 0, covered, 0.0)
    site_order = np.lexsort((covered, site_word)) if indices.size else np.arange(indptr.shape[0] - 1)
    return site_order.astype(np.int64), np.lexsort((weights, point_word)).astype(np.int64)


def _useful(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], points: int, costs: NDArray[np.float64],
    dominate: bool,
) -> NDArray[np.int64]:  # fmt: skip
    """Sites that cover something and, where one site may stand for another, are not dominated."""
    useful = np.diff(indptr) > 0
    if dominate:
        by_point, point_sites = transpose(indptr, indices, points)
        degree = np.diff(by_point).astype(np.float64)
        work = float((degree**2).sum()) + float(indptr.shape[0]) ** 2
        if work <= _DOMINATION_WORK:
            useful &= ~dominated_rows(indptr, indices, by_point, point_sites, costs)
    return np.nonzero(useful)[0].astype(np.int64)


def reduce_covers(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[np.float64],
    costs: NDArray[np.float64],
    sites: NDArray[np.int64],
    *,
    dominate: bool,
) -> Reduced:
    """Merge like points, drop useless sites and give the rest canonical names.

    Parameters
    ----------
    indptr, indices : ndarray
        Canonical compressed rows, sites x points; int64 and int32.
    weights : ndarray of float64, shape (points,)
        Weight of each point, 0 or more.
    costs : ndarray of float64, shape (sites,)
        Cost of each site.
    sites : ndarray of int64, shape (sites,)
        Name under which each row is to be reported.
    dominate : bool
        Whether a site contained in another that costs no more may be dropped.

    Returns
    -------
    Reduced
        An instance with the same best value.
    """
    indptr, indices, merged = _merge(indptr, indices, weights)
    useful = _useful(indptr, indices, merged.shape[0], costs, dominate)
    if useful.shape[0] < costs.shape[0]:
        indptr, indices = take_rows(indptr, indices, useful)
        costs, sites = costs[useful], sites[useful]
        indptr, indices, merged = _merge(indptr, indices, merged)
    site_order, point_order = _canonical(indptr, indices, merged, costs)
    place = np.empty(point_order.shape[0], np.int32)
    place[point_order] = np.arange(point_order.shape[0], dtype=np.int32)
    # Renaming by two transpositions leaves every row sorted again.
    indptr, indices = take_rows(indptr, place[indices], site_order)
    by_point, point_sites = transpose(indptr, indices, merged.shape[0])
    indptr, indices = transpose(by_point, point_sites, site_order.shape[0])
    return Reduced(
        indptr, indices, by_point, point_sites, merged[point_order], costs[site_order], sites[site_order]
    )


def quantum(values: NDArray[np.float64]) -> float:
    """Largest step of which every value is a multiple, 0 where there is none worth using.

    Integers and scaled integers have one; a bound can then be rounded to a multiple of it.

    Parameters
    ----------
    values : ndarray of float64
        Numbers, 0 or more.

    Returns
    -------
    float
        The step, such that rounding errors of all values together stay below 1 % of it.
    """
    distinct = np.unique(values[values > 0.0])
    if distinct.size == 0:
        return 0.0
    if distinct[-1] < 2.0**53 and (distinct == np.rint(distinct)).all():
        return float(np.gcd.reduce(distinct.astype(np.int64))) if values.sum() < 2.0**53 else 0.0
    step = float(distinct[0])
    floor = float(distinct[-1]) * 1e-7
    for value in distinct:
        rest = float(value)
        while rest > floor:
            step, rest = rest, math.fmod(step, rest)
            if step - rest < floor:  # just below a multiple
                rest = 0.0
        if step < floor:
            return 0.0
    # Division by the rounded count of the largest undoes the drift of the remainders.
    step = float(distinct[-1]) / max(1.0, np.rint(distinct[-1] / step))
    drift = np.abs(values / step - np.rint(values / step)).sum()
    return step if drift < 0.01 and values.sum() / step < 1e12 else 0.0
