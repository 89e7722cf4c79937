"""Routes of a raid over the terrain, and the windows in which units see them and can engage.

Straight legs, constant speed, a height above ground that follows the terrain. A group flies a few routes
side by side, drawn by address, so that its threats do not all pass the same ridge at the same place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egide.coverage.network import placed_units
from egide.coverage.reach import Placed, Points, points_at, sees, shoots
from egide.coverage.result import Coverage
from egide.coverage.single_scan import single_scan_pd
from egide.geo import project
from egide.kernels.rng import normal
from egide.model.catalogue_types import BALLISTIC, ThreatType
from egide.model.raid import RaidGroup
from egide.model.scenario import Scenario
from egide.model.unit import Laydown

ROUTES_PER_GROUP = 5
"""Routes side by side that stand for a group's spread; more change nothing that is reported."""

ROUTE_STREAM = 11
"""Stream of the addressed draws for sideways offsets."""

PD_STEPS = (0.1, 0.3, 0.5, 0.7, 0.85, 0.95)
"""Detection probabilities at which a stay in a sensor's cover is cut into looks of one probability."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Track:
    """One route, sampled along its length."""

    group: int
    """Number of the group that flies it."""
    points: Points
    t_s: Floats
    """Time since launch at each sample [s]."""

    @property
    def flight_s(self) -> float:
        """Time from launch to arrival [s]."""
        return float(self.t_s[-1])


@dataclass(frozen=True)
class Look:
    """A stay in one sensor's cover at about one detection probability."""

    unit: int
    entry_s: float
    exit_s: float
    pd: float


@dataclass(frozen=True)
class FireWindow:
    """A stay in one effector's envelope, with the fly-out times that a shot then takes."""

    unit: int
    entry_s: float
    exit_s: float
    closest_s: float
    fly_entry_s: float
    fly_closest_s: float
    fly_exit_s: float


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


def _track(scenario: Scenario, coverage: Coverage, group: RaidGroup, number: int, offset_m: float) -> Track:
    threat = scenario.catalogue.threat(group.threat)
    start = next(area for area in scenario.launch_areas if area.id == group.launch_area)
    target = scenario.asset(group.target)
    turns = sorted((w for w in scenario.routes if w.route == group.route), key=lambda w: w.order)
    stops = [start, *(turns if group.route is not None else ()), target]
    x_m, y_m = project([s.lon_deg for s in stops], [s.lat_deg for s in stops], coverage.grid.crs)
    step_m = coverage.grid.cell_m
    x_m, y_m, along_m = _densified(x_m, y_m, step_m, offset_m)
    rows, cols = coverage.grid.indices(x_m, y_m)
    height = group.height_agl_m if group.height_agl_m is not None else threat.height_agl_m.value
    cells = points_at(coverage, rows, cols, height)
    points = Points(rows, cols, x_m, y_m, cells.amsl_m, height)
    return Track(number, points, along_m / threat.speed_mps.value)


def _densified(x_m: Floats, y_m: Floats, step_m: float, offset_m: float) -> tuple[Floats, Floats, Floats]:
    """Points along the legs every `step_m`; the middle of the way is bowed sideways by `offset_m`."""
    xs, ys, along = [], [], []
    gone = 0.0
    for leg in range(len(x_m) - 1):
        length = math.hypot(x_m[leg + 1] - x_m[leg], y_m[leg + 1] - y_m[leg])
        count = max(1, math.ceil(length / step_m))
        f = np.arange(count) / count
        xs.append(x_m[leg] + f * (x_m[leg + 1] - x_m[leg]))
        ys.append(y_m[leg] + f * (y_m[leg + 1] - y_m[leg]))
        along.append(gone + f * length)
        gone += length
    x, y = np.append(np.concatenate(xs), x_m[-1]), np.append(np.concatenate(ys), y_m[-1])
    a = np.append(np.concatenate(along), gone)
    if offset_m != 0.0 and gone > 0.0:
        dx, dy = x_m[-1] - x_m[0], y_m[-1] - y_m[0]
        span = math.hypot(dx, dy) or 1.0
        bow = offset_m * np.sin(np.pi * a / gone)
        x, y = x - bow * dy / span, y + bow * dx / span
    return x, y, a


def looks_of(coverage: Coverage, placed: list[Placed], threat: ThreatType, track: Track) -> list[Look]:
    """Stays of a track in the cover of every sensor, cut where the detection probability changes."""
    looks = []
    for number, unit in enumerate(placed):
        seen = sees(coverage, unit, threat, track.points)
        if unit.sensor is None or not seen.any():
            continue
        pd = single_scan_pd(unit.sensor, _slant_m(coverage, unit, track.points), threat.rcs_m2.value)
        level = np.where(seen, 1 + np.searchsorted(PD_STEPS, pd, side="right"), 0)
        for first, last in _runs(level):
            looks.append(Look(number, *_span(track, first, last), float(pd[first : last + 1].mean())))
    return looks


def fires_of(
    scenario: Scenario, coverage: Coverage, placed: list[Placed], threat: ThreatType, track: Track
) -> list[FireWindow]:
    """Stays of a track in the envelope of every effector."""
    windows = []
    for number, unit in enumerate(placed):
        if unit.effector is None:
            continue
        if threat.threat_class in BALLISTIC:
            shot = _terminal(scenario, coverage, unit, threat, track)
        else:
            shot = shoots(scenario, coverage, unit, threat, track.points)
        speed = None
        if unit.effector.interceptor is not None:
            speed = scenario.catalogue.interceptor(unit.effector.interceptor).speed_mps.value
        slant = _slant_m(coverage, unit, track.points)
        for first, last in _runs(shot.astype(np.int64)):
            entry, exit_ = _span(track, first, last)
            near = first + int(np.argmin(slant[first : last + 1]))
            fly = [0.0 if speed is None else float(slant[at]) / speed for at in (first, near, last)]
            windows.append(FireWindow(number, entry, exit_, float(track.t_s[near]), *fly))
    return windows


def _terminal(
    scenario: Scenario, coverage: Coverage, unit: Placed, threat: ThreatType, track: Track
) -> NDArray[np.bool_]:
    """Last leg of a ballistic threat whose target lies in the unit's entered footprint."""
    covered = shoots(scenario, coverage, unit, threat, track.points)
    assert unit.effector is not None
    left_m = (track.flight_s - track.t_s) * threat.speed_mps.value
    last: NDArray[np.bool_] = (left_m <= unit.effector.max_range_m.value) & bool(covered[-1])
    return last


def _slant_m(coverage: Coverage, unit: Placed, points: Points) -> Floats:
    east_m, north_m = coverage.position_of(unit.post.site)
    ground = np.hypot(points.x_m - east_m, points.y_m - north_m)
    row, col = coverage.grid.indices(east_m, north_m)
    rise = points.amsl_m - float(coverage.ground_m[int(row), int(col)])
    slant: Floats = np.hypot(ground, np.where(np.isnan(rise), 0.0, rise))
    return slant


def _runs(level: NDArray[np.int64]) -> list[tuple[int, int]]:
    """First and last sample of every run of one level above zero."""
    change = np.flatnonzero(np.diff(level)) + 1
    first = np.concatenate([[0], change])
    last = np.concatenate([change - 1, [level.size - 1]])
    return [(int(a), int(b)) for a, b in zip(first, last, strict=True) if level[a] > 0]


def _span(track: Track, first: int, last: int) -> tuple[float, float]:
    """Entry and exit of a run of samples: half a step before and after, within the flight [s]."""
    t = track.t_s
    before = t[first] if first == 0 else 0.5 * (t[first - 1] + t[first])
    after = t[last] if last == t.size - 1 else 0.5 * (t[last] + t[last + 1])
    return float(before), float(after)


def placed_of(scenario: Scenario, laydown: Laydown) -> list[Placed]:
    """Units of the laydown that are in service on D-day, with their types."""
    return [
        unit
        for unit in placed_units(scenario, laydown)
        if unit.unit.available_from is None or unit.unit.available_from <= scenario.day
    ]
