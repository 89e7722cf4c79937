"""Weeks of raids against finite stocks: one trial, then the same trial again with one lot changed.

A day runs: what is due arrives, production comes in, stores may be hit, raids are fought, transport
leaves. Rounds are whole numbers throughout, so that opening + deliveries - use = closing exactly. Leakers
are expectations given who was engaged: the binomial noise of single shots would only blur differences.

A variant (one lot later, or never) starts again from the week the lot would have come, covers only the
places that transport connects to it, and stops when its state has met the base case again.
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
            stock = stocks[place, i]
            free = max(stock - reserve[place, i, c], 0)
            possible = math.floor(stock / per)
            if possible < wanted:
                short[week, place, i] += wanted - possible
            engaged = min(wanted, math.floor(free / per))
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
def _receive(rules: Rules, state: State, week: int, weekday: int, component: int) -> None:
    """Take in what transport and production bring today."""
    group, production = rules.component, rules.production
    stock, transit, pipeline, flows = state.stock, state.transit, state.pipeline, state.flows
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
def _strike(rules: Rules, state: State, seed: int, trial: int, week: int, component: int) -> None:
    """Stores that are hit lose a share of what they hold, rounded down."""
    group, hit, hit_loss = rules.component, rules.hit, rules.hit_loss
    stock, flows = state.stock, state.flows
    for p in range(stock.shape[0]):
        if component >= 0 and group[p] != component:
            continue
        if uniform(seed, trial, STREAM_HIT, week * stock.shape[0] + p) < hit[p]:
            for i in range(stock.shape[1]):
                lost = math.floor(stock[p, i] * hit_loss[p])
                stock[p, i] -= lost
                flows[week, p, i, LOST] += lost


@bare
def _dispatch(rules: Rules, state: State, week: int, weekday: int, component: int) -> None:
    """Fill each leg's destination up to its target from what the origin holds above its own."""
    leg_from, leg_to, leg_days, leg_capacity = (
        rules.leg_from,
        rules.leg_to,
        rules.leg_days,
        rules.leg_capacity,
    )
    target, group = rules.target, rules.component
    stock, transit, pipeline, flows = state.stock, state.transit, state.pipeline, state.flows
    day = week * DAYS_PER_WEEK + weekday
    for leg in range(leg_from.shape[0]):
        origin, to = leg_from[leg], leg_to[leg]
        if component >= 0 and group[to] != component:
            continue
        capacity = leg_capacity[leg]
        slot = (day + max(leg_days[leg], 1)) % transit.shape[0]
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
    rules: Rules, lots: LotTables, drawn: Drawn, state: State, week: int, day: int, lot: int, lot_day: int,
    component: int,
) -> None:  # fmt: skip
    """Take in the lots of rounds that come today; `lot` comes on `lot_day` instead of its drawn day."""
    place, item, group = lots.place, lots.item, rules.component
    days, rounds, stock, flows = drawn.lot_day, drawn.lot_rounds, state.stock, state.flows
    for k in range(place.shape[0]):
        comes = lot_day if k == lot else days[k]
        if comes == day and item[k] >= 0:
            p = place[k]
            if component < 0 or group[p] == component:
                stock[p, item[k]] += rounds[k]
                flows[week, p, item[k], DELIVERED] += rounds[k]


@bare
def _watch(rules: Rules, state: State, week: int, day: int, marks: NDArray[np.int64]) -> None:
    """Note the first day (-1: not yet, -2: never held any) of depletion and of shortage.

    `marks` (P + 1, I, 2); the last row is all places together, on the road included.
    """
    least_rounds, stock, pipeline, short = rules.least, state.stock, state.pipeline, state.short
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
def _note(marks: NDArray[np.int64], row: int, item: int, empty: bool, day: int) -> None:
    """Depletion counts only for a store that has held something before."""
    if empty:
        if marks[row, item, 0] == -1:
            marks[row, item, 0] = day
    elif marks[row, item, 0] == -2:
        marks[row, item, 0] = -1


@bare
def run_week(
    rules: Rules,
    lots: LotTables,
    drawn: Drawn,
    state: State,
    seed: int,
    trial: int,
    week: int,
    lot: int,
    lot_day: int,
    component: int,
    marks: NDArray[np.int64],
) -> None:
    """Seven days at the places of a component (-1: all); only the base case, `lot` -1, writes `marks`."""
    group, count, days = rules.component, drawn.raid_count, drawn.day
    stock, flows = state.stock, state.flows
    for weekday in range(DAYS_PER_WEEK):
        day = week * DAYS_PER_WEEK + weekday
        _receive(rules, state, week, weekday, component)
        _deliver(rules, lots, drawn, state, week, day, lot, lot_day, component)
        if weekday == 0:
            _strike(rules, state, seed, trial, week, component)
        for raid in range(count[week]):
            if days[week, raid] == weekday:
                for p in range(stock.shape[0]):
                    if component < 0 or group[p] == component:
                        _fight(rules, drawn, state, seed, trial, week, raid, p)
        _dispatch(rules, state, week, weekday, component)
        if lot < 0:
            _watch(rules, state, week, day, marks)
    for p in range(stock.shape[0]):
        for i in range(stock.shape[1]):
            flows[week, p, i, CLOSING] = stock[p, i]


@bare
def _same(
    rules: Rules,
    state: State,
    stocks: NDArray[np.int64],
    transits: NDArray[np.int64],
    week: int,
    component: int,
) -> bool:
    """Whether the places of a component hold and expect what the base case does at the start of a week."""
    stock, transit, group = state.stock, state.transit, rules.component
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
def _keep(state: State, stocks: NDArray[np.int64], transits: NDArray[np.int64], week: int) -> None:
    """Copy the state at the start of a week; loops, for array assignment is slow to compile."""
    stock, transit = state.stock, state.transit
    for p in range(stock.shape[0]):
        for i in range(stock.shape[1]):
            stocks[week, p, i] = stock[p, i]
            for t in range(transit.shape[0]):
                transits[week, t, p, i] = transit[t, p, i]


@bare
def _restore(state: State, stocks: NDArray[np.int64], transits: NDArray[np.int64], week: int) -> None:
    """Set the state back to the start of a week."""
    stock, transit, pipeline = state.stock, state.transit, state.pipeline
    for p in range(stock.shape[0]):
        for i in range(stock.shape[1]):
            stock[p, i] = stocks[week, p, i]
            pipeline[p, i] = 0
            for t in range(transit.shape[0]):
                transit[t, p, i] = transits[week, t, p, i]
                pipeline[p, i] += transits[week, t, p, i]


@bare
def run_weeks(
    rules: Rules,
    lots: LotTables,
    drawn: Drawn,
    state: State,
    stocks: NDArray[np.int64],
    transits: NDArray[np.int64],
    marks: NDArray[np.int64],
    seed: int,
    trial: int,
    start: int,
    lot: int,
    lot_day: int,
    component: int,
    settled: int,
) -> int:
    """Run from the start of week `start` with `lot` on `lot_day`; return the week it went up to.

    `stocks` (W + 1, P, I) and `transits` (W + 1, T, P, I) hold the base case at the start of each week. The
    base case itself, `lot` -1, writes them; a variant stops once, from week `settled` on, it is back in them.
    """
    leakers = state.leakers
    weeks, places, classes = leakers.shape
    _restore(state, stocks, transits, start)
    for week in range(start, weeks):
        for p in range(places):
            for c in range(classes):
                leakers[week, p, c] = 0.0
        run_week(rules, lots, drawn, state, seed, trial, week, lot, lot_day, component, marks)
        if lot < 0:
            _keep(state, stocks, transits, week + 1)
        elif week >= settled and _same(rules, state, stocks, transits, week + 1, component):
            return week + 1
    return int(weeks)
