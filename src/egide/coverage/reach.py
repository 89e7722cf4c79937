"""What one posted unit sees and what it can shoot at: two different maps.

"Sees" is line of sight within the sensor's range for the echo, its sector and elevation limits. "Shoots"
is the effector's envelope net of terrain, its sector, its own fire-control sensor where it has one.
Whether somebody cues it in time is the network's business (`egide.coverage.network`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egide.coverage.result import OFFSET_M, QUANTUM_M, Coverage
from egide.coverage.stations import Station, effector_mast_m, sensor_range_m
from egide.kernels import reach as kernel
from egide.model.catalogue_types import BALLISTIC, EffectorType, SensorType, ThreatType
from egide.model.scenario import Scenario
from egide.model.unit import Post, Unit
from egide.units import EARTH_RADIUS_M

AIRBORNE_CLASSES = frozenset({"interceptor_drone", "fighter"})
"""Effectors that fly to the threat and so need no line of sight from their base."""

GUIDED_CLASSES = frozenset({"missile_long_range", "missile_medium_range", "missile_hit_to_kill"})
"""Missiles guided by a radar: without one of their own, by any that cues them, not from the launcher."""


@dataclass(frozen=True)
class Points:
    """Points of the demand grid at a height, ready to be tested against any station."""

    rows: NDArray[np.int64]
    """Rows on the demand grid, shape (points,)."""
    cols: NDArray[np.int64]
    """Columns on the demand grid, shape (points,)."""
    x_m: NDArray[np.float64]
    """Eastings [m]."""
    y_m: NDArray[np.float64]
    """Northings [m]."""
    amsl_m: NDArray[np.float64]
    """Heights above mean sea level [m]; NaN where the ground is unknown, and such a point is never seen."""
    height_agl_m: float
    """Height above ground of all of them [m]."""

    @property
    def size(self) -> int:
        """Number of points."""
        return int(self.rows.size)


def points_at(
    coverage: Coverage, rows: NDArray[np.int64], cols: NDArray[np.int64], height_agl_m: float
) -> Points:
    """Points above demand cells.

    Parameters
    ----------
    coverage : Coverage
    rows, cols : ndarray of int
        Demand cells; those outside the grid get unknown ground.
    height_agl_m : float
        Height above ground [m].
    """
    inside = (rows >= 0) & (cols >= 0) & (rows < coverage.grid.shape[0]) & (cols < coverage.grid.shape[1])
    ground = np.full(rows.shape, np.nan)
    ground[inside] = coverage.ground_m[rows[inside], cols[inside]]
    x0, y0 = coverage.grid.origin
    cell = coverage.grid.cell_m
    return Points(rows, cols, x0 + cols * cell, y0 - rows * cell, ground + height_agl_m, height_agl_m)


@dataclass(frozen=True)
class Placed:
    """A unit with its types and where it stands."""

    unit: Unit
    post: Post
    sensor: SensorType | None
    """Its sensor, or the one its effector cannot fight without."""
    effector: EffectorType | None
    mast_m: float
    """Structure of the site below its antenna [m]."""


def place(scenario: Scenario, unit: Unit, post: Post) -> Placed:
    """Join a unit, its post and its catalogue types."""
    catalogue = scenario.catalogue
    effector = catalogue.effector(unit.effector) if unit.effector is not None else None
    sensor_id = unit.sensor or (effector.sensor if effector is not None else None)
    sensor = catalogue.sensor(sensor_id) if sensor_id is not None else None
    return Placed(unit, post, sensor, effector, scenario.site(post.site).mast_m)


def sees(coverage: Coverage, placed: Placed, threat: ThreatType, points: Points) -> NDArray[np.bool_]:
    """Say which points the unit's sensor has in line of sight, range, sector and elevation.

    Returns
    -------
    ndarray of bool
        Shape (points,). All false for a unit without a sensor or one that cannot report the class.
    """
    if placed.sensor is None:
        return np.zeros(points.size, dtype=np.bool_)
    return _sensor_reach(coverage, placed, placed.sensor, threat, points)


def _sensor_reach(
    coverage: Coverage, placed: Placed, sensor: SensorType, threat: ThreatType, points: Points
) -> NDArray[np.bool_]:
    if threat.threat_class not in sensor.detects:
        return np.zeros(points.size, dtype=np.bool_)
    station = Station(placed.post.site, sensor.antenna_height_agl_m.value + placed.mast_m)
    return _reach(
        coverage, station, points, placed.post.bearing_deg, sensor.azimuth_sector_deg.value,
        0.0, sensor_range_m(sensor, threat.rcs_m2.value),
        sensor.elevation_min_deg.value, sensor.elevation_max_deg.value,
    )  # fmt: skip


def shoots(
    scenario: Scenario, coverage: Coverage, placed: Placed, threat: ThreatType, points: Points
) -> NDArray[np.bool_]:
    """Say which points lie in the effector's envelope, net of terrain and of its fire-control sensor.

    Against ballistic classes a point is reached when the ground below lies in an entered defended
    footprint; without one the class is not assessed and nothing is reached.

    Returns
    -------
    ndarray of bool
        Shape (points,). A cue is not asked for here.
    """
    effector = placed.effector
    if effector is None or threat.threat_class not in effector.engages:
        return np.zeros(points.size, dtype=np.bool_)
    if threat.threat_class in BALLISTIC:
        return _footprint(coverage, placed, effector, threat, points)
    station = Station(placed.post.site, effector_mast_m(scenario, effector) + placed.mast_m)
    reached = _reach(
        coverage, station, points, placed.post.bearing_deg, effector.azimuth_sector_deg.value,
        effector.min_range_m.value, effector.max_range_m.value, -90.0, 90.0,
        sighted=_needs_sight(effector),
    )  # fmt: skip
    reached &= points.amsl_m <= effector.max_height_amsl_m.value
    reached &= points.height_agl_m >= effector.min_height_agl_m.value
    if effector.sensor is not None:
        own = scenario.catalogue.sensor(effector.sensor)
        reached &= _sensor_reach(coverage, placed, own, threat, points)
    return reached


def _needs_sight(effector: EffectorType) -> bool:
    """Whether the launcher itself must have the target in line of sight."""
    if effector.effector_class in AIRBORNE_CLASSES:
        return False
    return effector.sensor is not None or effector.effector_class not in GUIDED_CLASSES


def _footprint(
    coverage: Coverage, placed: Placed, effector: EffectorType, threat: ThreatType, points: Points
) -> NDArray[np.bool_]:
    radius = effector.footprint(threat.threat_class)
    if radius is None:
        return np.zeros(points.size, dtype=np.bool_)
    east_m, north_m = coverage.position_of(placed.post.site)
    inside: NDArray[np.bool_] = np.hypot(points.x_m - east_m, points.y_m - north_m) <= radius.value
    return inside


def _reach(
    coverage: Coverage,
    station: Station,
    points: Points,
    bearing_deg: float,
    sector_deg: float,
    min_range_m: float,
    max_range_m: float,
    elevation_min_deg: float,
    elevation_max_deg: float,
    *,
    sighted: bool = True,
) -> NDArray[np.bool_]:
    number = coverage.station_index(station)
    window = coverage.windows[number]
    east_m, north_m = coverage.positions_m[number]
    out = np.empty(points.size, dtype=np.bool_)
    # A bearing is stated from true north; the grid's north leans away from it by the convergence.
    grid_bearing = math.radians(bearing_deg - coverage.convergence_deg[number])
    kernel.reach(
        window.codes, window.row, window.col, QUANTUM_M, OFFSET_M, east_m, north_m,
        coverage.ground_at_station_m[number] + station.mast_m,
        points.rows, points.cols, points.x_m, points.y_m, points.amsl_m,
        min_range_m, max_range_m, grid_bearing, math.radians(sector_deg) / 2.0,
        math.radians(elevation_min_deg), math.radians(elevation_max_deg),
        coverage.k_factor * EARTH_RADIUS_M, sighted, out,
    )  # fmt: skip
    return out
