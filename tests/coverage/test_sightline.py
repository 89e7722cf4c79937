"""Laws of the lines of sight, and what is said about bad input."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.reference import acceptance

from egide.coverage.sightline import Method, eye_at, k_from_gradient, lowest_visible_height, relief_of
from egide.coverage.sightline_batch import Keep, demand_ground, lowest_visible_heights
from egide.errors import GridMismatch, InputError
from egide.geo import Grid, Position, Terrain
from egide.kernels.sightline_exact import slope_to
from egide.units import EARTH_RADIUS_M

METHODS: tuple[Method, ...] = ("r2", "xdraw", "r3")
CELL_M = 90.0
FOUR_THIRDS_M = 4.0 / 3.0 * EARTH_RADIUS_M


def rough(seed: int, rows: int = 41, cols: int = 37, std_m: float = 40.0) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    return np.round(
        np.cumsum(rng.normal(0.0, std_m / 6.0, (rows, cols)), axis=0) + rng.normal(0, std_m, cols)
    )


def lowest(
    heights: NDArray[np.float64], row: int, col: int, mast_m: float, range_m: float = math.inf, **options: Any
) -> NDArray[np.float64]:
    terrain = Terrain.from_array(heights, CELL_M)
    return lowest_visible_height(terrain, terrain.grid.position(row, col), mast_m, range_m, **options)


seeds = st.integers(0, 2**32 - 1)
sites = st.tuples(st.integers(0, 40), st.integers(0, 36))
masts = st.floats(0.0, 200.0)
methods = st.sampled_from(METHODS)


@settings(max_examples=25, deadline=None)
@given(seeds, sites, masts, methods)
def test_nothing_is_seen_below_ground_and_the_sensors_own_cell_is_seen_at_ground(
    seed: int, site: tuple[int, int], mast_m: float, method: Method
) -> None:
    heights = rough(seed)
    seen = lowest(heights, *site, mast_m, method=method)
    assert (seen >= heights).all()
    around = seen[max(site[0] - 1, 0) : site[0] + 2, max(site[1] - 1, 0) : site[1] + 2]
    ground = heights[max(site[0] - 1, 0) : site[0] + 2, max(site[1] - 1, 0) : site[1] + 2]
    np.testing.assert_array_equal(around, ground)


@settings(max_examples=25, deadline=None)
@given(seeds, sites, masts, st.floats(0.01, 500.0), methods)
def test_a_taller_mast_never_sees_less(
    seed: int, site: tuple[int, int], mast_m: float, more_m: float, method: Method
) -> None:
    heights = rough(seed)
    short, tall = (lowest(heights, *site, mast, method=method) for mast in (mast_m, mast_m + more_m))
    assert (tall <= short + 1e-6).all()


@settings(max_examples=25, deadline=None)
@given(seeds, sites, masts, methods)
def test_more_refraction_never_sees_less(
    seed: int, site: tuple[int, int], mast_m: float, method: Method
) -> None:
    heights = rough(seed)
    bent, straight, flat = (
        lowest(heights, *site, mast_m, method=method, k=k) for k in (4.0 / 3.0, 1.0, math.inf)
    )
    assert (bent <= straight + 1e-6).all()
    assert (flat <= bent + 1e-6).all()


@settings(max_examples=25, deadline=None)
@given(seeds, sites, masts, methods)
def test_a_very_large_k_is_a_flat_earth(
    seed: int, site: tuple[int, int], mast_m: float, method: Method
) -> None:
    heights = rough(seed)
    flat = lowest(heights, *site, mast_m, method=method, k=math.inf)
    np.testing.assert_allclose(lowest(heights, *site, mast_m, method=method, k=1e9), flat, atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(seeds, sites, masts, methods)
def test_a_mirrored_or_turned_terrain_gives_the_mirrored_or_turned_map(
    seed: int, site: tuple[int, int], mast_m: float, method: Method
) -> None:
    heights = rough(seed)
    row, col = site
    rows, cols = heights.shape
    seen = lowest(heights, row, col, mast_m, method=method)
    mirrored = lowest(heights[:, ::-1], row, cols - 1 - col, mast_m, method=method)[:, ::-1]
    turned = np.rot90(lowest(np.rot90(heights), cols - 1 - col, row, mast_m, method=method), -1)
    upside = lowest(heights[::-1], rows - 1 - row, col, mast_m, method=method)[::-1]
    for other in (mirrored, turned, upside):
        np.testing.assert_allclose(other, seen, rtol=0.0, atol=2e-5)


@settings(max_examples=25, deadline=None)
@given(
    seeds,
    sites,
    sites,
    st.floats(0.0, 50.0),
    st.floats(0.0, 50.0),
    st.sampled_from([1.0, 4.0 / 3.0, math.inf]),
)
def test_exact_sight_is_reciprocal(
    seed: int, one: tuple[int, int], other: tuple[int, int], one_m: float, other_m: float, k: float
) -> None:
    """A target at B is seen from A exactly when A is seen from B, but for rounding within a micrometre."""
    heights = rough(seed)
    there = lowest(heights, *one, one_m, method="r3", k=k)[other] - (heights[other] + other_m)
    back = lowest(heights, *other, other_m, method="r3", k=k)[one] - (heights[one] + one_m)
    if min(abs(there), abs(back)) > 1e-6:
        assert (there <= 0.0) == (back <= 0.0)


def test_fan_sight_is_reciprocal_but_for_one_pair_in_a_hundred() -> None:
    """R2 reads between rays, so the line back may differ: the stated tolerance is 1 % of pairs at 0 to 300 m."""
    heights = rough(3, 61, 61)
    rng = np.random.default_rng(4)
    places = [tuple(int(v) for v in rng.integers(0, 61, 2)) for _ in range(30)]
    maps = [lowest(heights, *place, 10.0) for place in places]
    differ = total = 0
    for a, one in enumerate(places):
        for b in range(a):
            differ += (maps[a][places[b]] <= heights[places[b]] + 10.0) != (
                maps[b][one] <= heights[one] + 10.0
            )
            total += 1
    assert differ <= 0.01 * total


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("k", [1.0, 4.0 / 3.0, math.inf])
def test_over_a_smooth_earth_the_lowest_height_is_that_of_the_horizon(method: Method, k: float) -> None:
    """Closed form: zero up to the horizon sqrt(2 k R h), beyond it the square of the rest over 2 k R."""
    seen = lowest(np.zeros((3, 801)), 1, 0, 30.0, method=method, k=k)[1]
    distance = np.arange(801) * CELL_M
    horizon = math.sqrt(2.0 * k * EARTH_RADIUS_M * 30.0)
    beyond = np.clip(distance - horizon, 0.0, None)
    expected = beyond**2 / (2.0 * k * EARTH_RADIUS_M)
    # The ground is sampled every 90 m, and a cell does not hide itself.
    np.testing.assert_allclose(seen, expected, rtol=0.0, atol=0.25 if k < math.inf else 0.0)


def test_the_radio_horizon_of_the_acceptance_case_is_met() -> None:
    case = next(case for case in acceptance("radar_equation") if case["name"].startswith("horizonrange"))
    k = k_from_gradient(-39e-9)
    assert k * EARTH_RADIUS_M == pytest.approx(case["inp"]["Re_eff_m"], abs=0.1)
    assert math.sqrt(2.0 * k * EARTH_RADIUS_M * case["inp"]["h_m"]) == pytest.approx(
        case["out_m"], abs=case["tol"]
    )


def test_refraction_gradients_become_k() -> None:
    assert k_from_gradient(0.0) == 1.0
    assert k_from_gradient(-1.0 / EARTH_RADIUS_M) == math.inf
    for bad in (-2.0 / EARTH_RADIUS_M, math.nan):
        with pytest.raises(InputError, match="duct"):
            k_from_gradient(bad)


@pytest.mark.parametrize("method", METHODS)
def test_a_wall_hides_what_lies_behind_it_by_similar_triangles(method: Method) -> None:
    heights = np.zeros((5, 30))
    heights[:, 10] = 50.0
    seen = lowest(heights, 2, 0, 10.0, method=method, k=math.inf)[2]
    behind = np.arange(11, 30)
    np.testing.assert_allclose(seen[11:], 10.0 + 40.0 * behind / 10.0, rtol=1e-12)
    np.testing.assert_array_equal(seen[:11], heights[2, :11])


@pytest.mark.parametrize("method", METHODS)
def test_holes_have_no_result_and_hide_nothing(method: Method) -> None:
    heights = np.zeros((9, 30))
    heights[:, 10] = 500.0
    heights[:, 15] = np.nan
    walled = lowest(heights, 4, 0, 10.0, method=method)
    opened = heights.copy()
    opened[:, 10] = -32768.0
    free = lowest(opened, 4, 0, 10.0, method=method)
    assert np.isnan(walled[:, 15]).all()
    assert not np.isnan(np.delete(walled, 15, axis=1)).any()
    assert (walled[:, 16:] > 500.0).all()
    assert np.isnan(free[:, 10]).all()
    np.testing.assert_array_equal(free[:, 16:], 0.0)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("site", [(0, 0), (0, 36), (40, 0), (40, 36), (0, 20), (40, 20), (20, 0), (20, 36)])
def test_a_site_at_the_edge_sees_as_in_a_larger_terrain(method: Method, site: tuple[int, int]) -> None:
    """What lies beyond the edge cannot hide what lies within, so cutting it off changes nothing."""
    heights = rough(11)
    larger = np.pad(heights, 7, constant_values=900.0)
    inside = lowest(larger, site[0] + 7, site[1] + 7, 20.0, method=method)[7:-7, 7:-7]
    np.testing.assert_allclose(
        lowest(heights, *site, 20.0, method=method), inside, atol=6.0 if method == "r2" else 1e-9
    )


@pytest.mark.parametrize("method", METHODS)
def test_the_range_is_a_circle_with_its_rim(method: Method) -> None:
    seen = lowest(np.zeros((21, 21)), 10, 10, 5.0, 5 * CELL_M, method=method)
    down, right = np.mgrid[-10:11, -10:11]
    np.testing.assert_array_equal(np.isfinite(seen), down**2 + right**2 <= 25)


@pytest.mark.parametrize("method", METHODS)
def test_a_shorter_range_only_cuts_the_map(method: Method) -> None:
    heights = rough(8)
    whole, part = (lowest(heights, 20, 15, 12.0, reach, method=method) for reach in (math.inf, 12.4 * CELL_M))
    cut = np.isfinite(part)
    assert 400 < cut.sum() < 520
    np.testing.assert_allclose(part[cut], whole[cut], atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_an_observer_on_high_sees_the_ground_of_every_slope_that_faces_it(method: Method) -> None:
    heights = rough(2, std_m=3.0)
    np.testing.assert_array_equal(lowest(heights, 20, 18, 400_000.0, method=method), heights)


@pytest.mark.parametrize("method", METHODS)
def test_outside_the_terrain_the_mast_counts_from_sea_level(method: Method) -> None:
    heights = np.full((5, 12), 30.0)
    heights[:, 4] = 130.0
    seen = lowest(heights, 2, -6, 60.0, method=method, k=math.inf)
    np.testing.assert_allclose(seen[2, 5:], 60.0 + 70.0 * np.arange(11, 18) / 10.0)
    np.testing.assert_array_equal(seen[:, :4], 30.0)
    assert np.isnan(lowest(heights, 2, -600, 60.0, 100 * CELL_M, method=method)).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mast_m": -1.0}, "below ground"), ({"mast_m": math.nan}, "below ground"),
        ({"max_range_m": 0.0}, "more than zero"), ({"max_range_m": -5.0}, "more than zero"),
        ({"max_range_m": math.nan}, "more than zero"), ({"k": 0.0}, "more than zero"),
        ({"k": -1.0}, "more than zero"), ({"method": "r1"}, "one of r2, xdraw, r3"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_the_field_and_the_remedy(change: dict[str, object], words: str) -> None:
    terrain = Terrain.from_array(np.zeros((5, 5)), CELL_M)
    good = {"mast_m": 5.0, "max_range_m": 300.0, "k": 4.0 / 3.0, "method": "r2"} | change
    with pytest.raises(InputError, match=words) as caught:
        lowest_visible_height(terrain, terrain.grid.position(2, 2), **good)  # type: ignore[arg-type]
    assert caught.value.problems[0].field in change


def test_every_problem_of_a_batch_is_shown_at_once() -> None:
    heights = np.zeros((6, 6))
    heights[3, 3] = np.nan
    terrain = Terrain.from_array(heights, CELL_M)
    positions = [terrain.grid.position(1, 1), terrain.grid.position(3, 3)]
    bad: dict[str, Any] = {"method": "r3", "rays_per_cell": 0.0}
    with pytest.raises(InputError) as caught:
        lowest_visible_heights(terrain, positions, [-1.0, 5.0], [100.0, 0.0], terrain.grid, **bad)
    fields = {problem.field for problem in caught.value.problems}
    assert fields == {"mast_m", "max_range_m", "position", *bad}
    with pytest.raises(InputError, match="centre, highest"):
        lowest_visible_heights(terrain, positions[:1], 5.0, 100.0, terrain.grid, keep="mean")  # type: ignore[arg-type]


def test_a_site_in_a_hole_and_a_position_in_another_crs_are_refused() -> None:
    heights = np.zeros((6, 6))
    heights[3, 3] = np.nan
    terrain = Terrain.from_array(heights, CELL_M)
    with pytest.raises(InputError, match="hole"):
        lowest_visible_height(terrain, terrain.grid.position(3, 3), 5.0, 300.0)
    with pytest.raises(GridMismatch):
        lowest_visible_height(terrain, Position(0.0, 0.0, "EPSG:32636"), 5.0, 300.0)
    with pytest.raises(GridMismatch):
        lowest_visible_heights(terrain, [], 5.0, 300.0, Grid("local", (0.0, 0.0), 100.0, (2, 2)))


@settings(max_examples=20, deadline=None)
@given(seeds, st.integers(1, 5), st.sampled_from(["centre", "highest"]), st.floats(200.0, 6000.0))
def test_a_batch_gives_the_codes_of_the_single_maps(
    seed: int, factor: int, keep: Keep, range_m: float
) -> None:
    """Codes are rounded up by half a metre at most, from single precision, whatever the threads."""
    terrain = Terrain.from_array(rough(seed), CELL_M)
    rng = np.random.default_rng(seed)
    positions = [terrain.grid.position(*rng.integers(0, [41, 37])) for _ in range(3)]
    demand = terrain.grid.coarsen(factor)
    found, again = (
        lowest_visible_heights(
            ground, positions, 15.0, range_m, demand, keep=keep, rays_per_cell=4.0, threads=threads
        )
        for ground, threads in ((terrain, 2), (relief_of(terrain), 1))
    )
    rows, cols = (part.ravel() for part in np.indices(demand.shape))
    heights = found.at(rows, cols).reshape(3, *demand.shape)
    np.testing.assert_array_equal(again.at(rows, cols).reshape(heights.shape), heights)
    for number, position in enumerate(positions):
        single = lowest_visible_height(terrain, position, 15.0, math.inf if keep == "highest" else range_m)
        blocks = np.full((demand.shape[0] * factor, demand.shape[1] * factor), np.nan)
        blocks[: single.shape[0], : single.shape[1]] = single
        if keep == "centre":
            expected = blocks[factor // 2 :: factor, factor // 2 :: factor]
        else:
            parts = blocks.reshape(demand.shape[0], factor, demand.shape[1], factor)
            expected = np.fmax.reduce(np.fmax.reduce(parts, axis=3), axis=1)
            row, col = terrain.grid.index(position)
            down = np.arange(demand.shape[0])[:, None] * factor + (factor - 1) / 2 - row
            right = np.arange(demand.shape[1])[None, :] * factor + (factor - 1) / 2 - col
            expected = np.where(np.hypot(down, right) * CELL_M <= range_m, expected, np.nan)
        np.testing.assert_array_equal(np.isnan(heights[number]), np.isnan(expected))
        over = (heights[number] - expected)[np.isfinite(expected)]
        assert ((over >= -0.01) & (over <= 0.51)).all()


@pytest.mark.parametrize("keep", ["centre", "highest"])
def test_ground_of_the_demand_cells_belongs_to_their_heights(keep: Keep) -> None:
    """From very high all ground is seen, so heights above ground are zero but for the step of the codes."""
    terrain = Terrain.from_array(rough(5, std_m=3.0), CELL_M)
    for demand in (terrain.grid.coarsen(4), terrain.grid.coarsen(4).window(2, -1, 5, 6)):
        found = lowest_visible_heights(
            terrain, [terrain.grid.position(20, 20)], 90_000.0, 3000.0, demand, keep=keep
        )
        rows, cols = (part.ravel() for part in np.indices(demand.shape))
        above = found.at(rows, cols)[0].reshape(demand.shape) - demand_ground(terrain, demand, keep)
        known = above[np.isfinite(above)]
        assert known.size > 10
        assert ((known >= 0.0) & (known <= 0.5)).all()


def test_work_can_be_followed_and_stopped() -> None:
    terrain = Terrain.from_array(rough(5), CELL_M)
    positions = [terrain.grid.position(4, col) for col in range(20)]
    seen: list[tuple[int, int]] = []
    lowest_visible_heights(
        terrain, positions, 5.0, 500.0, terrain.grid, tick=lambda done, of: seen.append((done, of))
    )
    assert seen[-1] == (20, 20)

    def stop(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lowest_visible_heights(terrain, positions, 5.0, 500.0, terrain.grid, tick=stop)


def test_the_slope_to_the_sensor_itself_is_never() -> None:
    terrain = Terrain.from_array(np.zeros((3, 3)), CELL_M)
    eye = eye_at(relief_of(terrain), 1, 1, 5.0, 500.0, FOUR_THIRDS_M / EARTH_RADIUS_M)
    assert slope_to(terrain.heights_m.astype(np.float64), eye, 0, 0) < -1e5


@pytest.mark.parametrize("wrong", ["10", None, math.nan, math.inf, -1.0, True])
def test_a_mast_that_is_no_height_is_refused(wrong: Any) -> None:
    terrain = Terrain.from_array(np.zeros((3, 3)), CELL_M)
    with pytest.raises(InputError, match="mast_m"):
        lowest_visible_height(terrain, terrain.grid.position(1, 1), wrong, 1_000.0)
    with pytest.raises(InputError, match="gradient_per_m"):
        k_from_gradient("standard" if isinstance(wrong, str) else None)  # type: ignore[arg-type]


def white_noise(seed: int) -> NDArray[np.float64]:
    """Every cell a height of its own: the terrain that is worst for reading between rays."""
    return np.round(np.random.default_rng(seed).normal(20.0, 5.0, (121, 121)))


@pytest.mark.parametrize("site", [(60, 60), (3, 5), (120, 0)])
def test_r2_agrees_with_exact_lines_even_where_every_cell_is_a_hill_or_a_pit(site: tuple[int, int]) -> None:
    """At least 997 cells of 1,000 at every height, on a small grid of ties."""
    heights = white_noise(3)
    fan, exact = (lowest(heights, *site, 2.0, method=method) for method in ("r2", "r3"))
    for above in (0.0, 10.0, 50.0, 100.0, 300.0, 1_000.0, 3_000.0):
        assert np.mean((fan <= heights + above) == (exact <= heights + above)) >= 0.997


@pytest.mark.parametrize(
    ("mast_m", "range_m", "k", "field"),
    [("tall", 100.0, 1.3, "mast_m"), (5.0, "far", 1.3, "max_range_m"), ([1.0, 2.0], 100.0, 1.3, "mast_m"),
     (5.0, 100.0, "round", "k"), (5.0, 100.0, None, "k")],
)  # fmt: skip
def test_many_sites_refuse_what_is_no_number_by_name(mast_m, range_m, k, field: str) -> None:
    ground = Terrain.from_array(np.zeros((4, 4)), 30.0)
    with pytest.raises(InputError, match=field):
        lowest_visible_heights(
            ground, [ground.grid.position(1, 1)], mast_m, range_m, ground.grid.coarsen(1), k=k
        )
    with pytest.raises(InputError, match=field):
        lowest_visible_height(ground, ground.grid.position(1, 1), mast_m, range_m, k=k)
