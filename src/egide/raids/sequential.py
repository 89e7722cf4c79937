"""Simulate until the mean is known well enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from egide.errors import InputError, Problem
from egide.raids.compare import mean_half_width
from egide.raids.engine import run_raid
from egide.raids.outcome import RaidOutcome
from egide.raids.tables import RaidTables


class Stopped(StrEnum):
    """Why a sequential simulation ended."""

    PRECISION = "precision reached"
    TRIALS = "trial limit reached"


@dataclass(frozen=True, eq=False)
class Sequential:
    """A simulation that went on until its mean was known to a stated precision."""

    outcome: RaidOutcome
    mean: float
    half_width: float
    """Half-width of the 95 % interval of the mean by `compare.mean_half_width`: Monte-Carlo error only"""
    stopped: Stopped


def leakers(outcome: RaidOutcome) -> NDArray[np.float64]:
    """(trials,) threats that got through, decoys apart: the measure by default."""
    return outcome.leakers(decoys=False).astype(np.float64)


def run_until(
    tables: RaidTables,
    *,
    half_width: float,
    seed: int,
    measure: Callable[[RaidOutcome], NDArray[np.float64]] = leakers,
    first_trials: int = 256,
    trial_limit: int = 100_000,
    threads: int | None = None,
) -> Sequential:
    """Simulate in growing batches until the 95 % interval of the mean is narrow enough.

    Parameters
    ----------
    tables : RaidTables
        The raid against the defence.
    half_width : float
        Half-width asked for, in units of the measure.
    seed : int
        Root of every draw; the trials are those that `run_raid` would give.
    measure : callable
        From an outcome to one number for each trial.
    first_trials : int
        Trials before the first look. Few looks, and none at a small sample, keep the interval honest: batches
        grow by half each time.
    trial_limit : int
        Where to give up; the answer then says so.
    threads : int, optional
        As in `run_raid`.

    Returns
    -------
    Sequential
    """
    problems = []
    if not (np.isfinite(half_width) and half_width > 0.0):
        problems.append(Problem("run_until", "half_width", half_width, "give a precision above 0"))
    if not 2 <= first_trials <= trial_limit:
        remedy = "give at least two trials, and a limit not below the first look"
        problems.append(
            Problem("run_until", "first_trials, trial_limit", (first_trials, trial_limit), remedy)
        )
    if problems:
        raise InputError(problems)
    outcome = run_raid(tables, trials=first_trials, seed=seed, threads=threads)
    while True:
        values = measure(outcome)
        reached = mean_half_width(values)
        if reached <= half_width or outcome.trials >= trial_limit:
            stopped = Stopped.PRECISION if reached <= half_width else Stopped.TRIALS
            return Sequential(outcome, float(values.mean()), reached, stopped)
        more = min(max(1, outcome.trials // 2), trial_limit - outcome.trials)
        following = run_raid(
            outcome.tables, trials=more, seed=seed, threads=threads, first_trial=outcome.trials
        )  # fmt: skip
        outcome = outcome.joined(following)
