"""Which lot goes where and when: shipments planned before slips and raids are known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from egide.errors import InputError, Problem
from egide.kernels import allocation as kernel
from egide.supply.inputs import FloatArray, IntArray

if TYPE_CHECKING:
    import pandas as pd


class Status(Enum):
    """How an optimisation ended."""

    WITHIN_GAP = "within gap"
    """The plan is proven to be within the gap asked for."""
    GAP_OPEN = "gap open"
    """The iterations ended first; the plan and the bound stand, the gap is larger."""
    INFEASIBLE = "infeasible"
    """What is required cannot be met; `missing` says what lacks."""


@dataclass(frozen=True, slots=True)
class AllocationProblem:
    """Lots, places, roads and scenarios of demand and slips. Rounds are whole; weeks count from 0."""

    items: tuple[str, ...]
    places: tuple[str, ...]
    lots: tuple[str, ...]
    lot_item: IntArray
    """(L,) item of each lot."""
    lot_rounds: IntArray
    """(L,) rounds."""
    parcel_rounds: IntArray
    """(L,) smallest shipment; it divides the lot. Equal to the lot's rounds when it cannot be split."""
    due_week: IntArray
    """(L,) first week a shipment can be planned for."""
    ready_week: IntArray
    """(S, L) week the lot is there; from the horizon on, it does not come in time. A shipment planned earlier
    leaves when the lot is there."""
    transit_weeks: IntArray
    """(P,) weeks on the road to each place."""
    leg_rounds_per_week: IntArray
    """(P, W) rounds that can be planned to leave for each place in each week."""
    hub_rounds_per_week: IntArray
    """(W,) rounds that can be planned to leave in each week in all."""
    opening_rounds: IntArray
    """(P, I)."""
    demand_rounds: IntArray
    """(S, W, P, I) rounds asked for; what stock cannot meet in its week is lost."""
    probability: FloatArray
    """(S,)."""
    worth: FloatArray
    """(P, I) worth of a round that meets demand, such as leakers or exposure averted."""
    required_rounds: IntArray | None = None
    """(P, I) rounds that must be planned to arrive within the horizon, opening not counted; none when None."""


@dataclass(frozen=True, slots=True)
class Shipments:
    """A plan: rounds of lots that leave for places in weeks (K,) each."""

    lot: IntArray
    place: IntArray
    week: IntArray
    rounds: IntArray


@dataclass(frozen=True, slots=True)
class Missing:
    """Something an infeasible requirement lacks."""

    item: str
    place: str
    """Empty when it is lacking everywhere."""
    rounds: float
    reason: str
    """`rounds`: there are not enough; `transport`: they cannot get there in time."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """Best plan found, with what no plan can beat."""

    status: Status
    shipments: Shipments
    worth: float
    """Expected worth that the shipments add to what opening stocks meet."""
    bound: float
    """No plan adds more: linear relaxation over all splits, weeks and roads, same scenarios."""
    gap: float
    """(bound - worth) / worth; 0 when nothing can be added."""
    by_scenario: FloatArray
    """(S,) worth added in each scenario of demand and slips."""
    rules: dict[str, float]
    """Worth that simple rules add on the same scenarios."""
    missing: tuple[Missing, ...]
    iterations: int
    """Rounds of cuts in the relaxation."""
    lots: tuple[str, ...]
    places: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row a shipment: lot, place, week, rounds."""
        import pandas as pd

        s = self.shipments
        return pd.DataFrame(
            {
                "lot": [self.lots[k] for k in s.lot],
                "place": [self.places[k] for k in s.place],
                "week": s.week,
                "rounds": s.rounds,
            }
        )


def network(problem: AllocationProblem) -> kernel.Network:
    """Arrays for the kernels, after checking the problem.

    Raises
    ------
    InputError
        With everything wrong in it.
    """
    _check(problem)

    def floats(values: object) -> FloatArray:
        return np.ascontiguousarray(np.asarray(values), dtype=np.float64)

    def ints(values: object) -> IntArray:
        return np.ascontiguousarray(np.asarray(values), dtype=np.int64)

    return kernel.Network(
        lot_item=ints(problem.lot_item),
        parcel=floats(problem.parcel_rounds),
        due=np.maximum(ints(problem.due_week), 0),
        ready=ints(problem.ready_week),
        transit=ints(problem.transit_weeks),
        opening=floats(problem.opening_rounds),
        demand=floats(np.transpose(problem.demand_rounds, (2, 3, 0, 1))),
        worth=floats(problem.worth),
        probability=floats(problem.probability),
    )


def _check(problem: AllocationProblem) -> None:
    """Raise one error that lists everything wrong with a problem."""
    s, w = np.asarray(problem.demand_rounds).shape[:2] if np.ndim(problem.demand_rounds) == 4 else (0, 0)
    p, i, count = len(problem.places), len(problem.items), len(problem.lots)
    problems: list[Problem] = []

    def report(field: str, value: object, remedy: str) -> None:
        problems.append(Problem("AllocationProblem", field, value, remedy))

    shapes = {
        "lot_item": (count,), "lot_rounds": (count,), "parcel_rounds": (count,), "due_week": (count,),
        "ready_week": (s, count), "transit_weeks": (p,), "leg_rounds_per_week": (p, w),
        "hub_rounds_per_week": (w,), "opening_rounds": (p, i), "demand_rounds": (s, w, p, i),
        "probability": (s,), "worth": (p, i),
    }  # fmt: skip
    if problem.required_rounds is not None:
        shapes["required_rounds"] = (p, i)
    for field, shape in shapes.items():
        array = np.asarray(getattr(problem, field), dtype=np.float64)
        if array.shape != shape:
            report(field, array.shape, f"must have shape {shape}")
        elif not np.isfinite(array).all():
            report(field, None, "holds a number that is not finite")
        elif field not in ("due_week", "ready_week") and (array < 0).any():
            report(field, float(array.min()), "cannot be negative")
        elif field not in ("probability", "worth") and (array != np.floor(array)).any():
            report(field, None, "must be whole numbers")
    if len(set(problem.lots)) < count:
        report("lots", None, "two lots have one id; give each its own")
    if not problems:
        if abs(float(np.sum(problem.probability)) - 1.0) > 1e-9:
            report("probability", float(np.sum(problem.probability)), "must sum to 1")
        if count and (problem.lot_item >= i).any():
            report("lot_item", int(problem.lot_item.max()), f"items run from 0 to {i - 1}")
        if (problem.parcel_rounds < 1).any() or (
            problem.lot_rounds % np.maximum(problem.parcel_rounds, 1)
        ).any():
            report("parcel_rounds", None, "must be at least 1 and divide the rounds of its lot")
    if problems:
        raise InputError(problems)


class Plan:
    """A plan under construction: every parcel of every lot, and the state that the kernels keep in step."""

    def __init__(self, problem: AllocationProblem, net: kernel.Network) -> None:
        self.problem, self.net = problem, net
        count = problem.lot_rounds // problem.parcel_rounds
        lot = np.repeat(np.arange(count.size, dtype=np.int64), count)
        places, items, scenarios, weeks = net.demand.shape
        required = problem.required_rounds
        arrivals = np.zeros((places, items, scenarios, weeks))
        self.opening_met = expected_met(net, arrivals)
        before = np.zeros((places, items, scenarios, weeks + 1))
        after = np.zeros_like(before)
        for p, i in np.ndindex(places, items):
            opening = float(net.opening[p, i])
            kernel.let_through(opening, net.demand[p, i], arrivals[p, i], before[p, i], after[p, i])
        self.desk = kernel.Desk(
            arrivals=arrivals,
            met=self.opening_met.copy(),
            before=before,
            after=after,
            leg_left=problem.leg_rounds_per_week.astype(np.float64),
            hub_left=problem.hub_rounds_per_week.astype(np.float64),
            short=np.zeros((places, items)) if required is None else required.astype(np.float64),
            lot=lot,
            place=np.full(lot.size, -1, dtype=np.int64),
            week=np.zeros(lot.size, dtype=np.int64),
        )

    def worth(self) -> float:
        """Expected worth added to what opening stocks meet."""
        return float(((self.desk.met - self.opening_met) * self.net.worth).sum())

    def put(self, parcel: int, place: int, week: int) -> bool:
        """Plan a parcel for the first week from `week` on with room; False when there is none in time."""
        lot, desk = int(self.desk.lot[parcel]), self.desk
        rounds = self.net.parcel[lot]
        for at in range(max(week, int(self.net.due[lot])), desk.hub_left.size - int(self.net.transit[place])):
            if desk.leg_left[place, at] >= rounds and desk.hub_left[at] >= rounds:
                kernel.move(self.net, desk, parcel, place, at)
                return True
        return False

    def shipments(self) -> Shipments:
        """Parcels of a lot on one road in one week, together."""
        gone = self.desk.place >= 0
        keys = np.stack([self.desk.lot, self.desk.place, self.desk.week], axis=1)[gone]
        unique, number = np.unique(keys, axis=0, return_counts=True)
        unique = unique.reshape(-1, 3)
        rounds = number * self.problem.parcel_rounds[unique[:, 0]]
        return Shipments(unique[:, 0], unique[:, 1], unique[:, 2], rounds.astype(np.int64))


def expected_met(net: kernel.Network, arrivals: FloatArray) -> FloatArray:
    """Expected rounds that meet demand at each place, by item (P, I)."""
    places, items = net.opening.shape
    return np.array(
        [
            [
                kernel.met_demand(net.opening[p, i], net.demand[p, i], arrivals[p, i], net.probability)
                for i in range(items)
            ]
            for p in range(places)
        ]
    )


def evaluate_shipments(problem: AllocationProblem, shipments: Shipments) -> FloatArray:
    """Worth that a plan adds in each scenario (S,), whoever made it.

    Parameters
    ----------
    problem : AllocationProblem
    shipments : Shipments

    Raises
    ------
    InputError
        When the problem is wrong, or the plan ships more than a lot holds, before it is due, or beyond what
        a road or the hub carries.
    """
    net = network(problem)
    _check_shipments(problem, shipments)
    places, items, scenarios, weeks = net.demand.shape
    arrivals = np.zeros((places, items, scenarios, weeks))
    for k in range(shipments.lot.size):
        lot, place, week = int(shipments.lot[k]), int(shipments.place[k]), int(shipments.week[k])
        kernel.ship(net, arrivals, place, lot, week, float(shipments.rounds[k]))
    added = np.zeros(scenarios)
    for with_shipments in (False, True):
        stock = np.repeat(net.opening[:, :, None], scenarios, axis=2)
        for week in range(weeks):
            if with_shipments:
                stock = stock + arrivals[..., week]
            met = np.minimum(stock, net.demand[..., week])
            stock = stock - met
            added += (1.0 if with_shipments else -1.0) * np.einsum("pis,pi->s", met, net.worth)
    return added


def _check_shipments(problem: AllocationProblem, shipments: Shipments) -> None:
    sent = np.bincount(shipments.lot, weights=shipments.rounds, minlength=problem.lot_rounds.size)
    road = np.zeros(problem.leg_rounds_per_week.shape)
    np.add.at(road, (shipments.place, shipments.week), shipments.rounds)
    faults = [
        ("rounds", (sent > problem.lot_rounds).any(), "a lot is shipped more than once over"),
        ("week", (shipments.week < problem.due_week[shipments.lot]).any(), "a lot leaves before it is due"),
        ("rounds", (road > problem.leg_rounds_per_week).any(), "a road carries more than it can"),
        ("rounds", (road.sum(axis=0) > problem.hub_rounds_per_week).any(), "the hub sends more than it can"),
    ]
    problems = [Problem("Shipments", field, None, remedy) for field, wrong, remedy in faults if wrong]
    if problems:
        raise InputError(problems)


def proportional_rule(problem: AllocationProblem) -> Shipments:
    """Every lot shared out in proportion to the demand for its item, leaving as soon as there is room.

    Parameters
    ----------
    problem : AllocationProblem

    Returns
    -------
    Shipments
    """
    net = network(problem)
    plan = Plan(problem, net)
    wanted = np.einsum("pisw,s->pi", net.demand, net.probability)
    for lot in np.argsort(net.due, kind="stable"):
        parcels = np.flatnonzero(plan.desk.lot == lot)
        share = wanted[:, net.lot_item[lot]]
        exact = parcels.size * (
            share / share.sum() if share.sum() > 0 else np.full(share.size, 1 / share.size)
        )
        number = np.floor(exact).astype(int)
        rest = np.argsort(number - exact, kind="stable")[: parcels.size - number.sum()]
        number[rest] += 1
        for parcel, place in zip(parcels, np.repeat(np.arange(number.size), number), strict=True):
            plan.put(int(parcel), int(place), 0)
    return plan.shipments()


def largest_deficit_rule(problem: AllocationProblem) -> Shipments:
    """Every parcel to the place that expects to lack most rounds of its item, as soon as there is room.

    Parameters
    ----------
    problem : AllocationProblem

    Returns
    -------
    Shipments
    """
    net = network(problem)
    plan = Plan(problem, net)
    lacking = np.einsum("pisw,s->pi", net.demand, net.probability) - net.opening
    for parcel in np.lexsort((plan.desk.lot, net.due[plan.desk.lot])):
        lot = plan.desk.lot[parcel]
        item = net.lot_item[lot]
        for place in np.argsort(-lacking[:, item], kind="stable"):
            if plan.put(int(parcel), int(place), 0):
                lacking[place, item] -= net.parcel[lot]
                break
    return plan.shipments()
