"""What makers' lines turn out, and the balance from D-day to P-day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from egide.errors import InputError
from egide.supply.inputs import FloatArray, IntArray, ProductionLine


def production_schedule(
    lines: Sequence[ProductionLine], weeks: int, bottlenecks_per_week: Mapping[str, float] | None = None
) -> IntArray:
    """Whole rounds each line turns out in each week.

    A line's rate grows linearly over its ramp; lines that share a bottleneck are all scaled down alike in a
    week in which they would ask for more than it gives. Fractions of a round are carried to the next week.

    Parameters
    ----------
    lines : sequence of ProductionLine
        The M lines.
    weeks : int
        Length of the schedule, W.
    bottlenecks_per_week : mapping, optional
        Capacity of each shared resource.

    Returns
    -------
    (M, W) int array
    """
    rate = np.array([_weekly_output(line, weeks) for line in lines]).reshape(len(lines), weeks)
    for name, capacity in (bottlenecks_per_week or {}).items():
        group = [k for k, line in enumerate(lines) if line.bottleneck == name]
        use = np.array([lines[k].bottleneck_use for k in group])
        asked = use @ rate[group] if group else np.zeros(weeks)
        scale = np.where(asked > capacity, capacity / np.where(asked > 0.0, asked, 1.0), 1.0)
        rate[group] *= scale
    # A hair above the floor, so that ten times a tenth of a round is one round.
    total = np.floor(np.cumsum(rate, axis=1) + 1e-9)
    return np.asarray(np.diff(total, axis=1, prepend=0.0), dtype=np.int64)


def _weekly_output(line: ProductionLine, weeks: int) -> FloatArray:
    """Integral of the rate over each week, before bottlenecks."""
    t = np.maximum(np.arange(weeks + 1, dtype=np.float64) - line.start_week, 0.0)
    if line.ramp_weeks > 0.0:
        ramp = np.minimum(t, line.ramp_weeks)
        made = line.rounds_per_week * (
            ramp**2 / (2.0 * line.ramp_weeks) + np.maximum(t - line.ramp_weeks, 0.0)
        )
    else:
        made = line.rounds_per_week * t
    return np.asarray(np.diff(made), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Balance:
    """Stock plus production against expenditure, week by week."""

    stock: FloatArray
    """(W,) rounds left at the end of each week; negative is what is missing."""
    production: FloatArray
    """(W,) rounds produced in each week."""
    expenditure: FloatArray
    """(W,) rounds asked for in each week."""
    p_week: int | None
    """First week (from 0) from which production never falls below expenditure again; None within no horizon."""
    first_deficit_week: int | None
    """First week (from 0) whose end finds the stock negative; None when there is none."""
    needed_opening_rounds: float
    """Smallest stock on D-day that never runs out."""
    missing_rounds: float
    """That, less the stock there is; 0 when it is enough."""


def balance_d_to_p(
    opening_rounds: float, production_per_week: FloatArray, expenditure_per_week: FloatArray
) -> Balance:
    """Balance of stock on D-day, production and expenditure until P-day.

    Parameters
    ----------
    opening_rounds : float
        Stock on D-day.
    production_per_week, expenditure_per_week : (W,) arrays
        Rounds in each week, deliveries counted as production.

    Returns
    -------
    Balance

    Raises
    ------
    InputError
        When the two rows differ in length or a figure is negative.
    """
    made = np.asarray(production_per_week, dtype=np.float64)
    spent = np.asarray(expenditure_per_week, dtype=np.float64)
    if made.shape != spent.shape or made.ndim != 1:
        raise InputError.one(
            "balance_d_to_p", "expenditure_per_week", spent.shape, f"give one figure a week, as {made.shape}"
        )
    figures = np.concatenate([[opening_rounds], made, spent])
    if not np.isfinite(figures).all() or (figures < 0).any():
        raise InputError.one("balance_d_to_p", "rounds", None, "give finite numbers, none negative")
    drawn = np.cumsum(spent - made)
    needed = float(max(drawn.max(initial=0.0), 0.0))
    behind = np.flatnonzero(made < spent)
    p_week = int(behind[-1]) + 1 if behind.size else 0
    stock = opening_rounds - drawn
    deficit = np.flatnonzero(stock < 0.0)
    return Balance(
        stock=stock,
        production=made,
        expenditure=spent,
        p_week=p_week if p_week < made.size else None,
        first_deficit_week=int(deficit[0]) if deficit.size else None,
        needed_opening_rounds=needed,
        missing_rounds=max(needed - opening_rounds, 0.0),
    )
