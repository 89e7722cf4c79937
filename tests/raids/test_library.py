"""The library gives raids of reported size, attributed, and invents nothing beyond what was reported."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egide.errors import InputError
from egide.io.bulletin_files import read_raid_statistics
from egide.model.scenario import Scenario
from egide.raids.hindcast_library import SIZE_QUANTILES, RaidStatistics
from egide.raids.library import DECOY_FRACTION, LATEST, Size, library_raid, parse_library, raid_size


@pytest.fixture(scope="module")
def statistics() -> RaidStatistics:
    return read_raid_statistics()


def test_sizes_pass_through_the_quantiles_that_are_kept(statistics: RaidStatistics) -> None:
    size = statistics.size("one_way_drone", LATEST)
    for quantile, launched in zip(SIZE_QUANTILES, size.launched_quantiles, strict=True):
        assert raid_size(size, quantile) == round(launched)


@given(st.floats(0.05, 0.99), st.floats(0.05, 0.99))
def test_a_higher_quantile_is_never_a_smaller_raid(statistics: RaidStatistics, a: float, b: float) -> None:
    for name in ("one_way_drone", "cruise_missile", "ballistic_missile"):
        size = statistics.size(name, LATEST)
        assert raid_size(size, min(a, b)) <= raid_size(size, max(a, b))


@pytest.mark.parametrize("quantile", [0.0, 0.01, 0.995, 1.0, float("nan")])
def test_tails_of_reported_nights_are_not_extrapolated(statistics: RaidStatistics, quantile: float) -> None:
    with pytest.raises(InputError, match="quantile"):
        raid_size(statistics.size("one_way_drone", LATEST), quantile)


def test_a_raid_of_reported_size_fits_the_scenario_and_names_its_source(
    tiny: Scenario, statistics: RaidStatistics
) -> None:
    made = library_raid(tiny, statistics, parse_library("one_way_drone:q90 + cruise_missile:4"), seed=7)
    scenario = made.added_to(tiny)
    drones = [g for g in made.groups if g.threat in ("shahed-136", "gerbera")]
    launched = sum(g.count for g in drones)
    assert launched == raid_size(statistics.size("one_way_drone", LATEST), 0.9)
    decoys = sum(g.count for g in drones if g.threat == "gerbera")
    assert abs(decoys - DECOY_FRACTION * launched) <= 0.5
    assert sum(g.count for g in made.groups if g.threat == "kh-59") == 4
    assert {g.target for g in drones} == {"westport"}
    assert "Ivaniuk" in made.raid.source
    assert "ODC-BY" in made.raid.source
    assert scenario.raid("library").start.tzinfo is not None


def test_a_size_that_is_not_stated_is_drawn_by_the_seed(tiny: Scenario, statistics: RaidStatistics) -> None:
    def launched(seed: int) -> int:
        return sum(
            g.count for g in library_raid(tiny, statistics, {"one_way_drone": Size()}, seed=seed).groups
        )

    drawn = np.array([launched(seed) for seed in range(200)])
    assert launched(3) == drawn[3]
    size = statistics.size("one_way_drone", LATEST)
    low, median, high = (raid_size(size, q) for q in (0.05, 0.5, 0.99))
    assert drawn.min() >= low
    assert drawn.max() <= high
    # 200 draws, half of them below about the median: +-4 standard errors, false alarm below 1e-4.
    assert abs((drawn <= median).mean() - 0.48) < 4.0 * 0.5 / np.sqrt(200)


def test_a_class_the_scenario_does_not_fly_is_assumed_and_says_so(
    tiny: Scenario, statistics: RaidStatistics
) -> None:
    made = library_raid(tiny, statistics, {"ballistic_missile": Size(count=3)}, seed=7)
    assert any("assumed" in note for note in made.notes)
    assert sum(group.count for group in made.groups) == 3
    made.added_to(tiny)


@pytest.mark.parametrize("text", ["", "drones:q90", "one_way_drone:90%", "one_way_drone:q90+one_way_drone:5"])
def test_an_unreadable_request_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="library"):
        parse_library(text)


def test_a_scenario_without_launch_areas_or_an_unknown_regime_is_refused(
    tiny: Scenario, statistics: RaidStatistics
) -> None:
    bare = tiny.model_copy(update={"launch_areas": ()})
    with pytest.raises(InputError, match="launch_areas"):
        library_raid(bare, statistics, {"one_way_drone": Size(0.5)}, seed=7)
    with pytest.raises(InputError, match="regimes"):
        library_raid(tiny, statistics, {"one_way_drone": Size(0.5)}, seed=7, regime="tomorrow")
    with pytest.raises(InputError, match="at least one"):
        library_raid(tiny, statistics, {"one_way_drone": Size(count=0)}, seed=7)
