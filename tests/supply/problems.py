"""Small allocation and order problems for the tests of this room."""

from __future__ import annotations

import numpy as np

from egide.supply.allocation import AllocationProblem
from egide.supply.orders import OrderProblem


def random_allocation(
    seed: int, *, lots: int = 3, places: int = 2, weeks: int = 4, scenarios: int = 3, items: int = 2,
    parcels: int = 2, room: float = 1.5,
) -> AllocationProblem:  # fmt: skip
    """A problem with random slips, demand, roads and, at times, nothing to gain at a place."""
    g = np.random.default_rng(seed)
    parcel = g.integers(1, 6, lots)
    rounds = parcel * parcels
    due = g.integers(0, weeks, lots)
    ready = due + g.poisson(0.7, (scenarios, lots))
    ready[g.random((scenarios, lots)) < 0.1] = weeks + 3
    flow = max(int(rounds.sum() * room / weeks), int(parcel.max(initial=1)))
    probability = g.dirichlet(np.ones(scenarios))
    return AllocationProblem(
        items=tuple(f"item{k}" for k in range(items)),
        places=tuple(f"place{k}" for k in range(places)),
        lots=tuple(f"lot{k}" for k in range(lots)),
        lot_item=g.integers(0, items, lots),
        lot_rounds=rounds,
        parcel_rounds=parcel,
        due_week=due,
        ready_week=ready,
        transit_weeks=g.integers(0, 2, places),
        leg_rounds_per_week=g.integers(0, flow + 1, (places, weeks)),
        hub_rounds_per_week=np.full(weeks, flow),
        opening_rounds=g.integers(0, 4, (places, items)),
        demand_rounds=g.poisson(2.0, (scenarios, weeks, places, items)),
        probability=probability,
        worth=g.choice([0.0, 0.5, 1.0, 3.0], (places, items)),
    )


def random_orders(seed: int, *, offers: int = 3, scenarios: int = 3, weeks: int = 4) -> OrderProblem:
    """Offers of two items by two makers, with random prices and slips."""
    g = np.random.default_rng(seed)
    return OrderProblem(
        items=("round", "missile"),
        offers=tuple(f"offer{k}" for k in range(offers)),
        offer_item=g.integers(0, 2, offers),
        batch_rounds=g.integers(1, 5, offers),
        batch_cost_eur=g.integers(1, 9, offers).astype(float),
        most_batches=g.integers(0, 4, offers),
        maker=tuple(str(x) for x in g.choice(["north", "south"], offers)),
        arrival_week=g.integers(0, weeks + 1, (scenarios, offers)),
        maker_capacity_rounds={},
        budget_eur=float(g.integers(0, 25)),
        opening_rounds=g.integers(0, 3, 2),
        arrivals_rounds=g.integers(0, 2, (scenarios, weeks, 2)),
        demand_rounds=g.poisson(2.0, (scenarios, weeks, 2)),
        probability=g.dirichlet(np.ones(scenarios)),
        worth=np.array([1.0, 5.0]),
    )
