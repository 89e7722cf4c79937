"""Lines of sight against GDAL's own expected arrays, against GDAL itself, and R2 against exact lines."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.reference import reference

from egide.coverage.sightline import Method, lowest_visible_height
from egide.geo import Terrain
from egide.units import EARTH_RADIUS_M

MAST_M = 20.0
HEIGHTS_AGL_M = (0.0, 10.0, 50.0, 100.0, 300.0, 1000.0, 3000.0)


def table(rows: list[list[Any]]) -> NDArray[np.float64]:
    """Numbers of a table in which some are written as fractions."""
    return np.array([[float(Fraction(str(value))) for value in row] for row in rows])


def cases() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        reference("validation/viewshed/gdal_cpp_cases.json").read_text("utf-8")
    )
    return found


def seen(rows: list[list[Any]], observer: list[int], method: Method) -> NDArray[np.float64]:
    terrain = Terrain.from_array(table(rows), 1.0)
    position = terrain.grid.position(observer[1], observer[0])
    return lowest_visible_height(terrain, position, 0.0, math.inf, k=math.inf, method=method)


@pytest.mark.reference
def test_xdraw_gives_the_observable_heights_of_gdals_own_tests() -> None:
    case = cases()["simple_height"]
    found = seen(case["in"], case["obs"], "xdraw")
    np.testing.assert_allclose(found, np.maximum(table(case["observable"]), table(case["in"])), atol=1e-12)
    case = cases()["all_visible"]
    np.testing.assert_array_equal(seen(case["in"], case["obs"], "xdraw"), table(case["in"]))


@pytest.mark.reference
@pytest.mark.parametrize("method", ["xdraw", "r2", "r3"])
def test_every_method_gives_gdals_heights_above_sea_level_and_above_ground_along_a_line(
    method: Method,
) -> None:
    for case in cases()["dem_vs_ground"]:
        found, ground = seen([case["in"]], case["obs"], method), table([case["in"]])
        # GDAL's height is that of the line of sight; ours is never below ground.
        np.testing.assert_allclose(found, np.maximum(table([case["dem"]]), ground), atol=1e-6)
        np.testing.assert_allclose(found - ground, table([case["ground"]]), atol=1e-6)


@pytest.mark.reference
@pytest.mark.parametrize("side", ["oor_left", "oor_right"])
def test_xdraw_sees_from_outside_the_raster_as_gdal_does(side: str) -> None:
    group = cases()[side]
    for case in group["cases"]:
        found = seen(group["in"], case["obs"], "xdraw")
        np.testing.assert_allclose(found, np.maximum(table(case["dem"]), table(group["in"])), atol=1e-12)


@cache
def synthetic() -> Terrain:
    """Random hills of 120 m standard deviation at 90 m, in whole metres."""
    rng = np.random.default_rng(1)
    size = 420
    spectrum = np.fft.rfft2(rng.standard_normal((size, size)))
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None, :])
    hills = np.fft.irfft2(spectrum * (frequency**2 + (1.0 / 200.0) ** 2) ** -1.0, s=(size, size))
    return Terrain.from_array(np.round(500.0 + 120.0 * hills / hills.std()), 90.0)


@cache
def mountains() -> Terrain:
    """Real relief: the Carpathians round Hoverla, 1 arc-second, taken as square cells of 30 m."""
    import rasterio

    with rasterio.open(reference("data/terrain/hoverla_srtm1.tif")) as source:
        return Terrain.from_array(source.read(1), 30.0)


def sites(terrain: Terrain) -> list[tuple[int, int]]:
    rng = np.random.default_rng(9)
    rows, cols = terrain.grid.shape
    return [(int(rng.integers(rows)), int(rng.integers(cols))) for _ in range(3)] + [(0, cols - 1)]


def agreement(one: NDArray[np.float64], other: NDArray[np.float64], terrain: Terrain) -> float:
    """Smallest share of cells, over heights above ground, on which two maps agree about what is seen."""
    above = (one - terrain.heights_m, other - terrain.heights_m)
    known = np.isfinite(above[0])
    assert (known == np.isfinite(above[1])).all()
    return min(
        float(np.mean((above[0] <= height)[known] == (above[1] <= height)[known])) for height in HEIGHTS_AGL_M
    )


@pytest.mark.parametrize(
    "terrain", [synthetic, pytest.param(mountains, marks=pytest.mark.reference)], ids=["synthetic", "real"]
)
def test_r2_agrees_with_exact_lines_on_997_cells_of_1000(terrain: Any) -> None:
    """At 0 to 3,000 m above ground, in the worst height, over all sites together; and close in height."""
    ground: Terrain = terrain()
    shares, squares = [], []
    for row, col in sites(ground):
        position = ground.grid.position(row, col)
        fan, exact = (
            lowest_visible_height(ground, position, MAST_M, 13_000.0, method=method)
            for method in ("r2", "r3")
        )
        shares.append(agreement(fan, exact, ground))
        squares.append(np.nanmean((fan - exact) ** 2))
    assert np.mean(shares) >= 0.997
    assert math.sqrt(np.mean(squares)) <= 4.0


def gdal_map(terrain: Terrain, row: int, col: int, range_m: float, folder: Path) -> NDArray[np.float64]:
    """GDAL's lowest visible heights (mode DEM) on the terrain's grid, NaN beyond the range."""
    import rasterio
    from rasterio.transform import Affine

    source, target = folder / "terrain.tif", folder / "seen.tif"
    rows, cols = terrain.grid.shape
    # A sphere of our radius, so that GDAL's curvature coefficient is 1 / k exactly.
    crs = rasterio.CRS.from_string(f"+proj=tmerc +lat_0=48 +lon_0=30 +R={EARTH_RADIUS_M} +units=m +no_defs")
    profile: dict[str, Any] = {"driver": "GTiff", "dtype": "float32", "count": 1, "crs": crs}
    with rasterio.open(
        source, "w", height=rows, width=cols, transform=Affine(*terrain.grid.transform), **profile
    ) as sink:
        sink.write(terrain.heights_m, 1)
    place = terrain.grid.position(row, col)
    subprocess.run(
        ["gdal_viewshed", "-q", "-om", "DEM", "-cc", "0.75", "-oz", f"{MAST_M}", "-md", f"{range_m}",
         "-ox", f"{place.x_m}", "-oy", f"{place.y_m}", "-ov", "-1", str(source), str(target)],
        check=True,
    )  # fmt: skip
    full = np.full((rows, cols), np.nan)
    with rasterio.open(target) as found:
        x_m, y_m = found.xy(0, 0)
        top, left = (int(v) for v in terrain.grid.indices(x_m, y_m))
        part = found.read(1)
    full[top : top + part.shape[0], left : left + part.shape[1]] = part
    return full


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("gdal_viewshed") is None, reason="gdal_viewshed (Debian gdal-bin) is not installed"
)
@pytest.mark.parametrize(
    "terrain", [synthetic, pytest.param(mountains, marks=pytest.mark.reference)], ids=["synthetic", "real"]
)
def test_xdraw_agrees_with_gdal_on_999_cells_of_1000(terrain: Any, tmp_path: Path) -> None:
    ground: Terrain = terrain()
    for row, col in sites(ground):
        ours = lowest_visible_height(ground, ground.grid.position(row, col), MAST_M, 13_000.0, method="xdraw")
        theirs = gdal_map(ground, row, col, 13_000.0, tmp_path)
        theirs[np.isnan(ours)] = np.nan
        assert not np.isnan(theirs[np.isfinite(ours)]).any()
        assert agreement(ours, np.maximum(theirs, ground.heights_m), ground) >= 0.999
