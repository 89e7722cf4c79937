"""Trials of a campaign: draw, run the base case, record it, run every variant of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from egide.kernels.campaign import Drawn, Rules, State, run_weeks
from egide.kernels.campaign_draws import (
    DAYS_PER_WEEK,
    NEVER,
    FleetTables,
    LotTables,
    RaidTables,
    draw_fleet,
    draw_lots,
    draw_raids,
)
from egide.kernels.raid_jit import bare


class Scratch(NamedTuple):
    """What one thread works in; the caller allocates it, for that is quicker to compile."""

    drawn: Drawn
    state: State
    stocks: NDArray[np.int64]
    """(W + 1, P, I) base case at the start of each week; row 0 is the opening."""
    transits: NDArray[np.int64]
    """(W + 1, T, P, I), zero at the start."""
    marks: NDArray[np.int64]
    """(P + 1, I, 2)."""
    base: NDArray[np.float64]
    """(W, P, C) leakers of the base case."""
    unit_state: NDArray[np.int64]
    """(U,)."""


class Record(NamedTuple):
    """Where trials write; row k is trial k, and what is not wanted has no rows."""

    account: NDArray[np.int32]
    """(R, W, P, I, FLOWS)."""
    leakers: NDArray[np.float64]
    """(R, W, P, C)."""
    short: NDArray[np.int32]
    """(R, W, P, I) threats that an item was wanted for while its store could not serve."""
    marks: NDArray[np.int32]
    """(R, P + 1, I, 2) first day of depletion and of shortage, negative when there is none."""
    ready: NDArray[np.int32]
    """(R, W, P, F)."""
    lot_day: NDArray[np.int64]
    """(R, L)."""
    total: NDArray[np.float64]
    """(R, M) base case in each measure; always written."""
    change: NDArray[np.float64]
    """(R, V, M) variant minus base in each measure."""


@bare
def run_trials(
    rules: Rules,
    raids: RaidTables,
    lots: LotTables,
    fleets: FleetTables,
    seed: int,
    first: int,
    last: int,
    variant_lot: NDArray[np.int64],
    variant_shift_days: NDArray[np.int64],
    scratch: Scratch,
    record: Record,
) -> None:
    """Run trials `first` to `last - 1`, with variants in which one lot comes so many days later.

    A shift of `NEVER` takes the lot out; a negative one brings it forward.
    """
    drawn, state, marks, base = scratch.drawn, scratch.state, scratch.marks, scratch.base
    stocks, transits, unit_state = scratch.stocks, scratch.transits, scratch.unit_state
    day, ready, item, weeks = drawn.lot_day, drawn.ready, lots.item, base.shape[0]
    group, place, change = rules.component, lots.place, record.change
    nobody = first - first - 1  # not written -1, for a literal would compile every callee a second time
    for trial in range(first, last):
        draw_raids(raids, seed, trial, drawn.raid_count, drawn.day, drawn.level, drawn.threats)
        draw_lots(lots, seed, trial, day, drawn.lot_rounds)
        _clear(state, marks)
        for v in range(-1, variant_lot.shape[0]):
            lot, then, component, start, settled = nobody, nobody, nobody, 0, weeks
            if v >= 0:
                lot = variant_lot[v]
                now = day[lot]
                then = NEVER if now >= NEVER else min(max(now + variant_shift_days[v], 0), NEVER)
                start = min(now, then) // DAYS_PER_WEEK
                if now == then or start >= weeks:
                    continue
                if item[lot] >= 0:
                    component = group[place[lot]]
                    settled = max(now, then) // DAYS_PER_WEEK
            if v < 0 or item[lot] < 0:
                draw_fleet(fleets, seed, trial, day, lot, then, unit_state, ready)
            end = run_weeks(
                rules, lots, drawn, state, stocks, transits, marks,
                seed, trial, start, lot, then, component, settled,
            )  # fmt: skip
            if v < 0:
                _write(rules, record, trial, drawn, state, marks, base)
            else:
                _compare(rules, state, base, start, end, component, change[trial, v])
                if item[lot] < 0:
                    draw_fleet(fleets, seed, trial, day, nobody, nobody, unit_state, ready)


@bare
def _clear(state: State, marks: NDArray[np.int64]) -> None:
    """Empty the record of a trial."""
    short, account = state.short, state.flows
    weeks, places, items, flows = account.shape
    for week in range(weeks):
        for p in range(places):
            for i in range(items):
                short[week, p, i] = 0
                for flow in range(flows):
                    account[week, p, i, flow] = 0
    for p in range(marks.shape[0]):
        for i in range(marks.shape[1]):
            marks[p, i, 0] = -2
            marks[p, i, 1] = -1


@bare
def _compare(
    rules: Rules,
    state: State,
    base: NDArray[np.float64],
    start: int,
    end: int,
    component: int,
    change: NDArray[np.float64],
) -> None:
    """Add to `change` (M,) what a variant leaks beyond the base case, in each measure."""
    leakers, exposure, group = state.leakers, rules.exposure, rules.component
    for week in range(start, end):
        for p in range(base.shape[1]):
            if component >= 0 and group[p] != component:
                continue
            for c in range(base.shape[2]):
                more = leakers[week, p, c] - base[week, p, c]
                for m in range(change.shape[0]):
                    change[m] += more * exposure[p, c, m]


@bare
def _write(
    rules: Rules,
    record: Record,
    trial: int,
    drawn: Drawn,
    state: State,
    marks: NDArray[np.int64],
    base: NDArray[np.float64],
) -> None:
    """Copy the base case of one trial into the record."""
    exposure, leakers, short, flows = rules.exposure, state.leakers, state.short, state.flows
    total, to_leakers, to_short, account = record.total, record.leakers, record.short, record.account
    ready, to_ready, to_marks = drawn.ready, record.ready, record.marks
    lot_day, to_lot_day = drawn.lot_day, record.lot_day
    weeks, places, items, columns = flows.shape
    full = to_leakers.shape[0] > 0
    for week in range(weeks):
        for p in range(places):
            for c in range(leakers.shape[2]):
                base[week, p, c] = leakers[week, p, c]
                for m in range(total.shape[1]):
                    total[trial, m] += leakers[week, p, c] * exposure[p, c, m]
                if full:
                    to_leakers[trial, week, p, c] = leakers[week, p, c]
            if not full:
                continue
            for i in range(items):
                to_short[trial, week, p, i] = short[week, p, i]
                for column in range(columns):
                    account[trial, week, p, i, column] = flows[week, p, i, column]
            for f in range(ready.shape[2]):
                to_ready[trial, week, p, f] = ready[week, p, f]
    if full:
        for p in range(places + 1):
            for i in range(items):
                to_marks[trial, p, i, 0] = marks[p, i, 0]
                to_marks[trial, p, i, 1] = marks[p, i, 1]
        for k in range(lot_day.shape[0]):
            to_lot_day[trial, k] = lot_day[k]
