"""Inner loops of the laydown search: what an option adds, best moves, exchanges, and annealing.

An option reaches points `indices[indptr[k]:indptr[k + 1]]`, each with flags: SENSES, ENGAGES, CUES_ITSELF,
and with an amount: how many layers it adds where it engages. The state of a point is how many chosen options
sense it, and how many layers may engage it and cue themselves on it. `worth[p, 0]` is the value of a sensor
over point p, and `worth[p, 1 + n]` that of n layers; more layers than columns are worth as much as the last.
`guards` are further such tables, shape (guards, points, columns): no move may lower the value under any.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from egide.kernels.jit import jit
from egide.kernels.rng import uniform

SENSES: Final = 1
ENGAGES: Final = 2
CUES_ITSELF: Final = 4

FREE: Final = -1
KEPT: Final = -2

_LEAST: Final = 1e-12  # gains below this are rounding
_COOLING: Final = 1000  # steps at one temperature


class Reached(NamedTuple):
    """What every option reaches, by rows."""

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    flags: NDArray[np.uint8]
    amounts: NDArray[np.uint8]


class Board(NamedTuple):
    """Which option stands for which kind at which site, and which sites are too near each other."""

    kind: NDArray[np.int64]
    """Kind of each option, rising."""
    site: NDArray[np.int64]
    """Site of each option."""
    kind_ptr: NDArray[np.int64]
    """Options of kind k are `kind_ptr[k]:kind_ptr[k + 1]`."""
    first: NDArray[np.int64]
    """First option of a kind at a site, -1 where it may not stand, shape (kinds, sites)."""
    turns: NDArray[np.int64]
    """Bearings of a kind at a site, shape (kinds, sites)."""
    family: NDArray[np.int64]
    """Type of each kind; two units of one type keep their distance."""
    kept_family: NDArray[np.int64]
    """Type of the unit that stays at a site, -1 for none or any other, shape (sites,)."""
    near_ptr: NDArray[np.int64]
    """Sites too near site j for the same type are `near[near_ptr[j]:near_ptr[j + 1]]`."""
    near: NDArray[np.int64]


@jit
def point_value(sensed: int, engaged: int, cued: int, worth: NDArray[np.float64], point: int) -> float:
    """Value of one point: a sensor's, and that of the layers that can engage it."""
    most = worth.shape[1] - 2
    value: float = worth[point, 1 + min(cued, most)]
    if sensed > 0:
        value = worth[point, 0] + worth[point, 1 + min(engaged, most)]
    return value


@jit
def shift(
    option: int,
    sign: int,
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    flags: NDArray[np.uint8],
    amounts: NDArray[np.uint8],
    counts: NDArray[np.int32],
) -> None:
    """Add (sign 1) or take away (sign -1) an option in the counts, shape (points, 3)."""
    for at in range(indptr[option], indptr[option + 1]):
        point = indices[at]
        flag = int(flags[at])
        counts[point, 0] += sign * (flag & 1)
        counts[point, 1] += sign * ((flag >> 1) & 1) * int(amounts[at])
        counts[point, 2] += sign * ((flag >> 2) & 1) * int(amounts[at])


@jit
def gain(
    option: int,
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    flags: NDArray[np.uint8],
    amounts: NDArray[np.uint8],
    worth: NDArray[np.float64],
    counts: NDArray[np.int32],
) -> float:
    """Value that an option adds to the present counts."""
    most = worth.shape[1] - 2
    total = 0.0
    for at in range(indptr[option], indptr[option + 1]):
        p = indices[at]
        flag = int(flags[at])
        s = counts[p, 0]
        e = counts[p, 1]
        c = counts[p, 2]
        more = int(amounts[at])
        if s > 0:
            # Sensed already: only a further layer can add anything.
            if flag & ENGAGES:
                total += worth[p, 1 + min(e + more, most)] - worth[p, 1 + min(e, most)]
        else:
            more_e = e + ((flag >> 1) & 1) * more
            more_c = c + ((flag >> 2) & 1) * more
            total += point_value(flag & 1, more_e, more_c, worth, p) - point_value(0, e, c, worth, p)
    return total


@jit
def all_gains(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    flags: NDArray[np.uint8],
    amounts: NDArray[np.uint8],
    worth: NDArray[np.float64],
    counts: NDArray[np.int32],
    out: NDArray[np.float64],
) -> None:
    """Value that each option would add to the present counts."""
    for option in range(out.size):
        out[option] = gain(option, indptr, indices, flags, amounts, worth, counts)


@jit
def pair_gain(
    one: int, two: int, reached: Reached, worth: NDArray[np.float64], counts: NDArray[np.int32]
) -> float:
    """Value that two options add together to the present counts, which stay as they are."""
    indptr, indices, flags, amounts = reached
    total = gain(one, indptr, indices, flags, amounts, worth, counts)
    shift(one, 1, indptr, indices, flags, amounts, counts)
    total += gain(two, indptr, indices, flags, amounts, worth, counts)
    shift(one, -1, indptr, indices, flags, amounts, counts)
    return total


@jit
def is_clear(
    site: int, family: int, chosen: NDArray[np.int64], holder: NDArray[np.int64], board: Board
) -> bool:
    """Whether no unit of a type stands too near a site. `holder` is the unit at each site, or FREE or KEPT."""
    for at in range(board.near_ptr[site], board.near_ptr[site + 1]):
        there = holder[board.near[at]]
        if there == KEPT:
            if board.kept_family[board.near[at]] == family:
                return False
        elif there >= 0 and board.family[board.kind[chosen[there]]] == family:
            return False
    return True


@jit
def keeps(
    old: int, new: int, reached: Reached, guards: NDArray[np.float64], counts: NDArray[np.int32]
) -> bool:
    """Whether `new` in the place of `old`, already taken away, lowers the value under no guard."""
    indptr, indices, flags, amounts = reached
    for g in range(guards.shape[0]):
        held = gain(old, indptr, indices, flags, amounts, guards[g], counts)
        if gain(new, indptr, indices, flags, amounts, guards[g], counts) < held - _LEAST:
            return False
    return True


@jit
def improve(
    chosen: NDArray[np.int64],
    holder: NDArray[np.int64],
    board: Board,
    reached: Reached,
    worth: NDArray[np.float64],
    guards: NDArray[np.float64],
    counts: NDArray[np.int32],
) -> None:
    """Give each unit its best free site until nothing gets better; changes its arguments.

    Ties keep the present place, then the first option.
    """
    indptr, indices, flags, amounts = reached
    better = True
    while better:
        better = False
        for number in range(chosen.size):
            old = chosen[number]
            kind = board.kind[old]
            shift(old, -1, indptr, indices, flags, amounts, counts)
            holder[board.site[old]] = FREE
            best = old
            best_gain = gain(old, indptr, indices, flags, amounts, worth, counts) + _LEAST
            for option in range(board.kind_ptr[kind], board.kind_ptr[kind + 1]):
                site = board.site[option]
                if holder[site] != FREE:
                    continue
                found = gain(option, indptr, indices, flags, amounts, worth, counts)
                if (
                    found > best_gain
                    and is_clear(site, board.family[kind], chosen, holder, board)
                    and keeps(old, option, reached, guards, counts)
                ):
                    best = option
                    best_gain = found + _LEAST
            shift(best, 1, indptr, indices, flags, amounts, counts)
            holder[board.site[best]] = number
            if best != old:
                chosen[number] = best
                better = True


@jit
def try_exchange(
    a: int,
    b: int,
    new_a: int,
    new_b: int,
    least: float,
    chosen: NDArray[np.int64],
    holder: NDArray[np.int64],
    board: Board,
    reached: Reached,
    worth: NDArray[np.float64],
    guards: NDArray[np.float64],
    counts: NDArray[np.int32],
) -> float:
    """Give unit a an option at b's site and b one at a's, if that adds more than `least`; else change nothing.

    Returns
    -------
    float
        What was added; minus infinity when the exchange was refused.
    """
    indptr, indices, flags, amounts = reached
    old_a = chosen[a]
    old_b = chosen[b]
    shift(old_a, -1, indptr, indices, flags, amounts, counts)
    shift(old_b, -1, indptr, indices, flags, amounts, counts)
    added = pair_gain(new_a, new_b, reached, worth, counts) - pair_gain(old_a, old_b, reached, worth, counts)
    allowed = added > least
    for g in range(guards.shape[0]):
        if allowed:
            held = pair_gain(old_a, old_b, reached, guards[g], counts)
            allowed = pair_gain(new_a, new_b, reached, guards[g], counts) >= held - _LEAST
    chosen[a] = new_a
    chosen[b] = new_b
    holder[board.site[new_a]] = a
    holder[board.site[new_b]] = b
    if allowed:
        allowed = is_clear(
            board.site[new_a], board.family[board.kind[new_a]], chosen, holder, board
        ) and is_clear(board.site[new_b], board.family[board.kind[new_b]], chosen, holder, board)
    if not allowed:
        chosen[a] = old_a
        chosen[b] = old_b
        holder[board.site[old_a]] = a
        holder[board.site[old_b]] = b
        added = -np.inf
    shift(chosen[a], 1, indptr, indices, flags, amounts, counts)
    shift(chosen[b], 1, indptr, indices, flags, amounts, counts)
    return added


@jit
def exchange(
    chosen: NDArray[np.int64],
    holder: NDArray[np.int64],
    board: Board,
    reached: Reached,
    worth: NDArray[np.float64],
    guards: NDArray[np.float64],
    counts: NDArray[np.int32],
) -> bool:
    """Let pairs of units of different kinds change places where that adds value; say if any did.

    Each keeps its bearing where its kind has the same bearings at the other site.
    """
    moved = False
    for a in range(chosen.size):
        for b in range(a + 1, chosen.size):
            one = chosen[a]
            two = chosen[b]
            kind_one = board.kind[one]
            kind_two = board.kind[two]
            here = board.site[one]
            there = board.site[two]
            if kind_one == kind_two or board.turns[kind_one, there] == 0 or board.turns[kind_two, here] == 0:
                continue
            turn = one - board.first[kind_one, here]
            new_one = board.first[kind_one, there] + min(turn, board.turns[kind_one, there] - 1)
            turn = two - board.first[kind_two, there]
            new_two = board.first[kind_two, here] + min(turn, board.turns[kind_two, here] - 1)
            added = try_exchange(
                a, b, new_one, new_two, _LEAST, chosen, holder, board, reached, worth, guards, counts
            )
            if added > 0.0:
                moved = True
    return moved


@jit
def anneal(
    seed: int,
    round_: int,
    steps: int,
    hottest: float,
    coldest: float,
    wanted: NDArray[np.int64],
    wanted_ptr: NDArray[np.int64],
    chosen: NDArray[np.int64],
    holder: NDArray[np.int64],
    board: Board,
    reached: Reached,
    worth: NDArray[np.float64],
    guards: NDArray[np.float64],
    counts: NDArray[np.int32],
    best: NDArray[np.int64],
) -> float:
    """Move units at random, worse moves ever more rarely; leaves the best choice met in `best`.

    A unit tries one of the `wanted` options of its kind (`wanted[wanted_ptr[k]:wanted_ptr[k + 1]]`); where
    another unit stands, the two change places. Draws are by address (seed, round, stream, step).

    Returns
    -------
    float
        Value of `best` above that of the choice at the start.
    """
    indptr, indices, flags, amounts = reached
    value = 0.0
    best_value = 0.0
    heat = hottest
    fall = (coldest / hottest) ** (_COOLING / max(steps, _COOLING))
    for step in range(steps):
        if step % _COOLING == _COOLING - 1:
            heat *= fall
        a = int(uniform(seed, round_, 11, step) * chosen.size)
        old = chosen[a]
        kind = board.kind[old]
        choices = wanted_ptr[kind + 1] - wanted_ptr[kind]
        if choices == 0:
            continue
        new = wanted[wanted_ptr[kind] + int(uniform(seed, round_, 12, step) * choices)]
        site = board.site[new]
        b = holder[site]
        if new == old or b == KEPT:
            continue
        least = heat * math.log(uniform(seed, round_, 13, step))
        if b in (FREE, a):
            holder[board.site[old]] = FREE
            clear = is_clear(site, board.family[kind], chosen, holder, board)
            holder[board.site[old]] = a
            if not clear:
                continue
            shift(old, -1, indptr, indices, flags, amounts, counts)
            added = gain(new, indptr, indices, flags, amounts, worth, counts)
            added -= gain(old, indptr, indices, flags, amounts, worth, counts)
            if added >= least and keeps(old, new, reached, guards, counts):
                holder[board.site[old]] = FREE
                holder[site] = a
                chosen[a] = new
                value += added
            shift(chosen[a], 1, indptr, indices, flags, amounts, counts)
        else:
            other = board.kind[chosen[b]]
            turns = board.turns[other, board.site[old]]
            if other == kind or turns == 0:
                continue
            turn = int(uniform(seed, round_, 14, step) * turns)
            new_b = board.first[other, board.site[old]] + turn
            added = try_exchange(
                a, b, new, new_b, least, chosen, holder, board, reached, worth, guards, counts
            )
            if added > -np.inf:
                value += added
        if value > best_value + _LEAST:
            best_value = value
            best[:] = chosen
    return best_value


@jit
def worst_loss(
    chosen: NDArray[np.int64],
    lost: int,
    reached: Reached,
    worth: NDArray[np.float64],
    counts: NDArray[np.int32],
) -> tuple[float, int, int]:
    """Value that goes with the one or two chosen options that would be missed most, and which they are.

    Returns
    -------
    tuple of float, int, int
        The loss, and places in `chosen` (-1 where fewer are lost). The counts stay as they are.
    """
    indptr, indices, flags, amounts = reached
    worst, first, second = 0.0, -1, -1
    for a in range(chosen.size):
        shift(chosen[a], -1, indptr, indices, flags, amounts, counts)
        alone = gain(chosen[a], indptr, indices, flags, amounts, worth, counts)
        if alone > worst:
            worst, first, second = alone, a, -1
        if lost > 1:
            for b in range(a + 1, chosen.size):
                shift(chosen[b], -1, indptr, indices, flags, amounts, counts)
                both = alone + gain(chosen[b], indptr, indices, flags, amounts, worth, counts)
                shift(chosen[b], 1, indptr, indices, flags, amounts, counts)
                if both > worst:
                    worst, first, second = both, a, b
        shift(chosen[a], 1, indptr, indices, flags, amounts, counts)
    return worst, first, second
