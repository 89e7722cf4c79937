"""A fine terrain inside a coarse one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from egide.coverage.sightline import lowest_visible_height
from egide.coverage.sightline_nested import lowest_visible_height_nested
from egide.errors import GridMismatch, InputError
from egide.geo import Grid, Terrain

Heights = NDArray[np.float64]


def nested(fine_heights: Heights, coarse_heights: Heights) -> tuple[Terrain, Terrain]:
    """A fine terrain over the middle of a coarse one, of 3 m and 90 m cells."""
    coarse = Terrain.from_array(coarse_heights, 90.0)
    step = 3.0
    middle = coarse.grid.position((coarse_heights.shape[0] - 1) / 2, (coarse_heights.shape[1] - 1) / 2)
    half = [(size - 1) / 2 * step for size in fine_heights.shape]
    grid = Grid("local", (middle.x_m - half[1], middle.y_m + half[0]), step, fine_heights.shape)  # type: ignore[arg-type]
    return Terrain(grid, fine_heights, "surface_model"), coarse


def test_a_wall_in_the_fine_terrain_hides_the_coarse_one_by_similar_triangles() -> None:
    roofs = np.zeros((151, 151))
    roofs[:, 100] = 20.0  # 75 m east of the site at the centre
    fine, coarse = nested(roofs, np.zeros((61, 61)))
    here = fine.grid.position(75, 75)
    near, far = lowest_visible_height_nested(fine, coarse, here, 5.0, math.inf, k=math.inf)
    distance = np.arange(1, 31) * 90.0
    # The coarse cell's centre is the site's place here, so the triangles are exact.
    np.testing.assert_allclose(far[30, 33:], 5.0 + 15.0 * distance[2:] / 75.0, rtol=1e-9)
    np.testing.assert_array_equal(far[30, :30], 0.0)
    np.testing.assert_allclose(near[75, 101:], 5.0 + 15.0 * np.arange(26, 76) * 3.0 / 75.0, rtol=1e-9)


def test_a_fine_terrain_equal_to_the_coarse_one_changes_little() -> None:
    """With the coarse heights repeated, the horizon is the coarse one but for the steps of its cells."""
    rng = np.random.default_rng(1)
    hills = np.round(np.cumsum(rng.normal(0, 6, (81, 81)), axis=0))
    hills[38:43, 38:43] = 0.0
    fine, coarse = nested(np.zeros((150, 150)), hills)
    _, far = lowest_visible_height_nested(fine, coarse, fine.grid.position(75, 75), 15.0, math.inf)
    alone = lowest_visible_height(coarse, coarse.grid.position(40, 40), 15.0, math.inf)
    assert np.nanmedian(np.abs(far - alone)) < 2.0


def test_curvature_is_the_same_in_both() -> None:
    fine, coarse = nested(np.zeros((101, 101)), np.zeros((3, 801)))
    _, far = lowest_visible_height_nested(fine, coarse, fine.grid.position(50, 50), 10.0, math.inf)
    alone = lowest_visible_height(coarse, coarse.grid.position(1, 400), 10.0, math.inf)
    np.testing.assert_allclose(far[1], alone[1], atol=0.05)


def test_a_site_off_the_fine_terrain_or_another_crs_is_refused() -> None:
    fine, coarse = nested(np.zeros((11, 11)), np.zeros((9, 9)))
    with pytest.raises(InputError, match="outside the fine terrain"):
        lowest_visible_height_nested(fine, coarse, coarse.grid.position(0, 0), 5.0, math.inf)
    with pytest.raises(InputError, match="below ground"):
        lowest_visible_height_nested(fine, coarse, fine.grid.position(5, 5), -5.0, math.inf)
    elsewhere = Terrain.from_array(np.zeros((9, 9)), 90.0, crs="EPSG:32636")
    with pytest.raises(GridMismatch):
        lowest_visible_height_nested(fine, elsewhere, fine.grid.position(5, 5), 5.0, math.inf)
