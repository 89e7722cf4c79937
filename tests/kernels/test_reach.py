"""Reach kernels: the fast answer is the obvious one."""

import math

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.naive.reach import reach_one

from egide.kernels import reach as kernel

RADIUS_M = 8_494_667.0
QUANTUM_M, OFFSET_M = 0.5, 500.0


def window(codes: np.ndarray, row: int = 0, col: int = 0) -> kernel.Window:
    return kernel.Window(codes, row, col, QUANTUM_M, OFFSET_M)


def station(
    bearing_deg: float, sector_deg: float, low_deg: float, high_deg: float, near_m: float, far_m: float
):
    return kernel.limits(
        0.0, 0.0, 120.0, near_m, far_m, math.radians(bearing_deg), math.radians(sector_deg) / 2.0,
        math.radians(low_deg), math.radians(high_deg), RADIUS_M, True,
    )  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    x_m=st.floats(-9e3, 9e3), y_m=st.floats(-9e3, 9e3), amsl_m=st.floats(-100, 6e3),
    lowest_m=st.floats(-400, 3e3), bearing_deg=st.floats(0, 359), sector_deg=st.floats(1, 360),
    low_deg=st.floats(-90, 10), high_deg=st.floats(11, 90), near_m=st.floats(0, 500), far_m=st.floats(600, 9e3),
)  # fmt: skip
def test_a_point_is_reached_exactly_when_the_obvious_test_says_so(
    x_m, y_m, amsl_m, lowest_m, bearing_deg, sector_deg, low_deg, high_deg, near_m, far_m
) -> None:
    code = math.ceil((lowest_m + OFFSET_M) / QUANTUM_M)
    codes = np.array([[code]], dtype=np.uint16)
    kept_m = code * QUANTUM_M - OFFSET_M
    at = station(bearing_deg, sector_deg, low_deg, high_deg, near_m, far_m)
    out = np.empty(1, dtype=np.bool_)
    zero = np.zeros(1, dtype=np.int64)
    kernel.reach(window(codes), at, zero, zero, np.array([x_m]), np.array([y_m]), np.array([amsl_m]), out)
    naive = [
        reach_one(
            kept_m, 0.0, 0.0, 120.0, x_m, y_m, amsl_m, near_m * (1 + e), far_m * (1 - e), bearing_deg,
            sector_deg - 1e6 * e, low_deg + 1e6 * e, high_deg - 1e6 * e, RADIUS_M,
        )
        for e in (1e-12, -1e-12)
    ]  # fmt: skip
    assume(naive[0] == naive[1])  # not within rounding of an edge
    assert bool(out[0]) == naive[0]


def test_a_point_without_ground_is_never_reached() -> None:
    out = np.ones(1, dtype=np.bool_)
    zero = np.zeros(1, dtype=np.int64)
    at = kernel.limits(0, 0, 10, 0, 1e4, 0, math.pi, -2, 2, RADIUS_M, False)
    kernel.reach(
        window(np.zeros((1, 1), np.uint16)), at, zero, zero, np.array([1.0]), np.array([1.0]),
        np.array([np.nan]), out,
    )  # fmt: skip
    assert not out[0]


def test_straight_overhead_is_inside_every_sector_and_only_under_ninety_degrees() -> None:
    codes = np.zeros((1, 1), np.uint16)
    zero, here, above = np.zeros(1, np.int64), np.zeros(1), np.array([500.0])
    out = np.empty(1, dtype=np.bool_)
    for high_deg, expected in ((85.0, False), (90.0, True)):
        kernel.reach(
            window(codes), station(180, 10, -5, high_deg, 0, 1e3), zero, zero, here, here, above, out
        )
        assert bool(out[0]) is expected


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    stride=st.integers(1, 3),
    bearing_deg=st.integers(0, 359),
    sector_deg=st.sampled_from([60.0, 200.0, 360.0]),
    height_agl_m=st.floats(1, 900),
)
def test_a_block_holds_what_its_points_one_by_one_hold(
    seed, stride, bearing_deg, sector_deg, height_agl_m
) -> None:
    rng = np.random.default_rng(seed)
    ground = rng.uniform(0, 300, (9, 11)).astype(np.float32)
    ground[2, 3] = np.nan
    codes = rng.integers(1000, 3000, (30, 30)).astype(np.uint16)
    codes[rng.random((30, 30)) < 0.1] = 65535
    view = window(codes, 2, -1)
    at = station(bearing_deg + 0.123, sector_deg, -10.0, 60.0, 0.0, 2500.0)
    step = 400.0
    block = np.empty(ground.shape, dtype=np.bool_)
    kernel.reach_block(view, at, ground, height_agl_m, -2000.0, 1500.0, step, 1, 0, stride, block)
    i, j = (part.ravel() for part in np.indices(ground.shape))
    out = np.empty(ground.size, dtype=np.bool_)
    kernel.reach(
        view, at, 1 + i * stride, j * stride, -2000.0 + j * step, 1500.0 - i * step,
        ground.ravel().astype(np.float64) + height_agl_m, out,
    )  # fmt: skip
    assert (block.ravel() == out).all()
    assert not block[2, 3]
