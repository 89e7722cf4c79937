"""A raid that is built holds what was asked for, fits its scenario, and refuses what cannot fly."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.model.raid import LaunchArea
from egide.model.scenario import Scenario
from egide.raids.builder import Strike, Turn, build_raid, shared_out
from egide.raids.simulate import simulate

START = datetime(2025, 7, 4, 18, tzinfo=UTC)


def strike(**changes: object) -> Strike:
    values: dict[str, object] = {
        "threat": "shahed-136", "count": 20, "launch_areas": ["sea-east"], "targets": {"westport": 3.0, "power": 1.0},
        "waves": 4, "spread_s": 1200.0, "lateral_spread_m": 300.0, "decoy": "gerbera", "decoy_fraction": 0.25,
    }  # fmt: skip
    return Strike(**{**values, **changes})  # type: ignore[arg-type]


@given(st.integers(0, 500), st.lists(st.floats(0.01, 100.0), min_size=1, max_size=12))
def test_shares_add_up_and_none_is_further_than_one_from_its_weight(count: int, weights: list[float]) -> None:
    shares = shared_out(count, weights)
    assert sum(shares) == count
    exact = count * np.array(weights) / sum(weights)
    assert np.all(np.abs(np.array(shares) - exact) < 1.0 + 1e-6)


@given(st.integers(4, 200), st.floats(0.0, 1.0), st.integers(1, 4))
def test_a_built_raid_launches_what_was_asked_for(
    tiny: Scenario, count: int, decoy_fraction: float, waves: int
) -> None:
    built = build_raid(
        tiny, "big", [strike(count=count, decoy_fraction=decoy_fraction, waves=waves)], start=START
    )
    assert sum(group.count for group in built.groups) == count
    decoys = sum(group.count for group in built.groups if group.threat == "gerbera")
    assert abs(decoys - count * decoy_fraction) <= 0.5 + 1e-9
    assert all(group.waves <= group.count for group in built.groups)
    assert built.added_to(tiny).groups_of("big") == built.groups


def test_a_built_raid_is_simulated_like_a_stated_one(tiny: Scenario, tiny_coverage: Coverage) -> None:
    area = LaunchArea(id="sea-north", name="Open sea in the north", lon_deg=-27.0, lat_deg=45.2)
    via = [Turn(-27.05, 45.1, 300.0), Turn(-27.1, 45.05)]
    made = build_raid(
        tiny, "north", [strike(launch_areas=["sea-north"], via=via)], start=START, launch_areas=[area]
    )
    scenario = made.added_to(tiny)
    assert [turn.height_agl_m for turn in made.waypoints] == [300.0, None]
    result = simulate(scenario, tiny_coverage, seed=7, trials=50, raid="north")
    assert sum(result.launched) == 20
    assert set(result.targets) == {"westport", "power"}
    launch = result.replay(0).launch_s
    assert launch.min() >= 0.0
    assert launch.max() <= 1200.0
    assert made.raid.duration_s >= result.replay(0).end_s.max() - 3600.0


def test_waves_start_one_after_the_other(tiny: Scenario, tiny_coverage: Coverage) -> None:
    made = build_raid(tiny, "waves", [strike(targets=["westport"], decoy_fraction=0.0)], start=START)
    launch = simulate(made.added_to(tiny), tiny_coverage, seed=7, trials=1, raid="waves").replay(0).launch_s
    assert np.array_equal(np.bincount((launch // 300.0).astype(int), minlength=4), [5, 5, 5, 5])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"launch_areas": []}, "where it is launched from"),
        ({"launch_areas": ["moon"]}, "is no launch area"),
        ({"targets": []}, "what it flies to"),
        ({"targets": ["atlantis"]}, "no asset of the scenario"),
        ({"targets": {"westport": 0.0}}, "weights above 0"),
        ({"threat": "kite"}, "no threat of the catalogue"),
        ({"count": 0}, "at least one"),
        ({"count": 3, "waves": 4}, "exceeds the count"),
        ({"decoy_fraction": 1.5}, "between 0 and 1"),
        ({"decoy": None}, "name the type of the decoys"),
        ({"height_agl_m": 0.0}, "greater than 0"),
        ({"start_s": -1.0}, "greater than or equal to 0"),
    ],
)
def test_what_cannot_fly_is_refused_with_what_to_do(
    tiny: Scenario, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        build_raid(tiny, "wrong", [strike(**changes)], start=START)


def test_a_target_outside_the_area_is_refused(tiny: Scenario) -> None:
    away = tiny.asset("power").model_copy(update={"lon_deg": 10.0})
    assets = tuple(away if asset.id == "power" else asset for asset in tiny.assets)
    with pytest.raises(InputError, match="outside the area"):
        build_raid(tiny.model_copy(update={"assets": assets}), "far", [strike()], start=START)


def test_every_fault_is_reported_at_once(tiny: Scenario) -> None:
    wrong = strike(threat="kite", launch_areas=[], targets=["atlantis"], waves=40)
    with pytest.raises(InputError) as caught:
        build_raid(tiny, "dawn", [wrong], start=datetime(2025, 7, 4, 18))
    assert len(caught.value.problems) == 6
    assert "time zone" in str(caught.value)
    assert "taken" in str(caught.value)
    with pytest.raises(InputError, match="at least one"):
        build_raid(tiny, "none", [], start=START)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"count": 2.5}, "whole number"),
        ({"count": "3"}, "whole number"),
        ({"targets": "westport"}, "one name"),
        ({"launch_areas": "sea-east"}, "one name"),
        ({"targets": ["westport", "westport"]}, "twice"),
        ({"targets": {"westport": float("inf")}}, "finite weights"),
    ],
)
def test_values_of_the_wrong_kind_are_refused_in_words(
    tiny: Scenario, changes: dict[str, object], words: str
) -> None:
    """Not by an error from within, and a name is not read letter by letter."""
    with pytest.raises(InputError, match=words) as caught:
        build_raid(tiny, "evening", [strike(waves=1, **changes)], start=START)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("start", [None, "2025-07-04T18:00Z", datetime(2025, 7, 4, 18)])
def test_a_start_that_is_no_moment_is_refused(tiny: Scenario, start: object) -> None:
    """Text and a time without its zone say no moment."""
    with pytest.raises(InputError, match="time zone"):
        build_raid(tiny, "evening", [strike()], start=start)  # type: ignore[arg-type]


def test_a_turning_point_named_twice_is_flown_as_if_named_once(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    """No leg of no length, at which a threat would have no speed and every radar would drop it as clutter."""
    turn = Turn(-26.95, 45.05)
    through = []
    for via in ([turn], [turn, turn, turn]):
        built = build_raid(tiny, "evening", [strike(via=via)], start=START)
        with np.errstate(all="raise"):
            through.append(
                simulate(built.added_to(tiny), tiny_coverage, raid="evening", seed=3, trials=40).through
            )
    np.testing.assert_array_equal(*through)


def test_a_route_that_never_leaves_its_target_is_refused(tiny: Scenario, tiny_coverage: Coverage) -> None:
    """Launch area, turning point and target at one place: an error that names the group."""
    asset = tiny.asset("westport")
    here = LaunchArea(id="here", name="here", lon_deg=asset.lon_deg, lat_deg=asset.lat_deg)
    built = build_raid(
        tiny, "evening", [strike(launch_areas=["here"], targets=["westport"], via=[Turn(asset.lon_deg, asset.lat_deg)])],
        start=START, launch_areas=[here],
    )  # fmt: skip
    with pytest.raises(InputError, match="no length"):
        simulate(built.added_to(tiny), tiny_coverage, raid="evening", seed=3, trials=1)
