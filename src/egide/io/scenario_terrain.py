"""The elevation model a scenario names, on the scenario's metric grid."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import numpy as np

from egide.errors import InputError, Problem, TerrainError
from egide.geo import Grid, Terrain, project, theatre_crs
from egide.geo.crs import parsed, scale_error_fraction
from egide.io.packaged import resolve
from egide.io.scenario_files import MAIN, scenario_and_problems
from egide.io.terrain_files import AreaOfInterest, read_elevation
from egide.model.place import Area
from egide.model.scenario import Scenario

EDGE_SAMPLES = 65
"""Points along each edge of the area from which the grid's extent is found."""

MOST_CELLS = 500_000_000
"""Cells of the largest grid that is read [1]; its heights take 2 GB."""

WORST_SCALE_ERROR_FRACTION = 0.05
"""Greatest error of length on the map that a stated CRS may have over the area [1]."""


def scenario_grid(area: Area, cell_m: float) -> Grid:
    """Metric grid over an area: its own CRS, or the conformal one chosen for its box.

    Parameters
    ----------
    area : Area
    cell_m : float
        Edge of a cell [m].

    Returns
    -------
    Grid
        Whole multiples of `cell_m`, so that areas that overlap share their cells.

    Raises
    ------
    InputError
        When the CRS is not one of metres, is a poor one for the area, or the cell is too small or too large.
    """
    crs = area.crs or theatre_crs(area.west_deg, area.south_deg, area.east_deg, area.north_deg).crs
    _check_metric(crs, area)
    lon, lat = np.meshgrid(
        np.linspace(area.west_deg, area.east_deg, EDGE_SAMPLES),
        np.linspace(area.south_deg, area.north_deg, EDGE_SAMPLES),
    )
    x_m, y_m = project(lon.ravel(), lat.ravel(), crs)
    west, east = math.floor(x_m.min() / cell_m), math.ceil(x_m.max() / cell_m)
    south, north = math.floor(y_m.min() / cell_m), math.ceil(y_m.max() / cell_m)
    _check_size(east - west, north - south, cell_m)
    origin = ((west + 0.5) * cell_m, (north - 0.5) * cell_m)
    return Grid(crs, origin, cell_m, (north - south, east - west))


def _check_metric(crs: str, area: Area) -> None:
    """Refuse degrees, feet, and a projection so far from its home that lengths on the map are wrong."""
    system = parsed(crs)
    units = {axis.unit_conversion_factor for axis in system.axis_info[:2]}
    if not system.is_projected or units != {1.0}:
        remedy = (
            "is no projected CRS in metres; name one such as EPSG:32636, or leave it out to have one chosen"
        )
        raise InputError.one("scenario.toml", "area.crs", crs, remedy)
    error = scale_error_fraction(crs, area.west_deg, area.south_deg, area.east_deg, area.north_deg)
    if error > WORST_SCALE_ERROR_FRACTION:
        shown = f"{100.0 * error:.0f} %" if np.isfinite(error) else "without bound"
        remedy = f"is wrong in length by {shown} over this area; leave it out to have a better one chosen"
        raise InputError.one("scenario.toml", "area.crs", crs, remedy)


def _check_size(width: int, height: int, cell_m: float) -> None:
    if min(width, height) < 2:
        remedy = "is as large as the area; choose a smaller cell"
        raise InputError.one("scenario.toml", "terrain.cell_m", cell_m, remedy)
    if width * height > MOST_CELLS:
        remedy = f"makes a grid of {width * height:.2g} cells, above {MOST_CELLS:.0e}; choose a larger cell"
        raise InputError.one("scenario.toml", "terrain.cell_m", cell_m, remedy)


def read_terrain(scenario: Scenario) -> Terrain:
    """Read the elevation model that a scenario names, resampled to its metric grid.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    Terrain
        Heights above mean sea level; corners of the metric grid that lie outside `[area]` may be without data.

    Raises
    ------
    InputError
        When the file is missing, damaged, in the wrong unit, rotated, or does not cover the area.
    """
    area, wanted = scenario.area, scenario.terrain
    must_have = AreaOfInterest(
        area.west_deg, area.south_deg, area.east_deg, area.north_deg, wanted.holes_allowed_fraction
    )
    grid = scenario_grid(area, wanted.cell_m)
    return read_elevation(terrain_path(scenario), grid, surface=wanted.surface, area=must_have)


def check_scenario(name: str | Path) -> Scenario:
    """Read a scenario and the elevation model it names, and report what is wrong with either at once.

    Parameters
    ----------
    name : str or Path
        Folder or packaged name.

    Returns
    -------
    Scenario
        Sound, over terrain that covers it.

    Raises
    ------
    InputError
        With every problem of every file. The elevation model is read wherever `scenario.toml` itself is sound.
    """
    scenario, problems = scenario_and_problems(name)
    if scenario is not None and not any(problem.file == MAIN for problem in problems):
        try:
            read_terrain(scenario)
        except InputError as error:
            problems += error.problems
        except TerrainError as error:
            problems.append(Problem(MAIN, "terrain.path", scenario.terrain.path, str(error)))
    if problems or scenario is None:
        raise InputError(problems)
    return scenario


def terrain_path(scenario: Scenario) -> Path:
    """Path of the elevation model on this machine.

    Raises
    ------
    InputError
        When there is nothing at it.
    """
    path = resolve(scenario.terrain.path)
    if not path.exists():
        raise InputError.one(
            "scenario.toml", "terrain.path", scenario.terrain.path, "does not exist; mend the path"
        )
    return path


def terrain_hash(scenario: Scenario) -> str:
    """SHA-256 of the elevation model's content [hex]; of every file, in order of name, for a folder."""
    path = terrain_path(scenario)
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()
