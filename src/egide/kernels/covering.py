"""Covering by compressed rows: merging of like points, canonical names, counts, greedy choice.

A cover set is a pair `indptr`, `indices` (compressed rows, sites x points); the transposed pair lists the
sites of each point. Indices in a row are strictly increasing. Nothing here checks that: callers do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from egide.kernels.jit import jit

Ints = NDArray[np.int64]
Index = NDArray[np.int32]
Floats = NDArray[np.float64]
Words = NDArray[np.uint64]


@jit
def rows_are_canonical(indptr: Ints, indices: Index, points: int) -> bool:
    """Whether every row is strictly increasing and inside [0, points)."""
    for i in range(indptr.shape[0] - 1):
        last = -1
        for k in range(indptr[i], indptr[i + 1]):
            j = indices[k]
            if j <= last or j >= points:
                return False
            last = j
    return True


@jit
def column_sums(indptr: Ints, indices: Index, words: Words, points: int) -> Words:
    """Sum, modulo 2^64, of the words of the sites that cover each point: a hash free of order."""
    total = np.zeros(points, np.uint64)
    for i in range(indptr.shape[0] - 1):
        word = words[i]
        for k in range(indptr[i], indptr[i + 1]):
            total[indices[k]] += word
    return total


@jit
def row_sums(indptr: Ints, indices: Index, words: Words) -> Words:
    """Sum, modulo 2^64, of the words of the points each site covers."""
    sites = indptr.shape[0] - 1
    total = np.zeros(sites, np.uint64)
    for i in range(sites):
        acc = np.uint64(0)
        for k in range(indptr[i], indptr[i + 1]):
            acc += words[indices[k]]
        total[i] = acc
    return total


@jit
def merge_columns(
    indptr: Ints, indices: Index, group: Ints, size: Ints, out_indptr: Ints, out_indices: Index
) -> bool:
    """Rewrite rows of points as rows of groups, and check that the groups are exact.

    `group[j]` is the group of point j, or -1 where the point is left out; `size[g]` counts the members.
    A row that holds some but not all members of a group shows a false merge (a hash collision): the
    answer is then False and the output meaningless. `out_indices` is at least as long as `indices`.
    """
    seen = np.zeros(size.shape[0], np.int64)
    used = 0
    out_indptr[0] = 0
    for i in range(indptr.shape[0] - 1):
        first = used
        for k in range(indptr[i], indptr[i + 1]):
            g = group[indices[k]]
            if g < 0:
                continue
            if seen[g] == 0:
                out_indices[used] = g
                used += 1
            seen[g] += 1
        for k in range(first, used):
            g = out_indices[k]
            if seen[g] != size[g]:
                return False
            seen[g] = 0
        out_indptr[i + 1] = used
    return True


@jit
def transpose(indptr: Ints, indices: Index, columns: int) -> tuple[Ints, Index]:
    """Compressed columns of compressed rows; rows come out in increasing order within a column."""
    out_indptr = np.zeros(columns + 1, np.int64)
    for k in range(indices.shape[0]):
        out_indptr[indices[k] + 1] += 1
    for j in range(columns):
        out_indptr[j + 1] += out_indptr[j]
    head = out_indptr[:-1].copy()
    out_indices = np.empty(indices.shape[0], np.int32)
    for i in range(indptr.shape[0] - 1):
        for k in range(indptr[i], indptr[i + 1]):
            j = indices[k]
            out_indices[head[j]] = i
            head[j] += 1
    return out_indptr, out_indices


@jit
def dominated_rows(
    indptr: Ints, indices: Index, by_column: Ints, column_rows: Index, costs: Floats
) -> NDArray[np.bool_]:
    """Rows contained in another row that costs no more; of equal rows at equal cost the first stays.

    The removed rows are always contained in a row that stays, because containment at no greater cost,
    with the index as the last word, is a strict order.
    """
    rows = indptr.shape[0] - 1
    dead = np.zeros(rows, np.bool_)
    shared = np.zeros(rows, np.int64)
    for i in range(rows):
        degree = indptr[i + 1] - indptr[i]
        if degree == 0:
            dead[i] = True
            continue
        shared[:] = 0
        for k in range(indptr[i], indptr[i + 1]):
            j = indices[k]
            for q in range(by_column[j], by_column[j + 1]):
                shared[column_rows[q]] += 1
        for r in range(rows):
            if r == i or shared[r] != degree or costs[r] > costs[i]:
                continue
            same = indptr[r + 1] - indptr[r] == degree and costs[r] == costs[i]
            if not same or r < i:
                dead[i] = True
                break
    return dead


@jit
def cover_counts(indptr: Ints, indices: Index, chosen: Ints, points: int) -> Ints:
    """How many of the chosen sites cover each point; a site named twice counts twice."""
    count = np.zeros(points, np.int64)
    for c in range(chosen.shape[0]):
        i = chosen[c]
        for k in range(indptr[i], indptr[i + 1]):
            count[indices[k]] += 1
    return count


@jit
def greedy(
    indptr: Ints,
    indices: Index,
    weights: Floats,
    steps: Floats,
    costs: Floats,
    limit: int,
    budget: float,
    by_ratio: bool,
) -> Ints:
    """Lazy greedy choice: the site of greatest gain (or gain per cost) that can still be paid.

    `steps[k]` is what the (k+1)-th cover of a point of weight one adds, non-increasing in k, so that an
    old gain never understates a new one (Minoux 1978). Returns the chosen sites in order, -1 where nothing
    worth its cost was left.
    """
    sites = indptr.shape[0] - 1
    count = np.zeros(weights.shape[0], np.int64)
    key = np.zeros(sites)
    stamp = np.zeros(sites, np.int64)
    for i in range(sites):
        acc = 0.0
        for k in range(indptr[i], indptr[i + 1]):
            acc += weights[indices[k]]
        key[i] = acc * steps[0]
        if by_ratio:
            key[i] /= max(costs[i], 1e-300)
    chosen = np.full(limit, -1, np.int64)
    spent = 0.0
    for t in range(limit):
        while True:
            best = -1
            for i in range(sites):
                if key[i] > 0.0 and (best < 0 or key[i] > key[best]):
                    best = i
            if best < 0:
                break
            if spent + costs[best] > budget:
                key[best] = 0.0  # money only shrinks, so the site is out for good
                continue
            if stamp[best] == t:
                break
            acc = 0.0
            for k in range(indptr[best], indptr[best + 1]):
                j = indices[k]
                acc += weights[j] * steps[count[j]]
            key[best] = acc / max(costs[best], 1e-300) if by_ratio else acc
            stamp[best] = t
        if best < 0:
            break
        chosen[t] = best
        spent += costs[best]
        key[best] = 0.0
        for k in range(indptr[best], indptr[best + 1]):
            count[indices[k]] += 1
    return chosen


@jit
def worst_loss(indptr: Ints, indices: Index, weights: Floats, chosen: Ints, lost: int) -> tuple[float, Ints]:
    """Greatest weight that loses all its cover when `lost` of the chosen sites go, and which sites.

    All combinations are tried, in lexicographic order, with counts kept up to date; the caller keeps their
    number small. With fewer sites than losses everything covered is lost. The first worst set is returned.
    """
    depth = min(lost, chosen.shape[0])
    count = cover_counts(indptr, indices, chosen, weights.shape[0])
    worst = -1.0
    worst_set = np.empty(depth, np.int64)
    if depth == 0:
        return 0.0, worst_set
    place = np.zeros(depth, np.int64)
    place[0] = -1
    out = np.zeros(depth, np.bool_)
    gone = np.zeros(depth)
    level = 0
    while level >= 0:
        if out[level]:  # put the site back before the next one goes
            out[level] = False
            i = chosen[place[level]]
            for k in range(indptr[i], indptr[i + 1]):
                count[indices[k]] += 1
        place[level] += 1
        if place[level] > chosen.shape[0] - (depth - level):
            level -= 1
            continue
        out[level] = True
        i = chosen[place[level]]
        loss = gone[level]
        for k in range(indptr[i], indptr[i + 1]):
            j = indices[k]
            count[j] -= 1
            if count[j] == 0:
                loss += weights[j]
        if level + 1 < depth:
            level += 1
            gone[level] = loss
            place[level] = place[level - 1]
        elif loss > worst:
            worst = loss
            for d in range(depth):
                worst_set[d] = chosen[place[d]]
    return worst, worst_set
