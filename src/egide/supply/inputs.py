"""What a campaign is given, at array level: raids, stocks, doctrine, lots, lines, legs, fleets.

Every axis is named: places P, items I, threat classes C, weeks W, lots L, fleets F. Rounds are whole
numbers. Nothing here knows a scenario; the mapping from one lives in its own module of this room.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MEASURES = ("leakers", "people_exposed", "asset_value")
"""What campaigns are weighed by: threats not stopped, people in their reach, value of what they reach."""


@dataclass(frozen=True, slots=True)
class RaidTempo:
    """How often raids come, how large they are and where they go."""

    weekly_count_probability: FloatArray
    """(K + 1,) probability of 0, 1, ..., K raids in a week."""
    nights: IntArray
    """(N, C) threats of each class on each sampled night."""
    place_fraction: FloatArray
    """(A, C, P) share of the threats of a class that goes to each place, in each of A patterns."""
    night_weight: FloatArray | None = None
    """(N,) weights of the nights; equal when None."""
    pattern_weight: FloatArray | None = None
    """(A,) weights of the patterns; equal when None."""
    joint: bool = True
    """True: the classes of a raid come from one night. False: each class draws a night of its own."""


@dataclass(frozen=True, slots=True)
class Engagement:
    """What an engagement costs and gives, and which item serves which class where."""

    rounds: FloatArray
    """(I, C) mean rounds of one engagement; a fraction is fired as a whole number by chance."""
    kill_probability: FloatArray
    """(I, C) probability that an engagement stops the threat."""
    preference: IntArray
    """(P, C, K) items a class is engaged with at a place, best first, -1 after the last."""
    night_concentration: float = math.inf
    """Concentration of the Beta distribution of kill probability from night to night, shared by a class and
    night; infinite: the same every night."""


@dataclass(frozen=True, slots=True)
class Doctrine:
    """Who is served first, and which rounds are kept for whom."""

    name: str
    reserve_rounds: IntArray
    """(P, I, C) rounds that a class must leave in store; all 0 is to spend."""
    class_order: tuple[str, ...] = ()
    """Classes in the order in which a raid's threats are served; empty means the campaign's order."""


@dataclass(frozen=True, slots=True)
class CampaignLot:
    """A delivery: so many rounds (or units of a fleet), due on a day, that may slip or never come."""

    id: str
    item: str
    """Item, or fleet for a lot of units."""
    place: str
    rounds: int
    """Rounds in the lot, or units."""
    due_day: float
    """Day it is due, counted from the start [days]."""
    partner: str = ""
    maker: str = ""
    cost_eur: float = math.nan
    """What it costs [EUR]; NaN when unknown."""
    ordered_day: float | None = None
    """Day it was ordered [days]; negative before the start, None when unknown."""
    slip_median_days: float = 0.0
    """Median of a lognormal delay [days]; 0 is none."""
    slip_sigma: float = 0.0
    """Standard deviation of the delay's logarithm."""
    step_days: tuple[float, ...] = (0.0,)
    """Values of a discrete delay added to the lognormal one [days]."""
    step_probability: tuple[float, ...] = (1.0,)
    never_fraction: float = 0.0
    """Probability that it does not come at all."""
    received_low_fraction: float = 1.0
    received_high_fraction: float = 1.0
    """Share of the rounds that arrives, uniform between the two."""


@dataclass(frozen=True, slots=True)
class ProductionLine:
    """A line that turns out one item for one place."""

    id: str
    item: str
    place: str
    rounds_per_week: float
    """Rate once the ramp is over."""
    start_week: float = 0.0
    """When the first round is made."""
    ramp_weeks: float = 0.0
    """Time in which the rate grows linearly from nothing to full."""
    bottleneck: str = ""
    """Shared resource it draws on, such as a maker of motors; empty means none."""
    bottleneck_use: float = 1.0
    """Units of that resource a round takes."""
    cost_eur: float = math.nan


@dataclass(frozen=True, slots=True)
class ResupplyLeg:
    """Transport from a store to another."""

    origin: str
    destination: str
    days: int
    """Time on the road; at least one day."""
    rounds_per_day: int
    """Capacity, over all items."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """Units of one kind: what they fire, how often they break, how many are mended."""

    id: str
    items: tuple[str, ...]
    """Items they fire."""
    units: IntArray
    """(P,) units at each place at the start."""
    engagements_per_raid: int
    """Engagements of one ready unit in one raid."""
    loss_fraction_per_week: float = 0.0
    """Probability in a week that a ready unit is lost for good."""
    failure_fraction_per_week: float = 0.0
    """Probability in a week that a ready unit breaks down."""
    repair_fraction_per_week: float = 1.0
    """Probability in a week that a crew finishes the unit it works on."""
    crews: int = 1_000_000
    """Repair crews trained on this kind; nobody else can mend it."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign of raids against finite stocks, before chance has acted."""

    items: tuple[str, ...]
    places: tuple[str, ...]
    classes: tuple[str, ...]
    weeks: int
    tempo: RaidTempo
    opening_rounds: IntArray
    """(P, I) rounds at the start."""
    engagement: Engagement
    doctrine: Doctrine
    people_per_leaker: FloatArray
    """(P, C) people exposed by one threat that is not stopped."""
    value_per_leaker: FloatArray
    """(P, C) value of the assets exposed by one threat that is not stopped, in the scenario's weights."""
    lots: tuple[CampaignLot, ...] = ()
    lines: tuple[ProductionLine, ...] = ()
    bottlenecks_per_week: Mapping[str, float] = field(default_factory=dict)
    """Capacity of each shared resource of production."""
    legs: tuple[ResupplyLeg, ...] = ()
    """Served in this order each day."""
    target_rounds: IntArray | None = None
    """(P, I) level resupply fills a place up to, and below which a place does not send; 0 when None."""
    fleets: tuple[Fleet, ...] = ()
    """An item that no fleet fires is never limited by launchers."""
    hit_fraction_per_week: FloatArray | None = None
    """(P,) probability in a week that a store is hit; 0 when None."""
    hit_loss_fraction: FloatArray | None = None
    """(P,) share of every item lost in a hit; 0 when None."""
    shared_slip_fraction: float = 0.0
    """Share of the variance of lognormal slips that the lots of a partner have in common."""


def spend(campaign_shape: tuple[int, int, int], name: str = "spend") -> Doctrine:
    """Doctrine that keeps nothing back.

    Parameters
    ----------
    campaign_shape : (int, int, int)
        Numbers of places, items and classes.
    name : str
        What results call it.
    """
    return Doctrine(name, np.zeros(campaign_shape, dtype=np.int64))


def slip_from_quantiles(median_days: float, p90_days: float) -> tuple[float, float]:
    """Median and sigma of the lognormal delay with these two quantiles.

    Parameters
    ----------
    median_days, p90_days : float
        Delay not exceeded with probability one half and nine tenths [days]. A median of 0 means no delay.

    Returns
    -------
    (float, float)
        `slip_median_days` and `slip_sigma` of a `CampaignLot`.
    """
    if median_days <= 0.0 or p90_days <= median_days:
        return max(median_days, 0.0), 0.0
    return median_days, math.log(p90_days / median_days) / 1.2815515655446004


def poisson_weeks(raids_per_week: float) -> FloatArray:
    """Probabilities of 0, 1, ... raids in a week for a Poisson tempo, cut where 1e-9 remains.

    Parameters
    ----------
    raids_per_week : float
        Mean number of raids in a week.
    """
    from scipy import stats

    most = int(stats.poisson.isf(1e-9, raids_per_week)) + 1
    probability = np.asarray(stats.poisson.pmf(np.arange(most + 1), raids_per_week), dtype=np.float64)
    return np.asarray(probability / probability.sum(), dtype=np.float64)


def negative_binomial_nights(mean: FloatArray, variance_ratio: FloatArray, rows: int = 512) -> IntArray:
    """Table of nights whose columns follow negative binomial laws, for `RaidTempo(joint=False)`.

    Parameters
    ----------
    mean : (C,) array
        Mean threats of each class in a raid.
    variance_ratio : (C,) array
        Variance divided by mean, at least 1; 1 is Poisson.
    rows : int
        Quantiles taken, at the middle of equal shares of probability.

    Returns
    -------
    (rows, C) int array
    """
    from scipy import stats

    level = (np.arange(rows) + 0.5) / rows
    columns = []
    for mu, ratio in zip(np.asarray(mean, float), np.asarray(variance_ratio, float), strict=True):
        if mu <= 0.0:
            columns.append(np.zeros(rows))
        elif ratio <= 1.0 + 1e-9:
            columns.append(stats.poisson.ppf(level, mu))
        else:
            columns.append(stats.nbinom.ppf(level, mu / (ratio - 1.0), 1.0 / ratio))
    return np.asarray(np.stack(columns, axis=1), dtype=np.int64)
