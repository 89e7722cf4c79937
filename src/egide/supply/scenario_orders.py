"""What to order with the money there is: a two-stage programme over histories of raids and slips."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from egide.kernels.rng import uniform
from egide.model.scenario import Scenario
from egide.supply.campaign import CampaignResult
from egide.supply.inputs import Campaign, FloatArray, IntArray
from egide.supply.production import production_schedule
from egide.supply.stochastic import TwoStage, value_of_planning

PERIODS = 4
"""Equal parts of the horizon in which stocks are balanced; what arrives in a part serves the parts after it."""

MOST_SCENARIOS = 30
"""Histories of the programme: the first of those handed in."""

_IDLE = 1e-5
"""Share of the worth below which a lot counts as idle."""

_STREAM = 73


@dataclass(frozen=True)
class Order:
    """So many lots of one option."""

    option: str
    item: str
    lots: int
    rounds: int
    cost_eur: float


@dataclass(frozen=True)
class OrderPlan:
    """Orders that avert most leakers for the money, planned before raids and slips are known."""

    orders: tuple[Order, ...]
    cost_eur: float
    budget_eur: float | None
    scenarios: int
    worth: float
    """Leakers, decoys apart, that the orders avert, mean over scenarios."""
    bound: float
    """No orders of whole lots avert more in this model: proven by HiGHS, whose search ends with no gap left."""
    gap: float
    """(bound - worth) / worth [1]."""
    evpi: float
    """Leakers that knowing raids and slips beforehand would avert on top."""
    vss: float
    """Leakers averted by planning for all scenarios instead of the mean one."""
    rules: tuple[tuple[str, float], ...]
    """Leakers that simple rules avert with the same money."""


def plan_orders(scenario: Scenario, campaign: Campaign, result: CampaignResult, *, seed: int) -> OrderPlan:
    """Choose lots to order under budget and makers' capacity.

    A linear model of the theatre as one store in four parts of the horizon: threats of each class are engaged
    with any item that can, within the rounds there are by then and the engagements launchers can run. It
    spends rounds as it knows best, which the rules of `sustain` do not, and lets what arrives in a part serve only
    the parts after it: the one flatters orders, the other does them wrong.

    Parameters
    ----------
    scenario : Scenario
        With at least one order option.
    campaign, result
        As `deliver` makes them.
    seed : int
        Root of every draw.
    """
    problem = order_problem(scenario, campaign, result, seed)
    found = value_of_planning(problem)
    nothing = _fixed(problem, np.zeros(len(scenario.orders)))
    plan, cost = _without_idle_lots(problem, np.rint(found.decision), nothing)
    worth = nothing - cost
    bound = max(nothing - found.expected_cost, worth)  # sums of the same terms in another order
    lots = plan.astype(int)
    orders = tuple(
        Order(option.id, option.item, int(n), int(n) * option.quantity, int(n) * option.cost_eur)
        for option, n in zip(scenario.orders, lots, strict=True)
        if n > 0
    )
    return OrderPlan(
        orders=orders,
        cost_eur=sum(order.cost_eur for order in orders),
        budget_eur=scenario.sustainment.budget_eur,
        scenarios=problem.probability.size,
        worth=worth,
        bound=bound,
        gap=max(bound - worth, 0.0) / worth if worth > 0.0 else 0.0,
        evpi=max(found.evpi, 0.0),
        vss=max(found.vss, 0.0),
        rules=tuple(
            (name, nothing - _fixed(problem, plan)) for name, plan in _rules(scenario, campaign).items()
        ),
    )


def order_problem(scenario: Scenario, campaign: Campaign, result: CampaignResult, seed: int) -> TwoStage:
    """Write the choice of orders as a two-stage programme; costs are leakers not averted, less a constant."""
    count = min(result.trials, MOST_SCENARIOS)
    options = scenario.orders
    pairs = np.argwhere(campaign.engagement.kill_probability > 0.0)
    items, classes, n = len(campaign.items), len(campaign.classes), len(options)
    harmful = campaign.people_per_leaker.max(axis=0) + campaign.value_per_leaker.max(axis=0) > 0.0
    gain = campaign.engagement.kill_probability[pairs[:, 0], pairs[:, 1]] * harmful[pairs[:, 1]]
    m, rows = PERIODS * len(pairs), PERIODS * (items + classes + items)
    technology, recourse = np.zeros((rows, n)), np.zeros((rows, m))
    edges = np.linspace(0.0, 7.0 * campaign.weeks, PERIODS + 1)
    for t in range(PERIODS):
        stock, threats, launchers = (
            t * items,
            (PERIODS * items) + t * classes,
            PERIODS * (items + classes) + t * items,
        )
        for k, option in enumerate(options):
            if option.lead_days <= edges[t]:
                technology[stock + campaign.items.index(option.item), k] = -option.quantity
        for j, (item, kind) in enumerate(pairs):
            # Rounds spent in all parts up to this one come from what had arrived by its beginning.
            for s in range(t + 1):
                recourse[stock + item, s * len(pairs) + j] = campaign.engagement.rounds[item, kind]
            recourse[threats + kind, t * len(pairs) + j] = 1.0
            recourse[launchers + item, t * len(pairs) + j] = 1.0
    limit = np.stack([_limits(campaign, result, s, edges, seed) for s in range(count)])
    budget = scenario.sustainment.budget_eur
    first = np.eye(n) if budget is None else np.vstack([[option.cost_eur for option in options], np.eye(n)])
    most = [float(option.count) for option in options]
    return TwoStage(
        probability=np.full(count, 1.0 / count),
        first_cost=np.zeros(n),
        first_matrix=first,
        first_limit=np.array(most if budget is None else [budget, *most]),
        recourse_cost=np.tile(-np.tile(gain, PERIODS), (count, 1)),
        technology=np.tile(technology, (count, 1, 1)),
        recourse=np.tile(recourse, (count, 1, 1)),
        limit=limit,
        whole=True,
    )


def _limits(
    campaign: Campaign, result: CampaignResult, trial: int, edges: FloatArray, seed: int
) -> FloatArray:
    """Rounds there by the beginning of each part, threats in it, engagements that launchers can run in it."""
    made = production_schedule(campaign.lines, campaign.weeks, campaign.bottlenecks_per_week)
    raids, threats = _raids(campaign, trial, edges, seed)
    stock = np.zeros((PERIODS, len(campaign.items)))
    for t in range(PERIODS):
        stock[t] = campaign.opening_rounds.sum(axis=0)
        for k, lot in enumerate(campaign.lots):
            if lot.item in campaign.items and result.lot_day[trial, k] <= edges[t]:
                stock[t, campaign.items.index(lot.item)] += lot.rounds
        for line, row in zip(campaign.lines, made, strict=True):
            stock[t, campaign.items.index(line.item)] += row[: int(edges[t] // 7.0)].sum()
    most = np.full((PERIODS, len(campaign.items)), np.inf)
    weeks = np.minimum((edges // 7.0).astype(int), campaign.weeks)
    for number, fleet in enumerate(campaign.fleets):
        ready = result.ready_units[trial, :, :, number].sum(axis=1)
        for t in range(PERIODS):
            mean = ready[weeks[t] : max(weeks[t + 1], weeks[t] + 1)].mean()
            for item in fleet.items:
                most[t, campaign.items.index(item)] = mean * fleet.engagements_per_raid * raids[t]
    # A launcher limit that no fleet sets is beyond all threats.
    most = np.where(np.isinf(most), threats.sum(), most)
    return np.concatenate([stock.ravel(), threats.ravel(), most.ravel()])


def _raids(campaign: Campaign, trial: int, edges: FloatArray, seed: int) -> tuple[IntArray, FloatArray]:
    """Raids (T,) and threats (T, C) in each part of one history, drawn by address."""
    counts = np.cumsum(campaign.tempo.weekly_count_probability)
    nights = campaign.tempo.nights
    raids, threats = np.zeros(PERIODS, dtype=np.int64), np.zeros((PERIODS, nights.shape[1]))
    for week in range(campaign.weeks):
        t = min(int(np.searchsorted(edges, 7.0 * week, side="right")) - 1, PERIODS - 1)
        number = int(np.searchsorted(counts, uniform(seed, trial, _STREAM, week)))
        for k in range(number):
            night = int(uniform(seed, trial, _STREAM + 1, 64 * week + k) * nights.shape[0])
            threats[t] += nights[night]
        raids[t] += number
    return raids, threats


def _fixed(problem: TwoStage, plan: FloatArray) -> float:
    """Expected cost of a plan that is given: the best use of what there is, history by history."""
    from scipy import optimize

    cost = 0.0
    for s, share in enumerate(problem.probability):
        found = optimize.linprog(
            problem.recourse_cost[s],
            A_ub=problem.recourse[s],
            b_ub=problem.limit[s] - problem.technology[s] @ plan,
            bounds=(0.0, None),
            method="highs",
        )
        assert found.x is not None  # using nothing is always feasible, and every use is limited
        cost += float(share) * float(np.dot(problem.recourse_cost[s], found.x))
    return cost


def _without_idle_lots(problem: TwoStage, plan: FloatArray, nothing: float) -> tuple[FloatArray, float]:
    """Plan without lots that avert nothing to speak of, which a solver's tolerance lets in; and its cost."""
    kept, cost = plan.copy(), _fixed(problem, plan)
    slack = _IDLE * max(nothing - cost, 0.0)
    for k in range(plan.size):
        while kept[k] > 0.0:
            less = kept.copy()
            less[k] -= 1.0
            worse = _fixed(problem, less)
            if worse > cost + slack:
                break
            kept, cost = less, worse
    return kept, cost


def _rules(scenario: Scenario, campaign: Campaign) -> dict[str, FloatArray]:
    """Spend the money on the cheapest kills first, or on one lot of each option in turn."""
    options = scenario.orders
    kill = campaign.engagement.kill_probability / campaign.engagement.rounds
    best = kill.max(axis=1)
    worth = np.array([best[campaign.items.index(option.item)] * option.quantity for option in options])
    cost = np.array([option.cost_eur for option in options])
    order = np.argsort(cost / np.maximum(worth, 1e-12), kind="stable")
    cheapest = _spent(scenario, [int(k) for k in order for _ in range(options[k].count)])
    turns = range(max(option.count for option in options))
    in_turn = _spent(scenario, [k for turn in turns for k in range(len(options)) if turn < options[k].count])
    return {"cheapest kill first": cheapest, "one of each in turn": in_turn}


def _spent(scenario: Scenario, wishes: list[int]) -> FloatArray:
    """Lots bought in the order of wishes while the money lasts."""
    budget = scenario.sustainment.budget_eur
    left = np.inf if budget is None else budget
    plan = np.zeros(len(scenario.orders))
    for k in wishes:
        if scenario.orders[k].cost_eur <= left:
            plan[k] += 1.0
            left -= scenario.orders[k].cost_eur
    return plan
