"""Nights of a campaign: how many threats reach the guns on small, usual and large nights."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from egide.kernels.rng import uniform
from egide.model.catalogue_types import ThreatClass
from egide.model.scenario import Scenario
from egide.raids.hindcast_library import SIZE_QUANTILES, RaidSize, RaidStatistics
from egide.raids.simulate import RaidResult

STATED_NIGHTS = 64
"""Quantiles of raid size that nights are drawn from where the scenario states them."""

REPORTED_NIGHTS = 512
"""Nights drawn from the statistics of the bulletins, the same for every seed."""

REPORTED_CLASS = {
    ThreatClass.ONE_WAY_DRONE: "one_way_drone",
    ThreatClass.DECOY_DRONE: "one_way_drone",
    ThreatClass.CRUISE_MISSILE: "cruise_missile",
    ThreatClass.BALLISTIC_MISSILE: "ballistic_missile",
    ThreatClass.AEROBALLISTIC_MISSILE: "ballistic_missile",
}
"""Class under which the bulletins count a threat; decoys are counted among the drones."""

_SOFT = ("soft kill", "lost")
_STREAM = 71


def reaching_fractions(raids: RaidResult) -> NDArray[np.float64]:
    """Share of each type's threats that jamming and loss leave over for the guns (C,) [1]."""
    soft = [raids.stages.index(stage) for stage in _SOFT]
    launched = np.maximum(np.array(raids.launched, dtype=np.float64), 1.0)
    share = 1.0 - raids.stage_mean[:, soft].sum(axis=1) / launched
    return np.asarray(np.clip(share, 0.0, 1.0), dtype=np.float64)


def stated_sizes(scenario: Scenario) -> NDArray[np.float64]:
    """Sizes relative to the stated raid: a lognormal through the tempo's low and high quantile (N,) [1]."""
    from scipy.stats import norm

    tempo = scenario.tempo
    assert tempo is not None  # the verb has refused a scenario without one
    sigma = max(
        math.log(tempo.size_high_fraction / tempo.size_low_fraction) / (2.0 * float(norm.ppf(0.9))), 1e-6
    )
    level = (np.arange(STATED_NIGHTS) + 0.5) / STATED_NIGHTS
    return np.asarray(tempo.size_median_fraction * np.exp(sigma * norm.ppf(level)), dtype=np.float64)


def nights(scenario: Scenario, raids: RaidResult, statistics: RaidStatistics | None) -> NDArray[np.int64]:
    """Threats of each type that reach the guns on each night of a table that campaigns draw from.

    Parameters
    ----------
    scenario, raids
    statistics : RaidStatistics, optional
        With them, each reported class has the size it was reported with in the latest regime, the classes of a
        night independent of each other, and types share a class as in the stated raid; types of other
        classes, and all without statistics, follow the tempo's quantiles together.

    Returns
    -------
    (N, C) int array
    """
    launched = np.array(raids.launched, dtype=np.float64)
    reaching = reaching_fractions(raids)
    sizes = stated_sizes(scenario)
    if statistics is None:
        return np.rint(np.outer(sizes, launched * reaching)).astype(np.int64)
    table = np.outer(np.resize(sizes, REPORTED_NIGHTS), launched)
    classes = [REPORTED_CLASS.get(scenario.catalogue.threat(name).threat_class, "") for name in raids.types]
    found = {name: _latest(statistics, name) for name in dict.fromkeys(classes) if name}
    most = max((size.nights for size in found.values() if size is not None), default=1)
    for number, (name, size) in enumerate(found.items()):
        if size is None:
            continue
        drawn = _drawn(size, size.nights / most, number)
        members = [k for k, held in enumerate(classes) if held == name]
        table[:, members] = np.outer(drawn, launched[members] / max(launched[members].sum(), 1.0))
    return np.rint(table * reaching).astype(np.int64)


def _latest(statistics: RaidStatistics, weapon_class: str) -> RaidSize | None:
    held = [size for size in statistics.sizes if size.weapon_class == weapon_class]
    return max(held, key=lambda size: size.last_night) if held else None


def _drawn(size: RaidSize, share_of_nights: float, column: int) -> NDArray[np.float64]:
    """Launches of a class on each night, 0 on those without it: every quantile once, in a hashed order."""
    level = (np.arange(REPORTED_NIGHTS) + 0.5) / REPORTED_NIGHTS
    inside = np.clip((level - (1.0 - share_of_nights)) / max(share_of_nights, 1e-9), 0.0, 1.0)
    knots = (0.0, *SIZE_QUANTILES, 1.0)
    values = (min(1.0, size.launched_quantiles[0]), *size.launched_quantiles, float(size.launched_most))
    counts = np.where(level < 1.0 - share_of_nights, 0.0, np.interp(inside, knots, values))
    keys = np.array([uniform(0, night, _STREAM, column) for night in range(REPORTED_NIGHTS)])
    return counts[np.argsort(keys, kind="stable")]
