"""Probable coverage: a band that closes when the terrain is known, and is the same for a seed."""

import itertools
import math

import numpy as np
import pytest

from egide.assessment.assess import assess
from egide.assessment.probable import ProbableCoverage, probable_coverage, redrawn
from egide.assessment.result import Assessment
from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.geo import Terrain
from egide.io.result_files import read_result, write_result
from egide.model.scenario import Scenario


def certain(scenario: Scenario, error_m: float = 0.0) -> Scenario:
    return scenario.model_copy(update={"terrain": scenario.terrain.model_copy(update={"error_m": error_m})})


@pytest.fixture(scope="module")
def eight(tiny: Scenario, tiny_terrain: Terrain) -> ProbableCoverage:
    return probable_coverage(tiny, tiny_terrain, seed=5, samples=8)


def test_with_a_terrain_without_error_the_band_is_the_assessment_itself(
    tiny: Scenario, tiny_terrain: Terrain, tiny_assessment: Assessment
) -> None:
    found = probable_coverage(certain(tiny), tiny_terrain, seed=1, samples=2, k_factors=(tiny.k_factor,))
    for band, bent, row in zip(found.bands, found.refraction, tiny_assessment.heights, strict=True):
        assert band.people_sensor == (row.people_sensor,) * 3
        assert band.people_effector == (row.people_effector,) * 3
        assert band.area_sensor_fraction == pytest.approx((row.area_sensor_fraction,) * 3)
        assert (bent.people_sensor, bent.people_effector) == (row.people_sensor, row.people_effector)
    for chance, layer in zip(found.maps, tiny_assessment.maps, strict=True):
        assert set(np.unique(chance.sensors)) <= {0, 100}
        assert np.array_equal(chance.sensors == 100, layer.sensors >= 1)
        assert np.array_equal(chance.effectors == 100, layer.effectors >= 1)


def test_a_band_is_in_order_and_a_chance_is_a_whole_number_of_samples(eight: ProbableCoverage) -> None:
    for band in eight.bands:
        for field in ("people_sensor", "people_effector", "area_sensor_fraction", "area_effector_fraction"):
            low, median, high = getattr(band, field)
            assert low <= median <= high
    for chance in eight.maps:
        assert set(np.unique(chance.sensors)) <= {round(100 * n / 8) for n in range(9)}
    lowest = eight.bands[0].area_sensor_fraction
    assert lowest[2] > lowest[0], "near the ground the error of the terrain matters"


def test_a_sample_is_the_same_whatever_their_number(
    tiny: Scenario, tiny_terrain: Terrain, eight: ProbableCoverage
) -> None:
    again = probable_coverage(tiny, tiny_terrain, seed=5, samples=8)
    assert again.bands == eight.bands
    one = redrawn(tiny_terrain, 10.0, 1_500.0, 5, 3).heights_m
    assert np.array_equal(one, redrawn(tiny_terrain, 10.0, 1_500.0, 5, 3).heights_m, equal_nan=True)
    assert not np.array_equal(one, redrawn(tiny_terrain, 10.0, 1_500.0, 5, 4).heights_m, equal_nan=True)
    assert not np.array_equal(one, redrawn(tiny_terrain, 10.0, 1_500.0, 6, 3).heights_m, equal_nan=True)


def test_few_samples_agree_with_many_within_their_chance(
    tiny: Scenario, tiny_terrain: Terrain, eight: ProbableCoverage
) -> None:
    """The mean chance over the map of 8 other terrains and of 64, within 4 standard errors of the eight,
    the spread taken from the 64; fails once in 16,000 seeds, and the seeds are fixed."""
    many = probable_coverage(tiny, tiny_terrain, seed=99, samples=64, k_factors=())
    spread = many.bands[0].area_sensor_fraction
    sigma = (spread[2] - spread[0]) / (2 * 1.2816)
    land = (eight.frame.ground_m > 0.0) & np.isfinite(eight.frame.ground_m)
    few_mean = eight.maps[0].sensors[land].mean() / 100.0
    many_mean = many.maps[0].sensors[land].mean() / 100.0
    assert abs(few_mean - many_mean) < 4 * sigma * math.sqrt(1 / 8 + 1 / 64)


def test_more_refraction_never_hides_more_than_rounding(eight: ProbableCoverage) -> None:
    by_height: dict[float, list[float]] = {}
    for row in sorted(eight.refraction, key=lambda one: one.k_factor):
        by_height.setdefault(row.height_agl_m, []).append(row.area_sensor_fraction)
    for shares in by_height.values():
        assert all(b >= a - 0.002 for a, b in itertools.pairwise(shares))


def test_the_error_has_the_size_stated_and_leaves_the_sea_alone(tiny_terrain: Terrain) -> None:
    """Land cells of 60 terrains: about 600 independent nodes each, so 2 % of a standard deviation."""
    drawn = np.array([redrawn(tiny_terrain, 10.0, 500.0, 3, n).heights_m for n in range(60)])
    land = tiny_terrain.heights_m > 0.0
    apart = drawn[:, land] - tiny_terrain.heights_m[land]
    assert apart.std() == pytest.approx(10.0, rel=0.05)
    assert np.all(drawn[:, tiny_terrain.heights_m == 0.0] == 0.0)


def test_every_wrong_argument_is_named_at_once(tiny: Scenario, tiny_terrain: Terrain) -> None:
    with pytest.raises(InputError) as raised:
        probable_coverage(tiny, tiny_terrain, seed=1, samples=0, k_factors=(4 / 3, -1.0), correlation_m=0.0)
    assert {problem.field for problem in raised.value.problems} == {"samples", "k_factors", "correlation_m"}


def test_probable_coverage_is_kept_in_files_and_comes_back(tmp_path, eight: ProbableCoverage) -> None:
    write_result(eight, tmp_path / "probable")
    again = read_result(ProbableCoverage, tmp_path / "probable")
    assert again.to_json() == eight.to_json()
    assert np.array_equal(again.maps[1].effectors, eight.maps[1].effectors)
    assert list(again.to_frame().index) == [row.height_agl_m for row in eight.bands]


def test_only_stations_of_the_laydown_are_needed(
    dam: Scenario, dam_terrain: Terrain, dam_coverage: Coverage
) -> None:
    found = probable_coverage(certain(dam), dam_terrain, seed=1, samples=1, k_factors=())
    row = assess(dam, dam_coverage).heights[0]
    assert found.bands[0].people_sensor == (row.people_sensor,) * 3
