"""The elevation model a scenario names, on the scenario's metric grid."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import numpy as np

from egide.errors import InputError
from egide.geo import Grid, Terrain, project, theatre_crs
from egide.io.packaged import resolve
from egide.io.terrain_files import AreaOfInterest, read_elevation
from egide.model.place import Area
from egide.model.scenario import Scenario

EDGE_SAMPLES = 65
"""Points along each edge of the area from which the grid's extent is found."""


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
    """
    crs = area.crs or theatre_crs(area.west_deg, area.south_deg, area.east_deg, area.north_deg).crs
    lon, lat = np.meshgrid(
        np.linspace(area.west_deg, area.east_deg, EDGE_SAMPLES),
        np.linspace(area.south_deg, area.north_deg, EDGE_SAMPLES),
    )
    x_m, y_m = project(lon.ravel(), lat.ravel(), crs)
    west, east = math.floor(x_m.min() / cell_m), math.ceil(x_m.max() / cell_m)
    south, north = math.floor(y_m.min() / cell_m), math.ceil(y_m.max() / cell_m)
    origin = ((west + 0.5) * cell_m, (north - 0.5) * cell_m)
    return Grid(crs, origin, cell_m, (north - south, east - west))


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


def terrain_path(scenario: Scenario) -> Path:
    """Path of the elevation model on this machine.

    Raises
    ------
    InputError
        When there is nothing at it.
    """
    path = resolve(scenario.terrain.path)
    if not path.exists():
        raise InputError.one("scenario.toml", "terrain.path", scenario.terrain.path, "does not exist")
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
