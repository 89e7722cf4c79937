"""The allocation as one mixed-integer programme over all scenarios, for problems small enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from egide.kernels import allocation as kernel
from egide.supply.allocation import AllocationProblem, Shipments, expected_met
from egide.supply.inputs import FloatArray, IntArray
from egide.supply.linear import solve_mip


@dataclass(frozen=True, slots=True)
class ExactPlan:
    """Plan of the mixed-integer programme, if one was found, and the bound it proves."""

    shipments: Shipments | None
    bound: float
    """On the worth added to what opening stocks meet."""


def programme_size(problem: AllocationProblem) -> int:
    """Rough number of entries of the programme: shipments times scenarios and weeks."""
    scenarios, weeks, places, _ = np.asarray(problem.demand_rounds).shape
    return int(problem.lot_rounds.size * places * weeks * scenarios * weeks // 2)


def solve_exactly(problem: AllocationProblem, net: kernel.Network, gap: float, nodes: int) -> ExactPlan:
    """Maximise expected demand met: for each scenario, place and item at most what any week lets through."""
    from scipy import sparse

    places, items, scenarios, weeks = net.demand.shape
    lot, p, w = np.indices((net.lot_item.size, places, weeks)).reshape(3, -1)
    used = (w >= net.due[lot]) & (w + net.transit[p] < weeks)
    lot, p, w = lot[used], p[used], w[used]
    count, met = lot.size, places * items * scenarios
    after = net.demand[..., ::-1].cumsum(axis=3)[..., ::-1]
    limit = net.opening[:, :, None, None] + after - net.demand
    limits = [problem.lot_rounds, problem.leg_rounds_per_week.ravel(), problem.hub_rounds_per_week]
    rows = [lot, net.lot_item.size + p * weeks + w, net.lot_item.size + places * weeks + w]
    high = np.concatenate([*limits, limit.ravel()]).astype(np.float64)
    entries = [(row, np.arange(count), net.parcel[lot]) for row in rows]
    entries += _faces(net, lot, p, w, base=high.size - limit.size)
    low = np.full(high.size, -np.inf)
    if problem.required_rounds is not None:
        required = problem.required_rounds.ravel().astype(np.float64)
        entries.append((high.size + p * items + net.lot_item[lot], np.arange(count), net.parcel[lot]))
        low, high = np.concatenate([low, required]), np.concatenate([high, np.full(required.size, np.inf)])
    row, column, value = (np.concatenate(part) for part in zip(*entries, strict=True))
    worth = (net.worth[:, :, None] * net.probability).ravel()
    found = solve_mip(
        cost=np.concatenate([np.zeros(count), -worth]),
        upper=np.concatenate([problem.lot_rounds[lot] // problem.parcel_rounds[lot], after[..., 0].ravel()]),
        whole=np.concatenate([np.ones(count), np.zeros(met)]),
        matrix=sparse.coo_array((value, (row, column)), shape=(high.size, count + met)),
        row_low=low,
        row_high=high,
        gap=gap,
        nodes=nodes,
    )
    opening = float((expected_met(net, np.zeros(net.demand.shape)) * net.worth).sum())
    if found.point is None:
        return ExactPlan(None, -found.bound - opening)
    number = np.round(found.point[:count]).astype(np.int64)
    k = np.flatnonzero(number)
    rounds = (number[k] * problem.parcel_rounds[lot[k]]).astype(np.int64)
    return ExactPlan(Shipments(lot[k], p[k], w[k], rounds), -found.bound - opening)


def _faces(
    net: kernel.Network, lot: IntArray, place: IntArray, week: IntArray, base: int
) -> list[tuple[IntArray, IntArray, FloatArray]]:
    """Entries of the rows of (place, item, scenario, week): met demand, less the shipments that come by then."""
    places, items, scenarios, weeks = net.demand.shape
    face = np.arange(places * items * scenarios * weeks)
    entries: list[tuple[IntArray, IntArray, FloatArray]]
    entries = [(base + face, lot.size + face // weeks, np.ones(face.size))]
    for s in range(scenarios):
        comes = np.maximum(week, net.ready[s, lot]) + net.transit[place]
        for until in range(weeks):
            k = np.flatnonzero(comes <= until)
            row = ((place[k] * items + net.lot_item[lot[k]]) * scenarios + s) * weeks + until
            entries.append((base + row, k, -net.parcel[lot[k]]))
    return entries
