"""One sensor moved: the same answer as a whole new assessment, for one sweep."""

import numpy as np
import pytest

from egide.assessment.assess import assess
from egide.assessment.moved import Bench, bench_of, moved
from egide.coverage.network import placed_units
from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.geo import Position, Terrain
from egide.model.scenario import Scenario
from egide.model.unit import Laydown, Post


@pytest.fixture(scope="module")
def bench(dam: Scenario, dam_terrain: Terrain, dam_coverage: Coverage) -> Bench:
    return bench_of(dam, dam_terrain, dam_coverage)


def at(scenario: Scenario, terrain: Terrain, site: str) -> Position:
    one = scenario.site(site)
    return Position.from_lonlat(one.lon_deg, one.lat_deg, terrain.grid.crs)


def test_moved_to_where_it_stands_nothing_changes(dam: Scenario, dam_terrain: Terrain, bench: Bench) -> None:
    found = moved(bench, "radar-yard", at(dam, dam_terrain, "north-terrace"))
    assert np.array_equal(found.sensors, bench.sensors)
    assert (found.people_gained, found.people_lost) == (0, 0)


@pytest.mark.parametrize(("site", "bearing_deg"), [("west-ridge", 90.0), ("village-hill", 20.0)])
def test_moved_to_a_candidate_site_it_sees_what_a_new_assessment_says(
    dam: Scenario, dam_terrain: Terrain, dam_coverage: Coverage, bench: Bench, site: str, bearing_deg: float
) -> None:
    posts = tuple(
        Post(unit=post.unit, site=site, bearing_deg=bearing_deg) if post.unit == "radar-yard" else post
        for post in dam.laydown.posts
    )
    fresh = assess(dam, dam_coverage, Laydown(posts=posts))
    found = moved(bench, "radar-yard", at(dam, dam_terrain, site), bearing_deg=bearing_deg)
    row = fresh.at(bench.height_agl_m)
    assert found.people_sensor == row.people_sensor
    assert found.people_two_sensors == row.people_two_sensors
    layer = next(one for one in fresh.maps if one.height_agl_m == bench.height_agl_m)
    assert np.array_equal(found.sensors, layer.sensors)
    before = assess(dam, dam_coverage).at(bench.height_agl_m)
    assert found.people_gained - found.people_lost == row.people_sensor - before.people_sensor


def test_the_bench_itself_is_left_as_it_was(dam: Scenario, dam_terrain: Terrain, bench: Bench) -> None:
    kept = bench.sensors.copy()
    moved(bench, "listener", at(dam, dam_terrain, "west-ridge"))
    assert np.array_equal(bench.sensors, kept)
    assert int(bench.sensors.max()) <= len(placed_units(dam, dam.laydown))


def test_what_cannot_be_moved_or_stood_on_is_refused(
    dam: Scenario, dam_terrain: Terrain, bench: Bench
) -> None:
    somewhere = at(dam, dam_terrain, "west-ridge")
    for unit in ("net-drone", "police-jammer", "nobody"):
        with pytest.raises(InputError, match="no posted unit with a sensor"):
            moved(bench, unit, somewhere)
    with pytest.raises(InputError, match="outside the terrain"):
        moved(bench, "radar-yard", Position(0.0, 0.0, dam_terrain.grid.crs))
