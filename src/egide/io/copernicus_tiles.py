"""Copernicus elevation tiles: names, which ones an area needs, what is written beside them.

The layout is that of the public buckets (https://copernicus-dem-30m.s3.amazonaws.com/readme.html): one
object `NAME/NAME.tif` a tile of one degree, named after its south-west corner; no tile where all is sea.
The original tiles shared a row and a column with their neighbours; the published ones lack the southern
row and the eastern column, so that the samples of tile N50 E030 lie on latitudes above 50 up to 51 and on
longitudes from 30 to below 31. An area that ends on a whole degree therefore needs the tile beyond it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import tomlkit

from egide.errors import InputError
from egide.io.atomic import replacing
from egide.model.place import Area


@dataclass(frozen=True, slots=True)
class Product:
    """One of the two global elevation models."""

    id: str
    """Name in commands: `glo30` or `glo90`."""
    bucket: str
    """Public bucket it lies in."""
    code: str
    """Spacing in its tiles' names, in tenths of an arc second along the meridian."""
    samples_per_deg: int
    """Samples a degree of latitude, and of longitude below 50 degrees of latitude [1/deg]."""
    cell_m: float
    """Cell of a metric grid that suits it [m]."""
    model: str
    """Name that its licence uses."""


GLO30: Final = Product("glo30", "copernicus-dem-30m", "10", 3600, 30.0, "WorldDEM-30")
GLO90: Final = Product("glo90", "copernicus-dem-90m", "30", 1200, 90.0, "WorldDEM-90")
PRODUCTS: Final = {product.id: product for product in (GLO30, GLO90)}
"""Every product by its name in commands."""

SEA: Final = "_sea"
"""Ending of the name of a tile that we make for the sea, so that nobody takes it for a published one."""

NOTICE: Final = "COPERNICUS-DEM-NOTICE.txt"
"""File of the notices that the licence asks for."""

SIDECAR: Final = "terrain.toml"
"""File with the `[terrain]` table for a scenario."""

MOST_TILES: Final = 1_000
"""More tiles than this are taken for a slip of the pen."""

_SPACING: Final = ((50, 1.0), (60, 1.5), (70, 2.0), (80, 3.0), (85, 5.0), (90, 10.0))
# Latitude below which samples along a parallel are so many times wider than along the meridian.


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """A tile of one degree, named after its south-west corner."""

    south_deg: int
    """Latitude of the corner [deg]"""
    west_deg: int
    """Longitude of the corner [deg]"""

    def name(self, product: Product) -> str:
        """Name of the object, its folder and its file, without an ending."""
        north = f"{'N' if self.south_deg >= 0 else 'S'}{abs(self.south_deg):02d}"
        east = f"{'E' if self.west_deg >= 0 else 'W'}{abs(self.west_deg):03d}"
        return f"Copernicus_DSM_COG_{product.code}_{north}_00_{east}_00_DEM"


def columns_per_deg(south_deg: int, product: Product) -> int:
    """Samples a degree of longitude in the row of tiles whose southern edge is given [1/deg]."""
    nearest_the_equator = south_deg if south_deg >= 0 else -south_deg - 1
    factor = next(factor for limit, factor in _SPACING if nearest_the_equator < limit)
    return round(product.samples_per_deg / factor)


def tiles_of(area: Area, product: Product) -> tuple[Tile, ...]:
    """Tiles that hold every sample from which a height anywhere in an area is interpolated.

    Parameters
    ----------
    area : Area
    product : Product

    Returns
    -------
    tuple of Tile
        From south to north, then from west to east.

    Raises
    ------
    InputError
        When the area is empty, or so large that it must be a slip (more than 1,000 tiles).
    """
    if not (area.west_deg < area.east_deg and area.south_deg < area.north_deg):
        edges = (area.west_deg, area.south_deg, area.east_deg, area.north_deg)
        raise InputError.one(
            "terrain get", "area", edges,
            "is empty: give west south east north in degrees, west below east and south below north; an area "
            "across the 180th meridian is fetched in two halves",
        )  # fmt: skip
    per_deg = product.samples_per_deg
    lowest = (math.floor(area.south_deg * per_deg) - 1) // per_deg
    highest = (math.ceil(area.north_deg * per_deg) - 1) // per_deg
    found = []
    for south in range(max(lowest, -90), min(highest, 89) + 1):
        columns = columns_per_deg(south, product)
        first = math.floor(area.west_deg * columns) // columns
        last = math.ceil(area.east_deg * columns) // columns
        found += [Tile(south, west) for west in range(max(first, -180), min(last, 179) + 1)]
    if len(found) > MOST_TILES:
        raise InputError.one(
            "terrain get",
            "area",
            len(found),
            f"is the number of tiles it needs, above {MOST_TILES}: fetch it in parts",
        )
    return tuple(found)


def listed_names(text: str) -> frozenset[str]:
    """Names in the text of a bucket's `tileList.txt`, with or without folder and ending."""
    lines = (line.strip().rstrip("/").rsplit("/", 1)[-1] for line in text.splitlines())
    return frozenset(line.removesuffix(".tif") for line in lines if line.startswith("Copernicus_DSM"))


def write_sea_tile(path: Path, tile: Tile, product: Product) -> None:
    """Write a tile of heights of 0 m above mean sea level on the lattice of the published tiles."""
    import numpy as np
    import rasterio
    from rasterio.transform import from_origin

    rows, columns = product.samples_per_deg, columns_per_deg(tile.south_deg, product)
    step_lon, step_lat = 1.0 / columns, 1.0 / rows
    corner = from_origin(tile.west_deg - step_lon / 2, tile.south_deg + 1 + step_lat / 2, step_lon, step_lat)
    with (
        replacing(path) as beside,
        rasterio.open(
            beside, "w", driver="GTiff", height=rows, width=columns, count=1, dtype="float32", crs="EPSG:4326",
            transform=corner, compress="deflate", tiled=True, blockxsize=512, blockysize=512, sparse_ok=True,
        ) as file,
    ):  # fmt: skip
        file.write(np.zeros((rows, columns), dtype=np.float32), 1)
        file.set_band_description(1, "sea: no tile is published here; 0 m above mean sea level")


def notice(products: tuple[Product, ...]) -> str:
    """Text of the notices that the licence of the Copernicus DEM asks its users to pass on.

    The sentences in quotation marks are the licence's own (Article 6) and must stay as they are.
    """
    holders = (
        "© DLR e.V. 2010-2014 and © Airbus Defence and Space GmbH 2014-2018 provided under COPERNICUS by the "
        "European Union and ESA; all rights reserved"
    )
    lines = [
        "The tiles in this folder are Copernicus elevation data. Their licence asks for these notices.", "",
        "When you hand on the tiles as they are:", f'  "{holders}"', "",
    ]  # fmt: skip
    for product in products:
        lines += [
            f"When you hand on anything made from the {product.id.upper()} tiles, such as a map or a figure:",
            f'  "produced using Copernicus {product.model} {holders}"',
            f'  "The organisations in charge of the Copernicus programme by law or by delegation do not incur '
            f'any liability for any use of the Copernicus {product.model}"', "",
        ]  # fmt: skip
    lines += [
        "Licence: https://documentation.dataspace.copernicus.eu/APIs/SentinelHub/Data/DEM/resources/license/",
        f"Files ending in {SEA}.tif are not Copernicus data: they stand for sea, where no tile is published.", "",
    ]  # fmt: skip
    return "\n".join(lines)


def sidecar(folder: str, product: Product) -> str:
    """Text of the `[terrain]` table that makes a scenario stand on a folder of tiles.

    The heights include trees and roofs, so the table says `surface_model`: "above ground" is then above
    those, and every result flags it.
    """
    table = tomlkit.table()
    table["path"] = folder
    table["cell_m"] = product.cell_m
    table["surface"] = "surface_model"
    document = tomlkit.document()
    document.add(
        tomlkit.comment(
            "Copy this table into scenario.toml; a path without a leading / is from the scenario's folder."
        )
    )
    document.add(
        tomlkit.comment("The heights are of trees and roofs (a surface model), above the EGM2008 geoid.")
    )
    document["terrain"] = table
    return tomlkit.dumps(document)
