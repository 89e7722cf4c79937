"""Small campaigns solved exactly: expected leakers under a rule, and the best use of rounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from egide.errors import InputError, Problem
from egide.supply.inputs import FloatArray, IntArray


def _row(
    function: str, name: str, given: Sequence[int] | int, raids: int, problems: list[Problem]
) -> IntArray:
    """Whole numbers, one a raid."""
    row = np.asarray(given, dtype=np.float64)
    if row.shape not in ((), (raids,)):
        problems.append(Problem(function, name, row.shape, f"give one number or {raids}, one a raid"))
    elif not np.isfinite(row).all() or (row < 0).any() or (row != np.floor(row)).any():
        problems.append(Problem(function, name, given, "give whole numbers that are not negative"))
    else:
        return np.broadcast_to(row, (raids,)).astype(np.int64)
    return np.zeros(raids, dtype=np.int64)


def expected_leakers(
    stock: int,
    raids: int,
    threats: Sequence[int] | int,
    pk: float,
    resupply: Sequence[int] | int = 0,
    resupply_probability: Sequence[float] | float = 1.0,
) -> FloatArray:
    """Exact expected leakers of each raid when one round goes to each threat while stock lasts.

    Parameters
    ----------
    stock : int
        Rounds at the start.
    raids : int
        Number of raids, T.
    threats : int or (T,) sequence
        Threats in each raid.
    pk : float
        Probability that a round stops its threat.
    resupply : int or (T,) sequence
        Rounds that may come after each raid.
    resupply_probability : float or (T,) sequence
        Probability that they do.

    Returns
    -------
    (T,) float array

    Raises
    ------
    InputError
        With every figure that is negative, fractional or no probability.
    """
    problems: list[Problem] = []
    number = int(_row("expected_leakers", "raids", raids, 1, problems)[0])
    held = int(_row("expected_leakers", "stock", stock, 1, problems)[0])
    coming = _row("expected_leakers", "threats", threats, number, problems)
    lot = _row("expected_leakers", "resupply", resupply, number, problems)
    chance = np.asarray(resupply_probability, dtype=np.float64)
    if chance.shape not in ((), (number,)) or not ((chance >= 0) & (chance <= 1)).all():
        problems.append(
            Problem("expected_leakers", "resupply_probability", chance, "give probabilities, 0 to 1")
        )
    if not 0.0 <= pk <= 1.0:
        problems.append(Problem("expected_leakers", "pk", pk, "give a probability, 0 to 1"))
    if problems:
        raise InputError(problems)
    chance = np.broadcast_to(chance, (number,))
    # Rounds beyond all threats to come are never fired: holding more changes nothing but the table's size.
    most = min(held + int(lot.sum()), int(coming.sum()))
    probability = np.zeros(most + 1)
    probability[min(held, most)] = 1.0
    rounds = np.arange(probability.size)
    leakers = np.zeros(number)
    for t in range(number):
        fired = np.minimum(rounds, coming[t])
        leakers[t] = probability @ (coming[t] - pk * fired)
        left = np.bincount(rounds - fired, weights=probability, minlength=rounds.size)
        supplied = np.bincount(np.minimum(rounds + lot[t], most), weights=left, minlength=rounds.size)
        probability = (1.0 - chance[t]) * left + chance[t] * supplied
    return leakers


@dataclass(frozen=True, slots=True)
class SpendingPlan:
    """Best use of rounds over raids to come, and what a rule would lose instead."""

    loss: float
    """Expected weighted leakers under the optimal policy, from the opening stock."""
    spend_loss: float
    """The same when every threat is fired at while stock lasts, most dangerous first."""
    value: FloatArray
    """(T + 1, X) least expected loss from each raid on, by stock before its delivery."""
    rounds_kept: IntArray
    """(T, N, X) rounds the optimal policy keeps through each raid and night, by stock at the raid."""


def optimal_spending(
    stock: int,
    nights: IntArray,
    night_probability: Sequence[float],
    pk: Sequence[float],
    weight: Sequence[float],
    deliveries: Sequence[int],
) -> SpendingPlan:
    """Least expected loss when rounds may be kept for worse raids, by dynamic programme.

    Each raid is one of the nights; it is seen before rounds are spent on it, the later ones are not. One
    round goes to a threat at most.

    Parameters
    ----------
    stock : int
        Rounds at the start.
    nights : (N, C) int array
        Threats of each class on each night.
    night_probability : (N,) sequence
        Probability of each night.
    pk, weight : (C,) sequences
        Probability that a round stops a threat of the class, and the loss when one is not stopped.
    deliveries : (T,) sequence of int
        Rounds that arrive before each of the T raids.

    Returns
    -------
    SpendingPlan

    Raises
    ------
    InputError
        With every figure that is negative, fractional or no probability.
    """
    problems: list[Problem] = []
    held = int(_row("optimal_spending", "stock", stock, 1, problems)[0])
    lots = _row("optimal_spending", "deliveries", deliveries, len(deliveries), problems)
    table = np.asarray(nights)
    chance, kill, worth = (np.asarray(x, dtype=np.float64) for x in (night_probability, pk, weight))
    if table.ndim != 2 or (table < 0).any() or (table != np.floor(table)).any():
        problems.append(
            Problem("optimal_spending", "nights", table.shape, "give whole threats (nights, classes)")
        )
    elif chance.shape != table.shape[:1] or kill.shape != table.shape[1:] or worth.shape != table.shape[1:]:
        problems.append(
            Problem("optimal_spending", "pk, weight", kill.shape, "give one a class, a chance a night")
        )
    if not ((chance >= 0).all() and abs(chance.sum() - 1.0) <= 1e-9 and ((kill >= 0) & (kill <= 1)).all()):
        problems.append(Problem("optimal_spending", "night_probability, pk", None, "give probabilities"))
    if not (np.isfinite(worth).all() and (worth >= 0).all()):
        problems.append(Problem("optimal_spending", "weight", weight, "give finite weights, none negative"))
    if problems:
        raise InputError(problems)
    gains = [_gains(night, kill, worth) for night in table.astype(np.int64)]
    return _programme(held, gains, chance, table @ worth, lots)


def _gains(night: IntArray, kill: FloatArray, worth: FloatArray) -> FloatArray:
    """Loss averted by 0, 1, ... rounds spent on a night, on the best threats first."""
    each = np.sort(np.repeat(kill * worth, night))[::-1]
    return np.concatenate([[0.0], np.cumsum(each)])


def _programme(
    held: int, gains: list[FloatArray], chance: FloatArray, exposed: FloatArray, lots: IntArray
) -> SpendingPlan:
    levels = np.arange(held + int(lots.sum()) + 1)
    value = np.zeros((lots.size + 1, levels.size))
    spend = np.zeros(levels.size)
    kept = np.zeros((lots.size, len(gains), levels.size), dtype=np.int64)
    for t in range(lots.size - 1, -1, -1):
        # By stock at the raid: the delivery is added at the end, capped by what can be there at most.
        best, rule = np.zeros(levels.size), np.zeros(levels.size)
        for n, gain in enumerate(gains):
            most = np.minimum(levels, gain.size - 1)
            options = np.full((gain.size, levels.size), np.inf)
            for u in range(gain.size):
                able = levels >= u
                options[u, able] = exposed[n] - gain[u] + value[t + 1, levels[able] - u]
            kept[t, n] = levels - options.argmin(axis=0)
            best += chance[n] * options.min(axis=0)
            rule += chance[n] * (exposed[n] - gain[most] + spend[levels - most])
        arrived = np.minimum(levels + lots[t], levels[-1])
        value[t], spend = best[arrived], rule[arrived]
    return SpendingPlan(float(value[0, held]), float(spend[held]), value, kept)
