"""Terrain as a value: frozen, above mean sea level, honest about holes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from egide.errors import GridMismatch, InputError, TerrainError
from egide.geo import Grid, Position, Terrain


def test_the_value_cannot_be_changed_from_inside_or_outside() -> None:
    given = np.arange(12.0).reshape(3, 4)
    terrain = Terrain.from_array(given, 10.0)
    given[0, 0] = 99.0
    assert terrain.heights_m[0, 0] == 0.0
    assert terrain.heights_m.dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        terrain.heights_m[0, 0] = 1.0
    with pytest.raises(AttributeError):
        terrain.surface = "surface_model"  # type: ignore[misc]


@pytest.mark.parametrize("mark", [math.nan, -32768.0])
def test_holes_are_read_as_holes(mark: float) -> None:
    heights = np.array([[1.0, mark], [3.0, 4.0]])
    terrain = Terrain.from_array(heights, 10.0)
    assert terrain.missing_fraction == 0.25
    assert not terrain.has_data(terrain.grid.position(0, 1))
    assert terrain.has_data(terrain.grid.position(1, 1))
    whole = Terrain.from_array(np.array([[1, -32768], [3, 4]], dtype=np.int16), 10.0)
    assert np.isnan(whole.heights_m[0, 1])


def test_heights_are_those_of_the_nearest_cell_and_nan_outside() -> None:
    terrain = Terrain.from_array(np.arange(6.0).reshape(2, 3), 10.0, origin=(100.0, 200.0))
    assert terrain.height_amsl_m(Position(113.0, 192.0, "local")) == 4.0
    outside = [
        Position(84.0, 200.0, "local"),
        Position(100.0, 215.0, "local"),
        Position(120.0, 186.0, "local"),
    ]
    found = terrain.heights_amsl_m([*outside, terrain.grid.position(1, 2)])
    np.testing.assert_array_equal(found, [math.nan, math.nan, 5.0, 5.0])
    with pytest.raises(GridMismatch):
        terrain.height_amsl_m(Position(0.0, 0.0, "EPSG:32636"))


@pytest.mark.parametrize("absurd", [math.inf, -math.inf, -3.4e38, 1e6])
def test_an_undeclared_no_data_mark_is_refused(absurd: float) -> None:
    with pytest.raises(TerrainError, match="no height on earth"):
        Terrain.from_array(np.array([[1.0, absurd]]), 10.0)


def test_what_is_no_terrain_is_refused() -> None:
    with pytest.raises(InputError, match="two dimensions"):
        Terrain.from_array(np.zeros(3), 10.0)
    with pytest.raises(InputError, match="positive length"):
        Terrain.from_array(np.zeros((3, 3)), 0.0)
    with pytest.raises(InputError, match="bare_earth, surface_model"):
        Terrain.from_array(np.zeros((3, 3)), 10.0, surface="sea")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="numbers"):
        Terrain.from_array(np.array([["a", "b"]]), 10.0)
    with pytest.raises(GridMismatch, match="shape"):
        Terrain(Grid("local", (0.0, 0.0), 10.0, (2, 2)), np.zeros((3, 3), np.float32))


@pytest.mark.parametrize(("azimuth_deg", "faces"), [(0.0, "n"), (90.0, "e"), (180.0, "s"), (270.0, "w")])
def test_a_slope_that_faces_the_light_is_lit_most(azimuth_deg: float, faces: str) -> None:
    down, right = np.mgrid[-10:11, -10:11] * 10.0
    slopes = {"n": down, "s": -down, "e": -right, "w": right}
    light = {
        name: Terrain.from_array(ground, 10.0).hillshade(azimuth_deg=azimuth_deg)[5, 5]
        for name, ground in slopes.items()
    }
    assert max(light, key=light.__getitem__) == faces
    assert light[faces] == pytest.approx(1.0, abs=1e-6)
    assert min(light.values()) == pytest.approx(0.0, abs=1e-6)


def test_flat_ground_is_lit_by_the_height_of_the_light_and_holes_stay_holes() -> None:
    heights = np.full((5, 6), 100.0)
    heights[2, 2] = np.nan
    shade = Terrain.from_array(heights, 10.0).hillshade(altitude_deg=30.0)
    assert shade.shape == (5, 6)
    assert np.isnan(shade[2, 2])
    np.testing.assert_allclose(shade[np.isfinite(shade)], 0.5, atol=1e-6)
    assert Terrain.from_array(np.zeros((1, 1)), 10.0).hillshade().shape == (1, 1)


def test_masked_cells_are_holes_whatever_stands_behind_the_mask() -> None:
    masked = np.ma.masked_equal(np.array([[120, 9999], [130, 140]], np.int16), 9999)
    terrain = Terrain.from_array(masked, 90.0)
    assert np.isnan(terrain.heights_m[0, 1])
    assert terrain.missing_fraction == 0.25
    assert np.array_equal(Terrain(terrain.grid, masked).heights_m, terrain.heights_m, equal_nan=True)


@pytest.mark.parametrize(
    ("heights", "cell"), [([[1, 2], [3]], 1.0), ([[1, 2], [3, 4]], "wide"), ([[1]], None)]
)
def test_what_is_no_table_or_no_length_is_an_input_error(heights: object, cell: object) -> None:
    with pytest.raises(InputError, match="table of numbers and a length"):
        Terrain.from_array(heights, cell)  # type: ignore[arg-type]
