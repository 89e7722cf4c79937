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
def met_with(
    net: Network,
    arrivals: NDArray[np.float64],
    place: int,
    item: int,
    lot: int,
    week: int,
    rounds: float,
) -> float:
    """Expected rounds met at a place when `rounds` more of a lot leave for it in a week (fewer if negative)."""
    demand, ready, chance = net.demand, net.ready, net.probability
    opening, road = net.opening[place, item], net.transit[place]
    weeks = demand.shape[3]
    total = 0.0
    for s in range(chance.shape[0]):
        comes = max(week, ready[s, lot]) + road
        stock, met = opening, 0.0
        for w in range(weeks):
            stock += arrivals[place, item, s, w]
            if w == comes:
                stock += rounds
            served = min(stock, demand[place, item, s, w])
            met += served
            stock -= served
        total += chance[s] * met
    return total


@jit
def ship(
    net: Network, arrivals: NDArray[np.float64], place: int, lot: int, week: int, rounds: float
) -> None:
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
def cut_slope(net: Network, place: int, lot: int, week: int, binding: NDArray[np.int64]) -> float:
    """Slope of a cut along a shipment: probability that it comes by the binding week."""
    ready, chance, road = net.ready, net.probability, net.transit[place]
    slope = 0.0
    for s in range(chance.shape[0]):
        if max(week, ready[s, lot]) + road <= binding[s]:
            slope += chance[s]
    return slope


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


@jit
def best_slot(
    net: Network,
    arrivals: NDArray[np.float64],
    met: NDArray[np.float64],
    leg_left: NDArray[np.float64],
    hub_left: NDArray[np.float64],
    short: NDArray[np.float64],
    lot: int,
) -> tuple[int, int, float]:
    """Best place, week and gain of one parcel of a lot; place -1 when nowhere gains.

    Each place is tried in the first week with room, which no later week can beat. A place that lacks rounds
    it must have, `short` (P, I), comes before all others.
    """
    due, road, parcel, worth = net.due[lot], net.transit, net.parcel[lot], net.worth
    item, weeks = net.lot_item[lot], hub_left.shape[0]
    place, at, gain, need = -1, -1, 1e-12, False
    for p in range(road.shape[0]):
        for week in range(due, weeks - road[p]):
            if leg_left[p, week] >= parcel and hub_left[week] >= parcel:
                here = short[p, item] > 0.0
                if need and not here:
                    break
                more = met_with(net, arrivals, p, item, lot, week, parcel) - met[p, item]
                more *= worth[p, item]
                if more > gain or (here and not need):
                    place, at, gain, need = p, week, more, here
                break
    return place, at, gain


@jit
def place_parcel(
    net: Network,
    arrivals: NDArray[np.float64],
    met: NDArray[np.float64],
    leg_left: NDArray[np.float64],
    hub_left: NDArray[np.float64],
    short: NDArray[np.float64],
    lot: int,
    place: int,
    week: int,
    sign: float,
) -> float:
    """Put a parcel on the road (sign 1) or take it off (-1); returns the change in worth."""
    item, rounds = net.lot_item[lot], sign * net.parcel[lot]
    ship(net, arrivals, place, lot, week, rounds)
    leg_left[place, week] -= rounds
    hub_left[week] -= rounds
    short[place, item] -= rounds
    now = met_demand(net.opening[place, item], net.demand[place, item], arrivals[place, item], net.probability)
    change = (now - met[place, item]) * net.worth[place, item]
    met[place, item] = now
    return change


@jit
def improve(
    net: Network,
    arrivals: NDArray[np.float64],
    met: NDArray[np.float64],
    leg_left: NDArray[np.float64],
    hub_left: NDArray[np.float64],
    short: NDArray[np.float64],
    parcel_lot: NDArray[np.int64],
    parcel_place: NDArray[np.int64],
    parcel_week: NDArray[np.int64],
    order: NDArray[np.int64],
) -> float:
    """Take each parcel in turn and put it where it is worth most; returns the change in worth.

    `parcel_place` (K,) is -1 for a parcel that stays where it is. All arrays are kept in step.
    """
    total = 0.0
    for position in range(order.shape[0]):
        k = order[position]
        lot, place, week = parcel_lot[k], parcel_place[k], parcel_week[k]
        if place >= 0:
            total += place_parcel(net, arrivals, met, leg_left, hub_left, short, lot, place, week, -1.0)
        found, at, _ = best_slot(net, arrivals, met, leg_left, hub_left, short, lot)
        parcel_place[k], parcel_week[k] = found, at
        if found >= 0:
            total += place_parcel(net, arrivals, met, leg_left, hub_left, short, lot, found, at, 1.0)
    return total


@jit
def ruin_and_rebuild(
    net: Network,
    arrivals: NDArray[np.float64],
    met: NDArray[np.float64],
    leg_left: NDArray[np.float64],
    hub_left: NDArray[np.float64],
    short: NDArray[np.float64],
    parcel_lot: NDArray[np.int64],
    parcel_place: NDArray[np.int64],
    parcel_week: NDArray[np.int64],
    seed: int,
    first: int,
    last: int,
    size: int,
) -> float:
    """Iterations `first` to `last - 1`: take `size` parcels off at random, put each back at its best place.

    A rebuild that is worse, or leaves a required round out, is undone. Returns the change in worth.
    """
    count = parcel_lot.shape[0]
    kept = np.zeros((size, 3), dtype=np.int64)
    total = 0.0
    for iteration in range(first, last):
        change, lacking = 0.0, 0.0
        for n in range(size):
            k = int(uniform(seed, iteration, STREAM_RUIN, n) * count)
            kept[n, 0], kept[n, 1], kept[n, 2] = k, parcel_place[k], parcel_week[k]
            if kept[n, 1] >= 0:
                lot, place = parcel_lot[k], parcel_place[k]
                change += place_parcel(
                    net, arrivals, met, leg_left, hub_left, short, lot, place, parcel_week[k], -1.0
                )
                parcel_place[k] = -1
        for n in range(size):
            k = kept[n, 0]
            if parcel_place[k] < 0:
                lot = parcel_lot[k]
                place, week, _ = best_slot(net, arrivals, met, leg_left, hub_left, short, lot)
                parcel_place[k], parcel_week[k] = place, week
                if place >= 0:
                    change += place_parcel(
                        net, arrivals, met, leg_left, hub_left, short, lot, place, week, 1.0
                    )
        for n in range(size):
            for p in range(short.shape[0]):
                lacking = max(lacking, short[p, net.lot_item[parcel_lot[kept[n, 0]]]])
        if change < 0.0 or lacking > 0.0:
            for n in range(size):
                k = kept[n, 0]
                if parcel_place[k] >= 0:
                    lot, place, week = parcel_lot[k], parcel_place[k], parcel_week[k]
                    change += place_parcel(
                        net, arrivals, met, leg_left, hub_left, short, lot, place, week, -1.0
                    )
                    parcel_place[k] = -1
            for n in range(size):
                k = kept[n, 0]
                if kept[n, 1] >= 0 and parcel_place[k] < 0:
                    parcel_place[k], parcel_week[k] = kept[n, 1], kept[n, 2]
                    lot, place, week = parcel_lot[k], kept[n, 1], kept[n, 2]
                    change += place_parcel(
                        net, arrivals, met, leg_left, hub_left, short, lot, place, week, 1.0
                    )
        total += change
    return total
