"""A regular grid of square cells as a value. Row 0 is north; coordinates are those of cell centres."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from egide.errors import GridMismatch, InputError, Problem
from egide.geo.crs import LOCAL, project, unproject
from egide.geo.position import Position

_SAME_FRACTION = 1e-6
"""Share of a cell by which two grids' corners may differ and still be the same grid."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Square cells in a metric CRS."""

    crs: str
    """CRS string that PROJ understands, or "local"."""
    origin: tuple[float, float]
    """Easting and northing of the centre of cell (0, 0), the north-west one [m]."""
    cell_m: float
    """Side of a cell [m]."""
    shape: tuple[int, int]
    """Rows and columns."""

    def __post_init__(self) -> None:
        problems = []
        if not (math.isfinite(self.cell_m) and self.cell_m > 0.0):
            problems.append(Problem("Grid", "cell_m", self.cell_m, "must be a positive length in metres"))
        if len(self.shape) != 2 or min(self.shape) < 1:
            problems.append(
                Problem("Grid", "shape", self.shape, "must be two positive counts: rows, columns")
            )
        if len(self.origin) != 2 or not all(math.isfinite(value) for value in self.origin):
            problems.append(Problem("Grid", "origin", self.origin, "must be a finite easting and northing"))
        if problems:
            raise InputError(problems)

    @property
    def x_m(self) -> NDArray[np.float64]:
        """Eastings of the columns' centres [m], shape (columns,)."""
        return self.origin[0] + self.cell_m * np.arange(self.shape[1], dtype=np.float64)

    @property
    def y_m(self) -> NDArray[np.float64]:
        """Northings of the rows' centres [m], shape (rows,), falling."""
        return self.origin[1] - self.cell_m * np.arange(self.shape[0], dtype=np.float64)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Outer edges: west, south, east, north [m]."""
        half = self.cell_m / 2.0
        west, north = self.origin[0] - half, self.origin[1] + half
        return west, north - self.shape[0] * self.cell_m, west + self.shape[1] * self.cell_m, north

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        """Affine (a, b, c, d, e, f) from pixel corners to the map, in the order of rasterio."""
        west, _, _, north = self.bounds
        return self.cell_m, 0.0, west, 0.0, -self.cell_m, north

    def position(self, row: float, col: float) -> Position:
        """Place of a cell's centre; fractions and cells outside the grid are allowed."""
        return Position(self.origin[0] + col * self.cell_m, self.origin[1] - row * self.cell_m, self.crs)

    def index(self, position: Position) -> tuple[int, int]:
        """Row and column of the cell a position lies in; may lie outside the grid (see `contains`).

        Raises
        ------
        GridMismatch
            The position is in another CRS.
        """
        self._require_crs(position)
        rows, cols = self.indices(position.x_m, position.y_m)
        return int(rows), int(cols)

    def indices(self, x_m: ArrayLike, y_m: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows and columns of the cells that map coordinates lie in [m]; may lie outside the grid.

        A point on the edge of two cells belongs to the eastern or southern one.
        """
        cols = np.floor((np.asarray(x_m, dtype=np.float64) - self.origin[0]) / self.cell_m + 0.5)
        rows = np.floor((self.origin[1] - np.asarray(y_m, dtype=np.float64)) / self.cell_m + 0.5)
        return rows.astype(np.int64), cols.astype(np.int64)

    def contains(self, position: Position) -> bool:
        """Say whether a position lies in one of the cells."""
        row, col = self.index(position)
        return 0 <= row < self.shape[0] and 0 <= col < self.shape[1]

    def coarsen(self, factor: int) -> Grid:
        """Grid of blocks of `factor` by `factor` cells, from the north-west corner.

        Blocks in the last row and column may reach beyond this grid, so that every cell has one.
        """
        if factor < 1:
            raise InputError.one(
                "Grid.coarsen", "factor", factor, "must be a whole number of cells, 1 or more"
            )
        shift = (factor - 1) / 2.0 * self.cell_m
        return Grid(
            self.crs,
            (self.origin[0] + shift, self.origin[1] - shift),
            self.cell_m * factor,
            (-(-self.shape[0] // factor), -(-self.shape[1] // factor)),
        )

    def window(self, row: int, col: int, rows: int, cols: int) -> Grid:
        """Grid of `rows` by `cols` of these cells whose first is (row, col); may reach outside."""
        first = self.position(row, col)
        return Grid(self.crs, (first.x_m, first.y_m), self.cell_m, (rows, cols))

    def require_same(self, other: Grid) -> None:
        """Refuse another grid.

        Raises
        ------
        GridMismatch
            CRS, origin, cell or shape differ.
        """
        near = _SAME_FRACTION * self.cell_m
        apart = max(abs(a - b) for a, b in zip(self.origin, other.origin, strict=True))
        alike = self.crs == other.crs and self.shape == other.shape
        if not alike or apart > near or abs(self.cell_m - other.cell_m) * max(self.shape) > near:
            raise GridMismatch(f"{self} is not {other}: resample one onto the other first")

    def blocks_in(self, fine: Grid) -> tuple[int, int, int]:
        """Say how the cells of this grid are blocks of a finer grid's cells.

        Returns
        -------
        factor, row, col : int
            Cells of `fine` along a block's side, and the cell of `fine` at the north-west corner of block
            (0, 0); it may lie outside `fine`.

        Raises
        ------
        GridMismatch
            Another CRS, or blocks that are not whole cells.
        """
        factor = round(self.cell_m / fine.cell_m)
        west, _, _, north = self.bounds
        fine_west, _, _, fine_north = fine.bounds
        col, row = (west - fine_west) / fine.cell_m, (fine_north - north) / fine.cell_m
        slack = 1e-3  # of a fine cell, over the whole width of the grid
        drift = abs(self.cell_m - factor * fine.cell_m) * max(self.shape) / fine.cell_m
        whole = max(abs(col - round(col)), abs(row - round(row)), drift) <= slack
        if self.crs != fine.crs or factor < 1 or not whole:
            raise GridMismatch(f"the cells of {self} are not whole blocks of {fine}: use its coarsen(factor)")
        return factor, round(row), round(col)

    def convergence_deg(self, position: Position) -> float:
        """Direction of grid north seen from true north, clockwise positive [deg].

        A true bearing less the convergence is a bearing on the grid. Zero on a local grid.
        """
        self._require_crs(position)
        if self.crs == LOCAL:
            return 0.0
        lon, lat = unproject(position.x_m, position.y_m, self.crs)
        step = 1e-4 if lat < 89.0 else -1e-4  # about 11 m; towards the pole, or away from it beside the pole
        x_m, y_m = project(lon, lat + step, self.crs)
        sign = math.copysign(1.0, step)
        true_north = math.atan2(sign * (float(x_m) - position.x_m), sign * (float(y_m) - position.y_m))
        return -math.degrees(true_north)

    def _require_crs(self, position: Position) -> None:
        if position.crs != self.crs:
            raise GridMismatch(f"a position in {position.crs} on a grid in {self.crs}: project it first")
