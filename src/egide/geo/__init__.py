"""Geo: where things are.

Job: positions, grids, terrain and projections as frozen values.
Takes: longitudes and latitudes, a coordinate reference system, an array of heights.
Gives: Position, Grid, Terrain.
Never: opens a file, knows what a radar is.
"""

from egide.geo.crs import (
    LOCAL,
    TheatreCrs,
    VerticalUnit,
    geographic_length_m,
    project,
    theatre_crs,
    unproject,
    vertical_unit,
)
from egide.geo.grid import Grid
from egide.geo.position import Position
from egide.geo.terrain import Surface, Terrain

__all__ = [
    "LOCAL", "Grid", "Position", "Surface", "Terrain", "TheatreCrs", "VerticalUnit", "geographic_length_m",
    "project", "theatre_crs", "unproject", "vertical_unit",
]  # fmt: skip
