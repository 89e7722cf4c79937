"""Tiles of one raster grid as one virtual raster, so that resampling knows no seams and reads lazily."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

GDAL_TYPES = {"uint8": "Byte", "int8": "Int8", "int16": "Int16", "uint16": "UInt16", "int32": "Int32",
              "uint32": "UInt32", "float32": "Float32", "float64": "Float64"}  # fmt: skip
"""Names of GDAL for the types of pixels."""

ALIGNED_FRACTION = 1e-3
"""Part of a pixel by which tiles of one grid may be off."""


@dataclass(frozen=True)
class Tile:
    """One raster and where it lies on its own pixel grid."""

    path: Path
    wkt: str
    x_step: float
    y_step: float
    west: float
    north: float
    cols: int
    rows: int
    dtype: str
    nodata: float | None
    unit: str

    def fits(self, other: Tile) -> bool:
        """Say whether two tiles are parts of one raster."""
        alike = (self.wkt, self.dtype, self.unit) == (other.wkt, other.dtype, other.unit)
        alike = alike and repr(self.nodata) == repr(other.nodata)
        if (
            not alike
            or abs(self.x_step / other.x_step - 1) > 1e-9
            or abs(self.y_step / other.y_step - 1) > 1e-9
        ):
            return False
        offsets = (self.west - other.west) / self.x_step, (self.north - other.north) / self.y_step
        return all(abs(offset - round(offset)) <= ALIGNED_FRACTION for offset in offsets)


def tile_of(path: Path) -> Tile | None:
    """Describe a raster; None when it is rotated or has no CRS and so cannot join others.

    Raises
    ------
    rasterio.errors.RasterioError
        When it cannot be read.
    """
    import rasterio

    with rasterio.open(path) as source:
        turn = source.transform
        if source.crs is None or turn.b != 0.0 or turn.d != 0.0 or source.dtypes[0] not in GDAL_TYPES:
            return None
        return Tile(
            path.resolve(), source.crs.to_wkt(), turn.a, turn.e, turn.c, turn.f, source.width, source.height,
            source.dtypes[0], source.nodata, source.units[0] or "",
        )  # fmt: skip


def groups_of(tiles: Sequence[Tile]) -> list[list[Tile]]:
    """Tiles parted into rasters of one grid each, in order."""
    groups: list[list[Tile]] = []
    for tile in tiles:
        group = next((g for g in groups if g[0].fits(tile)), None)
        if group is None:
            groups.append([tile])
        else:
            group.append(tile)
    return groups


def virtual_raster(tiles: Sequence[Tile]) -> str:
    """Text of a GDAL virtual raster over tiles of one grid; between them it is without data."""
    first = tiles[0]
    west = min(tile.west for tile in tiles)
    north = max(tile.north for tile in tiles) if first.y_step < 0 else min(tile.north for tile in tiles)
    places = [
        (round((tile.west - west) / first.x_step), round((tile.north - north) / first.y_step))
        for tile in tiles
    ]
    cols = max(x + tile.cols for (x, _), tile in zip(places, tiles, strict=True))
    rows = max(y + tile.rows for (_, y), tile in zip(places, tiles, strict=True))
    nodata = _nodata(first)
    sources = "".join(
        f"<ComplexSource><SourceFilename relativeToVRT='0'>{escape(str(tile.path))}</SourceFilename>"
        f"<SourceBand>1</SourceBand><SrcRect xOff='0' yOff='0' xSize='{tile.cols}' ySize='{tile.rows}'/>"
        f"<DstRect xOff='{x}' yOff='{y}' xSize='{tile.cols}' ySize='{tile.rows}'/>"
        f"<NODATA>{nodata}</NODATA></ComplexSource>"
        # The first tile by name counts where tiles overlap; GDAL lets the last one drawn win.
        for (x, y), tile in reversed(list(zip(places, tiles, strict=True)))
    )
    transform = f"{west!r}, {first.x_step!r}, 0.0, {north!r}, 0.0, {first.y_step!r}"
    unit = f"<UnitType>{escape(first.unit)}</UnitType>" if first.unit else ""
    return (
        f"<VRTDataset rasterXSize={quoteattr(str(cols))} rasterYSize={quoteattr(str(rows))}>"
        f"<SRS>{escape(first.wkt)}</SRS><GeoTransform>{transform}</GeoTransform>"
        f"<VRTRasterBand dataType='{GDAL_TYPES[first.dtype]}' band='1'>{unit}"
        f"<NoDataValue>{nodata}</NoDataValue>{sources}</VRTRasterBand></VRTDataset>"
    )


def _nodata(tile: Tile) -> str:
    if tile.nodata is not None:
        return repr(tile.nodata)
    return "nan" if tile.dtype.startswith("float") else "-32768"
