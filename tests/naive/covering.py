"""Slow, obvious twins of `egide.kernels.covering`: dense matrices and plain loops."""

from __future__ import annotations

import itertools

import numpy as np


def dense(indptr, indices, points):
    """Boolean matrix of compressed rows."""
    cover = np.zeros((len(indptr) - 1, points), bool)
    for i in range(len(indptr) - 1):
        cover[i, indices[indptr[i] : indptr[i + 1]]] = True
    return cover


def compressed(cover):
    """Compressed rows of a boolean matrix."""
    rows = [np.nonzero(row)[0] for row in np.asarray(cover, bool)]
    indptr = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int64)
    return indptr, (np.concatenate(rows) if rows else np.empty(0)).astype(np.int32)


def rows_are_canonical(indptr, indices, points):
    for i in range(len(indptr) - 1):
        row = list(indices[indptr[i] : indptr[i + 1]])
        if row != sorted(set(row)) or any(j >= points for j in row):
            return False
    return True


def column_sums(indptr, indices, words, points):
    cover = dense(indptr, indices, points)
    return np.array(
        [sum(int(words[i]) for i in range(cover.shape[0]) if cover[i, j]) % 2**64 for j in range(points)],
        np.uint64,
    )


def row_sums(indptr, indices, words):
    cover = dense(indptr, indices, len(words))
    return np.array(
        [sum(int(words[j]) for j in range(len(words)) if row[j]) % 2**64 for row in cover], np.uint64
    )


def merge_columns(indptr, indices, group, size):
    """Rows of groups, or None where a row holds only part of a group."""
    rows = []
    for i in range(len(indptr) - 1):
        held = [int(group[j]) for j in indices[indptr[i] : indptr[i + 1]] if group[j] >= 0]
        if any(held.count(g) != size[g] for g in held):
            return None
        rows.append(set(held))
    return rows


def dominated_rows(cover, costs):
    dead = []
    for i, row in enumerate(cover):
        dead.append(not row.any())
        for r, other in enumerate(cover):
            if r == i or not (row <= other).all() or costs[r] > costs[i]:
                continue
            if not ((row == other).all() and costs[r] == costs[i]) or r < i:
                dead[-1] = True
    return np.array(dead, bool)


def cover_counts(cover, chosen):
    return sum((cover[i].astype(int) for i in chosen), np.zeros(cover.shape[1], int))


def greedy(cover, weights, steps, costs, limit, budget, by_ratio):
    """Every gain taken afresh at every choice."""
    chosen = []
    spent = 0.0
    for _ in range(limit):
        count = cover_counts(cover, chosen)
        best, best_key = -1, 0.0
        for i in range(cover.shape[0]):
            if i in chosen or spent + costs[i] > budget:
                continue
            key = sum(weights[j] * steps[count[j]] for j in range(cover.shape[1]) if cover[i, j])
            key = key / max(costs[i], 1e-300) if by_ratio else key
            if key > best_key:
                best, best_key = i, key
        if best < 0:
            break
        chosen.append(best)
        spent += costs[best]
    return chosen + [-1] * (limit - len(chosen))


def worst_loss(cover, weights, chosen, lost):
    """Weight of the points whose every cover is lost, greatest over all sets of losses."""
    before = cover_counts(cover, chosen) > 0
    worst = 0.0
    for gone in itertools.combinations(chosen, min(lost, len(chosen))):
        after = cover_counts(cover, [i for i in chosen if i not in gone]) > 0
        worst = max(worst, float(weights[before & ~after].sum()))
    return worst
