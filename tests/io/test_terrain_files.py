"""Elevation models come in right, whatever they are stored as, or one error says why not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine, from_origin
from tests.reference import reference

from egide.errors import DatumError, InputError, TerrainError
from egide.geo import Grid, project
from egide.io.packaged import DATA
from egide.io.scenario_files import read_scenario
from egide.io.scenario_terrain import read_terrain, scenario_grid, terrain_hash
from egide.io.terrain_files import AreaOfInterest, read_elevation
from egide.model.place import Area

CRS = "EPSG:32636"
AREA = Area(west_deg=30.0, south_deg=50.0, east_deg=30.2, north_deg=50.1, crs=CRS)
BOX = AreaOfInterest(30.0, 50.0, 30.2, 50.1)
GRID = scenario_grid(AREA, 200.0)


def slope(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """A plane in degrees, which bilinear resampling keeps."""
    return 100.0 + 400.0 * (lon - 30.0) + 900.0 * (lat - 50.0)


def write(
    path: Path, *, west: float = 29.9, south: float = 49.9, east: float = 30.3, north: float = 50.2,
    step: float = 1 / 1200, dtype: str = "float32", scale: float = 1.0, crs: str | None = "EPSG:4326",
    unit: str | None = None, nodata: float | None = None, driver: str = "GTiff",
) -> Path:  # fmt: skip
    """A raster of the plane, pixel by pixel."""
    cols, rows = round((east - west) / step), round((north - south) / step)
    lon = west + step * (np.arange(cols) + 0.5)
    lat = north - step * (np.arange(rows) + 0.5)
    values = (slope(*np.meshgrid(lon, lat)) * scale).astype(dtype)
    with rasterio.open(
        path, "w", driver=driver, height=rows, width=cols, count=1, dtype=dtype, crs=crs, nodata=nodata,
        transform=from_origin(west, north, step, step),
    ) as file:  # fmt: skip
        file.write(values, 1)
        if unit is not None:
            file.units = (unit,)
    return path


def expected(grid: Grid = GRID) -> np.ndarray:
    from egide.geo import unproject

    x, y = np.meshgrid(grid.x_m, grid.y_m)
    lon, lat = unproject(x.ravel(), y.ravel(), grid.crs)
    return slope(lon, lat).reshape(grid.shape)


def test_a_geographic_raster_lands_on_the_metric_grid(tmp_path: Path) -> None:
    terrain = read_elevation(write(tmp_path / "a.tif"), GRID, area=BOX)
    assert np.nanmax(np.abs(terrain.heights_m - expected())) < 0.2
    assert terrain.missing_fraction == 0.0


def test_feet_are_turned_into_metres_where_they_are_declared(tmp_path: Path) -> None:
    terrain = read_elevation(write(tmp_path / "feet.tif", scale=1 / 0.3048, unit="ft"), GRID, area=BOX)
    assert np.nanmax(np.abs(terrain.heights_m - expected())) < 0.2
    with pytest.raises(InputError, match="fathom"):
        read_elevation(write(tmp_path / "f.tif", unit="fathom"), GRID, area=BOX)


def test_heights_above_the_ellipsoid_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatumError, match="geoid"):
        read_elevation(write(tmp_path / "e.tif", crs="EPSG:4979"), GRID, area=BOX)


def test_a_raster_without_crs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="crs"):
        read_elevation(write(tmp_path / "n.tif", crs=None), GRID, area=BOX)


def test_tiles_of_a_folder_make_one_terrain_without_a_seam(tmp_path: Path) -> None:
    whole = read_elevation(write(tmp_path / "whole.tif"), GRID, area=BOX)
    tiles = tmp_path / "tiles"
    tiles.mkdir()
    for number, (west, east) in enumerate(((29.9, 30.1), (30.1, 30.3))):
        for letter, (south, north) in zip("ab", ((49.9, 50.05), (50.05, 50.2)), strict=True):
            write(tiles / f"{number}{letter}.tif", west=west, east=east, south=south, north=north)
    mosaic = read_elevation(tiles, GRID, area=BOX)
    assert np.max(np.abs(mosaic.heights_m - whole.heights_m)) < 1e-3
    (tiles / "1a.tif").unlink()
    with pytest.raises(InputError, match="missing"):
        read_elevation(tiles, GRID, area=BOX)


def test_srtm_tiles_are_read_by_their_name(tmp_path: Path) -> None:
    path = write(
        tmp_path / "N50E030.hgt", driver="SRTMHGT", west=30 - 1 / 2400, south=50 - 1 / 2400,
        east=31 + 1 / 2400, north=51 + 1 / 2400, step=1 / 1200, dtype="int16",
    )  # fmt: skip
    box = AreaOfInterest(30.01, 50.01, 30.2, 50.1)
    grid = scenario_grid(Area(west_deg=30.01, south_deg=50.01, east_deg=30.2, north_deg=50.1, crs=CRS), 200.0)
    terrain = read_elevation(path, grid, area=box)
    assert np.nanmax(np.abs(terrain.heights_m - expected(grid))) < 1.5


def test_a_rotated_raster_is_resampled_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "rotated.tif"
    x0, y0 = project(30.1, 50.05, CRS)
    turn = Affine.translation(float(x0), float(y0)) * Affine.rotation(30.0) * Affine.scale(100.0, -100.0)
    size = 400
    forward = turn * Affine.translation(-size / 2, -size / 2)
    c, r = np.meshgrid(np.arange(size) + 0.5, np.arange(size) + 0.5)
    x, y = forward * (c, r)
    from egide.geo import unproject

    lon, lat = unproject(x.ravel(), y.ravel(), CRS)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=size,
        width=size,
        count=1,
        dtype="float32",
        crs=CRS,
        transform=forward,
    ) as file:
        file.write(slope(lon, lat).reshape(size, size).astype("float32"), 1)
    terrain = read_elevation(path, GRID, area=BOX)
    assert np.nanmax(np.abs(terrain.heights_m - expected())) < 0.5


@pytest.mark.parametrize(("dtype", "hole", "nodata"), [
    ("int16", -32768, None), ("int16", -32768, -32768), ("float32", np.nan, None), ("float32", -9999, None),
    ("float32", -9999, -9999),
])  # fmt: skip
def test_holes_are_holes_whether_declared_or_not(
    tmp_path: Path, dtype: str, hole: float, nodata: float | None
) -> None:
    path = write(tmp_path / "holes.tif", dtype=dtype, nodata=nodata)
    with rasterio.open(path, "r+") as file:
        values = file.read(1)
        values[150:200, 150:200] = hole
        file.write(values, 1)
    with pytest.raises(InputError, match="has holes"):
        read_elevation(path, GRID, area=BOX)
    box = AreaOfInterest(30.0, 50.0, 30.2, 50.1, holes_allowed_fraction=0.5)
    terrain = read_elevation(path, GRID, area=box)
    assert 0.0 < terrain.missing_fraction < 0.5
    assert np.nanmin(terrain.heights_m) > 0.0


def test_the_scale_and_offset_of_a_band_are_applied(tmp_path: Path) -> None:
    """Stored numbers are centimetres from -1,000 m up; -32768 and an undeclared low mark are holes."""
    path = write(tmp_path / "packed.tif", dtype="int32", scale=100.0)
    with rasterio.open(path, "r+") as file:
        file.write(file.read(1) + 100_000, 1)
        file.scales, file.offsets = (0.01,), (-1000.0,)
    terrain = read_elevation(path, GRID, area=BOX)
    assert np.nanmax(np.abs(terrain.heights_m - expected())) < 0.2
    with rasterio.open(path, "r+") as file:
        values = file.read(1)
        values[150:200, 150:200] = 0  # stands for -1,000 m
        file.write(values, 1)
    with pytest.raises(InputError, match="has holes"):
        read_elevation(path, GRID, area=BOX)
    with rasterio.open(path, "r+") as file:
        file.scales = (-0.01,)
    with pytest.raises(InputError, match="upwards"):
        read_elevation(path, GRID, area=BOX)


def test_the_mark_of_a_hole_is_one_even_where_its_height_would_be_possible(tmp_path: Path) -> None:
    """At 0.01 m a number, -32768 reads -328 m, which is land; SRTM's and DTED's mark it is all the same."""
    path = write(tmp_path / "mark.tif", dtype="int16", scale=100.0)
    with rasterio.open(path, "r+") as file:
        values = file.read(1)
        values[150:200, 150:200] = -32768
        file.write(values, 1)
        file.scales = (0.01,)
    with pytest.raises(InputError, match="has holes"):
        read_elevation(path, GRID, area=BOX)


def test_two_undeclared_marks_leave_no_blended_pits(tmp_path: Path) -> None:
    path = write(tmp_path / "two.tif", dtype="int16")
    with rasterio.open(path, "r+") as file:
        values = file.read(1)
        values[150:200, 150:200] = -9999
        values[100:120, 150:200] = -32768
        file.write(values, 1)
    box = AreaOfInterest(30.0, 50.0, 30.2, 50.1, holes_allowed_fraction=0.5)
    terrain = read_elevation(path, GRID, area=box)
    known = np.isfinite(terrain.heights_m)
    assert 0.0 < terrain.missing_fraction < 0.5
    assert np.abs(terrain.heights_m - expected())[known].max() < 1.5


def test_land_below_the_sea_is_land_in_feet_too(tmp_path: Path) -> None:
    """The shore of the Dead Sea lies at -430 m, -1,411 feet."""
    path = write(tmp_path / "low.tif", unit="ft")
    with rasterio.open(path, "r+") as file:
        file.write(np.full(file.shape, -1411.0, np.float32), 1)
    terrain = read_elevation(path, GRID, area=BOX)
    assert np.allclose(terrain.heights_m, -430.07, atol=0.01)


def test_a_mask_in_the_file_marks_holes(tmp_path: Path) -> None:
    path = write(tmp_path / "mask.tif")
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as file:
        mask = np.full(file.shape, 255, np.uint8)
        mask[150:200, 150:200] = 0
        file.write_mask(mask)
    with pytest.raises(InputError, match="has holes"):
        read_elevation(path, GRID, area=BOX)


def test_a_tile_missing_in_the_middle_is_a_hole_and_not_a_bridge(tmp_path: Path) -> None:
    for number, (west, east) in enumerate(((29.9, 30.05), (30.05, 30.15), (30.15, 30.3))):
        write(tmp_path / f"{number}.tif", west=west, east=east)
    (tmp_path / "1.tif").unlink()
    with pytest.raises(InputError, match=r"has holes, the first near 30\.05"):
        read_elevation(tmp_path, GRID, area=BOX)
    box = AreaOfInterest(30.0, 50.0, 30.2, 50.1, holes_allowed_fraction=0.6)
    terrain = read_elevation(tmp_path, GRID, area=box)
    known = np.isfinite(terrain.heights_m)
    assert 0.4 < terrain.missing_fraction < 0.6
    assert np.abs(terrain.heights_m - expected())[known].max() < 1.0  # a kernel cut in half


def test_an_area_that_is_not_covered_says_what_is_held(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"does not cover the area 30 50 30\.2 50\.1"):
        read_elevation(write(tmp_path / "half.tif", east=30.1), GRID, area=BOX)


def test_a_truncated_file_is_one_clear_error(tmp_path: Path) -> None:
    path = write(tmp_path / "cut.tif")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 3])
    with pytest.raises(InputError, match=r"cut\.tif") as caught:
        read_elevation(path, GRID, area=BOX)
    assert len(caught.value.problems) == 1
    (tmp_path / "text.tif").write_text("no raster")
    with pytest.raises(InputError, match=r"text\.tif"):
        read_elevation(tmp_path / "text.tif", GRID)
    with pytest.raises(InputError, match="does not exist"):
        read_elevation(tmp_path / "nothing.tif", GRID)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no elevation tile"):
        read_elevation(tmp_path / "empty", GRID)


def test_the_packaged_theatre_has_data_everywhere_in_its_area() -> None:
    scenario = read_scenario("kyiv-2025-07-04")
    terrain = read_terrain(scenario)
    assert terrain.grid.cell_m == 1000.0
    kyiv = scenario.asset("city-kyiv")
    from egide.geo import Position

    height = terrain.height_amsl_m(Position.from_lonlat(kyiv.lon_deg, kyiv.lat_deg, terrain.grid.crs))
    assert 90.0 < height < 200.0
    assert len(terrain_hash(scenario)) == 64


def test_real_mountains_keep_their_height_at_30_m() -> None:
    path = reference("data/terrain/hoverla_srtm1.tif")
    area = Area(west_deg=24.46, south_deg=48.135, east_deg=24.58, north_deg=48.20, crs="EPSG:32635")
    terrain = read_elevation(path, scenario_grid(area, 30.0))
    assert 2030.0 < float(np.nanmax(terrain.heights_m)) <= 2046.0


def test_a_raster_whose_rows_run_northwards_is_read_like_any_other(tmp_path: Path) -> None:
    path = write(tmp_path / "down.tif")
    with rasterio.open(path) as file:
        values, meta, edge = file.read(1), file.profile, file.transform
    bottom = edge.f + edge.e * meta["height"]
    meta["transform"] = Affine(edge.a, 0.0, edge.c, 0.0, -edge.e, bottom)
    with rasterio.open(tmp_path / "up.tif", "w", **meta) as file:
        file.write(values[::-1], 1)
    found = read_elevation(tmp_path / "up.tif", GRID, area=BOX)
    np.testing.assert_allclose(found.heights_m, read_elevation(path, GRID).heights_m, atol=1e-3)


@pytest.mark.parametrize(("dtype", "mark"), [("uint16", 65535), ("float32", 9999.0), ("int16", 32767)])
def test_a_mark_above_all_land_is_refused_and_never_a_mountain(
    tmp_path: Path, dtype: str, mark: float
) -> None:
    path = write(tmp_path / "high.tif", dtype=dtype)
    with rasterio.open(path, "r+") as file:
        values = file.read(1)
        values[100:140, 100:160] = mark
        file.write(values, 1)
    with pytest.raises(TerrainError, match="no height on earth"):
        read_elevation(path, GRID)
    with rasterio.open(path, "r+") as file:
        file.nodata = mark
    assert np.isnan(read_elevation(path, GRID).heights_m).any()


def test_areas_that_overlap_share_their_cells() -> None:
    other = scenario_grid(
        Area(west_deg=30.05, south_deg=50.02, east_deg=30.3, north_deg=50.2, crs=CRS), 200.0
    )
    assert (other.origin[0] - GRID.origin[0]) % 200.0 == 0.0
    assert (other.origin[1] - GRID.origin[1]) % 200.0 == 0.0
    assert DATA.exists()
