"""Small campaigns for the tests of this room: drawn by hypothesis from a seed, or built by hand."""

from __future__ import annotations

import math

import numpy as np

from egide.supply.inputs import (
    Campaign,
    CampaignLot,
    Doctrine,
    Engagement,
    Fleet,
    ProductionLine,
    RaidTempo,
    ResupplyLeg,
)


def random_campaign(seed: int) -> Campaign:
    """A campaign of random sizes with every feature in play some of the time."""
    g = np.random.default_rng(seed)
    p, i, c = int(g.integers(1, 5)), int(g.integers(1, 4)), int(g.integers(1, 4))
    items = tuple(f"item{k}" for k in range(i))
    places = tuple(f"place{k}" for k in range(p))
    classes = tuple(f"class{k}" for k in range(c))
    weeks = int(g.integers(2, 6))
    count = g.dirichlet(np.ones(int(g.integers(2, 6))))
    tempo = RaidTempo(
        weekly_count_probability=count,
        nights=g.integers(0, 15, size=(int(g.integers(1, 6)), c)),
        place_fraction=g.dirichlet(np.ones(p), size=(int(g.integers(1, 3)), c)),
        joint=bool(g.integers(2)),
    )
    engagement = Engagement(
        rounds=g.choice([1.0, 2.0, 1.4, 0.5], size=(i, c)),
        kill_probability=g.uniform(0.0, 1.0, size=(i, c)),
        preference=_preference(g, p, i, c),
        night_concentration=float(g.choice([math.inf, 8.0])),
    )
    fleets = ()
    if g.integers(2):
        fleets = (Fleet("battery", items[:1], g.integers(0, 4, p), 3, 0.05, 0.3, 0.6, int(g.integers(0, 3))),)
    return Campaign(
        items=items,
        places=places,
        classes=classes,
        weeks=weeks,
        tempo=tempo,
        opening_rounds=g.integers(0, 30, size=(p, i)),
        engagement=engagement,
        doctrine=Doctrine("kept", g.integers(0, 6, size=(p, i, c)), tuple(g.permutation(classes).tolist())),
        people_per_leaker=g.uniform(0, 100, size=(p, c)),
        value_per_leaker=g.uniform(0, 5, size=(p, c)),
        lots=_lots(g, items + tuple(f.id for f in fleets), places, weeks),
        lines=_lines(g, items, places),
        bottlenecks_per_week={"motors": 7.0},
        legs=_legs(g, places),
        target_rounds=g.integers(0, 20, size=(p, i)),
        fleets=fleets,
        hit_fraction_per_week=g.uniform(0, 0.5, size=p),
        hit_loss_fraction=g.uniform(0, 1, size=p),
        shared_slip_fraction=float(g.uniform()),
    )


def _preference(g: np.random.Generator, p: int, i: int, c: int) -> np.ndarray:
    choice = np.full((p, c, i), -1)
    for place in range(p):
        for cls in range(c):
            n = int(g.integers(0, i + 1))
            choice[place, cls, :n] = g.permutation(i)[:n]
    return choice


def _lots(g, items, places, weeks) -> tuple[CampaignLot, ...]:
    return tuple(
        CampaignLot(
            id=f"lot{k}",
            item=str(g.choice(items)),
            place=str(g.choice(places)),
            rounds=int(g.integers(0, 12)),
            due_day=float(g.integers(-3, 7 * weeks)),
            partner=str(g.choice(["north", "south", ""])),
            cost_eur=float(g.integers(1, 9)) * 1e6,
            slip_median_days=float(g.choice([0.0, 5.0])),
            slip_sigma=float(g.uniform(0, 1)),
            step_days=(0.0, 7.0) if k % 2 else (0.0,),
            step_probability=(0.7, 0.3) if k % 2 else (1.0,),
            never_fraction=float(g.choice([0.0, 0.2])),
            received_low_fraction=float(g.choice([1.0, 0.5])),
        )
        for k in range(int(g.integers(0, 6)))
    )


def _lines(g, items, places) -> tuple[ProductionLine, ...]:
    return tuple(
        ProductionLine(
            f"line{k}", str(g.choice(items)), str(g.choice(places)), float(g.uniform(0, 8)), float(k),
            2.0 * k, "motors" if k else "", 1.5,
        )
        for k in range(int(g.integers(0, 3)))
    )  # fmt: skip


def _legs(g, places) -> tuple[ResupplyLeg, ...]:
    pairs = [(a, b) for a in places for b in places if a != b]
    g.shuffle(pairs)
    return tuple(
        ResupplyLeg(a, b, int(g.integers(0, 9)), int(g.integers(0, 8)))
        for a, b in pairs[: int(g.integers(0, 3))]
    )


def one_store(
    *,
    opening: int,
    weeks: int = 4,
    threats: int = 8,
    raids: int = 1,
    kill: float = 0.7,
    lots: tuple[CampaignLot, ...] = (),
    rounds: float = 1.0,
) -> Campaign:
    """One item at one place against one class: a fixed number of raids a week, of a fixed size."""
    count = np.zeros(raids + 1)
    count[raids] = 1.0
    return Campaign(
        items=("round",),
        places=("city",),
        classes=("drone",),
        weeks=weeks,
        tempo=RaidTempo(count, np.array([[threats]]), np.ones((1, 1, 1))),
        opening_rounds=np.array([[opening]]),
        engagement=Engagement(np.array([[rounds]]), np.array([[kill]]), np.zeros((1, 1, 1), dtype=np.int64)),
        doctrine=Doctrine("spend", np.zeros((1, 1, 1), dtype=np.int64)),
        people_per_leaker=np.array([[1000.0]]),
        value_per_leaker=np.array([[2.0]]),
        lots=lots,
    )
