"""Elevation models from files, resampled to a metric grid."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from egide.errors import InputError
from egide.geo import Grid, Terrain


def read_elevation(
    path: str | Path, grid: Grid, *, surface: Literal["bare_earth", "surface_model"] = "bare_earth",
    holes_allowed_fraction: float = 0.01,
) -> Terrain:  # fmt: skip
    """Read a raster of elevations on a grid, bilinearly."""
    import rasterio
    from rasterio.enums import Resampling
    from rasterio.transform import Affine
    from rasterio.warp import reproject

    heights = np.full(grid.shape, np.nan, dtype=np.float32)
    try:
        with rasterio.open(path) as source:
            reproject(
                rasterio.band(source, 1), heights, dst_crs=grid.crs, dst_transform=Affine(*grid.transform),
                resampling=Resampling.bilinear, dst_nodata=np.nan,
            )  # fmt: skip
    except rasterio.errors.RasterioError as error:
        raise InputError.one(str(path), "(whole)", None, f"cannot be read as elevation: {error}") from None
    return Terrain(grid, heights, surface)
