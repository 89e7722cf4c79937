"""Inner loops of the laydown search: what an option adds, and the best move of each unit in turn.

An option reaches points `indices[indptr[k]:indptr[k + 1]]`, each with flags: SENSES, ENGAGES, CUES_ITSELF,
and with an amount: how many layers it adds where it engages. The state of a point is how many chosen options
sense it, and how many layers may engage it and cue themselves on it. `worth[p, 0]` is the value of a sensor
over point p, and `worth[p, 1 + n]` that of n layers; more layers than columns are worth as much as the last.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from egide.kernels.jit import jit

SENSES: Final = 1
ENGAGES: Final = 2
CUES_ITSELF: Final = 4


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
        flag = flags[at]
        counts[point, 0] += sign * (flag & 1)
        counts[point, 1] += sign * ((flag >> 1) & 1) * amounts[at]
        counts[point, 2] += sign * ((flag >> 2) & 1) * amounts[at]


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
    total = 0.0
    for at in range(indptr[option], indptr[option + 1]):
        p = indices[at]
        flag = flags[at]
        s = counts[p, 0]
        e = counts[p, 1]
        c = counts[p, 2]
        more_e = e + ((flag >> 1) & 1) * amounts[at]
        more_c = c + ((flag >> 2) & 1) * amounts[at]
        total += point_value(s + (flag & 1), more_e, more_c, worth, p) - point_value(s, e, c, worth, p)
    return total


@jit
def improve(
    chosen: NDArray[np.int64],
    option_kind: NDArray[np.int64],
    option_site: NDArray[np.int64],
    kind_ptr: NDArray[np.int64],
    taken: NDArray[np.bool_],
    allowed: NDArray[np.bool_],
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    flags: NDArray[np.uint8],
    amounts: NDArray[np.uint8],
    worth: NDArray[np.float64],
    counts: NDArray[np.int32],
) -> None:
    """Give each unit its best free and allowed site until nothing gets better; changes its arguments.

    Options of kind k are `kind_ptr[k]:kind_ptr[k + 1]`. Ties keep the present place, then the first option.
    """
    better = True
    while better:
        better = False
        for number in range(chosen.size):
            old = chosen[number]
            shift(old, -1, indptr, indices, flags, amounts, counts)
            taken[option_site[old]] = False
            best = old
            best_gain = gain(old, indptr, indices, flags, amounts, worth, counts) + 1e-12
            kind = option_kind[old]
            for option in range(kind_ptr[kind], kind_ptr[kind + 1]):
                if taken[option_site[option]] or not allowed[option]:
                    continue
                found = gain(option, indptr, indices, flags, amounts, worth, counts)
                if found > best_gain:
                    best = option
                    best_gain = found + 1e-12
            shift(best, 1, indptr, indices, flags, amounts, counts)
            taken[option_site[best]] = True
            if best != old:
                chosen[number] = best
                better = True


@jit
def exchange(
    chosen: NDArray[np.int64],
    option_kind: NDArray[np.int64],
    option_site: NDArray[np.int64],
    best_at: NDArray[np.int64],
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    flags: NDArray[np.uint8],
    amounts: NDArray[np.uint8],
    worth: NDArray[np.float64],
    counts: NDArray[np.int32],
) -> bool:
    """Let pairs of units of different kinds change places where that adds value; say if any did.

    `best_at` gives, for a kind and a site, one option to use there (-1: none).
    """
    moved = False
    for a in range(chosen.size):
        for b in range(a + 1, chosen.size):
            one = chosen[a]
            two = chosen[b]
            if option_kind[one] == option_kind[two]:
                continue
            new_one = best_at[option_kind[one], option_site[two]]
            new_two = best_at[option_kind[two], option_site[one]]
            if new_one < 0 or new_two < 0:
                continue
            shift(one, -1, indptr, indices, flags, amounts, counts)
            shift(two, -1, indptr, indices, flags, amounts, counts)
            first = gain(one, indptr, indices, flags, amounts, worth, counts)
            # Value of the pair as it stands: `one` on top of the rest, then `two` on top of both.
            shift(one, 1, indptr, indices, flags, amounts, counts)
            held = first + gain(two, indptr, indices, flags, amounts, worth, counts)
            shift(one, -1, indptr, indices, flags, amounts, counts)
            found = gain(new_one, indptr, indices, flags, amounts, worth, counts)
            shift(new_one, 1, indptr, indices, flags, amounts, counts)
            found += gain(new_two, indptr, indices, flags, amounts, worth, counts)
            if found > held + 1e-12:
                shift(new_two, 1, indptr, indices, flags, amounts, counts)
                chosen[a] = new_one
                chosen[b] = new_two
                moved = True
            else:
                shift(new_one, -1, indptr, indices, flags, amounts, counts)
                shift(one, 1, indptr, indices, flags, amounts, counts)
                shift(two, 1, indptr, indices, flags, amounts, counts)
    return moved


@jit
def profits(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    flags: NDArray[np.uint8],
    amounts: NDArray[np.uint8],
    price: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Sum of the prices of what each option senses, may engage and cues itself on; price (points, 3)."""
    for option in range(out.size):
        total = 0.0
        for at in range(indptr[option], indptr[option + 1]):
            p = indices[at]
            flag = flags[at]
            if flag & 1:
                total += price[p, 0]
            if flag & 2:
                total += price[p, 1] * amounts[at]
            if flag & 4:
                total += price[p, 2] * amounts[at]
        out[option] = total


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
