"""Ground heights on a grid as a value, always above mean sea level."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from egide.errors import GridMismatch, InputError, TerrainError
from egide.geo.crs import LOCAL
from egide.geo.grid import Grid
from egide.geo.position import Position

Surface = Literal["bare_earth", "surface_model"]
"""What the heights are of: the ground, or the tops of trees and roofs."""

VOID: Final = -32768.0
"""The elevation models' own mark of a hole (SRTM, DTED); read as a hole wherever it stands."""

_ABSURD_M = 100_000.0


@dataclass(frozen=True, eq=False)
class Terrain:
    """Heights above mean sea level at the centres of a grid's cells; NaN where there is no data.

    The array is kept as read-only float32. Two terrains are the same only if they are one object.
    """

    grid: Grid
    """Where the cells lie."""
    heights_m: NDArray[np.float32]
    """Height of the surface above mean sea level [m], shape `grid.shape`; NaN in a hole."""
    surface: Surface = "bare_earth"
    """`bare_earth`, or `surface_model` when trees and roofs are in it: then "above ground" is above those."""

    def __post_init__(self) -> None:
        given = _unmasked(self.heights_m)
        if self.surface not in get_args(Surface):
            raise InputError.one(
                "Terrain", "surface", self.surface, f"must be one of {', '.join(get_args(Surface))}"
            )
        if given.shape != self.grid.shape:
            raise GridMismatch(f"heights of shape {given.shape} on a grid of {self.grid.shape} cells")
        if given.dtype.kind not in "iuf":
            raise InputError.one("Terrain", "heights_m", str(given.dtype), "must be an array of numbers")
        kept = _frozen(given)
        object.__setattr__(self, "heights_m", kept)

    @classmethod
    def from_array(
        cls,
        heights_m: ArrayLike,
        cell_m: float,
        *,
        surface: Surface = "bare_earth",
        crs: str = LOCAL,
        origin: tuple[float, float] = (0.0, 0.0),
    ) -> Terrain:
        """Make a terrain without files.

        Parameters
        ----------
        heights_m : array_like
            Heights above mean sea level [m], shape (rows, columns), row 0 north; NaN, -32768 or a masked cell
            is a hole.
        cell_m : float
            Side of a cell [m].
        surface : {"bare_earth", "surface_model"}
            Whether trees and roofs are in the heights.
        crs : str
            CRS of the grid; "local" for plain metres.
        origin : tuple of float
            Easting and northing of the centre of cell (0, 0) [m].

        Raises
        ------
        InputError
            Not a two-dimensional array of numbers, or a bad cell.
        TerrainError
            A height beyond 100 km, such as an undeclared no-data mark.
        """
        try:
            heights, side = _unmasked(heights_m), float(cell_m)
        except (TypeError, ValueError) as error:
            raise InputError.one(
                "Terrain.from_array", "heights_m, cell_m", cell_m,
                f"must be a table of numbers and a length in metres ({error})",
            ) from None  # fmt: skip
        if heights.ndim != 2:
            raise InputError.one(
                "Terrain.from_array", "heights_m", heights.shape, "must have two dimensions: rows, columns"
            )
        return cls(Grid(crs, origin, side, (heights.shape[0], heights.shape[1])), heights, surface)

    @property
    def missing_fraction(self) -> float:
        """Share of cells without data."""
        return float(np.count_nonzero(np.isnan(self.heights_m)) / self.heights_m.size)

    def height_amsl_m(self, position: Position) -> float:
        """Height of the surface at the nearest cell centre [m]; NaN in a hole and outside."""
        return float(self.heights_amsl_m([position])[0])

    def heights_amsl_m(self, positions: Sequence[Position]) -> NDArray[np.float64]:
        """Heights of the surface at the nearest cell centres [m], shape (positions,); NaN without data."""
        return np.array([self._at(*self.grid.index(position)) for position in positions], dtype=np.float64)

    def has_data(self, position: Position) -> bool:
        """Say whether there is a height at a position."""
        return not math.isnan(self.height_amsl_m(position))

    def _at(self, row: int, col: int) -> float:
        inside = 0 <= row < self.grid.shape[0] and 0 <= col < self.grid.shape[1]
        return float(self.heights_m[row, col]) if inside else math.nan

    def hillshade(self, *, azimuth_deg: float = 315.0, altitude_deg: float = 45.0) -> NDArray[np.float32]:
        """Light on the relief, for maps.

        Parameters
        ----------
        azimuth_deg, altitude_deg : float
            Where the light comes from: clockwise from north, and above the horizon [deg].

        Returns
        -------
        ndarray of float32
            0 in shadow to 1 in full light, shape `grid.shape`; NaN in a hole and beside one.
        """
        rows, cols = self.grid.shape
        fall_s = np.gradient(self.heights_m, self.grid.cell_m, axis=0) if rows > 1 else np.zeros((rows, cols))
        rise_e = np.gradient(self.heights_m, self.grid.cell_m, axis=1) if cols > 1 else np.zeros((rows, cols))
        azimuth, altitude = math.radians(azimuth_deg), math.radians(altitude_deg)
        light_e, light_n = math.sin(azimuth) * math.cos(altitude), math.cos(azimuth) * math.cos(altitude)
        # The upward normal of the surface is (-dz/dx, -dz/dy, 1), and rows run south.
        along = -rise_e * light_e + fall_s * light_n + math.sin(altitude)
        shade = along / np.sqrt(1.0 + rise_e**2 + fall_s**2)
        shade[np.isnan(self.heights_m)] = np.nan
        return np.clip(shade, 0.0, 1.0).astype(np.float32)


def _unmasked(heights_m: ArrayLike) -> NDArray[Any]:
    """The values as an array; NaN where a masked array hides one, since behind a mask anything may stand."""
    if isinstance(heights_m, np.ma.MaskedArray):
        filled: NDArray[Any] = np.ma.filled(heights_m.astype(np.float64), np.nan)
        return filled
    return np.asarray(heights_m)


def _frozen(given: NDArray[np.generic]) -> NDArray[np.float32]:
    """Copy to float32 with holes as NaN, refuse the absurd, and forbid writing."""
    # The mark is compared before rounding to float32, where -32768 is exact anyway.
    kept: NDArray[np.float32] = np.array(given, dtype=np.float32, order="C", copy=True)
    kept[kept == np.float32(VOID)] = np.nan
    with np.errstate(invalid="ignore"):
        absurd = np.abs(kept) > _ABSURD_M
    if absurd.any():
        worst = float(kept[absurd][0])
        raise TerrainError(
            f"a height of {worst:g} m is no height on earth ({int(absurd.sum())} such cells): declare it as "
            "no data, or replace it by NaN"
        )
    kept.flags.writeable = False
    return kept
