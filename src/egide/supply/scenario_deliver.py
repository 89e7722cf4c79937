"""The verb `deliver`: which lot goes to which store in which week, and what to order with the money there is."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from egide.errors import InputError
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.raids.simulate import RaidResult
from egide.supply.allocate import allocate
from egide.supply.allocation import Allocation, AllocationProblem
from egide.supply.campaign import CampaignResult, run_campaign
from egide.supply.inputs import Campaign, FloatArray, IntArray
from egide.supply.production import production_schedule
from egide.supply.scenario_campaign import build_campaign
from egide.supply.scenario_orders import OrderPlan, plan_orders

if TYPE_CHECKING:
    import pandas as pd

PARCELS = 8
"""Parcels that a lot is parted into at least, where whole rounds allow."""

DEPOT_LOT = "stock-"
"""Put before an item's id: its rounds in the depot on D-day are a lot of their own."""

BLOCK_WEEKS = 4
"""Weeks whose production leaves together."""

DAYS = 7


@dataclass(frozen=True)
class Shipment:
    """Rounds of a lot that leave the depot for a store in a week."""

    lot: str
    item: str
    store: str
    week: int
    """Week in which they leave, from 0."""
    leaves: str
    """First day of that week, such as 2025-07-11."""
    rounds: int


@dataclass(frozen=True)
class Lacking:
    """What a demanded minimum lacks."""

    item: str
    store: str
    """Empty when it lacks everywhere."""
    rounds: float
    reason: str
    """`rounds`: there are not enough; `transport`: they cannot get there in time; `parcels`: whole parcels."""


@dataclass(frozen=True)
class Rule:
    """What a simple rule would do instead."""

    name: str
    worth: float
    """In the unit of the plan's own worth, on the same scenarios."""


@dataclass(frozen=True)
class DeliveryPlan:
    """Shipments and orders, each with what it is worth, what nothing can beat, and what rules would give."""

    scenario: str
    laydown: str
    weeks: int
    scenarios: int
    """Histories of raids and slips planned for."""
    seed: int
    notional: bool
    status: str
    """`within gap`, `gap open`, `infeasible`, or `no stores` where the scenario states none."""
    shipments: tuple[Shipment, ...]
    worth: float
    """Leakers that the shipments avert beyond what stores hold, mean over scenarios."""
    worth_low: float
    worth_high: float
    """Not fallen below, and not exceeded, in 9 scenarios of 10."""
    bound: float
    """No shipments avert more in this model: linear relaxation over splits, weeks and roads."""
    gap: float
    """(bound - worth) / worth [1]."""
    rules: tuple[Rule, ...]
    lacking: tuple[Lacking, ...]
    orders: OrderPlan | None
    """None where the scenario states nothing that can be ordered."""
    scenario_hash: str

    def to_frame(self) -> pd.DataFrame:
        """One line a shipment."""
        import pandas as pd

        return pd.DataFrame([asdict(row) for row in self.shipments])

    def to_json(self) -> dict[str, Any]:
        """Everything as plain data."""
        return asdict(self)


def deliver(
    scenario: Scenario,
    laydown: Laydown,
    raids: RaidResult,
    *,
    seed: int,
    weeks: int = 26,
    scenarios: int = 50,
    floor_weeks: float = 0.0,
    gap: float = 0.01,
    threads: int | None = None,
) -> DeliveryPlan:
    """Allocate lots to stores and weeks, and choose orders, for the mean over raids and slips.

    What raids ask of each store in each week is taken from campaigns under the rules of `sustain`: rounds
    fired, and rounds wanted where there were none. Shipments are planned before slips and raids are known;
    a shipment planned earlier than its lot is there leaves when the lot comes. A round is worth the leakers,
    decoys apart, that it averts on average where it is fired. Lots bound for a forward store stay bound for it.

    Parameters
    ----------
    scenario, laydown, raids
        As for `sustain`.
    seed : int
        Root of every draw.
    weeks : int
        Horizon.
    scenarios : int
        Histories of raids and slips to plan for.
    floor_weeks : float
        Mean demand of so many weeks that every store must be sent of each item, where demanded.
    gap : float
        Proven gap to stop at.
    threads : int, optional
        Workers; the result does not depend on it.

    Returns
    -------
    DeliveryPlan

    Raises
    ------
    InputError
        When the scenario states no tempo, or counts are no counts.
    """
    if weeks < 1 or scenarios < 1 or not 0.0 <= floor_weeks < math.inf:
        raise InputError.one(
            "deliver", "weeks, scenarios, floor_weeks", (weeks, scenarios, floor_weeks),
            "give at least one week and scenario, and a floor that is not negative",
        )  # fmt: skip
    campaign = build_campaign(scenario, laydown, raids, weeks)
    result = run_campaign(campaign, trials=scenarios, seed=seed, threads=threads)
    plan = DeliveryPlan(
        scenario=scenario.name, laydown=laydown.name, weeks=weeks, scenarios=scenarios, seed=seed,
        notional=scenario.notional, status="no stores", shipments=(), worth=0.0, worth_low=0.0, worth_high=0.0,
        bound=0.0, gap=0.0, rules=(), lacking=(),
        orders=plan_orders(scenario, campaign, result, seed=seed) if scenario.orders else None,
        scenario_hash=scenario.with_laydown(laydown).fingerprint(),
    )  # fmt: skip
    if not scenario.stores:
        return plan
    problem = allocation_problem(scenario, campaign, result, floor_weeks)
    found = allocate(problem, gap=gap, seed=seed)
    low, high = np.quantile(found.by_scenario, (0.1, 0.9))
    return replace(
        plan, status=found.status.value, shipments=_shipments(scenario, problem, found), worth=found.worth,
        worth_low=float(low), worth_high=float(high),
        # An infeasible floor has no bound: nothing was planned.
        bound=found.bound if math.isfinite(found.bound) else 0.0,
        gap=found.gap if math.isfinite(found.gap) else 1.0,
        rules=tuple(Rule(name, worth) for name, worth in found.rules.items()),
        lacking=tuple(Lacking(row.item, row.place, row.rounds, row.reason) for row in found.missing),
    )  # fmt: skip


def _shipments(scenario: Scenario, problem: AllocationProblem, found: Allocation) -> tuple[Shipment, ...]:
    plan = found.shipments
    rows = [
        Shipment(
            problem.lots[plan.lot[k]], problem.items[problem.lot_item[plan.lot[k]]], problem.places[plan.place[k]],
            int(plan.week[k]), f"{scenario.day + timedelta(weeks=int(plan.week[k]))}", int(plan.rounds[k]),
        )
        for k in range(plan.lot.size)
    ]  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (row.week, row.store, row.lot)))


def allocation_problem(
    scenario: Scenario, campaign: Campaign, result: CampaignResult, floor_weeks: float
) -> AllocationProblem:
    """Write lots, roads and sampled demand of a scenario with stores as an allocation problem."""
    forward = np.arange(1, len(campaign.places))  # the depot comes first
    demand = demand_rounds(campaign, result)[:, :, forward, :]
    supplies = _supplies(campaign, result)
    demand = _net_of_bound_lots(campaign, result, demand, forward)
    transit, capacity = _roads(scenario, campaign)
    floor = np.ceil(floor_weeks * demand.mean(axis=(0, 1))) if floor_weeks > 0.0 else None
    return AllocationProblem(
        items=campaign.items,
        places=tuple(campaign.places[p] for p in forward),
        lots=tuple(row.lot for row in supplies),
        lot_item=np.array([row.item for row in supplies], dtype=np.int64),
        lot_rounds=np.array([row.rounds for row in supplies], dtype=np.int64),
        parcel_rounds=np.array([parcel(row.rounds) for row in supplies], dtype=np.int64),
        due_week=np.array([row.due_week for row in supplies], dtype=np.int64),
        ready_week=np.stack([row.ready_week for row in supplies], axis=1),
        transit_weeks=transit,
        leg_rounds_per_week=np.repeat(capacity[:, None], campaign.weeks, axis=1),
        hub_rounds_per_week=np.full(campaign.weeks, capacity.sum(), dtype=np.int64),
        opening_rounds=campaign.opening_rounds[forward],
        demand_rounds=demand,
        probability=np.full(result.trials, 1.0 / result.trials),
        worth=np.tile(worth_of_rounds(campaign), (forward.size, 1)),
        required_rounds=None if floor is None else floor.astype(np.int64),
    )


@dataclass(frozen=True)
class _Supply:
    """Rounds that come to the depot together."""

    lot: str
    item: int
    rounds: int
    due_week: int
    ready_week: IntArray
    """(S,) week they are there in each history."""


def _supplies(campaign: Campaign, result: CampaignResult) -> list[_Supply]:
    """What the depot can send on: its stock, lots due within the horizon, and what lines make in each block."""
    depot, weeks, at_once = campaign.places[0], campaign.weeks, np.zeros(result.trials, dtype=np.int64)
    found = [
        _Supply(DEPOT_LOT + item, i, int(campaign.opening_rounds[0, i]), 0, at_once)
        for i, item in enumerate(campaign.items)
        if campaign.opening_rounds[0, i] > 0
    ]
    for k, lot in enumerate(campaign.lots):
        if lot.place == depot and lot.item in campaign.items and lot.due_day < DAYS * weeks:
            ready = np.minimum(result.lot_day[:, k] // DAYS, weeks)
            due = max(int(lot.due_day // DAYS), 0)
            found.append(_Supply(lot.id, campaign.items.index(lot.item), lot.rounds, due, ready))
    made = production_schedule(campaign.lines, weeks, campaign.bottlenecks_per_week)
    for line, row in zip(campaign.lines, made, strict=True):
        for first in range(0, weeks - BLOCK_WEEKS if line.place == depot else 0, BLOCK_WEEKS):
            rounds, last = int(row[first : first + BLOCK_WEEKS].sum()), first + BLOCK_WEEKS
            if rounds > 0:
                item = campaign.items.index(line.item)
                found.append(_Supply(f"{line.id}.{last}", item, rounds, last, at_once + last))
    return found


def parcel(rounds: int) -> int:
    """Smallest shipment of a lot: its largest divisor that still makes the wanted number of parcels."""
    most = max(rounds // PARCELS, 1)
    return next(size for size in range(most, 0, -1) if rounds % size == 0)


def demand_rounds(campaign: Campaign, result: CampaignResult) -> IntArray:
    """Rounds that raids ask for in each history (S, W, P, I): fired, and wanted where there were none."""
    serves = campaign.engagement.kill_probability > 0.0
    each = np.where(serves, campaign.engagement.rounds, 0.0).sum(axis=1) / np.maximum(serves.sum(axis=1), 1)
    return np.asarray(result.used + np.rint(result.short * each), dtype=np.int64)


def worth_of_rounds(campaign: Campaign) -> FloatArray:
    """Leakers, decoys apart, that a fired round averts on average (I,)."""
    kill, rounds = campaign.engagement.kill_probability, campaign.engagement.rounds
    mass = campaign.tempo.nights.mean(axis=0) * (kill > 0.0)
    harmful = (campaign.people_per_leaker.max(axis=0) > 0.0) | (campaign.value_per_leaker.max(axis=0) > 0.0)
    averted = (mass * harmful * kill / rounds).sum(axis=1)
    total = mass.sum(axis=1)
    return np.asarray(averted / np.where(total > 0.0, total, 1.0), dtype=np.float64)


def _net_of_bound_lots(
    campaign: Campaign, result: CampaignResult, demand: IntArray, forward: IntArray
) -> IntArray:
    """Demand that lots already bound for a forward store leave over, kept stocks carried from week to week."""
    left = demand.copy()
    bound = [k for k, lot in enumerate(campaign.lots) if lot.place != campaign.places[0]]
    for k in bound:
        lot = campaign.lots[k]
        if lot.item not in campaign.items:
            continue
        place, item = campaign.places.index(lot.place) - 1, campaign.items.index(lot.item)
        stock = np.zeros(result.trials, dtype=np.int64)
        for week in range(campaign.weeks):
            stock += np.where(result.lot_day[:, k] // DAYS == week, lot.rounds, 0)
            met = np.minimum(stock, left[:, week, place, item])
            left[:, week, place, item] -= met
            stock -= met
    assert left.shape[2] == forward.size
    return left


def _roads(scenario: Scenario, campaign: Campaign) -> tuple[IntArray, IntArray]:
    """Weeks and rounds a week from the depot to each forward store, along the quickest chain of legs."""
    days = {campaign.places[0]: 0}
    rounds_per_day = {campaign.places[0]: np.iinfo(np.int32).max}
    for _ in scenario.legs:
        for leg in scenario.legs:
            if leg.origin in days:
                arrival = days[leg.origin] + leg.transit_days
                if arrival < days.get(leg.destination, np.iinfo(np.int32).max):
                    days[leg.destination] = arrival
                    rounds_per_day[leg.destination] = min(rounds_per_day[leg.origin], leg.rounds_per_day)
    places = campaign.places[1:]
    weeks = np.array([math.ceil(days[place] / DAYS) for place in places], dtype=np.int64)
    return weeks, np.array([DAYS * rounds_per_day[place] for place in places], dtype=np.int64)
