"""One sensor moved, answered at once: multiplicity over the map and people under coverage, before and after."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from egide.assessment.board import Board, board_of
from egide.assessment.threats import planning_height_m
from egide.coverage.lattice import Lattice, Patch, beam_patch, lattice_of
from egide.coverage.network import Picture
from egide.coverage.reach import Placed, sees, sensor_beam
from egide.coverage.result import Coverage, Window
from egide.coverage.sightline import Relief, relief_of
from egide.coverage.sightline_batch import lowest_visible_heights
from egide.coverage.stations import Station
from egide.errors import InputError
from egide.geo import Position, Terrain
from egide.model.scenario import Scenario
from egide.model.unit import Laydown

MOVED = "moved"
"""Site id of the place a sensor is moved to."""


@dataclass(frozen=True)
class Bench:
    """A laydown with everything that a moved sensor does not change, made once."""

    board: Board
    height_agl_m: float
    """Height above ground that is looked at [m]."""
    relief: Relief
    """Terrain made ready for sweeps."""
    whole: Lattice
    """Every cell of the demand grid."""
    sensors: NDArray[np.uint16]
    """Sensors over each demand cell, shape of the grid."""
    over: Picture
    """Who stands over every place and asset."""


@dataclass(frozen=True)
class Moved:
    """What a laydown sees with one sensor moved, and what changes."""

    height_agl_m: float
    """Height above ground that is looked at [m]."""
    sensors: NDArray[np.uint16]
    """Sensors over each demand cell after the move, shape of the grid."""
    people_sensor: int
    """People under at least one sensor after the move."""
    people_two_sensors: int
    """People under at least two."""
    people_gained: int
    """People who come under a sensor."""
    people_lost: int
    """People who lose their only sensor."""


def bench_of(
    scenario: Scenario,
    terrain: Terrain,
    coverage: Coverage,
    laydown: Laydown | None = None,
    *,
    height_agl_m: float | None = None,
) -> Bench:
    """Make a bench on which sensors are moved about.

    Parameters
    ----------
    scenario, terrain
    coverage : Coverage
        From `cover` on both.
    laydown : Laydown, optional
        Without it, the one the scenario states.
    height_agl_m : float, optional
        Height above ground [m]; the planning height if not given.
    """
    board = board_of(scenario, coverage, scenario.laydown if laydown is None else laydown)
    height = planning_height_m(scenario) if height_agl_m is None else height_agl_m
    whole = lattice_of(coverage, coverage.ground_m.size)
    sensors = np.zeros(whole.shape, dtype=np.uint16)
    for unit in board.placed:
        _add(sensors, _patch_of(coverage, board, whole, unit, height), 1)
    return Bench(board, height, relief_of(terrain), whole, sensors, board.picture(height))


def moved(bench: Bench, unit: str, position: Position, *, bearing_deg: float | None = None) -> Moved:
    """Move one sensor anywhere on the terrain and look again.

    Parameters
    ----------
    bench : Bench
    unit : str
        Id of a posted unit with a sensor.
    position : Position
        Where it goes; no candidate site is needed.
    bearing_deg : float, optional
        Middle of its sector from true north; as it was if not given [deg].

    Returns
    -------
    Moved

    Raises
    ------
    InputError
        For a unit without a post or a sensor, or a position without terrain.
    """
    board = bench.board
    number = next((n for n, placed in enumerate(board.placed) if placed.unit.id == unit), -1)
    if number < 0 or board.placed[number].sensor is None:
        raise InputError.one("moved", "unit", unit, "is no posted unit with a sensor")
    old = board.placed[number]
    bearing = old.post.bearing_deg if bearing_deg is None else bearing_deg
    new = replace(old, mast_m=0.0, post=old.post.model_copy(update={"site": MOVED, "bearing_deg": bearing}))
    there = _swept(bench, new, position)
    sensors = bench.sensors.copy()
    _add(sensors, _patch_of(board.coverage, board, bench.whole, old, bench.height_agl_m), -1)
    _add(sensors, _patch_of(there, board, bench.whole, new, bench.height_agl_m), 1)
    seen = sees(there, new, board.threat, board.points(bench.height_agl_m, board.places))
    before = bench.over.sensor_layers[board.places]
    after = before - bench.over.sees[number, board.places] + seen
    return Moved(
        height_agl_m=bench.height_agl_m,
        sensors=sensors,
        people_sensor=int(board.people[after >= 1].sum()),
        people_two_sensors=int(board.people[after >= 2].sum()),
        people_gained=int(board.people[(before < 1) & (after >= 1)].sum()),
        people_lost=int(board.people[(before >= 1) & (after < 1)].sum()),
    )


def _swept(bench: Bench, unit: Placed, position: Position) -> Coverage:
    """Coverage of the one new station, on the bench's grid."""
    board = bench.board
    grid = bench.relief.grid
    row, col = grid.index(position)
    at = grid.position(row, col)
    ground_m = bench.relief.height_amsl_m(row, col)
    if not grid.contains(position) or np.isnan(ground_m):
        remedy = "lies outside the terrain or in a hole of it; choose a place on it"
        raise InputError.one("moved", "position", (position.x_m, position.y_m), remedy)
    assert unit.sensor is not None  # the caller asked
    beam = sensor_beam(unit, unit.sensor, board.threat)
    mast_m = unit.sensor.antenna_height_agl_m.value
    reach_m = grid.cell_m if beam is None else beam.max_range_m
    coverage = board.coverage
    found = lowest_visible_heights(
        bench.relief, [at], mast_m, reach_m, coverage.grid, k=coverage.k_factor
    ).windows[0]
    return replace(
        coverage,
        stations=(Station(MOVED, mast_m),),
        windows=(Window(found.row, found.col, found.codes),),
        positions_m=np.array([(at.x_m, at.y_m)]),
        ground_at_station_m=np.array([ground_m]),
        convergence_deg=np.array([grid.convergence_deg(at)]),
    )


def _patch_of(
    coverage: Coverage, board: Board, whole: Lattice, unit: Placed, height_agl_m: float
) -> Patch | None:
    if unit.sensor is None:
        return None
    return beam_patch(coverage, sensor_beam(unit, unit.sensor, board.threat), whole, height_agl_m)


def _add(counts: NDArray[np.uint16], patch: Patch | None, sign: int) -> None:
    if patch is not None:
        part = counts[patch.at]
        change = np.add if sign > 0 else np.subtract
        change(part, 1, out=part, where=patch.mask)
