"""Worth of a plan of shipments over scenarios: demand met, its slopes, prices of shipments, local search.

Demand of a week that stock cannot meet is lost. What is met up to the horizon is then the least, over the
weeks, of everything that arrived up to that week plus all demand after it (or all demand): a concave
function of the arrivals, whose slope is one for what arrives by the week that binds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from egide.kernels.jit import jit
from egide.kernels.rng import uniform

STREAM_RUIN = 6201


class Network(NamedTuple):
    """Lots, roads and demand, in rounds and weeks."""

    lot_item: NDArray[np.int64]
    parcel: NDArray[np.float64]
    """(L,) rounds of the smallest shipment of a lot."""
    due: NDArray[np.int64]
    """(L,) first week a shipment can be planned for."""
    ready: NDArray[np.int64]
    """(S, L) week the lot is there to be shipped."""
    transit: NDArray[np.int64]
    """(P,) weeks on the road."""
    opening: NDArray[np.float64]
    """(P, I)."""
    demand: NDArray[np.float64]
    """(P, I, S, W) rounds asked for."""
    worth: NDArray[np.float64]
    """(P, I) worth of a round that meets demand."""
    probability: NDArray[np.float64]
    """(S,)."""


@jit
def met_demand(
    opening: float,
    demand: NDArray[np.float64],
    arrivals: NDArray[np.float64],
    probability: NDArray[np.float64],
) -> float:
    """Expected rounds that meet demand (S, W) from an opening stock and arrivals (S, W)."""
    total = 0.0
    for s in range(demand.shape[0]):
        stock, met = opening, 0.0
        for week in range(demand.shape[1]):
            stock += arrivals[s, week]
            served = min(stock, demand[s, week])
            met += served
            stock -= served
        total += probability[s] * met
    return total


@jit
def let_through(
    opening: float,
    demand: NDArray[np.float64],
    arrivals: NDArray[np.float64],
    before: NDArray[np.float64],
    after: NDArray[np.float64],
) -> None:
    """Fill `before` and `after` (S, W + 1): the least that any week up to, or from, each lets through.

    Entry 0 stands for all demand, entry w + 1 for week w: what arrived by it and all demand after it. The least
    of them all is what is met.
    """
    weeks = demand.shape[1]
    for s in range(demand.shape[0]):
        left = 0.0
        for week in range(weeks):
            left += demand[s, week]
        supply = opening
        before[s, 0] = after[s, 0] = left
        for week in range(weeks):
            supply += arrivals[s, week]
            left -= demand[s, week]
            after[s, week + 1] = supply + left
            before[s, week + 1] = min(before[s, week], supply + left)
        for week in range(weeks - 1, -1, -1):
            after[s, week] = min(after[s, week], after[s, week + 1])


@jit
def gain_of(
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    ready: NDArray[np.int64],
    probability: NDArray[np.float64],
    lot: int,
    week: int,
    road: int,
    rounds: float,
) -> float:
    """Expected rounds met on top when `rounds` more of a lot leave in a week on a road of so many weeks.

    They lift what every week from their arrival on lets through, and none before it.
    """
    weeks = before.shape[1] - 1
    total = 0.0
    for s in range(probability.shape[0]):
        comes = max(week, ready[s, lot]) + road
        if comes < weeks:
            now = before[s, weeks]
            total += probability[s] * (min(before[s, comes], after[s, comes + 1] + rounds) - now)
    return total


@jit
def ship(net: Network, arrivals: NDArray[np.float64], place: int, lot: int, week: int, rounds: float) -> None:
    """Add rounds of a lot that leave in a week to the arrivals (P, I, S, W) of a place."""
    ready, item, road = net.ready, net.lot_item[lot], net.transit[place]
    for s in range(ready.shape[0]):
        comes = max(week, ready[s, lot]) + road
        if comes < arrivals.shape[3]:
            arrivals[place, item, s, comes] += rounds


@jit
def binding_weeks(
    opening: float,
    demand: NDArray[np.float64],
    arrivals: NDArray[np.float64],
    binding: NDArray[np.int64],
) -> None:
    """Last week (S,) by which arrivals still add to what is met; -1 when all demand is met."""
    weeks = demand.shape[1]
    for s in range(demand.shape[0]):
        after = 0.0
        for week in range(weeks):
            after += demand[s, week]
        least, supply = after, opening
        binding[s] = -1
        for week in range(weeks):
            supply += arrivals[s, week]
            after -= demand[s, week]
            if supply + after < least:
                least = supply + after
                binding[s] = week


@jit
def cut_constant(
    opening: float,
    demand: NDArray[np.float64],
    binding: NDArray[np.int64],
    probability: NDArray[np.float64],
) -> float:
    """Expected rounds met on the face of the binding weeks when nothing arrives."""
    total = 0.0
    for s in range(demand.shape[0]):
        if binding[s] >= 0:
            total += probability[s] * opening
        for week in range(binding[s] + 1, demand.shape[1]):
            total += probability[s] * demand[s, week]
    return total


@jit
def shipment_worth(
    net: Network,
    cut_place: NDArray[np.int64],
    cut_item: NDArray[np.int64],
    cut_weight: NDArray[np.float64],
    cut_binding: NDArray[np.int64],
    worth: NDArray[np.float64],
) -> None:
    """Fill `worth` (L, P, W): what a round shipped in each way adds on cuts weighted by worth (K,)."""
    lot_item, ready, chance, road = net.lot_item, net.ready, net.probability, net.transit
    lots, places, weeks = worth.shape
    for lot in range(lots):
        for p in range(places):
            for week in range(weeks):
                worth[lot, p, week] = 0.0
    for k in range(cut_place.shape[0]):
        p, i = cut_place[k], cut_item[k]
        for lot in range(lots):
            if lot_item[lot] != i:
                continue
            for s in range(chance.shape[0]):
                latest = cut_binding[k, s] - road[p]
                if ready[s, lot] <= latest:
                    # Marked at the last week that is in time, spread to the earlier ones below.
                    worth[lot, p, latest] += cut_weight[k] * chance[s]
    for lot in range(lots):
        for p in range(places):
            for week in range(weeks - 2, -1, -1):
                worth[lot, p, week] += worth[lot, p, week + 1]


class Desk(NamedTuple):
    """A plan being changed: its parcels, and everything that follows from them, kept in step."""

    arrivals: NDArray[np.float64]
    """(P, I, S, W) rounds that arrive."""
    met: NDArray[np.float64]
    """(P, I) expected rounds that meet demand."""
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    """(P, I, S, W + 1) see `let_through`."""
    leg_left: NDArray[np.float64]
    """(P, W) rounds that still find room on each road."""
    hub_left: NDArray[np.float64]
    """(W,) and at the hub."""
    short: NDArray[np.float64]
    """(P, I) required rounds not planned yet; negative beyond."""
    lot: NDArray[np.int64]
    """(K,) lot of each parcel."""
    place: NDArray[np.int64]
    """(K,) where it goes, -1 when it stays."""
    week: NDArray[np.int64]
    """(K,) when it leaves."""


@jit
def best_slot(net: Network, desk: Desk, price: NDArray[np.float64], lot: int) -> tuple[int, int]:
    """Place and week that gain most for one parcel of a lot, less the price (P, W) of a round; -1 for none.

    A place that lacks rounds it must have comes before all others.
    """
    leg_left, hub_left, short, ready, chance = (
        desk.leg_left, desk.hub_left, desk.short, net.ready, net.probability,
    )  # fmt: skip
    due, road, parcel, worth = net.due[lot], net.transit, net.parcel[lot], net.worth
    item, weeks = net.lot_item[lot], hub_left.shape[0]
    place, at, gain, need = -1, -1, 1e-9, False
    for p in range(road.shape[0]):
        here = short[p, item] > 0.0
        if need and not here:
            continue
        before, after, most = desk.before[p, item], desk.after[p, item], np.inf
        for week in range(due, weeks - road[p]):
            if leg_left[p, week] < parcel or hub_left[week] < parcel:
                continue
            # Leaving later never gains more, so the first week's gain prunes the others.
            if most - price[p, week] * parcel <= gain and not (here and not need):
                continue
            gross = gain_of(before, after, ready, chance, lot, week, road[p], parcel) * worth[p, item]
            most = min(most, gross)
            if gross - price[p, week] * parcel > gain or (here and not need):
                place, at, gain, need = p, week, gross - price[p, week] * parcel, here
    return place, at


@jit
def move(net: Network, desk: Desk, k: int, place: int, week: int) -> float:
    """Send parcel `k` to a place in a week, or keep it (place -1); returns the change in worth."""
    change = 0.0
    lot, item = desk.lot[k], net.lot_item[desk.lot[k]]
    for sign in (-1.0, 1.0):
        p, w = (desk.place[k], desk.week[k]) if sign < 0.0 else (place, week)
        if p < 0:
            continue
        rounds = sign * net.parcel[lot]
        ship(net, desk.arrivals, p, lot, w, rounds)
        desk.leg_left[p, w] -= rounds
        desk.hub_left[w] -= rounds
        desk.short[p, item] -= rounds
        here, demand = desk.arrivals[p, item], net.demand[p, item]
        let_through(net.opening[p, item], demand, here, desk.before[p, item], desk.after[p, item])
        now = met_demand(net.opening[p, item], demand, here, net.probability)
        change += (now - desk.met[p, item]) * net.worth[p, item]
        desk.met[p, item] = now
    desk.place[k], desk.week[k] = place, week
    return change


@jit
def improve(net: Network, desk: Desk, price: NDArray[np.float64], order: NDArray[np.int64]) -> float:
    """Take each parcel in turn and put it where it gains most; returns the change in worth.

    Parcels of a lot that leave together should follow each other in `order`: once one of them has been found
    to stay, its twins are passed over.
    """
    total = 0.0
    lot, place, week = desk.lot, desk.place, desk.week
    stays = -1
    for position in range(order.shape[0]):
        k = order[position]
        if stays >= 0 and lot[k] == lot[stays] and place[k] == place[stays] and week[k] == week[stays]:
            continue
        p, w = place[k], week[k]
        total += move(net, desk, k, -1, w)
        to, at = best_slot(net, desk, price, lot[k])
        total += move(net, desk, k, to, at if to >= 0 else w)
        stays = k if to == p and (at == w or to < 0) else -1
    return total


@jit
def _choose(net: Network, desk: Desk, seed: int, iteration: int, taken: NDArray[np.int64]) -> None:
    """Pick parcels that compete: the first at random, the others of its item or leaving about when it does."""
    count, draws = desk.lot.shape[0], 0
    by_item = uniform(seed, iteration, STREAM_RUIN, 0) < 0.5
    for n in range(taken.shape[0]):
        for _ in range(20):
            draws += 1
            k = int(uniform(seed, iteration, STREAM_RUIN, draws) * count)
            first = taken[0] if n > 0 else k
            if by_item:
                related = net.lot_item[desk.lot[k]] == net.lot_item[desk.lot[first]]
            else:
                related = abs(desk.week[k] - desk.week[first]) <= 1
            if related:
                break
        taken[n] = k


@jit
def ruin_and_rebuild(
    net: Network, desk: Desk, price: NDArray[np.float64], seed: int, first: int, last: int, size: int
) -> float:
    """Iterations `first` to `last - 1`: take `size` parcels off, put each back at its best place.

    A rebuild that is worse, or leaves a required round out, is undone. Returns the change in worth.
    """
    taken = np.zeros(size, dtype=np.int64)
    was = np.zeros((size, 2), dtype=np.int64)
    total = 0.0
    for iteration in range(first, last):
        _choose(net, desk, seed, iteration, taken)
        change, lacking = 0.0, 0.0
        for n in range(size):
            was[n, 0], was[n, 1] = desk.place[taken[n]], desk.week[taken[n]]
            change += move(net, desk, taken[n], -1, was[n, 1])
        for n in range(size):
            if desk.place[taken[n]] < 0:
                place, week = best_slot(net, desk, price, desk.lot[taken[n]])
                change += move(net, desk, taken[n], place, week)
        for n in range(size):
            if was[n, 0] >= 0:
                lacking = max(lacking, desk.short[was[n, 0], net.lot_item[desk.lot[taken[n]]]])
        if change < 0.0 or lacking > 0.0:
            for n in range(size):
                change += move(net, desk, taken[n], -1, 0)
            # A parcel taken twice was already off the second time: its true place is the first one noted.
            for n in range(size - 1, -1, -1):
                change += move(net, desk, taken[n], was[n, 0], was[n, 1])
        total += change
    return total
