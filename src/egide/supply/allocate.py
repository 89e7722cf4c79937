"""Solve an allocation: relax, round, improve, and say how far from the best the plan can be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from egide.errors import InputError
from egide.kernels import allocation as kernel
from egide.supply.allocation import (
    Allocation,
    AllocationProblem,
    Missing,
    Plan,
    Shipments,
    Status,
    evaluate_shipments,
    largest_deficit_rule,
    network,
    proportional_rule,
)
from egide.supply.allocation_bound import Relaxation, relax
from egide.supply.allocation_exact import programme_size, solve_exactly
from egide.supply.inputs import FloatArray
from egide.supply.linear import solve_mip, unit_scale

_SWEEPS = 6
_EXACT_ENTRIES = 400_000
_NODES = 5_000
"""Size up to which an open gap is handed to HiGHS as one programme, and its budget of nodes."""
_RUIN = 8
"""Parcels taken off in one iteration of the search."""


def allocate(
    problem: AllocationProblem, *, gap: float = 0.01, iterations: int = 60, search: int = 2000, seed: int = 0
) -> Allocation:
    """Plan which lot goes where and when, for the mean over scenarios of demand and slips.

    A continuous relaxation gives the bound; its plan is rounded to parcels, improved by moving parcels one
    by one, then by taking a few off and putting them back. The same arguments give the same plan.

    Parameters
    ----------
    problem : AllocationProblem
    gap : float
        Proven gap to stop at, as a share of the worth added.
    iterations : int
        Most rounds of cuts of the relaxation.
    search : int
        Most iterations of the search after it, while the gap is open.
    seed : int
        Address of the draws of the search.

    Returns
    -------
    Allocation
        With status `INFEASIBLE`, no shipments and what is missing when requirements cannot be met.

    Raises
    ------
    InputError
        With everything wrong in the problem.
    """
    if not 0.0 <= gap < 1.0 or iterations < 1 or search < 0:
        raise InputError.one(
            "allocate", "gap, iterations, search", (gap, iterations, search),
            "give a gap from 0 to 1 and positive numbers of iterations",
        )  # fmt: skip
    network(problem)  # checks it
    scale = unit_scale(np.asarray(problem.worth, dtype=np.float64))
    found = _allocate(replace(problem, worth=problem.worth / scale), gap, iterations, search, seed)
    return replace(
        found,
        worth=found.worth * scale,
        bound=found.bound * scale,
        by_scenario=found.by_scenario * scale,
        rules={name: worth * scale for name, worth in found.rules.items()},
    )


def _allocate(problem: AllocationProblem, gap: float, iterations: int, search: int, seed: int) -> Allocation:
    """Solve a problem whose largest worth lies between 1 and 2, which the tolerances are made for."""
    net = network(problem)
    rules = {"proportional": proportional_rule(problem), "largest deficit": largest_deficit_rule(problem)}
    worth_of_rule = {name: _mean(problem, plan) for name, plan in rules.items()}
    missing = _missing(problem, net)
    if missing:
        return _result(problem, Status.INFEASIBLE, _nothing(), np.nan, worth_of_rule, missing, 0)
    start = Plan(problem, net)
    _sweep(start, np.zeros(problem.leg_rounds_per_week.shape))
    relaxed = relax(problem, net, start, 0.7 * gap, iterations)
    plans = [start, _rounded(problem, net, relaxed)]
    plan = max(plans, key=lambda made: (-made.desk.short.clip(min=0.0).sum(), made.worth()))
    _search(plan, relaxed, gap, search, seed)
    shipments, bound = plan.shipments(), relaxed.bound
    left = tuple(
        # Whole parcels cannot always do what fractions of them can.
        Missing(problem.items[i], problem.places[p], float(plan.desk.short[p, i]), "parcels")
        for p, i in np.argwhere(plan.desk.short > 0.0)
    )
    open_gap = bool(left) or not _closed(bound, plan.worth(), gap)
    if open_gap and programme_size(problem) <= _EXACT_ENTRIES:
        exact = solve_exactly(problem, net, gap / 2.0, _NODES)
        bound = min(bound, exact.bound)
        if exact.shipments is not None and (left or _mean(problem, exact.shipments) > plan.worth()):
            shipments, left = exact.shipments, ()
    closed = not left and _closed(bound, _mean(problem, shipments), gap)
    return _result(
        problem, Status.WITHIN_GAP if closed else Status.GAP_OPEN, shipments, bound,
        worth_of_rule, left, relaxed.iterations,
    )  # fmt: skip


def _closed(bound: float, worth: float, gap: float) -> bool:
    """Whether a bound proves a worth to the gap."""
    return bound - worth <= gap * worth + 1e-9 * (1.0 + abs(bound))


def _mean(problem: AllocationProblem, plan: Shipments) -> float:
    return float(evaluate_shipments(problem, plan) @ problem.probability)


def _nothing() -> Shipments:
    none = np.zeros(0, dtype=np.int64)
    return Shipments(none, none, none, none)


def _result(
    problem: AllocationProblem,
    status: Status,
    shipments: Shipments,
    bound: float,
    rules: dict[str, float],
    missing: tuple[Missing, ...],
    iterations: int,
) -> Allocation:
    by_scenario = evaluate_shipments(problem, shipments)
    worth = float(by_scenario @ problem.probability)
    if bound < worth <= bound + 1e-9 * (1.0 + abs(bound)):
        bound = worth  # sums of the same terms in another order
    distance = max(bound - worth, 0.0)
    return Allocation(
        status=status,
        shipments=shipments,
        worth=worth,
        bound=bound,
        gap=distance / worth if worth > 0.0 else (0.0 if distance <= 1e-9 else np.inf),
        by_scenario=by_scenario,
        rules=rules,
        missing=missing,
        iterations=iterations,
        lots=problem.lots,
        places=problem.places,
    )


def _sweep(plan: Plan, price: FloatArray) -> None:
    """Move parcels one by one, lots due first, until hardly anything gains."""
    desk = plan.desk
    for _ in range(_SWEEPS):
        order = np.lexsort((desk.week, desk.place, desk.lot, plan.net.due[desk.lot])).astype(np.int64)
        gained = kernel.improve(plan.net, desk, price, order)
        if gained <= 1e-4 * max(plan.worth(), 1e-12):
            return


def _rounded(problem: AllocationProblem, net: kernel.Network, relaxed: Relaxation) -> Plan:
    """Whole parcels of the continuous plan, the rest where they gain most at the relaxation's prices."""
    plan = Plan(problem, net)
    free = {lot: np.flatnonzero(plan.desk.lot == lot).tolist() for lot in range(problem.lot_rounds.size)}
    for k, whole in enumerate(np.floor(relaxed.rounds / net.parcel[relaxed.lot] + 1e-6).astype(int)):
        lot = int(relaxed.lot[k])
        for _ in range(whole):
            if free[lot] and plan.put(free[lot][-1], int(relaxed.place[k]), int(relaxed.week[k])):
                free[lot].pop()
    _sweep(plan, relaxed.price)
    _sweep(plan, np.zeros_like(relaxed.price))
    return plan


def _search(plan: Plan, relaxed: Relaxation, gap: float, search: int, seed: int) -> None:
    """Take parcels off and put them back, in batches, while the gap is open."""
    batch, size = 100, min(_RUIN, plan.desk.lot.size)
    for first in range(0, search if size else 0, batch):
        if _closed(relaxed.bound, plan.worth(), gap) and plan.desk.short.max(initial=0.0) <= 0.0:
            return
        # At full, half and no price in turn: room is kept for who needs it, then used up.
        price = relaxed.price * (1.0, 0.5, 0.0)[first // batch % 3]
        kernel.ruin_and_rebuild(plan.net, plan.desk, price, seed, first, min(first + batch, search), size)


def _missing(problem: AllocationProblem, net: kernel.Network) -> tuple[Missing, ...]:
    """What requirements lack: rounds of the item in all, or transport to get them there in time."""
    required = problem.required_rounds
    if required is None or not required.any():
        return ()
    supply = np.bincount(net.lot_item, weights=problem.lot_rounds, minlength=len(problem.items))
    lacking = required.sum(axis=0) - supply
    found = [
        Missing(item, "", float(lacking[i]), "rounds")
        for i, item in enumerate(problem.items)
        if lacking[i] > 0
    ]
    short = _transport_shortfall(problem, net, required.astype(np.float64))
    for p, i in np.argwhere(short > 1e-6):
        if lacking[i] <= 0:
            found.append(Missing(problem.items[i], problem.places[p], float(short[p, i]), "transport"))
    return tuple(found)


def _transport_shortfall(problem: AllocationProblem, net: kernel.Network, required: FloatArray) -> FloatArray:
    """Least total shortfall (P, I) of the requirements over all continuous plans, by a linear programme."""
    from scipy import sparse

    places, items, _, weeks = net.demand.shape
    lots = problem.lot_rounds.size
    lot, p, w = np.meshgrid(np.arange(lots), np.arange(places), np.arange(weeks), indexing="ij")
    item = net.lot_item[lot]
    used = (w >= net.due[lot]) & (w + net.transit[p] < weeks) & (required[p, item] > 0)
    lot, p, w, item = lot[used], p[used], w[used], item[used]
    count = lot.size
    rows = np.concatenate([lot, lots + p * weeks + w, lots + (places) * weeks + w])
    base = lots + (places + 1) * weeks
    need = base + p * items + item
    slack = base + np.arange(places * items)
    matrix = sparse.coo_array(
        (
            np.concatenate([np.ones(3 * count), -np.ones(count), -np.ones(places * items)]),
            (
                np.concatenate([rows, need, slack]),
                np.concatenate([np.tile(np.arange(count), 4), count + np.arange(places * items)]),
            ),
        ),
        shape=(base + places * items, count + places * items),
    ).tocsc()
    limit = np.concatenate(
        [
            problem.lot_rounds, problem.leg_rounds_per_week.ravel(), problem.hub_rounds_per_week,
            -required.ravel(),
        ]
    ).astype(np.float64)  # fmt: skip
    cost = np.concatenate([np.zeros(count), np.ones(places * items)])
    found = solve_mip(
        cost=cost,
        upper=np.full(cost.size, np.inf),
        whole=np.zeros(cost.size),
        matrix=matrix,
        row_low=np.full(limit.size, -np.inf),
        row_high=limit,
        gap=0.0,
        nodes=1,
    )
    point = np.zeros(cost.size) if found.point is None else found.point
    return np.asarray(point[count:], dtype=np.float64).reshape(places, items)
