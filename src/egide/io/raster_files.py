"""Maps to GeoTIFF: cloud-optimised, with CRS, the same bytes for the same map."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from egide.assessment.result import MapFrame
from egide.io.atomic import replacing


def write_map(path: Path, frame: MapFrame, values: NDArray[np.uint8], description: str) -> Path:
    """Write one map of counts.

    Parameters
    ----------
    path : Path
        Ends in `.tif`.
    frame : MapFrame
        Where the map lies.
    values : ndarray of uint8
        Counts, shape of the frame.
    description : str
        Said in the file's band.
    """
    import rasterio
    from rasterio.transform import from_origin

    corner = from_origin(
        frame.x0_m - frame.cell_m / 2, frame.y0_m + frame.cell_m / 2, frame.cell_m, frame.cell_m
    )
    with (
        replacing(path) as beside,
        rasterio.open(
            beside, "w", driver="COG", height=values.shape[0], width=values.shape[1], count=1, dtype="uint8",
            crs=frame.crs, transform=corner, compress="deflate",
        ) as file,
    ):  # fmt: skip
        file.write(values, 1)
        file.set_band_description(1, description)
    return path
