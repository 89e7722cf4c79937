"""What an assessment is against: the threat coverage is stated for, one type for each class, and axes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from egide.geo import project
from egide.model.catalogue_types import BALLISTIC, ThreatType
from egide.model.scenario import Scenario

COMPASS: Final = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
"""Axes that stand in where the scenario's raids name no launch area, every 45 degrees."""


@dataclass(frozen=True)
class Representative:
    """The type that stands for a class of threat: the most numerous one of the scenario's raids."""

    label: str
    """Class it stands for; with `, silent` or `, transmitting` added for the smaller part of a class of which
    some transmit and some do not, since a passive radio sensor warns of the first only."""
    threat: ThreatType
    height_agl_m: float
    """Height it flies at: its raid's figure, or else its own [m]."""

    @property
    def threat_class(self) -> str:
        """Class it stands for."""
        return self.threat.threat_class.value


@dataclass(frozen=True)
class Axis:
    """A way that threats come: from a launch area, straight or by a route, or from a point of the compass."""

    id: str
    name: str
    count: int
    """Threats that the raids send from there; 0 for a point of the compass."""
    lon_deg: float | None = None
    lat_deg: float | None = None
    bearing_deg: float | None = None
    """Direction it lies in, for a point of the compass [deg]."""
    turns: tuple[tuple[float, float], ...] = ()
    """Longitude and latitude of each turning point, in order [deg]."""

    def starts(
        self, x_m: NDArray[np.float64], y_m: NDArray[np.float64], crs: str, far_m: float, grid_deg: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where straight routes to targets begin.

        Parameters
        ----------
        x_m, y_m : ndarray
            Eastings and northings of the targets, shape (targets,) [m].
        crs : str
            Their coordinate system.
        far_m : float
            Length of a route along a point of the compass [m].
        grid_deg : float
            Convergence: grid north seen from true north [deg].

        Returns
        -------
        tuple of ndarray
            Eastings and northings, shape (targets,) [m].
        """
        if self.bearing_deg is None:
            assert self.lon_deg is not None
            assert self.lat_deg is not None
            at_x, at_y = project(self.lon_deg, self.lat_deg, crs)
            return np.full(x_m.shape, float(at_x)), np.full(y_m.shape, float(at_y))
        bearing = math.radians(self.bearing_deg - grid_deg)
        return x_m + far_m * math.sin(bearing), y_m + far_m * math.cos(bearing)


def reference_threat(scenario: Scenario) -> ThreatType:
    """Threat whose echo coverage is stated for: the most numerous one of the raids that is not ballistic."""
    counts = _counts(scenario)
    ranked = sorted(counts, key=lambda threat: (-counts[threat], threat))
    named = [scenario.catalogue.threat(threat) for threat in ranked]
    for threat in (*named, *scenario.catalogue.threats):
        if threat.threat_class not in BALLISTIC:
            return threat
    return named[0] if named else scenario.catalogue.threats[0]


def _counts(scenario: Scenario) -> dict[str, int]:
    counts: dict[str, int] = {}
    for group in scenario.raid_groups:
        counts[group.threat] = counts.get(group.threat, 0) + group.count
    return counts


def representatives(scenario: Scenario) -> tuple[Representative, ...]:
    """One type for each class of threat in the raids that is not ballistic, most numerous class first.

    A class of which some types transmit and others keep silent has two. A scenario without raids has its
    reference threat alone.
    """
    counts = _counts(scenario)
    groups: dict[tuple[str, bool], list[str]] = {}
    for threat_id in counts:
        threat = scenario.catalogue.threat(threat_id)
        if threat.threat_class not in BALLISTIC:
            key = (threat.threat_class.value, threat.emitted_power_dbm is None)
            groups.setdefault(key, []).append(threat_id)
    if not groups:
        threat = reference_threat(scenario)
        return (Representative(threat.threat_class.value, threat, threat.height_agl_m.value),)
    order = sorted(groups, key=lambda key: (-sum(counts[one] for one in groups[key]), key))
    found: list[Representative] = []
    for name, silent in order:
        second = any(one.threat_class == name for one in found)
        label = f"{name}, {'silent' if silent else 'transmitting'}" if second else name
        most = min(groups[name, silent], key=lambda one: (-counts[one], one))
        found.append(_flown(scenario, label, most))
    return tuple(found)


def _flown(scenario: Scenario, label: str, threat_id: str) -> Representative:
    """A type with the height that most of its number fly at."""
    threat = scenario.catalogue.threat(threat_id)
    heights: dict[float, int] = {}
    for group in scenario.raid_groups:
        if group.threat == threat_id:
            height = group.height_agl_m or threat.height_agl_m.value
            heights[height] = heights.get(height, 0) + group.count
    return Representative(label, threat, min(heights, key=lambda height: (-heights[height], height)))


def ballistic_threats(scenario: Scenario) -> tuple[ThreatType, ...]:
    """Ballistic types of the raids, each once; without raids none."""
    used = dict.fromkeys(group.threat for group in scenario.raid_groups)
    threats = (scenario.catalogue.threat(threat_id) for threat_id in used)
    return tuple(threat for threat in threats if threat.threat_class in BALLISTIC)


def axes_of(scenario: Scenario) -> tuple[Axis, ...]:
    """Ways that raids come, in their order; the eight points of the compass where there are none.

    A launch area whose threats fly one way is one axis; one from which several routes lead is one for each.
    """
    counts: dict[tuple[str, str], int] = {}
    for group in scenario.raid_groups:
        key = group.launch_area, group.route or ""
        counts[key] = counts.get(key, 0) + group.count
    areas = {area.id: area for area in scenario.launch_areas}
    ways = [area for area, _ in counts]
    found = []
    for (one, route), count in counts.items():
        if one in areas:
            area, several = areas[one], ways.count(one) > 1
            found.append(
                Axis(
                    f"{one}-{route}" if several and route else one,
                    f"{area.name} ({route})" if several and route else area.name,
                    count, area.lon_deg, area.lat_deg, turns=_turns(scenario, route),
                )
            )  # fmt: skip
    return tuple(found) or compass()


def _turns(scenario: Scenario, route: str) -> tuple[tuple[float, float], ...]:
    points = sorted((one for one in scenario.routes if one.route == route), key=lambda one: one.order)
    return tuple((one.lon_deg, one.lat_deg) for one in points)


def compass() -> tuple[Axis, ...]:
    """The eight points of the compass as axes."""
    return tuple(Axis(name, name, 0, bearing_deg=45.0 * number) for number, name in enumerate(COMPASS))


def planning_height_m(scenario: Scenario) -> float:
    """Reported height nearest to the one the siting wishes name, above ground [m]."""
    wanted = scenario.siting.height_agl_m
    return min(scenario.heights_agl_m, key=lambda height: (abs(height - wanted), height))
