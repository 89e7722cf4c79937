"""Tiles of one raster grid as one virtual raster, so that resampling knows no seams and reads lazily.

The virtual raster also turns stored numbers into heights: the scale and offset of the band are applied, and
whatever lies below all dry land becomes a hole, declared or not, without a look at the data beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from egide.errors import Problem

NUMBERS = frozenset({"uint8", "int8", "int16", "uint16", "int32", "uint32", "float32", "float64"})
"""Kinds of numbers that heights are stored in."""

LOWEST_LAND_M = -500.0
"""Heights below this are holes that nobody declared (such as -32768 or -9999); dry land ends at -430 m."""

BEYOND_LAND_M = 1e9
"""End of the table of heights; a mark as high as this is refused later on."""

HOLE = -32768.0
"""Mark of a hole in a virtual raster, and of one in the stored numbers of SRTM and DTED."""

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
    scale: float = 1.0
    """What stored numbers are multiplied by."""
    offset: float = 0.0
    """What is added then, in the declared unit."""
    turn: tuple[float, float] = (0.0, 0.0)
    """Turned terms of the transform; zero for a raster along its axes."""
    masked: bool = False
    """Whether the file brings a mask of its own."""

    def fits(self, other: Tile) -> bool:
        """Say whether two tiles are parts of one raster."""
        if (
            self._kind != other._kind
            or any((*self.turn, *other.turn))
            or abs(self.x_step / other.x_step - 1) > 1e-9
            or abs(self.y_step / other.y_step - 1) > 1e-9
        ):
            return False
        offsets = (self.west - other.west) / self.x_step, (self.north - other.north) / self.y_step
        return all(abs(offset - round(offset)) <= ALIGNED_FRACTION for offset in offsets)

    @property
    def _kind(self) -> tuple[object, ...]:
        return (
            self.wkt, self.dtype, self.unit, repr(self.nodata), self.scale, self.offset, self.masked,
        )  # fmt: skip


def tile_of(path: Path) -> Tile | Problem:
    """Describe a raster, or say why it is no elevation model: no CRS, or numbers of no known kind.

    Raises
    ------
    rasterio.errors.RasterioError
        When it cannot be read.
    """
    import rasterio
    from rasterio.enums import MaskFlags

    with rasterio.open(path) as source:
        turn = source.transform
        if source.crs is None:
            return Problem(str(path), "crs", None, "is missing; add it with gdal_edit -a_srs")
        if source.dtypes[0] not in NUMBERS:
            kinds = ", ".join(sorted(NUMBERS))
            return Problem(
                str(path), "numbers", source.dtypes[0], f"are no heights; convert to one of {kinds}"
            )
        return Tile(
            path.resolve(), source.crs.to_wkt(), turn.a, turn.e, turn.c, turn.f, source.width, source.height,
            source.dtypes[0], source.nodata, source.units[0] or "",
            float(source.scales[0]), float(source.offsets[0]), (turn.b, turn.d),
            source.nodata is None and MaskFlags.per_dataset in source.mask_flag_enums[0],
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


def virtual_raster(tiles: Sequence[Tile], metres_per_unit: float) -> str:
    """Text of a GDAL virtual raster over tiles of one grid: heights in metres, `HOLE` where there is none.

    Parameters
    ----------
    tiles : sequence of Tile
        Parts of one raster; between them it is without data. Where they overlap the first one counts.
    metres_per_unit : float
        Length of the unit that heights are stored in [m].
    """
    first = tiles[0]
    west = min(tile.west for tile in tiles)
    north = max(tile.north for tile in tiles) if first.y_step < 0 else min(tile.north for tile in tiles)
    places = [
        (round((tile.west - west) / first.x_step), round((tile.north - north) / first.y_step))
        for tile in tiles
    ]
    cols = max(x + tile.cols for (x, _), tile in zip(places, tiles, strict=True))
    rows = max(y + tile.rows for (_, y), tile in zip(places, tiles, strict=True))
    table = _heights_of(first, metres_per_unit)
    mask = "<UseMaskBand>true</UseMaskBand>" if first.masked else f"<NODATA>{_nodata(first)}</NODATA>"
    sources = "".join(
        f"<ComplexSource><SourceFilename relativeToVRT='0'>{escape(str(tile.path))}</SourceFilename>"
        f"<SourceBand>1</SourceBand><SrcRect xOff='0' yOff='0' xSize='{tile.cols}' ySize='{tile.rows}'/>"
        f"<DstRect xOff='{x}' yOff='{y}' xSize='{tile.cols}' ySize='{tile.rows}'/>"
        f"{mask}<LUT>{table}</LUT></ComplexSource>"
        # The first tile by name counts where tiles overlap; GDAL lets the last one drawn win.
        for (x, y), tile in reversed(list(zip(places, tiles, strict=True)))
    )
    b, d = first.turn
    transform = f"{west!r}, {first.x_step!r}, {b!r}, {north!r}, {d!r}, {first.y_step!r}"
    return (
        f"<VRTDataset rasterXSize={quoteattr(str(cols))} rasterYSize={quoteattr(str(rows))}>"
        f"<SRS>{escape(first.wkt)}</SRS><GeoTransform>{transform}</GeoTransform>"
        f"<VRTRasterBand dataType='Float32' band='1'>"
        f"<NoDataValue>{HOLE!r}</NoDataValue>{sources}</VRTRasterBand></VRTDataset>"
    )


def _heights_of(tile: Tile, metres_per_unit: float) -> str:
    """Table of GDAL from stored numbers to metres: straight above the lowest land, holes below it."""
    slope, level = tile.scale * metres_per_unit, tile.offset * metres_per_unit
    lowest = (LOWEST_LAND_M - level) / slope
    if tile.dtype == "int16":
        lowest = max(lowest, HOLE + 1.0)
    edge = lowest - max(abs(lowest), 1.0) * 1e-9
    highest = (BEYOND_LAND_M - level) / slope
    points = [(edge, HOLE), (lowest, slope * lowest + level), (highest, slope * highest + level)]
    return ",".join(f"{stored!r}:{height!r}" for stored, height in points)


def _nodata(tile: Tile) -> str:
    if tile.nodata is not None:
        return repr(tile.nodata)
    return "nan" if tile.dtype.startswith("float") else "-32768"
