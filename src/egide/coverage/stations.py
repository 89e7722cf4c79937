"""Which sweeps a scenario needs: one for each site, mast height and range that its units ask for."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from egide.model.catalogue_types import BALLISTIC, EffectorType, SensorKind, SensorType
from egide.model.scenario import Scenario
from egide.model.unit import Unit
from egide.units import EARTH_RADIUS_M

EYE_MAST_M = 3.0
"""Height from which a crew without a radar sees and aims [m]; assumed: standing on a vehicle."""

TALLEST_RELIEF_M = 500.0
"""Local relief added to a mast when the farthest horizon is worked out [m]; assumed: a commanding hill."""


@dataclass(frozen=True, slots=True)
class Station:
    """A mast on a site, from which one sweep is made."""

    site: str
    """Site id."""
    mast_m: float
    """Height of the antenna, lens or eye above ground [m]."""


def sensor_range_m(sensor: SensorType, rcs_m2: float) -> float:
    """Range at which a sensor type detects an echo [m], before terrain.

    A radar with a reference range follows the fourth root of the echo, bounded by its instrumented range;
    any other sensor has one range.
    """
    reach = sensor.instrumented_range_m.value
    if sensor.kind is SensorKind.RADAR and sensor.reference_range_m is not None:
        reference_rcs = sensor.reference_rcs_m2
        assert reference_rcs is not None  # the noun enters both or none
        scaled = sensor.reference_range_m.value * (rcs_m2 / reference_rcs.value) ** 0.25
        reach = min(reach, scaled)
    return reach


def effector_mast_m(scenario: Scenario, effector: EffectorType) -> float:
    """Height from which a fire unit aims [m]: its own sensor's antenna, or the eye of its crew."""
    if effector.sensor is None:
        return EYE_MAST_M
    return scenario.catalogue.sensor(effector.sensor).antenna_height_agl_m.value


def horizon_m(mast_m: float, height_m: float, k_factor: float) -> float:
    """Farthest line of sight between two heights above a smooth earth [m]."""
    radius = k_factor * EARTH_RADIUS_M
    return math.sqrt(2.0 * radius * mast_m) + math.sqrt(2.0 * radius * height_m)


def widest_echo_m2(scenario: Scenario) -> float:
    """Largest echo among the threats that coverage is computed for [m2]."""
    used = {group.threat for group in scenario.raid_groups}
    threats = [t for t in scenario.catalogue.threats if t.id in used] or list(scenario.catalogue.threats)
    echoes = [t.rcs_m2.band[1] for t in threats if t.threat_class not in BALLISTIC]
    return max(echoes, default=1.0)


def masts_and_ranges(scenario: Scenario) -> dict[float, float]:
    """Mast heights that the scenario's units use, with the range to sweep from each [m].

    Ranges are no longer than the horizon of the highest height that is reported, since nothing beyond it
    can be in line of sight.
    """
    return _needs(scenario, scenario.units)


def _needs(scenario: Scenario, units: Iterable[Unit]) -> dict[float, float]:
    top = max(scenario.heights_agl_m)
    echo = widest_echo_m2(scenario)
    needs: dict[float, float] = {}

    def ask(mast_m: float, range_m: float) -> None:
        horizon = horizon_m(mast_m + TALLEST_RELIEF_M, top + TALLEST_RELIEF_M, scenario.k_factor)
        needs[mast_m] = max(needs.get(mast_m, 0.0), min(range_m, horizon))

    for sensor_id, effector_id in dict.fromkeys((unit.sensor, unit.effector) for unit in units):
        if sensor_id is not None:
            sensor = scenario.catalogue.sensor(sensor_id)
            ask(sensor.antenna_height_agl_m.value, sensor_range_m(sensor, echo))
        if effector_id is not None:
            effector = scenario.catalogue.effector(effector_id)
            ask(effector_mast_m(scenario, effector), effector.max_range_m.value)
            if effector.sensor is not None:
                own = scenario.catalogue.sensor(effector.sensor)
                ask(own.antenna_height_agl_m.value, sensor_range_m(own, echo))
    return dict(sorted(needs.items()))


def stations_of(scenario: Scenario) -> list[tuple[Station, float]]:
    """Every station a unit could use, site by site, with the range to sweep [m].

    A site that suits some types only gets their masts, and those of the unit that the laydown puts there.
    """
    every = masts_and_ranges(scenario)
    stands = {post.site: post.unit for post in scenario.laydown.posts}
    found = []
    for site in scenario.sites:
        needs = every
        if site.suits:
            wanted = set(site.suits)
            needs = _needs(
                scenario,
                [
                    unit
                    for unit in scenario.units
                    if {unit.sensor, unit.effector} & wanted or stands.get(site.id) == unit.id
                ],
            )
        found += [(Station(site.id, mast_m + site.mast_m), range_m) for mast_m, range_m in needs.items()]
    return found
