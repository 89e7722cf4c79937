"""The sweeps against their slow twins, on random terrains with holes and observers anywhere."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.naive import sightline as naive

from egide.coverage.sightline import eye_at, relief_of, sweep
from egide.geo import Terrain
from egide.kernels import sightline_exact
from egide.kernels.sightline_rays import BLOCK, NEVER, PIT
from egide.kernels.sightline_reading import Reading, encode

BOW = 0.01


@st.composite
def scenes(draw: st.DrawFn) -> tuple[NDArray[np.float64], int, int, float, float]:
    """Heights with holes, an observer on data or outside, the height of its eye, a range in cells."""
    rows, cols = draw(st.integers(1, 14)), draw(st.integers(1, 14))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    heights = np.round(rng.normal(0.0, draw(st.sampled_from([0.0, 3.0, 80.0])), (rows, cols)), 1)
    heights[rng.random((rows, cols)) < draw(st.sampled_from([0.0, 0.0, 0.1]))] = np.nan
    row, col = draw(st.integers(-3, rows + 2)), draw(st.integers(-3, cols + 2))
    if 0 <= row < rows and 0 <= col < cols:
        heights[row, col] = 1.0
    level = 1.0 + draw(st.sampled_from([0.0, 2.0, 30.0, 9000.0]))
    return heights, row, col, level, draw(st.sampled_from([1.0, 2.5, 5.0, 9.0, 40.0]))


def swept(
    scene: tuple[NDArray[np.float64], int, int, float, float],
    method: str,
    rays: int,
    dtype: type = np.float64,
) -> NDArray[np.floating]:
    heights, row, col, level, reach = scene
    relief = relief_of(Terrain.from_array(heights, 1.0))
    eye = eye_at(relief, row, col, 0.0, reach, math.inf)._replace(level=level, bow=BOW, reach=reach)
    out = np.full(heights.shape, NEVER, dtype=dtype)
    sweep(relief, eye, rays, method, Reading(1, 0, 0, 0, *heights.shape), out.reshape(-1))  # type: ignore[arg-type]
    if 0 <= row < heights.shape[0] and 0 <= col < heights.shape[1]:
        out[row, col] = heights[row, col]
    out[out <= PIT] = np.nan
    return out


@settings(max_examples=40, deadline=None)
@given(scenes(), st.sampled_from([1, 7, 16, 40]))
def test_the_fan_of_rays_gives_what_its_slow_twin_gives(
    scene: tuple[NDArray[np.float64], int, int, float, float], rays: int
) -> None:
    # Beside a pit 100 km deep the fixed-point position shows at the fifth digit.
    slow = naive.fan(np.float32(scene[0]).astype(float), *scene[1:], BOW, rays)
    np.testing.assert_allclose(swept(scene, "r2", rays), slow, rtol=1e-9, atol=1e-2)
    np.testing.assert_allclose(swept(scene, "r2", rays, np.float32), slow, rtol=1e-5, atol=0.1)


@settings(max_examples=40, deadline=None)
@given(scenes())
def test_xdraw_gives_what_its_slow_twin_gives(
    scene: tuple[NDArray[np.float64], int, int, float, float],
) -> None:
    slow = naive.xdraw(np.float32(scene[0]).astype(float), *scene[1:], BOW)
    np.testing.assert_allclose(swept(scene, "xdraw", 1), slow, rtol=1e-9, atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(scenes())
def test_exact_lines_give_what_their_slow_twin_gives(
    scene: tuple[NDArray[np.float64], int, int, float, float],
) -> None:
    heights, row, col, level, reach = scene
    relief = relief_of(Terrain.from_array(heights, 1.0))
    eye = eye_at(relief, row, col, 0.0, reach, math.inf)._replace(level=level, bow=BOW, reach=reach)
    out = np.full(heights.shape, np.nan)
    filled = np.nan_to_num(np.float32(heights).astype(float), nan=PIT)
    rows, cols = (np.arange(size) for size in heights.shape)
    sightline_exact.cells_exact(filled, eye, rows, cols, out)
    slow = naive.exact(np.float32(heights).astype(float), row, col, level, reach, BOW)
    np.testing.assert_allclose(out, slow, rtol=1e-9, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(scenes(), st.integers(1, 6), st.integers(0, 5), st.booleans())
def test_reading_blocks_gives_the_centre_or_the_highest_of_the_cells_of_a_full_sweep(
    scene: tuple[NDArray[np.float64], int, int, float, float], factor: int, shift: int, centre: bool
) -> None:
    """The highest counts lines over holes too, so there it may only be more."""
    heights, row, col, level, reach = scene
    full = swept(scene, "r2", 40)
    if 0 <= row < heights.shape[0] and 0 <= col < heights.shape[1]:
        full[row, col] = np.nan  # sweeps begin one cell away
    relief = relief_of(Terrain.from_array(heights, 1.0))
    eye = eye_at(relief, row, col, 0.0, reach, math.inf)._replace(level=level, bow=BOW, reach=reach)
    shape = tuple(-(-(size + shift) // factor) for size in heights.shape)
    window = np.full(shape, NEVER)
    reading = Reading(factor, factor // 2 if centre else -1, -shift, -shift, *shape)
    sweep(relief, eye, 40, "r2", reading, window.reshape(-1))
    window[window <= PIT] = np.nan

    def in_blocks(values: NDArray[np.floating]) -> NDArray[np.float64]:
        blocks = np.full((shape[0] * factor, shape[1] * factor), np.nan)
        blocks[shift : shift + heights.shape[0], shift : shift + heights.shape[1]] = values
        return blocks

    if centre:
        expected = in_blocks(full)[factor // 2 :: factor, factor // 2 :: factor]
        np.testing.assert_array_equal(window, expected)
        return
    ground, expected = (
        np.fmax.reduce(np.fmax.reduce(parts.reshape(shape[0], factor, shape[1], factor), axis=3), axis=1)
        for parts in (in_blocks(np.where(np.isfinite(full), np.float32(heights), np.nan)), in_blocks(full))
    )
    found, some = np.fmax(window, ground), np.isfinite(expected)
    if np.isnan(heights).any():
        assert (found[some] >= expected[some]).all()
    else:
        np.testing.assert_array_equal(found[some], expected[some])


def test_skipping_hidden_squares_changes_no_result() -> None:
    """Every chunk and square of a terrain of several squares gives what the twin gives that skips none."""
    rng = np.random.default_rng(5)
    size = 3 * BLOCK + 3
    heights = np.round(np.cumsum(rng.normal(0, 4, (size, size)), axis=0), 0)
    scene = (heights, 20, 17, float(heights[20, 17] + 6.0), 200.0)
    slow = naive.fan(np.float32(heights).astype(float), *scene[1:], BOW, 150)
    np.testing.assert_allclose(swept(scene, "r2", 150), slow, rtol=1e-9, atol=1e-3)


@pytest.mark.parametrize("reach", [0.5, 2.3, 9.0])
def test_codes_round_up_and_stop_at_the_range(reach: float) -> None:
    rng = np.random.default_rng(2)
    window = rng.uniform(-600.0, 40_000.0, (7, 5))
    window[2, 3] = NEVER
    codes = np.empty(window.size, dtype=np.uint16)
    encode(window.reshape(-1), 5, (-4.0, -2.0), 2.0, reach, 0.5, 500.0, codes)
    for (row, col), height in np.ndenumerate(window):
        away = math.hypot(-4.0 + 2.0 * row, -2.0 + 2.0 * col)
        steps = math.ceil((height + 500.0) / 0.5)
        lost = height == NEVER or away > reach or steps > 65535
        assert codes[row * 5 + col] == (65535 if lost else max(steps, 0))


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 150), st.integers(1, 150), st.integers(0, 2**32 - 1))
def test_a_terrain_is_padded_turned_and_summed_up_as_plain_arrays_say(
    rows: int, cols: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    heights = rng.normal(0.0, 50.0, (rows, cols)).astype(np.float32)
    heights[rng.random((rows, cols)) < 0.05] = np.nan
    relief = relief_of(Terrain.from_array(heights, 1.0))
    for ground, plain in ((relief.ground, heights), (relief.turned, heights.T)):
        padded = np.pad(
            np.where(np.isnan(plain), np.float32(PIT), plain), ((0, 0), (1, 1)), constant_values=PIT
        )
        np.testing.assert_array_equal(ground.heights, padded)
        for (down, across), peak in np.ndenumerate(ground.peaks):
            square = padded[down * BLOCK : (down + 1) * BLOCK, across * BLOCK : (across + 1) * BLOCK]
            assert peak == square.max()
        assert ground.peaks.shape == tuple(-(-size // BLOCK) for size in padded.shape)
