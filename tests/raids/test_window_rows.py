"""Orders meet their threat where it will be: before it enters the envelope, and as deep as the closed form."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.raids.cases import plain_raid

from egide.raids.doctrine import depth_of_fire
from egide.raids.engine import run_raid
from egide.raids.tables import FireUnits, FireWindows, Pictures, Threats
from egide.raids.window_rows import Orders, orders_of

Passes = tuple[np.ndarray, np.ndarray]


def passing(speed: float, offset_m: float, reach_m: float, fast: float, start_s: float) -> Passes:
    """A straight flight past a unit: when it enters, is closest and leaves, and the fly-out times there."""
    half = np.sqrt(reach_m**2 - offset_m**2)
    meet = start_s + np.array([0.0, half, 2.0 * half]) / speed
    return meet[:, None], np.array([reach_m, offset_m, reach_m])[:, None] / fast


def flyout(orders: Orders, t: float) -> float:
    """The engine's line, for the first window."""
    knots = [orders.entry_s[0], orders.closest_s[0], orders.exit_s[0]]
    values = [orders.flyout_entry_s[0], orders.flyout_closest_s[0], orders.flyout_exit_s[0]]
    return float(np.interp(t, knots, values))


@given(
    speed=st.floats(30.0, 3000.0), offset=st.floats(0.0, 0.9), reach_km=st.floats(5.0, 100.0),
    fast=st.floats(200.0, 3000.0), reaction=st.floats(0.0, 30.0), start=st.floats(0.0, 2000.0),
)  # fmt: skip
def test_the_first_order_meets_at_the_edge_and_the_last_where_the_round_still_catches_it(
    speed: float, offset: float, reach_km: float, fast: float, reaction: float, start: float
) -> None:
    """Order + reaction + fly-out is the entry for the first order and the last meeting for the last one; no
    order is given before the launch, and none that leaves later meets in time."""
    reach = 1e3 * reach_km
    meet, fly = passing(speed, offset * reach, reach, fast, start)
    found = orders_of(meet, fly, np.array([reaction]))
    first, last = found.entry_s[0], found.exit_s[0]
    assert 0.0 <= first <= found.closest_s[0] <= last
    assert min(found.flyout_entry_s[0], found.flyout_closest_s[0], found.flyout_exit_s[0]) >= 0.0
    if (meet - reaction - fly)[0, 0] > 0.0:
        assert np.isclose(first + reaction + found.flyout_entry_s[0], meet[0, 0])
    expected = (meet - reaction - fly)[:, 0]
    caught = expected[2] > expected[1]
    assert last == meet[2 if caught else 1, 0]
    latest = expected[2] if caught else expected[1]
    assume(latest > 0.0)
    assert np.isclose(latest + reaction + flyout(found, latest), last, rtol=1e-9, atol=1e-6)
    assert latest + 1.0 + reaction + flyout(found, latest + 1.0) > last


def test_a_fast_threat_is_met_although_it_crosses_the_envelope_in_less_than_a_reaction() -> None:
    """24 s in reach, a reaction of 9 s and a fly-out of 28 s to the edge: ordered before it enters, it is met."""
    meet, fly = np.array([[248.0], [272.0], [272.0]]), np.array([[27.7], [4.4], [4.4]])
    found = orders_of(meet, fly, np.array([9.0]))
    assert np.isclose(found.entry_s[0], 248.0 - 9.0 - 27.7)
    tables = plain_raid([0.0], [1.0], kill=1.0)
    tables = dataclasses.replace(
        tables,
        threats=Threats(class_index=[0], flight_s=272.0),
        units=FireUnits(kind_index=[0], reaction_s=9.0),
        fire_windows=FireWindows(threat=[0], unit=[0], **vars(found)),
    )
    assert run_raid(tables, trials=1, seed=1).kills.sum() == 1


@settings(max_examples=40, deadline=None)
@given(
    detect=st.floats(30.0, 120.0), speed=st.floats(60.0, 1500.0), delay=st.floats(1.0, 40.0),
    fast=st.floats(400.0, 2000.0), near=st.floats(0.5, 3.0), far=st.floats(10.0, 60.0),
    assess=st.floats(1.0, 20.0),
)  # fmt: skip
def test_a_straight_approach_is_engaged_as_often_as_the_depth_of_fire_says(
    detect: float, speed: float, delay: float, fast: float, near: float, far: float, assess: float
) -> None:
    """Windows made of an envelope, through the simulator: the closed form's count, for any speeds and ranges."""
    edge = min(far, detect)
    assume(detect * 1e3 / speed - delay > 0.0)
    depth = depth_of_fire(1e3 * detect, speed, delay, fast, 1e3 * near, 1e3 * edge, assess)
    nudged = {
        depth_of_fire(
            1e3 * detect, speed, delay * factor, fast, 1e3 * near * turn, 1e3 * edge, assess * factor
        )
        for factor in (0.999, 1.001)
        for turn in (0.999, 1.001)
    }
    assume(nudged == {depth} and depth < 40)  # a knife's edge is rounding, not a law
    ranges = 1e3 * np.array([edge, near, near])[:, None]
    found = orders_of((1e3 * detect - ranges) / speed, ranges / fast, np.zeros(1))
    tables = plain_raid([0.0], [1.0], kill=0.0, doctrine="-L-".join(["S"] * 40))
    tables = dataclasses.replace(
        tables,
        threats=Threats(class_index=[0], flight_s=1e3 * detect / speed),
        units=FireUnits(kind_index=[0], assess_s=assess),
        pictures=Pictures(identify_s=[delay], fusion="given"),
        fire_windows=FireWindows(threat=[0], unit=[0], **vars(found)),
    )
    assert run_raid(tables, trials=1, seed=1).shots[0, 0] == depth
