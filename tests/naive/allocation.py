"""Slow, obvious twin of `egide.kernels.allocation`: dictionaries of shipments, everything from scratch."""

from __future__ import annotations

from typing import Any

import numpy as np

Shipment = tuple[int, int, int, float]
"""Lot, place, week, rounds."""


def arrivals(net: Any, shipments: list[Shipment]) -> Any:
    """Rounds that arrive (P, I, S, W)."""
    found = np.zeros(net.demand.shape)
    for lot, place, week, rounds in shipments:
        for s in range(len(net.probability)):
            comes = max(week, int(net.ready[s, lot])) + int(net.transit[place])
            if comes < found.shape[3]:
                found[place, net.lot_item[lot], s, comes] += rounds
    return found


def met(net: Any, shipments: list[Shipment]) -> Any:
    """Expected rounds that meet demand (P, I), by walking the weeks."""
    came = arrivals(net, shipments)
    places, items, scenarios, weeks = net.demand.shape
    found = np.zeros((places, items))
    for p in range(places):
        for i in range(items):
            for s in range(scenarios):
                stock = float(net.opening[p, i])
                for week in range(weeks):
                    stock += came[p, i, s, week]
                    used = min(stock, float(net.demand[p, i, s, week]))
                    found[p, i] += net.probability[s] * used
                    stock -= used
    return found


def let_through(net: Any, shipments: list[Shipment], place: int, item: int) -> tuple[Any, Any]:
    """Least that any week up to, and from, each lets through (S, W + 1); entry 0 is all demand."""
    came = arrivals(net, shipments)[place, item]
    wanted, weeks = net.demand[place, item], net.demand.shape[3]
    each = np.array(
        [
            [
                wanted[s].sum(),
                *(
                    net.opening[place, item] + came[s, : w + 1].sum() + wanted[s, w + 1 :].sum()
                    for w in range(weeks)
                ),
            ]
            for s in range(len(net.probability))
        ]
    )
    before = np.array([[row[: k + 1].min() for k in range(weeks + 1)] for row in each])
    after = np.array([[row[k:].min() for k in range(weeks + 1)] for row in each])
    return before, after


def worth(net: Any, shipments: list[Shipment]) -> float:
    return float((met(net, shipments) * net.worth).sum())


def best_slot(net: Any, shipments: list[Shipment], leg_left: Any, hub_left: Any, short: Any, price: Any,
              lot: int) -> tuple[float, bool]:  # fmt: skip
    """Best gain less price over all places and weeks, and whether a place in need took precedence."""
    parcel, now = float(net.parcel[lot]), worth(net, shipments)
    options = []
    for p in range(len(net.transit)):
        for week in range(int(net.due[lot]), len(hub_left) - int(net.transit[p])):
            if leg_left[p, week] >= parcel and hub_left[week] >= parcel:
                gain = worth(net, [*shipments, (lot, p, week, parcel)]) - now - price[p, week] * parcel
                options.append((bool(short[p, net.lot_item[lot]] > 0), gain))
    needy = [gain for need, gain in options if need]
    if needy:
        return max(needy), True
    return max([gain for _, gain in options], default=0.0), False
