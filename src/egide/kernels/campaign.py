"""Weeks of raids against finite stocks: one trial, then the same trial again with some lots changed.

A day runs: what is due arrives, production comes in, stores may be hit, raids are fought, transport
leaves. Rounds are whole numbers throughout, so that opening + deliveries - use = closing exactly. Leakers
are expectations given who was engaged: the binomial noise of single shots would only blur differences.

A variant (some lots later, or never) starts again from the week the first of them would have come, covers only
the places that transport connects to them, and stops when its state has met the base case again.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from egide.kernels.campaign_draws import DAYS_PER_WEEK, STREAM_HIT, STREAM_USE, LotTables
from egide.kernels.raid_jit import bare
from egide.kernels.rng import uniform

DELIVERED, PRODUCED, USED, LOST, SENT, RECEIVED, CLOSING = 0, 1, 2, 3, 4, 5, 6
"""Columns of the account of an item at a place in a week: six flows and the rounds left at its end."""
FLOWS = 7


class Rules(NamedTuple):
    """What is decided before the campaign: doctrine, performance, stores and transport."""

    opening: NDArray[np.int64]
    """(P, I) rounds at the start."""
    production: NDArray[np.int64]
    """(W, P, I) rounds that come in on the first day of each week."""
    preference: NDArray[np.int64]
    """(P, C, K) items a class is engaged with at a place, best first, -1 after the last."""
    class_order: NDArray[np.int64]
    """(C,) classes in the order in which a raid's threats are served."""
    reserve: NDArray[np.int64]
    """(P, I, C) rounds a class must leave in store."""
    rounds: NDArray[np.float64]
    """(I, C) mean rounds of an engagement."""
    kill: NDArray[np.float64]
    """(E, I, C) kill probability of an engagement at each night effect."""
    least: NDArray[np.int64]
    """(P, I) rounds below which a store is empty for practice; 0 where the item is not used."""
    fleet_of_item: NDArray[np.int64]
    """(I,) fleet that fires it, or -1 when launchers never limit it."""
    engagements_per_unit: NDArray[np.int64]
    """(F,) engagements of one unit in one raid."""
    hit: NDArray[np.float64]
    """(P,) probability in a week that the store is hit."""
    hit_loss: NDArray[np.float64]
    """(P,) share of each item lost in a hit."""
    leg_from: NDArray[np.int64]
    leg_to: NDArray[np.int64]
    leg_days: NDArray[np.int64]
    leg_capacity: NDArray[np.int64]
    """(G,) resupply legs, served in this order; rounds a day."""
    target: NDArray[np.int64]
    """(P, I) level that resupply fills up to, and below which a store does not send."""
    component: NDArray[np.int64]
    """(P,) number of the group of places that transport connects."""
    exposure: NDArray[np.float64]
    """(P, C, M) weight of one leaker in each measure."""


class Drawn(NamedTuple):
    """One trial's chance, see `campaign_draws`."""

    raid_count: NDArray[np.int64]
    day: NDArray[np.int64]
    level: NDArray[np.int64]
    threats: NDArray[np.int64]
    lot_day: NDArray[np.int64]
    lot_rounds: NDArray[np.int64]
    ready: NDArray[np.int64]


class State(NamedTuple):
    """What changes through a campaign, and its record."""

    stock: NDArray[np.int64]
    """(P, I)."""
    transit: NDArray[np.int64]
    """(T, P, I) ring of what arrives on the day, by day modulo T."""
    pipeline: NDArray[np.int64]
    """(P, I) on the road to the place."""
    busy: NDArray[np.int64]
    """(F,) engagements made in the current raid at the current place."""
    flows: NDArray[np.int64]
    """(W, P, I, FLOWS)."""
    leakers: NDArray[np.float64]
    """(W, P, C)."""
    short: NDArray[np.int64]
    """(W, P, I) threats that an item was wanted for while its store could not serve."""


Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Most kernels below take the arrays they use and no more: what is handed over costs the compiler far more than it
# costs the reader, and a tuple is handed over whole.


@bare
def _fight(
    rules: Rules, drawn: Drawn, state: State, seed: int, trial: int, week: int, raid: int, place: int
) -> None:
    """One raid at one place: each class in turn takes its preferred items while rounds and launchers last."""
    # Bound once: every attribute of a tuple of arrays costs the compiler as much as the whole tuple.
    preference, rounds, reserve, kill = rules.preference, rules.rounds, rules.reserve, rules.kill
    fleet_of_item, per_unit, order = rules.fleet_of_item, rules.engagements_per_unit, rules.class_order
    threats, ready, levels = drawn.threats, drawn.ready, drawn.level
    stocks, busy, flows, short, leakers = state.stock, state.busy, state.flows, state.short, state.leakers
    for fleet in range(busy.shape[0]):
        busy[fleet] = 0
    places, items = stocks.shape
    for position in range(order.shape[0]):
        c = order[position]
        left = threats[week, raid, place, c]
        if left == 0:
            continue
        leaked = 0.0
        for slot in range(preference.shape[2]):
            i = preference[place, c, slot]
            if i < 0 or left == 0:
                break
            per = rounds[i, c]
            wanted = left
            fleet = fleet_of_item[i]
            if fleet >= 0:
                wanted = min(left, max(ready[week, place, fleet] * per_unit[fleet] - busy[fleet], 0))
            if wanted == 0:
                continue
            stock = stocks[place, i]
            free = max(stock - reserve[place, i, c], 0)
            # A round beyond what is wanted settles it without dividing, whatever rounding does.
            plenty = wanted * per + 1.0
            if stock < plenty:
                short[week, place, i] += max(wanted - math.floor(stock / per), 0)
            engaged = wanted if free >= plenty else min(wanted, math.floor(free / per))
            if engaged == 0:
                continue
            fired = math.floor(engaged * per)
            if fired < engaged * per:
                address = (
                    ((week * levels.shape[1] + raid) * places + place) * order.shape[0] + c
                ) * items + i
                u = uniform(seed, trial, STREAM_USE, address)
                fired = min(math.floor(engaged * per + u), free)
            stocks[place, i] -= fired
            flows[week, place, i, USED] += fired
            if fleet >= 0:
                busy[fleet] += engaged
            leaked += engaged * (1.0 - kill[levels[week, raid, c], i, c])
            left -= engaged
        leakers[week, place, c] += leaked + left


@bare
def _receive(
    group: Ints,
    production: Ints,
    stock: Ints,
    transit: Ints,
    pipeline: Ints,
    flows: Ints,
    week: int,
    weekday: int,
    component: int,
) -> None:
    """Take in what transport and production bring today."""
    slot = (week * DAYS_PER_WEEK + weekday) % transit.shape[0]
    for p in range(stock.shape[0]):
        if component >= 0 and group[p] != component:
            continue
        for i in range(stock.shape[1]):
            came = transit[slot, p, i]
            if came > 0:
                transit[slot, p, i] = 0
                pipeline[p, i] -= came
                stock[p, i] += came
                flows[week, p, i, RECEIVED] += came
            if weekday == 0:
                stock[p, i] += production[week, p, i]
                flows[week, p, i, PRODUCED] += production[week, p, i]


@bare
def _strike(
    group: Ints,
    hit: Floats,
    hit_loss: Floats,
    stock: Ints,
    flows: Ints,
    seed: int,
    trial: int,
    week: int,
    component: int,
) -> None:
    """Stores that are hit lose a share of what they hold, rounded down."""
    for p in range(stock.shape[0]):
        if component >= 0 and group[p] != component:
            continue
        if uniform(seed, trial, STREAM_HIT, week * stock.shape[0] + p) < hit[p]:
            for i in range(stock.shape[1]):
                lost = math.floor(stock[p, i] * hit_loss[p])
                stock[p, i] -= lost
                flows[week, p, i, LOST] += lost


@bare
def _load(
    target: Ints,
    stock: Ints,
    transit: Ints,
    pipeline: Ints,
    flows: Ints,
    origin: int,
    to: int,
    capacity: int,
    slot: int,
    week: int,
) -> None:
    """Fill a leg's destination up to its target from what the origin holds above its own."""
    for i in range(stock.shape[1]):
        gap = target[to, i] - stock[to, i] - pipeline[to, i]
        spare = stock[origin, i] - target[origin, i]
        load = min(min(gap, spare), capacity)
        if load > 0:
            capacity -= load
            stock[origin, i] -= load
            transit[slot, to, i] += load
            pipeline[to, i] += load
            flows[week, origin, i, SENT] += load


@bare
def _deliver(
    place: Ints,
    item: Ints,
    group: Ints,
    days: Ints,
    rounds: Ints,
    stock: Ints,
    flows: Ints,
    week: int,
    day: int,
    component: int,
) -> None:
    """Take in the lots of rounds that come today."""
    for k in range(place.shape[0]):
        if days[k] == day and item[k] >= 0:
            p = place[k]
            if component < 0 or group[p] == component:
                stock[p, item[k]] += rounds[k]
                flows[week, p, item[k], DELIVERED] += rounds[k]


@bare
def _watch(
    least_rounds: Ints,
    stock: Ints,
    pipeline: Ints,
    short: Ints,
    week: int,
    day: int,
    marks: Ints,
) -> None:
    """Note the first day (-1: not yet, -2: never held any) of depletion and of shortage.

    `marks` (P + 1, I, 2); the last row is all places together, on the road included.
    """
    places = stock.shape[0]
    for i in range(stock.shape[1]):
        total, least_total = 0, 0
        for p in range(places):
            total += stock[p, i] + pipeline[p, i]
            least = least_rounds[p, i]
            if least > 0:
                least_total = least if least_total == 0 else min(least, least_total)
                _note(marks, p, i, stock[p, i] < least, day)
            if short[week, p, i] > 0:
                if marks[p, i, 1] < 0:
                    marks[p, i, 1] = day
                if marks[places, i, 1] < 0:
                    marks[places, i, 1] = day
        if least_total > 0:
            _note(marks, places, i, total < least_total, day)


@bare
def _note(marks: Ints, row: int, item: int, empty: bool, day: int) -> None:
    """Depletion counts only for a store that has held something before."""
    if empty:
        if marks[row, item, 0] == -1:
            marks[row, item, 0] = day
    elif marks[row, item, 0] == -2:
        marks[row, item, 0] = -1


@bare
def _same(
    group: Ints,
    stock: Ints,
    transit: Ints,
    stocks: Ints,
    transits: Ints,
    week: int,
    component: int,
) -> bool:
    """Whether the places of a component hold and expect what the base case does at the start of a week."""
    for p in range(stock.shape[0]):
        if component >= 0 and group[p] != component:
            continue
        for i in range(stock.shape[1]):
            if stock[p, i] != stocks[week, p, i]:
                return False
            for t in range(transit.shape[0]):
                if transit[t, p, i] != transits[week, t, p, i]:
                    return False
    return True


@bare
def _keep(
    stock: Ints,
    transit: Ints,
    stocks: Ints,
    transits: Ints,
    week: int,
) -> None:
    """Copy the state at the start of a week; loops, for array assignment is slow to compile."""
    for p in range(stock.shape[0]):
        for i in range(stock.shape[1]):
            stocks[week, p, i] = stock[p, i]
            for t in range(transit.shape[0]):
                transits[week, t, p, i] = transit[t, p, i]


@bare
def _restore(
    stock: Ints,
    transit: Ints,
    pipeline: Ints,
    stocks: Ints,
    transits: Ints,
    week: int,
) -> None:
    """Set the state back to the start of a week."""
    for p in range(stock.shape[0]):
        for i in range(stock.shape[1]):
            stock[p, i] = stocks[week, p, i]
            pipeline[p, i] = 0
            for t in range(transit.shape[0]):
                transit[t, p, i] = transits[week, t, p, i]
                pipeline[p, i] += transits[week, t, p, i]


@bare
def run_weeks(
    rules: Rules, lots: LotTables, drawn: Drawn, state: State, stocks: Ints, transits: Ints, marks: Ints, seed: int,
    trial: int, start: int, lot_days: Ints, base: int, component: int, settled: int,
) -> int:  # fmt: skip
    """Run from the start of week `start` with lots on `lot_days` (L,); return the week it went up to.

    Only the places of a component are run (-1: all). `stocks` (W + 1, P, I) and `transits` (W + 1, T, P, I) hold the
    base case at the start of each week. The base case itself, `base` 1, writes them and `marks`; a variant stops
    once, from week `settled` on, it is back in them.
    """
    group, production, target, hit, hit_loss = (
        rules.component, rules.production, rules.target, rules.hit, rules.hit_loss,
    )  # fmt: skip
    leg_from, leg_to, leg_days, capacity = rules.leg_from, rules.leg_to, rules.leg_days, rules.leg_capacity
    place, item, rounds, count, raid_day = (
        lots.place,
        lots.item,
        drawn.lot_rounds,
        drawn.raid_count,
        drawn.day,
    )
    stock, transit, pipeline, flows, leakers = (
        state.stock, state.transit, state.pipeline, state.flows, state.leakers,
    )  # fmt: skip
    weeks, places, classes = leakers.shape
    _restore(stock, transit, pipeline, stocks, transits, start)
    for day in range(start * DAYS_PER_WEEK, weeks * DAYS_PER_WEEK):
        week, weekday = day // DAYS_PER_WEEK, day % DAYS_PER_WEEK
        if weekday == 0:
            for p in range(places):
                for c in range(classes):
                    leakers[week, p, c] = 0.0
        _receive(group, production, stock, transit, pipeline, flows, week, weekday, component)
        _deliver(place, item, group, lot_days, rounds, stock, flows, week, day, component)
        if weekday == 0:
            _strike(group, hit, hit_loss, stock, flows, seed, trial, week, component)
        for raid in range(count[week]):
            if raid_day[week, raid] == weekday:
                for p in range(places):
                    if component < 0 or group[p] == component:
                        _fight(rules, drawn, state, seed, trial, week, raid, p)
        for leg in range(leg_to.shape[0]):
            if component < 0 or group[leg_to[leg]] == component:
                slot = (day + max(leg_days[leg], 1)) % transit.shape[0]
                _load(
                    target,
                    stock,
                    transit,
                    pipeline,
                    flows,
                    leg_from[leg],
                    leg_to[leg],
                    capacity[leg],
                    slot,
                    week,
                )
        if base:
            _watch(rules.least, stock, pipeline, state.short, week, day, marks)
        if weekday < DAYS_PER_WEEK - 1:
            continue
        if base:
            for p in range(places):
                for i in range(stock.shape[1]):
                    flows[week, p, i, CLOSING] = stock[p, i]
            _keep(stock, transit, stocks, transits, week + 1)
        elif week >= settled and _same(group, stock, transit, stocks, transits, week + 1, component):
            return week + 1
    return int(weeks)
