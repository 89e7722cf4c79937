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
    moved: NDArray[np.int64]
    """(L,) days lots come in a variant."""


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
    shift_days: NDArray[np.int64],
    scratch: Scratch,
    record: Record,
) -> None:
    """Run trials `first` to `last - 1`, with variants (V, L) in which lots come so many days later.

    A shift of `NEVER` takes a lot out; a negative one brings it forward, 0 leaves it.
    """
    drawn, state, marks, base = scratch.drawn, scratch.state, scratch.marks, scratch.base
    stocks, transits, unit_state = scratch.stocks, scratch.transits, scratch.unit_state
    day, ready, moved, change, total = drawn.lot_day, drawn.ready, scratch.moved, record.change, record.total
    item, place, group, exposure = lots.item, lots.place, rules.component, rules.exposure
    flows, short, leakers, weeks = state.flows, state.short, state.leakers, base.shape[0]
    full = record.leakers.shape[0] > 0
    everywhere = first - first - 1  # not written -1, for a literal would compile every callee a second time
    for trial in range(first, last):
        draw_raids(raids, seed, trial, drawn.raid_count, drawn.day, drawn.level, drawn.threats)
        draw_lots(lots, seed, trial, day, drawn.lot_rounds)
        _clear(flows, short, marks)
        for v in range(-1, shift_days.shape[0]):
            start, settled, component, units, is_base, lot_days = 0, weeks, everywhere, 1, 1, day
            if v >= 0:
                start, settled, component, units = _move(item, place, group, day, shift_days[v], moved, weeks)
                is_base, lot_days = 0, moved
                if start >= weeks:
                    continue
            if units:
                draw_fleet(fleets, seed, trial, lot_days, unit_state, ready)
            end = run_weeks(
                rules, lots, drawn, state, stocks, transits, marks,
                seed, trial, start, lot_days, is_base, component, settled,
            )  # fmt: skip
            if v >= 0:
                _compare(group, exposure, leakers, base, start, end, component, change[trial, v])
                if units:
                    draw_fleet(fleets, seed, trial, day, unit_state, ready)
                continue
            _add_up(exposure, leakers, base, total[trial])
            if full:
                _write(record, trial, drawn, state, marks)


@bare
def _move(
    item: NDArray[np.int64],
    place: NDArray[np.int64],
    group: NDArray[np.int64],
    day: NDArray[np.int64],
    shift: NDArray[np.int64],
    moved: NDArray[np.int64],
    weeks: int,
) -> tuple[int, int, int, int]:
    """Fill `moved` (L,) with the days of a variant's lots.

    Returns its first week, the week from which it may meet the base case again, the group of places it
    touches (-1: all), and 1 if it moves units. The first week is the horizon where nothing within it moves.
    """
    horizon = weeks * DAYS_PER_WEEK
    start, settled, component, units = weeks, 0, -2, 0
    for k in range(day.shape[0]):
        now = day[k]
        then = now
        if shift[k] != 0 and now < NEVER:
            then = NEVER if shift[k] >= NEVER else min(max(now + shift[k], 0), NEVER)
        moved[k] = then
        if then == now or min(now, then) >= horizon:
            continue
        start = min(start, min(now, then) // DAYS_PER_WEEK)
        if now < horizon:
            settled = max(settled, now // DAYS_PER_WEEK)
        if then < horizon:
            settled = max(settled, then // DAYS_PER_WEEK)
        if item[k] < 0:
            units = 1
        elif component == -2:
            component = group[place[k]]
        elif component != group[place[k]]:
            component = -1
    if units or component < 0:
        component = -1
    return start, weeks if units else settled, component, units


@bare
def _clear(account: NDArray[np.int64], short: NDArray[np.int64], marks: NDArray[np.int64]) -> None:
    """Empty the record of a trial."""
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
    group: NDArray[np.int64], exposure: NDArray[np.float64], leakers: NDArray[np.float64],
    base: NDArray[np.float64], start: int, end: int, component: int, change: NDArray[np.float64],
) -> None:  # fmt: skip
    """Add to `change` (M,) what a variant leaks beyond the base case, in each measure."""
    for week in range(start, end):
        for p in range(base.shape[1]):
            if component >= 0 and group[p] != component:
                continue
            for c in range(base.shape[2]):
                more = leakers[week, p, c] - base[week, p, c]
                for m in range(change.shape[0]):
                    change[m] += more * exposure[p, c, m]


@bare
def _add_up(
    exposure: NDArray[np.float64],
    leakers: NDArray[np.float64],
    base: NDArray[np.float64],
    total: NDArray[np.float64],
) -> None:
    """Keep the leakers of the base case, and add them to `total` (M,) in each measure."""
    for week in range(base.shape[0]):
        for p in range(base.shape[1]):
            for c in range(base.shape[2]):
                base[week, p, c] = leakers[week, p, c]
                for m in range(total.shape[0]):
                    total[m] += leakers[week, p, c] * exposure[p, c, m]


@bare
def _write(record: Record, trial: int, drawn: Drawn, state: State, marks: NDArray[np.int64]) -> None:
    """Copy the base case of one trial into the record."""
    leakers, short, flows, ready, lot_day = (
        state.leakers, state.short, state.flows, drawn.ready, drawn.lot_day,
    )  # fmt: skip
    account, to_leakers, to_short, to_marks, to_ready, to_lot_day = (
        record.account, record.leakers, record.short, record.marks, record.ready, record.lot_day,
    )  # fmt: skip
    weeks, places, items, columns = flows.shape
    for week in range(weeks):
        for p in range(places):
            for c in range(leakers.shape[2]):
                to_leakers[trial, week, p, c] = leakers[week, p, c]
            for i in range(items):
                to_short[trial, week, p, i] = short[week, p, i]
                for column in range(columns):
                    account[trial, week, p, i, column] = flows[week, p, i, column]
            for f in range(ready.shape[2]):
                to_ready[trial, week, p, f] = ready[week, p, f]
    for p in range(places + 1):
        for i in range(items):
            for mark in range(2):
                to_marks[trial, p, i, mark] = marks[p, i, mark]
    for k in range(lot_day.shape[0]):
        to_lot_day[trial, k] = lot_day[k]
