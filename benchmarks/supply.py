"""Ranking of lots, allocation of lots, replay of the ledger.

`python -m benchmarks.supply` prints JSON on its last line:

- `ranking_s`: full ranking (value of each of 40 lots and of a week of its delay, three measures, intervals,
  probabilities of ranks) over 26 weeks x 500 campaigns; on the packaged Kyiv scenario's campaign when
  `egide.supply.sustain` can build it, its lots repeated to 40, else on a made-up one of like size (`campaign`).
- `allocation_s`, `allocation_gap`: 200 lots x 30 places x 26 weeks x 50 scenarios, any whole number of rounds a
  shipment, proven to 1 % of the worth that shipments add.
- `replay_s`: a ledger of 100,000 events; null where that benchmark is absent.

Kernels are compiled before the clock starts.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import replace

import numpy as np

from egide.supply.allocate import allocate
from egide.supply.allocation import AllocationProblem
from egide.supply.inputs import (
    Campaign,
    CampaignLot,
    Engagement,
    Fleet,
    RaidTempo,
    ResupplyLeg,
    poisson_weeks,
    slip_from_quantiles,
    spend,
)
from egide.supply.ranking import rank_lots

_WEEKS, _CAMPAIGNS, _LOTS = 26, 500, 40


def made_up_campaign(places: int = 10, items: int = 6, classes: int = 5, seed: int = 0) -> Campaign:
    """A depot that feeds nine stores, seven raids a week of about 200 threats, 40 lots into the depot."""
    g = np.random.default_rng(seed)
    item = tuple(f"item{k}" for k in range(items))
    place = tuple(f"place{k}" for k in range(places))
    choice = np.array([[g.permutation(items)[:3] for _ in range(classes)] for _ in range(places)])
    target = np.full((places, items), 300)
    target[0] = 0
    median, sigma = slip_from_quantiles(14.0, 45.0)
    lots = tuple(
        CampaignLot(
            f"lot{k}", item[k % items], place[0], int(g.integers(50, 600)), float(g.integers(0, 150)),
            partner="ABCDE"[k % 5], cost_eur=1e6 * (1 + k), slip_median_days=median, slip_sigma=sigma,
            never_fraction=0.02,
        )
        for k in range(_LOTS)
    )  # fmt: skip
    return Campaign(
        items=item,
        places=place,
        classes=tuple(f"class{k}" for k in range(classes)),
        weeks=_WEEKS,
        tempo=RaidTempo(
            poisson_weeks(7.0),
            g.poisson([120, 60, 10, 5, 3][:classes], size=(200, classes)),
            g.dirichlet(np.ones(places), size=(4, classes)),
        ),
        opening_rounds=g.integers(0, 500, (places, items)),
        engagement=Engagement(
            g.choice([1.0, 2.0, 1.4], size=(items, classes)),
            g.uniform(0.4, 0.9, (items, classes)),
            choice,
            20.0,
        ),
        doctrine=spend((places, items, classes)),
        people_per_leaker=g.uniform(0, 100, (places, classes)),
        value_per_leaker=g.uniform(0, 5, (places, classes)),
        lots=lots,
        legs=tuple(ResupplyLeg(place[0], name, 2, 80) for name in place[1:]),
        target_rounds=target,
        fleets=(Fleet("battery", item[:3], g.integers(1, 6, places), 10, 0.01, 0.1, 0.5, 6),),
    )


def kyiv_campaign() -> Campaign | None:
    """Campaign of the packaged scenario with its lots repeated to 40; None where it cannot be built."""
    try:
        import egide as eg
        from egide.supply.sustain import build_campaign

        scenario = eg.read_scenario("kyiv-2025-07-04")
        scenario = eg.candidates(scenario, eg.read_terrain(scenario))
        coverage = eg.cover(scenario, eg.read_terrain(scenario))
        raids = eg.simulate(scenario, coverage, scenario.laydown, trials=200, seed=7)
        campaign = build_campaign(scenario, scenario.laydown, raids, _WEEKS, None)
    except (ImportError, AttributeError, TypeError) as missing:
        print(f"Kyiv campaign not built ({missing}); a made-up one of like size instead")
        return None
    if not campaign.lots:
        return None
    rounds = math.ceil(_LOTS / len(campaign.lots))
    lots = [
        replace(lot, id=f"{lot.id}-{n}", rounds=max(lot.rounds // rounds, 1), due_day=lot.due_day + 5.0 * n)
        for n in range(rounds)
        for lot in campaign.lots
    ]
    return replace(campaign, lots=tuple(lots[:_LOTS]))


def made_up_allocation(
    lots: int = 200, places: int = 30, weeks: int = 26, scenarios: int = 50, items: int = 8, seed: int = 0
) -> AllocationProblem:
    """Uneven places, lumpy demand half as large again as all lots, lognormal slips, a tight hub."""
    g = np.random.default_rng(seed)
    item, rounds = g.integers(0, items, lots), 8 * g.integers(2, 15, lots)
    due = g.integers(0, max(weeks - 4, 1), lots)
    slip = np.floor(g.lognormal(np.log(2.0), 0.9, (scenarios, lots))).astype(np.int64)
    ready = np.where(g.random((scenarios, lots)) < 0.02, weeks + 9, due + slip)
    share = g.dirichlet(np.ones(places), items).T
    mean = share * np.bincount(item, rounds, items) * 1.5 / weeks
    room = 1.2 * rounds.sum() / weeks
    leg = np.maximum(np.ceil(g.dirichlet(np.full(places, 3.0)) * room * 4.0), 20.0).astype(np.int64)
    return AllocationProblem(
        items=tuple(f"item{k}" for k in range(items)),
        places=tuple(f"place{k}" for k in range(places)),
        lots=tuple(f"lot{k}" for k in range(lots)),
        lot_item=item,
        lot_rounds=rounds,
        parcel_rounds=np.ones(lots, dtype=np.int64),
        due_week=due,
        ready_week=ready,
        transit_weeks=g.integers(0, 3, places),
        leg_rounds_per_week=np.repeat(leg[:, None], weeks, axis=1),
        hub_rounds_per_week=np.full(weeks, int(room)),
        opening_rounds=np.floor(mean * 3).astype(np.int64),
        demand_rounds=g.poisson(mean * g.gamma(1.5, 1 / 1.5, (scenarios, weeks, 1, 1))),
        probability=np.full(scenarios, 1.0 / scenarios),
        worth=g.uniform(0.2, 1.0, (places, items)) * g.pareto(2.0, (places, 1)).clip(0.1, 10.0),
    )


def replay_time() -> float | None:
    """Seconds to replay a ledger, from its own benchmark."""
    try:
        from benchmarks.ledger import replay_seconds
    except ImportError:
        return None
    return float(replay_seconds())


def main() -> None:
    """Measure and print."""
    kyiv = kyiv_campaign()
    campaign = made_up_campaign() if kyiv is None else kyiv
    rank_lots(campaign, trials=2, seed=1)
    began = time.perf_counter()
    ranking = rank_lots(campaign, trials=_CAMPAIGNS, seed=1)
    ranking_s = time.perf_counter() - began
    print(
        f"{len(campaign.lots)} lots x {_CAMPAIGNS} campaigns x {_WEEKS} weeks, {len(campaign.places)} stores"
    )
    print(ranking.to_frame().head(5).to_string())
    allocate(made_up_allocation(10, 3, 6, 4, 2))
    began = time.perf_counter()
    plan = allocate(made_up_allocation(), gap=0.01)
    allocation_s = time.perf_counter() - began
    print(f"{plan.status.value}: adds {plan.worth:.1f}, at most {plan.bound:.1f}; simple rules {plan.rules}")
    figures = {
        "ranking_s": round(ranking_s, 3),
        "allocation_s": round(allocation_s, 3),
        "allocation_gap": round(plan.gap, 5),
        "replay_s": replay_time(),
        "campaign": "made up" if kyiv is None else "kyiv-2025-07-04",
        "lots": len(campaign.lots),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
