"""The simulator's engine: trials of a raid over threads, and the replay of one."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egide.errors import InputError
from egide.kernels import raid_arrays as ra
from egide.kernels.raid import Tally, run_trials
from egide.raids.checks import check
from egide.raids.nights import night_draws
from egide.raids.outcome import RaidOutcome, Replay
from egide.raids.prepare import Prepared, detection_buffers, fight_buffers, hazard_buffers, prepare
from egide.raids.tables import RaidTables

EVENT_NAMES = (
    "launch",
    "track",
    "order",
    "shot",
    "hit",
    "miss",
    "wait",
    "reload",
    "soft kill",
    "lost",
    "arrival",
    "ignored",
    "no round",
)
"""Names of the logged events by code; `wait`: no channel is free, `no round`: nobody may fire."""


@dataclass(frozen=True)
class _Bins:
    """Bins of the busy channels over time."""

    count: int
    width_s: float


def _bins(tables: RaidTables, bin_s: float | None) -> _Bins:
    """Bins over the whole raid; by default about fifty, in whole minutes."""
    threats = tables.threats
    last = float(np.max(threats.launch_s + threats.launch_spread_s + threats.flight_s, initial=1.0))
    width = 60.0 * max(1.0, np.ceil(last / 50.0 / 60.0)) if bin_s is None else float(bin_s)
    return _Bins(max(1, int(np.ceil(last / width))), width)


def run_raid(
    tables: RaidTables,
    *,
    trials: int,
    seed: int,
    threads: int | None = None,
    bin_s: float | None = None,
    first_trial: int = 0,
) -> RaidOutcome:
    """Simulate a raid many times.

    Discrete events along each threat's route at planning level: straight legs, constant speed, no fly-out
    physics. A confirmed track is kept to the end of the flight; looks at an outcome are always right; there
    are no false tracks but the decoys that fly.

    Parameters
    ----------
    tables : RaidTables
        The raid against the defence.
    trials : int
        How many times.
    seed : int
        Root of every draw. Trial k is the same for any number of trials or threads, and tables that share
        keys share their draws (common random numbers).
    threads : int, optional
        Threads to run trials on; by default one for each processor.
    bin_s : float, optional
        Width of the bins of busy channels [s]; by default about fifty bins in whole minutes.
    first_trial : int
        Number of the first trial, to go on where an earlier call ended.

    Returns
    -------
    RaidOutcome
        Outcome of every threat in every trial.

    Raises
    ------
    InputError
        With everything that is wrong in the tables.
    """
    check(tables, trials, seed, bin_s)
    if first_trial < 0:
        raise InputError.one("run_raid", "first_trial", first_trial, "count trials from 0")
    made = prepare(tables)
    bins = _bins(tables, bin_s)
    nights = night_draws(tables, seed, first_trial, trials)
    workers = max(1, min(trials, (os.cpu_count() or 1) if threads is None else threads))
    shared = _tally(made, trials, bins.count)

    def work(worker: int) -> Tally:
        # Own sums and buffers, shared rows: whoever runs a trial writes the same numbers to the same row.
        tally = _tally_of_thread(shared)
        fight = fight_buffers(tables, made, seed, bins.count, bins.width_s, 0)
        detection = detection_buffers(made, fight.threats)
        hazards = hazard_buffers(tables, made, nights)
        block = max(1, min(64, trials // (4 * workers)))
        for row in range(worker * block, trials, workers * block):
            rows = min(block, trials - row)
            run_trials(fight, detection, hazards, tally, first_trial + row, row, rows)
        return tally

    if workers == 1:
        tallies = [work(0)]
    else:
        with ThreadPoolExecutor(workers) as pool:
            tallies = list(pool.map(work, range(workers)))
    return _outcome(tables, seed, first_trial, bins, tallies)


def _tally(made: Prepared, trials: int, bins: int) -> Tally:
    units = made.units.size
    return Tally(
        code=np.zeros((trials, made.threats.size), dtype=np.uint8),
        warning=np.zeros((trials, made.threats.size), dtype=np.float32),
        shots=np.zeros((trials, units), dtype=np.int32),
        kills=np.zeros((trials, units), dtype=np.int32),
        spent_sum=np.zeros(made.orders.shape, dtype=np.int64),
        busy_sum_ms=np.zeros((units, bins), dtype=np.int64),
        busy_max_ms=np.zeros((units, bins), dtype=np.int64),
        full_sum_ms=np.zeros((units, bins), dtype=np.int64),
    )


def _tally_of_thread(shared: Tally) -> Tally:
    return shared._replace(
        spent_sum=np.zeros_like(shared.spent_sum),
        busy_sum_ms=np.zeros_like(shared.busy_sum_ms),
        busy_max_ms=np.zeros_like(shared.busy_max_ms),
        full_sum_ms=np.zeros_like(shared.full_sum_ms),
    )


def _outcome(
    tables: RaidTables, seed: int, first_trial: int, bins: _Bins, tallies: list[Tally]
) -> RaidOutcome:
    """Put the sums of the threads together; integers, so that their order cannot matter."""
    trials = tallies[0].code.shape[0]
    second = 1000.0 * bins.width_s
    busy_sum = np.sum([tally.busy_sum_ms for tally in tallies], axis=0)
    busy_max = np.max([tally.busy_max_ms for tally in tallies], axis=0)
    full_sum = np.sum([tally.full_sum_ms for tally in tallies], axis=0)
    return RaidOutcome(
        tables=tables,
        seed=seed,
        first_trial=first_trial,
        code=tallies[0].code,
        warning_s=tallies[0].warning,
        shots=tallies[0].shots,
        kills=tallies[0].kills,
        shots_by_class=np.sum([tally.spent_sum for tally in tallies], axis=0) / trials,
        bin_s=bins.width_s,
        busy_mean=busy_sum / (second * trials),
        busy_max=busy_max / second,
        full_fraction=full_sum / (second * trials),
        replayer=replay_raid,
    )


def replay_raid(tables: RaidTables, *, trial: int, seed: int) -> Replay:
    """Run one trial again and write down what happened.

    Parameters
    ----------
    tables : RaidTables
        The raid against the defence.
    trial, seed : int
        Which trial; by its address it is the one that `run_raid` counted.

    Returns
    -------
    Replay
        Events in order of time.
    """
    check(tables, 1, seed)
    made = prepare(tables)
    nights = night_draws(tables, seed, trial, 1)
    bins = _bins(tables, None)
    room = 64 + made.threats.size * (8 + 2 * made.pictures.size)
    while True:
        tally = _tally(made, 1, bins.count)
        fight = fight_buffers(tables, made, seed, bins.count, bins.width_s, room)
        detection = detection_buffers(made, fight.threats)
        hazards = hazard_buffers(tables, made, nights)
        run_trials(fight, detection, hazards, tally, trial, 0, 1)
        used = int(fight.clock["logged"][0])
        if used < room:
            break
        room *= 2
    log = fight.log[:used]
    log = log[np.lexsort((log["threat"], log["t_s"]))]
    return _named(tables, trial, log, fight.threats, tally.code[0])


def _named(
    tables: RaidTables, trial: int, log: NDArray[np.void], states: NDArray[np.void], code: NDArray[np.uint8]
) -> Replay:
    actors = []
    pictures = [f"picture {k}" for k in range(len(tables.pictures))]
    for kind, actor in zip(log["kind"], log["actor"], strict=True):
        if actor < 0:
            actors.append("")
        elif kind in (ra.EV_TRACK, ra.EV_READY, ra.EV_IGNORED):
            actors.append(pictures[actor])
        else:
            actors.append(tables.unit_labels[actor])
    return Replay(
        trial=trial,
        t_s=log["t_s"].copy(),
        event=tuple(EVENT_NAMES[kind] for kind in log["kind"]),
        threat=log["threat"].astype(np.int64),
        actor=tuple(actors),
        value=log["value"].copy(),
        launch_s=states["spawn"].copy(),
        end_s=np.minimum(states["end"], states["kill"]),
        code=code.copy(),
    )
