"""Which masts are swept: all that the units ask for, and no more."""

import math

import pytest

from egide.coverage.stations import (
    EYE_MAST_M,
    effector_mast_m,
    horizon_m,
    masts_and_ranges,
    sensor_range_m,
    stations_of,
)
from egide.model.scenario import Scenario


def test_every_posted_unit_finds_its_masts_among_the_stations(tiny: Scenario) -> None:
    stations = {(one.site, one.mast_m) for one, _ in stations_of(tiny)}
    for post in tiny.laydown.posts:
        unit, mast = tiny.unit(post.unit), tiny.site(post.site).mast_m
        if unit.sensor is not None:
            antenna = tiny.catalogue.sensor(unit.sensor).antenna_height_agl_m.value
            assert (post.site, antenna + mast) in stations
        if unit.effector is not None:
            aim = effector_mast_m(tiny, tiny.catalogue.effector(unit.effector))
            assert (post.site, aim + mast) in stations


def test_a_site_that_suits_one_type_gets_its_masts_and_those_of_who_stands_there(tiny: Scenario) -> None:
    sites = tuple(
        site.model_copy(update={"suits": ("counter-drone-radar",)}) if site.id in ("pass", "plain") else site
        for site in tiny.sites
    )
    found = stations_of(tiny.model_copy(update={"sites": sites}))
    radar = tiny.catalogue.sensor("counter-drone-radar").antenna_height_agl_m.value
    assert {one.mast_m for one, _ in found if one.site == "pass"} == {radar}
    stands = tiny.catalogue.effector("mshorad-saab").sensor
    assert tiny.catalogue.sensor(stands).antenna_height_agl_m.value in {
        one.mast_m for one, _ in found if one.site == "plain"
    }
    assert len(found) < len(stations_of(tiny))


def test_no_sweep_is_longer_than_the_horizon_or_shorter_than_a_unit_reaches(tiny: Scenario) -> None:
    top = max(tiny.heights_agl_m)
    for mast_m, range_m in masts_and_ranges(tiny).items():
        assert range_m <= horizon_m(mast_m + 500.0, top + 500.0, tiny.k_factor)
    gun = tiny.catalogue.effector("mobile-fire-team")
    assert masts_and_ranges(tiny)[EYE_MAST_M] >= gun.max_range_m.value


def test_a_radar_loses_half_its_range_on_a_sixteenth_of_the_echo(tiny: Scenario) -> None:
    radar = tiny.catalogue.sensor("counter-drone-radar")
    one = sensor_range_m(radar, 0.16)
    assert sensor_range_m(radar, 0.01) == pytest.approx(one / 2.0)
    assert sensor_range_m(radar, 1e9) == radar.instrumented_range_m.value


def test_the_horizon_of_a_thirty_metre_mast_is_the_one_in_the_books() -> None:
    assert horizon_m(30.0, 0.0, 4.0 / 3.0) == pytest.approx(math.sqrt(2 * 4 / 3 * 6_371_000 * 30), rel=1e-12)
