"""Warning along routes: the fast walk is the obvious one."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.naive.warning import confirmed_distance_one

from egide.kernels.warning import confirmed_distance, confirmed_on_legs

CELL_M, X0_M, Y0_M = 100.0, 1_000.0, 9_000.0


def fast(looks, start, target, speed_mps, needed):
    out, row, col = np.empty(1), np.empty(1, np.int64), np.empty(1, np.int64)
    confirmed_distance(
        looks, X0_M, Y0_M, CELL_M, np.array([start[0]]), np.array([start[1]]), np.array([target[0]]),
        np.array([target[1]]), speed_mps, needed, out, row, col,
    )  # fmt: skip
    return float(out[0]), int(row[0]), int(col[0])


coordinates = st.tuples(st.integers(0, 2600), st.integers(7000, 9600)).map(lambda p: (p[0] + 0.3, p[1] + 0.7))


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    start=coordinates,
    target=coordinates,
    speed_mps=st.sampled_from([13.0, 57.0]),
    needed=st.sampled_from([0.0, 1.9, 4.3]),
)
def test_the_track_is_confirmed_where_the_obvious_walk_confirms_it(
    seed, start, target, speed_mps, needed
) -> None:
    rng = np.random.default_rng(seed)
    looks = (rng.random((18, 16)) * (rng.random((18, 16)) < 0.7)).astype(np.float32)
    found, row, col = fast(looks, start, target, speed_mps, needed)
    naive = confirmed_distance_one(looks.tolist(), X0_M, Y0_M, CELL_M, [start, target], speed_mps, needed)
    assert math.isnan(found) == math.isnan(naive)
    assert (row < 0) == math.isnan(found)
    if row >= 0:
        assert math.isclose(found, naive, abs_tol=1e-6)
        assert looks[row, col] > 0.0


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    points=st.lists(coordinates, min_size=2, max_size=5),
    targets=st.lists(coordinates, min_size=1, max_size=3),
)
def test_routes_with_turns_are_walked_leg_by_leg(seed, points, targets) -> None:
    """Two axes, the second straight, to several targets at once."""
    rng = np.random.default_rng(seed)
    looks = (rng.random((18, 16)) * (rng.random((18, 16)) < 0.8)).astype(np.float32)
    start, turns = points[0], points[1:]
    many = 2 * len(targets)
    turn = np.full((2, 2, len(turns)), np.nan)
    turn[:, 0] = np.array(turns).T
    out, row, col = np.empty(many), np.empty(many, np.int64), np.empty(many, np.int64)
    ends = np.repeat(np.array(targets), 2, axis=0).T.copy()
    confirmed_on_legs(
        looks, X0_M, Y0_M, CELL_M, np.full(many, start[0]), np.full(many, start[1]), turn[0], turn[1],
        np.array([len(turns), 0]), ends[0], ends[1], 57.0, 1.9, out, row, col,
    )  # fmt: skip
    for number, target in enumerate(targets):
        for axis, way in enumerate(([start, *turns, target], [start, target])):
            naive = confirmed_distance_one(looks.tolist(), X0_M, Y0_M, CELL_M, way, 57.0, 1.9)
            found = out[2 * number + axis]
            assert math.isnan(found) == math.isnan(naive)
            assert math.isnan(found) or math.isclose(found, naive, abs_tol=1e-6)


def test_warning_counts_from_the_third_look_and_not_from_the_first_sight() -> None:
    looks = np.zeros((1, 100), np.float32)
    looks[0, 40:] = 0.5  # a look every two seconds
    start, target = (X0_M, Y0_M), (X0_M + 9_900.0, Y0_M)
    left, _, _ = fast(looks, start, target, 50.0, 3.0)
    # Seen from the western edge of cell 40; three looks take 6 s, or 300 m.
    assert abs(left - (9_900.0 - 3_950.0 - 300.0)) <= CELL_M / 2


def test_a_track_confirmed_on_arrival_warns_nobody() -> None:
    looks = np.zeros((1, 100), np.float32)
    looks[0, 99] = 1.0
    left, row, col = fast(looks, (X0_M, Y0_M), (X0_M + 9_900.0, Y0_M), 50.0, 0.9)
    assert math.isnan(left)
    assert (row, col) == (-1, -1)


def test_a_gap_in_sight_starts_the_count_again() -> None:
    looks = np.ones((1, 100), np.float32)
    start, target = (X0_M, Y0_M), (X0_M + 9_900.0, Y0_M)
    whole, _, _ = fast(looks, start, target, 100.0, 30.0)
    looks[0, 20] = 0.0
    broken, _, _ = fast(looks, start, target, 100.0, 30.0)
    assert broken < whole - 1_900.0
