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
from egide.coverage.single_scan import NIGHT, Surroundings, can_report, sensor_reach_m, surroundings_of
from egide.coverage.stations import Station, effector_mast_m
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
    x_m = x0 + cols.astype(np.float64) * cell
    y_m = y0 - rows.astype(np.float64) * cell
    return Points(rows, cols, x_m, y_m, ground + height_agl_m, height_agl_m)


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
    surroundings: Surroundings = NIGHT
    """Air, light and noise round its sensor."""


def place(scenario: Scenario, unit: Unit, post: Post) -> Placed:
    """Join a unit, its post and its catalogue types."""
    catalogue = scenario.catalogue
    effector = catalogue.effector(unit.effector) if unit.effector is not None else None
    sensor_id = unit.sensor or (effector.sensor if effector is not None else None)
    sensor = catalogue.sensor(sensor_id) if sensor_id is not None else None
    mast_m = scenario.site(post.site).mast_m
    return Placed(unit, post, sensor, effector, mast_m, surroundings_of(scenario.weather))


@dataclass(frozen=True)
class Beam:
    """What bounds a station's reach, before terrain."""

    station: Station
    bearing_deg: float
    """Middle of the sector, clockwise from true north [deg]."""
    sector_deg: float
    min_range_m: float
    max_range_m: float
    elevation_min_deg: float
    elevation_max_deg: float
    is_sighted: bool
    """Whether the target must be in line of sight of the station."""


def sensor_beam(
    placed: Placed, sensor: SensorType, threat: ThreatType, *, instrumented: bool = False
) -> Beam | None:
    """Reach of a sensor at a unit's post against a threat.

    Parameters
    ----------
    placed : Placed
    sensor : SensorType
        The unit's own, or one its effector needs.
    threat : ThreatType
    instrumented : bool
        Take all of the instrumented range, where a probability of detection is worked out afterwards,
        instead of the range at which the sensor counts as seeing.

    Returns
    -------
    Beam or None
        None when it cannot report the threat at all.
    """
    if not can_report(sensor, threat):
        return None
    reach_m = sensor.instrumented_range_m.value
    if not instrumented:
        reach_m = sensor_reach_m(sensor, threat, surroundings=placed.surroundings)
    if reach_m <= 0.0:
        return None
    return Beam(
        Station(placed.post.site, sensor.antenna_height_agl_m.value + placed.mast_m),
        placed.post.bearing_deg, sensor.azimuth_sector_deg.value, 0.0, reach_m,
        sensor.elevation_min_deg.value, sensor.elevation_max_deg.value, True,
    )  # fmt: skip


def effector_beam(scenario: Scenario, placed: Placed, threat: ThreatType) -> Beam | None:
    """Reach of a unit's effector against a threat that is not ballistic; None when it cannot engage it."""
    effector = placed.effector
    if effector is None or threat.threat_class not in effector.engages or threat.threat_class in BALLISTIC:
        return None
    return Beam(
        Station(placed.post.site, effector_mast_m(scenario, effector) + placed.mast_m),
        placed.post.bearing_deg, effector.azimuth_sector_deg.value,
        effector.min_range_m.value, effector.max_range_m.value, -90.0, 90.0, _needs_sight(effector),
    )  # fmt: skip


def own_radar_beam(scenario: Scenario, placed: Placed, threat: ThreatType) -> Beam | None:
    """Reach of the sensor that a unit's effector cannot fight without; None when that cannot report it."""
    if placed.effector is None or placed.effector.sensor is None:
        return None
    return sensor_beam(placed, scenario.catalogue.sensor(placed.effector.sensor), threat)


def sees(coverage: Coverage, placed: Placed, threat: ThreatType, points: Points) -> NDArray[np.bool_]:
    """Say which points the unit's sensor has in line of sight, range, sector and elevation.

    Returns
    -------
    ndarray of bool
        Shape (points,). All false for a unit without a sensor or one that cannot report the threat.
    """
    beam = None if placed.sensor is None else sensor_beam(placed, placed.sensor, threat)
    return reached(coverage, beam, points)


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
    inside = reached(coverage, effector_beam(scenario, placed, threat), points)
    inside &= points.amsl_m <= effector.max_height_amsl_m.value
    inside &= points.height_agl_m >= effector.min_height_agl_m.value
    if effector.sensor is not None:
        inside &= reached(coverage, own_radar_beam(scenario, placed, threat), points)
    return inside


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


def reached(coverage: Coverage, beam: Beam | None, points: Points) -> NDArray[np.bool_]:
    """Say which points a beam reaches, terrain included; none for no beam. Shape (points,)."""
    if beam is None:
        return np.zeros(points.size, dtype=np.bool_)
    window, station = kernel_arguments(coverage, beam)
    out = np.empty(points.size, dtype=np.bool_)
    kernel.reach(window, station, points.rows, points.cols, points.x_m, points.y_m, points.amsl_m, out)
    return out


def kernel_arguments(coverage: Coverage, beam: Beam) -> tuple[kernel.Window, kernel.Limits]:
    """What the kernels of `egide.kernels.reach` need of a beam."""
    number = coverage.station_index(beam.station)
    window = coverage.windows[number]
    east_m, north_m = coverage.positions_m[number]
    # A bearing is stated from true north; the grid's north leans away from it by the convergence.
    grid_bearing = math.radians(beam.bearing_deg - coverage.convergence_deg[number])
    station = kernel.limits(
        east_m, north_m, coverage.ground_at_station_m[number] + beam.station.mast_m,
        beam.min_range_m, beam.max_range_m, grid_bearing, math.radians(beam.sector_deg) / 2.0,
        math.radians(beam.elevation_min_deg), math.radians(beam.elevation_max_deg),
        coverage.k_factor * EARTH_RADIUS_M, beam.is_sighted,
    )  # fmt: skip
    return kernel.Window(window.codes, window.row, window.col, QUANTUM_M, OFFSET_M), station
