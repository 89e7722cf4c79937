"""Routes of a raid over the terrain.

Straight legs, constant speed, a height above ground that follows the terrain and changes evenly between the
turning points that state one. A group flies a few routes side by side, drawn by address, so that its threats
do not all pass the same ridge at the same place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egide.coverage.network import placed_units
from egide.coverage.reach import Placed, points_at
from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.geo import project
from egide.kernels.rng import normal
from egide.model.place import Asset
from egide.model.raid import LaunchArea, RaidGroup, Waypoint
from egide.model.scenario import Scenario
from egide.model.unit import Laydown

ROUTES_PER_GROUP = 5
"""Routes side by side that stand for a group's spread; more change nothing that is reported."""

ROUTE_STREAM = 11
"""Stream of the addressed draws for sideways offsets."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Track:
    """One route, sampled along its length; all arrays have shape (samples,)."""

    group: int
    """Number of the group that flies it."""
    rows: NDArray[np.int64]
    cols: NDArray[np.int64]
    x_m: Floats
    y_m: Floats
    ground_m: Floats
    """Ground above mean sea level [m]; NaN outside the terrain, where nothing is seen."""
    height_agl_m: Floats
    t_s: Floats
    """Time since launch [s]."""

    @property
    def flight_s(self) -> float:
        """Time from launch to arrival [s]."""
        return float(self.t_s[-1])

    @property
    def amsl_m(self) -> Floats:
        """Heights above mean sea level [m]."""
        heights: Floats = self.ground_m + self.height_agl_m
        return heights

    @property
    def midpoints_s(self) -> Floats:
        """Times half-way between samples, with launch and arrival at the ends [s], shape (samples + 1,)."""
        middle = 0.5 * (self.t_s[1:] + self.t_s[:-1])
        return np.concatenate([self.t_s[:1], middle, self.t_s[-1:]])


def tracks_of(
    scenario: Scenario, coverage: Coverage, groups: tuple[RaidGroup, ...], seed: int
) -> list[Track]:
    """Sample the routes of every group; a group of few threats flies no more routes than it has threats."""
    tracks = []
    for number, group in enumerate(groups):
        variants = min(ROUTES_PER_GROUP, group.count) if group.lateral_spread_m > 0.0 else 1
        for variant in range(variants):
            offset = group.lateral_spread_m * normal(seed, number, ROUTE_STREAM, variant)
            tracks.append(_track(scenario, coverage, group, number, offset))
    return tracks


def turns_of(scenario: Scenario, group: RaidGroup) -> tuple[Waypoint, ...]:
    """Turning points of a group's route in order; none for one that flies straight."""
    if group.route is None:
        return ()
    return tuple(sorted((w for w in scenario.routes if w.route == group.route), key=lambda w: w.order))


def _track(scenario: Scenario, coverage: Coverage, group: RaidGroup, number: int, offset_m: float) -> Track:
    threat = scenario.catalogue.threat(group.threat)
    start = next(area for area in scenario.launch_areas if area.id == group.launch_area)
    turns = turns_of(scenario, group)
    stops: list[LaunchArea | Waypoint | Asset] = [start, *turns, scenario.asset(group.target)]
    usual = group.height_agl_m if group.height_agl_m is not None else threat.height_agl_m.value
    heights = [usual, *(usual if w.height_agl_m is None else w.height_agl_m for w in turns), usual]
    x_m, y_m = project([s.lon_deg for s in stops], [s.lat_deg for s in stops], coverage.grid.crs)
    stop_m = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x_m), np.diff(y_m)))])
    if stop_m[-1] == 0.0:
        remedy = "has no length: launch area, turning points and target are one place; move the launch area"
        raise InputError.one("raid_groups.csv", f"{group.id}.launch_area", group.launch_area, remedy)
    x_m, y_m, along_m = _densified(x_m, y_m, coverage.grid.cell_m, offset_m)
    rows, cols = coverage.grid.indices(x_m, y_m)
    ground = points_at(coverage, rows, cols, 0.0).amsl_m
    height = np.interp(along_m, stop_m, heights)
    # The bow makes the way longer than its legs by well under a hundredth: time is that of the legs.
    return Track(number, rows, cols, x_m, y_m, ground, height, along_m / threat.speed_mps.value)


def _densified(x_m: Floats, y_m: Floats, step_m: float, offset_m: float) -> tuple[Floats, Floats, Floats]:
    """Points along the legs every `step_m`; the middle of the way is bowed sideways by `offset_m`."""
    xs, ys, along = [], [], []
    gone = 0.0
    for leg in range(len(x_m) - 1):
        length = math.hypot(x_m[leg + 1] - x_m[leg], y_m[leg + 1] - y_m[leg])
        if length == 0.0:
            continue  # the same place twice: a second sample there would have no speed
        count = max(1, math.ceil(length / step_m))
        f = np.arange(count) / count
        xs.append(x_m[leg] + f * (x_m[leg + 1] - x_m[leg]))
        ys.append(y_m[leg] + f * (y_m[leg + 1] - y_m[leg]))
        along.append(gone + f * length)
        gone += length
    x, y, a = (
        np.concatenate([*parts, last]) for parts, last in ((xs, x_m[-1:]), (ys, y_m[-1:]), (along, [gone]))
    )
    if offset_m != 0.0 and gone > 0.0:
        dx, dy = x_m[-1] - x_m[0], y_m[-1] - y_m[0]
        span = math.hypot(dx, dy) or 1.0
        bow = offset_m * np.sin(np.pi * a / gone)
        x, y = x - bow * dy / span, y + bow * dx / span
    return x, y, a


def placed_of(scenario: Scenario, laydown: Laydown) -> list[Placed]:
    """Units of the laydown that are in service on D-day, with their types."""
    return [
        unit
        for unit in placed_units(scenario, laydown)
        if unit.unit.available_from is None or unit.unit.available_from <= scenario.day
    ]
