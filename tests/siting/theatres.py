"""Tiny made-up theatres, small enough to try every laydown."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from tests.naive.laydown import is_allowed, value

from egide.kernels.laydown import Board
from egide.siting.theatre import Instance


def made(seed: int, *, apart: float = 0.0, kept: bool = False, sites: int = 4) -> Instance:
    """Two or three kinds of one or two units, a few sites and bearings, points with layers, tiers and amounts."""
    rng = np.random.default_rng(seed)
    kinds, points, layers = int(rng.integers(2, 4)), int(rng.integers(4, 9)), 4
    counts = [1] * kinds
    counts[int(rng.integers(kinds))] += kinds == 2
    turns = rng.integers(1, 3, kinds)
    options = [(k, j, 180.0 * t) for k in range(kinds) for j in range(sites) for t in range(turns[k])]
    flags = rng.choice([0, 1, 2, 4 | 2, 7], p=[0.45, 0.2, 0.2, 0.05, 0.1], size=(len(options), points))
    amounts = rng.choice([1, 1, 1, 2, 3], size=flags.shape)
    kind, site, bearing = (np.array([o[n] for o in options]) for n in range(3))
    weight = rng.integers(1, 30, points) / 100.0
    step = weight[:, None] * rng.choice([0.0, 0.5, 1.0], points)[:, None] ** np.arange(layers)
    worth = np.concatenate(
        [weight[:, None] * rng.integers(0, 2, (points, 1)), np.zeros((points, 1)), step.cumsum(axis=1)],
        axis=1,
    )
    place = rng.random((sites, 2))
    near = (np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1)) < apart) & ~np.eye(sites, dtype=bool)
    kept_family = np.full(sites, -1)
    base = np.zeros((points, 3), dtype=np.int32)
    if kept:
        kept_family[0] = 0
        base[: points // 2, :2] = 1
    first = np.array(
        [[min(np.flatnonzero((kind == k) & (site == j))) for j in range(sites)] for k in range(kinds)]
    )
    return Instance(
        kinds=tuple(f"kind {k}" for k in range(kinds)),
        members=tuple(tuple(f"unit {k}-{n}" for n in range(counts[k])) for k in range(kinds)),
        sites=tuple(f"site {j}" for j in range(sites)),
        option_kind=kind.astype(np.int64), option_site=site.astype(np.int64), option_bearing_deg=bearing,
        kind_ptr=np.searchsorted(kind, np.arange(kinds + 1)).astype(np.int64),
        indptr=np.concatenate([[0], np.cumsum((flags > 0).sum(axis=1))]).astype(np.int64),
        indices=np.nonzero(flags)[1].astype(np.int32), flags=flags[flags > 0].astype(np.uint8),
        amounts=amounts[flags > 0].astype(np.uint8), worth=worth, asset_points=np.zeros(0, dtype=np.int64),
        fixed_sites=(0,) if kept else (), base=base, tier=rng.integers(1, 4, points),
        board=Board(
            kind=kind.astype(np.int64), site=site.astype(np.int64),
            kind_ptr=np.searchsorted(kind, np.arange(kinds + 1)).astype(np.int64), first=first,
            turns=np.repeat(turns[:, None], sites, axis=1).astype(np.int64),
            family=np.array([0, 1, 0][:kinds]), kept_family=kept_family.astype(np.int64),
            near_ptr=np.concatenate([[0], np.cumsum(near.sum(axis=1))]).astype(np.int64),
            near=np.nonzero(near)[1].astype(np.int64),
        ),
    )  # fmt: skip


def every_laydown(instance: Instance) -> Iterator[tuple[int, ...]]:
    """Every allowed choice of options, units left out included."""
    choices = [
        [None, *range(instance.kind_ptr[k], instance.kind_ptr[k + 1])]
        for k, ids in enumerate(instance.members)
        for _ in ids
    ]
    for choice in itertools.product(*choices):
        chosen = tuple(o for o in choice if o is not None)
        if len(set(chosen)) == len(chosen) and is_allowed(instance.board, chosen, instance.fixed_sites):
            yield chosen


def naive_value(
    instance: Instance, chosen: tuple[int, ...] | list[int], worth: np.ndarray | None = None
) -> float:
    """Value of a choice, worked out from scratch."""
    return value(instance.rows, instance.base, instance.worth if worth is None else worth, chosen)


def best_of_all(instance: Instance) -> float:
    """Value of the best laydown there is."""
    return max(naive_value(instance, chosen) for chosen in every_laydown(instance))


def permuted(instance: Instance, order: np.ndarray) -> Instance:
    """The same theatre with its sites in another order."""
    from dataclasses import replace

    place = np.argsort(order)  # new number of each old site
    site = place[instance.option_site]
    new = np.lexsort((instance.option_bearing_deg, site, instance.option_kind))
    parts = [np.arange(instance.indptr[o], instance.indptr[o + 1]) for o in new]
    entries = np.concatenate(parts).astype(np.int64)
    board, sizes = instance.board, np.diff(instance.indptr)[new]
    near = [np.sort(place[board.near[board.near_ptr[j] : board.near_ptr[j + 1]]]) for j in order]
    return replace(
        instance, sites=tuple(instance.sites[j] for j in order), option_site=site[new],
        option_bearing_deg=instance.option_bearing_deg[new],
        indptr=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), indices=instance.indices[entries],
        flags=instance.flags[entries], amounts=instance.amounts[entries],
        fixed_sites=tuple(int(place[j]) for j in instance.fixed_sites),
        board=board._replace(
            site=site[new], first=np.array([[min(np.flatnonzero((board.kind == k) & (site[new] == j)))
                                             for j in range(len(order))] for k in range(len(instance.kinds))]),
            kept_family=board.kept_family[order],
            near_ptr=np.concatenate([[0], np.cumsum([n.size for n in near])]).astype(np.int64),
            near=np.concatenate(near).astype(np.int64),
        ),
    )  # fmt: skip
