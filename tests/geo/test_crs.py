"""Projections: there and back, the choice for a theatre, and what heights count from."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egide.errors import DatumError, GridMismatch, InputError
from egide.geo import (
    LOCAL,
    Grid,
    Position,
    geographic_length_m,
    project,
    theatre_crs,
    unproject,
    vertical_unit,
)
from egide.geo.crs import scale_error_fraction

UKRAINE = (20.0, 42.5, 43.0, 54.0)
UTM = "EPSG:32636"


@settings(max_examples=50, deadline=None)
@given(st.floats(20, 43), st.floats(42.5, 54))
def test_projecting_there_and_back_is_identity(lon_deg: float, lat_deg: float) -> None:
    position = Position.from_lonlat(lon_deg, lat_deg, theatre_crs(*UKRAINE).crs)
    assert position.lonlat() == pytest.approx((lon_deg, lat_deg), abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(st.floats(20, 43), st.floats(42.5, 54), st.floats(-0.3, 0.3), st.floats(-0.2, 0.2))
def test_map_lengths_keep_within_the_stated_scale_error(
    lon: float, lat: float, east: float, north: float
) -> None:
    """Against PROJ's geodesics, for lines that stay in the box."""
    chosen = theatre_crs(*UKRAINE)
    end = (float(np.clip(lon + east, 20, 43)), float(np.clip(lat + north, 42.5, 54)))
    ground = geographic_length_m(lon, lat, *end)
    if ground > 100.0:
        on_map = Position.from_lonlat(lon, lat, chosen.crs).distance_m(Position.from_lonlat(*end, chosen.crs))
        assert abs(on_map / ground - 1.0) <= chosen.worst_scale_error_fraction + 1e-6


@pytest.mark.parametrize(
    ("box", "worst"),
    [(UKRAINE, 0.003), ((-61.0, 10.0, -60.0, 11.0), 5e-5), ((32.0, -3.0, 36.0, 3.0), 0.0011),
     ((-10.0, 70.0, 40.0, 90.0), 0.011), ((175.0, 50.0, -175.0, 60.0), 0.0023), ((5.0, 45.0, 6.0, 46.0), 5e-5)],
)  # fmt: skip
def test_the_theatres_projection_is_conformal_and_its_error_small(
    box: tuple[float, float, float, float], worst: float
) -> None:
    chosen = theatre_crs(*box)
    assert 0.0 < chosen.worst_scale_error_fraction <= worst
    middle = (box[0] + ((box[2] - box[0]) % 360.0) / 2.0, (box[1] + box[3]) / 2.0)
    x_m, y_m = project(middle[0] + np.array([0, 1e-4, 0]), middle[1] + np.array([0, 0, 1e-4]), chosen.crs)
    along_e, along_n = (np.array([x_m[i] - x_m[0], y_m[i] - y_m[0]]) for i in (1, 2))
    assert along_e @ along_n == pytest.approx(0.0, abs=1e-5 * np.hypot(*along_e) * np.hypot(*along_n))


@pytest.mark.parametrize(
    "box", [(20, 54, 43, 42), (20, 42, 20, 54), (20, -95, 43, 0), (20, 42, 43, float("nan"))]
)
def test_a_box_that_is_none_is_refused(box: tuple[float, float, float, float]) -> None:
    with pytest.raises(InputError, match="south below north"):
        theatre_crs(*box)


def test_threads_project_alike() -> None:
    lon, lat = np.linspace(22, 40, 2000), np.linspace(45, 52, 2000)
    alone = project(lon, lat, UTM)
    with ThreadPoolExecutor(8) as pool:
        for x_m, y_m in pool.map(lambda _: project(lon, lat, UTM), range(32)):
            np.testing.assert_array_equal(x_m, alone[0])
            np.testing.assert_array_equal(y_m, alone[1])


def test_a_local_grid_has_no_longitude_and_nonsense_no_crs() -> None:
    with pytest.raises(InputError, match="no place on the earth"):
        Position(0.0, 0.0, LOCAL).lonlat()
    with pytest.raises(InputError, match="not understood by PROJ"):
        Position.from_lonlat(30.0, 50.0, "EPSG:nonsense")
    with pytest.raises(InputError, match="longitude then latitude"):
        Position.from_lonlat(30.0, 95.0, UTM)
    with pytest.raises(InputError, match="is no place"):
        Position(float("nan"), 0.0, UTM)
    with pytest.raises(GridMismatch):
        Position(0.0, 0.0, UTM).distance_m(Position(0.0, 0.0, LOCAL))


@pytest.mark.parametrize("lon_deg", [30.0, 33.0, 36.0])
def test_convergence_is_that_of_the_transverse_mercator(lon_deg: float) -> None:
    """tan(convergence) = tan(longitude off the axis) sin(latitude), on the sphere; within 0.01 deg on WGS 84."""
    grid = Grid(UTM, (500_000.0, 5_500_000.0), 1000.0, (10, 10))
    expected = np.degrees(np.arctan(np.tan(np.radians(lon_deg - 33.0)) * np.sin(np.radians(50.0))))
    found = grid.convergence_deg(Position.from_lonlat(lon_deg, 50.0, UTM))
    assert found == pytest.approx(expected, abs=0.01)


def test_a_true_bearing_less_convergence_is_a_bearing_on_the_grid() -> None:
    crs = theatre_crs(*UKRAINE).crs
    here = Position.from_lonlat(40.0, 50.0, crs)
    north = Position.from_lonlat(40.0, 50.01, crs)
    grid = Grid(crs, (0.0, 0.0), 1000.0, (5, 5))
    on_grid = np.degrees(np.arctan2(north.x_m - here.x_m, north.y_m - here.y_m))
    assert on_grid == pytest.approx(0.0 - grid.convergence_deg(here), abs=1e-3)
    assert abs(on_grid) > 5.0
    assert Grid(LOCAL, (0.0, 0.0), 10.0, (5, 5)).convergence_deg(Position(0.0, 0.0, LOCAL)) == 0.0


def test_convergence_is_defined_beside_the_pole() -> None:
    crs = "EPSG:3995"  # polar stereographic: grid north is along 0 degrees, so convergence is the longitude
    grid = Grid(crs, (0.0, 0.0), 1000.0, (5, 5))
    assert grid.convergence_deg(Position.from_lonlat(25.0, 89.5, crs)) == pytest.approx(25.0, abs=1e-3)


def test_heights_above_the_ellipsoid_are_told_from_those_above_the_sea() -> None:
    assert vertical_unit("EPSG:4326+5773").is_declared
    assert not vertical_unit("EPSG:4326+5773").is_ellipsoidal
    assert vertical_unit("EPSG:5773").metres_per_unit == 1.0
    assert vertical_unit("EPSG:4979").is_ellipsoidal
    assert not vertical_unit(UTM).is_declared
    assert vertical_unit("EPSG:2263+6360").metres_per_unit == pytest.approx(0.3048006, abs=1e-7)
    with pytest.raises(DatumError, match="depths"):
        vertical_unit("EPSG:4326+5715")


def test_unproject_is_the_inverse_for_arrays() -> None:
    lon, lat = np.meshgrid([22.0, 30.0, 39.0], [45.0, 51.0])
    back = unproject(*project(lon, lat, UTM), UTM)
    np.testing.assert_allclose(back[0], lon, atol=1e-9)
    np.testing.assert_allclose(back[1], lat, atol=1e-9)


def test_the_scale_error_of_a_projection_grows_with_the_distance_from_its_home() -> None:
    """UTM promises 0.9996 at its central meridian; further zones are worse, and a chosen CRS is better than any."""
    errors = [
        scale_error_fraction(f"EPSG:{32600 + zone}", 32.0, 49.0, 34.0, 51.0) for zone in (36, 37, 39, 43)
    ]
    assert errors == sorted(errors)
    assert errors[0] == pytest.approx(0.0004, abs=1e-5)
    assert theatre_crs(32.0, 49.0, 34.0, 51.0).worst_scale_error_fraction < errors[0]
