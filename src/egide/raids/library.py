"""A library of raids: as many of a class as reported nights bring, flown the way the scenario's own raids are.

Sizes are quantiles of how many were launched on nights with any, by class and reporting regime, derived from
the nightly bulletins (UA AirDefense Tracker / Petro Ivaniuk, ODC-BY 1.0; primary source Air Force Command of
the Armed Forces of Ukraine); the bulletins themselves are not shipped. They are sizes of what was reported,
not forecasts, and where and when these threats fly is taken from the scenario or assumed.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from egide.errors import SEED_REMEDY, InputError, Problem, is_seed
from egide.geo import geographic_length_m
from egide.kernels.rng import uniform
from egide.model.catalogue_types import ThreatClass
from egide.model.raid import RaidGroup
from egide.model.scenario import Scenario
from egide.raids.builder import BuiltRaid, Strike, build_raid
from egide.raids.bulletins import REGIMES
from egide.raids.hindcast_library import ATTRIBUTION, LICENCE, SIZE_QUANTILES, RaidSize, RaidStatistics

WHO = "library"

LATEST = REGIMES[-1].name
"""Reporting regime whose sizes are taken unless another is named."""

THREAT_CLASSES = {
    "one_way_drone": ThreatClass.ONE_WAY_DRONE,
    "cruise_missile": ThreatClass.CRUISE_MISSILE,
    "ballistic_missile": ThreatClass.BALLISTIC_MISSILE,
    "supersonic_missile": ThreatClass.AEROBALLISTIC_MISSILE,
}
"""Class of the catalogue for each class of the bulletins that it has types of."""

DECOY_FRACTION = 0.38
"""Share of decoys among reported one-way drones on nights that report a split [1]."""

SIZE_STREAM = 12
"""Stream of the addressed draws for sizes without a stated quantile."""

MOST_TARGETS = 5
"""Assets flown to, the highest scored, where no raid of the scenario says which."""


@dataclass(frozen=True)
class Size:
    """How many of a class: a quantile of reported nights, a number, or neither, which draws a quantile."""

    quantile: float | None = None
    count: int | None = None


def parse_library(text: str) -> dict[str, Size]:
    """Read `CLASS:q90`, `CLASS:120` or `CLASS`, several joined by `+`.

    Raises
    ------
    InputError
        When it is not of that form, or names a class the library does not have or twice.
    """
    sizes: dict[str, Size] = {}
    for part in text.split("+"):
        match = re.fullmatch(r"\s*([a-z_]+)\s*(?::\s*(?:q(\d{1,2}(?:\.\d+)?)|(\d+)))?\s*", part)
        if match is None:
            remedy = "write CLASS:q90, CLASS:120 or CLASS, several joined by +"
            raise InputError.one(WHO, "class:size", part, remedy)
        name, quantile, count = match.groups()
        if name not in THREAT_CLASSES or name in sizes:
            remedy = (
                "stands twice"
                if name in sizes
                else f"is no class of the library: {', '.join(THREAT_CLASSES)}"
            )
            raise InputError.one(WHO, "class", name, remedy)
        sizes[name] = Size(
            None if quantile is None else float(quantile) / 100.0, None if count is None else int(count)
        )
    return sizes


def raid_size(size: RaidSize, quantile: float) -> int:
    """Number launched at a quantile of the nights with any: log-linear between those that are kept.

    Raises
    ------
    InputError
        For a quantile outside those kept, 5 to 99 %: the tails of reported nights are not extrapolated.
    """
    if not SIZE_QUANTILES[0] <= quantile <= SIZE_QUANTILES[-1]:
        remedy = f"give a quantile from {SIZE_QUANTILES[0]:g} to {SIZE_QUANTILES[-1]:g}, or a number"
        raise InputError.one(WHO, f"{size.weapon_class} quantile", quantile, remedy)
    log_count = np.interp(quantile, SIZE_QUANTILES, np.log(np.maximum(size.launched_quantiles, 1.0)))
    return max(1, round(math.exp(float(log_count))))


def library_raid(
    scenario: Scenario,
    statistics: RaidStatistics,
    sizes: Mapping[str, Size],
    *,
    seed: int,
    raid_id: str = "library",
    regime: str = LATEST,
    decoy_fraction: float = DECOY_FRACTION,
    start: datetime | None = None,
) -> BuiltRaid:
    """Make a raid of reported size.

    Parameters
    ----------
    scenario : Scenario
        Its raids say which types, launch areas, targets, heights and timing; where it has none of a class,
        the catalogue's first type, all launch areas, the assets scored highest and a night's timing are taken,
        and `BuiltRaid.notes` says so.
    statistics : RaidStatistics
        Such as `read_raid_statistics()` gives.
    sizes : mapping of str to Size
        By class of the bulletins.
    seed : int
        Of the sizes without a quantile or number: a quantile is drawn by address.
    raid_id : str
        Id of the raid, not yet taken.
    regime : str
        Reporting regime whose sizes count.
    decoy_fraction : float
        Share of one-way drones that are decoys, which bulletins count with them [1].
    start : datetime, optional
        First launch; without it 18:00 UTC of the scenario's D-day.

    Returns
    -------
    BuiltRaid
        Attributed in `raid.source`.

    Raises
    ------
    InputError
        For an unknown class or regime, a quantile outside those kept, or a scenario without launch areas or
        assets.
    """
    notes: list[str] = []
    problems = [
        Problem(WHO, table, None, "there are none; add some before asking for a raid")
        for table in ("launch_areas", "assets")
        if not getattr(scenario, table)
    ]
    if not is_seed(seed):
        problems.append(Problem(WHO, "seed", seed, SEED_REMEDY))
    if not sizes:
        problems.append(Problem(WHO, "sizes", None, "are empty; name at least one class"))
    problems += [
        Problem(WHO, "class", name, f"is no class of the library: {', '.join(THREAT_CLASSES)}")
        for name in sizes
        if name not in THREAT_CLASSES
    ]
    if problems:
        raise InputError(problems)
    strikes = []
    for name, size in sizes.items():
        held = statistics.size(name, regime)
        count, words = _count(held, size, seed)
        notes.append(f"{name}: {count} launched, {words}")
        strikes.append(_strike(scenario, name, count, decoy_fraction, notes))
    made = start or datetime(scenario.day.year, scenario.day.month, scenario.day.day, 18, tzinfo=UTC)
    source = (
        f"sizes derived from: {ATTRIBUTION}, {LICENCE}; regime {regime}; routes and timing of the scenario"
    )
    return build_raid(
        scenario, raid_id, strikes, start=made, source=source, notes=notes,
        name=" and ".join(note.split(",")[0] for note in notes if "launched" in note),
    )  # fmt: skip


def _count(held: RaidSize, size: Size, seed: int) -> tuple[int, str]:
    if size.count is not None:
        if size.count < 1:
            raise InputError.one(WHO, f"{held.weapon_class} count", size.count, "launch at least one")
        return size.count, "as asked for"
    quantile = size.quantile
    if quantile is None:
        low, high = SIZE_QUANTILES[0], SIZE_QUANTILES[-1]
        address = sorted(THREAT_CLASSES).index(held.weapon_class)
        quantile = low + (high - low) * float(uniform(seed, 0, SIZE_STREAM, address))
    words = f"quantile {quantile:.3g} of {held.nights} nights from {held.first_night} to {held.last_night}"
    return raid_size(held, quantile), words


def _strike(scenario: Scenario, name: str, count: int, decoy_fraction: float, notes: list[str]) -> Strike:
    """A strike of a class, flown as the scenario's raids fly that class."""
    wanted = THREAT_CLASSES[name]
    kind_of = {threat.id: threat.threat_class for threat in scenario.catalogue.threats}
    alike = [group for group in scenario.raid_groups if kind_of.get(group.threat) is wanted]
    threat = _most_flown(alike) or next(
        (t.id for t in scenario.catalogue.threats if t.threat_class is wanted), None
    )
    if threat is None:
        raise InputError.one(WHO, "class", name, "has no threat type in the catalogue; add one")
    decoy = None
    if wanted is ThreatClass.ONE_WAY_DRONE and decoy_fraction > 0.0:
        decoys = [
            group for group in scenario.raid_groups if kind_of.get(group.threat) is ThreatClass.DECOY_DRONE
        ]
        decoy = _most_flown(decoys) or next(
            (t.id for t in scenario.catalogue.threats if t.threat_class is ThreatClass.DECOY_DRONE), None
        )
    if not alike:
        notes.append(
            f"{name}: no raid of the scenario flies it; type, launch areas, targets and timing assumed"
        )
    lateral_m = _lateral_m(scenario)
    spread_s, start_s = 21_600.0, 0.0
    if wanted is not ThreatClass.ONE_WAY_DRONE:
        spread_s, start_s, lateral_m = 3_600.0, 14_400.0, 0.25 * lateral_m
    return Strike(
        threat=threat,
        count=count,
        launch_areas=tuple(dict.fromkeys(g.launch_area for g in alike))
        or tuple(a.id for a in scenario.launch_areas),
        targets=_targets(scenario, alike),
        waves=min(count, max((group.waves for group in alike), default=1)),
        start_s=min((group.start_s for group in alike), default=start_s),
        spread_s=max((group.spread_s for group in alike), default=spread_s),
        height_agl_m=next((group.height_agl_m for group in alike if group.height_agl_m is not None), None),
        lateral_spread_m=max((group.lateral_spread_m for group in alike), default=lateral_m),
        decoy=decoy,
        decoy_fraction=0.0 if decoy is None else decoy_fraction,
    )


def _most_flown(groups: list[RaidGroup]) -> str | None:
    counts: Counter[str] = Counter()
    for group in groups:
        counts[group.threat] += group.count
    return counts.most_common(1)[0][0] if counts else None


def _targets(scenario: Scenario, alike: list[RaidGroup]) -> dict[str, float]:
    weights: dict[str, float] = {}
    for group in alike:
        weights[group.target] = weights.get(group.target, 0.0) + group.count
    if weights:
        return weights
    highest = sorted(scenario.assets, key=lambda asset: (-asset.cvrt_score, asset.id))[:MOST_TARGETS]
    return {asset.id: asset.cvrt_score for asset in highest}


def _lateral_m(scenario: Scenario) -> float:
    """A hundredth of the area's diagonal [m]; assumed."""
    area = scenario.area
    return 0.01 * geographic_length_m(area.west_deg, area.south_deg, area.east_deg, area.north_deg)
