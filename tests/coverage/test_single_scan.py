"""Detection by one sensor of the catalogue: anchored where the catalogue says, zero where it must be."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egide.coverage.reach import place, sensor_beam
from egide.coverage.single_scan import (
    NIGHT,
    Surroundings,
    can_report,
    sensor_reach_m,
    single_scan_pd,
    surroundings_of,
)
from egide.coverage.stations import sensor_range_m
from egide.io.catalogue_files import read_catalogue
from egide.model.catalogue_types import SensorKind
from egide.model.scenario import Scenario
from egide.model.weather import Weather

CATALOGUE = read_catalogue()
PAIRS = [(s, t) for s in CATALOGUE.sensors for t in CATALOGUE.threats]


@pytest.mark.parametrize("sensor", [s for s in CATALOGUE.sensors if s.reference_range_m is not None])
def test_a_radar_detects_its_reference_echo_at_its_reference_range_as_published(sensor) -> None:
    at = np.array([sensor.reference_range_m.value])
    if at[0] > sensor.instrumented_range_m.value:
        pytest.skip("its reference range lies beyond its instrumented range")
    pd = single_scan_pd(sensor, at, sensor.reference_rcs_m2.value)
    assert pd[0] == pytest.approx(min(sensor.reference_pd_fraction.value, sensor.pd_fraction.value), abs=1e-6)


@settings(max_examples=80, deadline=None)
@given(pair=st.sampled_from(PAIRS), near_m=st.floats(50, 3e5), more=st.floats(1.0, 4.0))
def test_detection_never_rises_with_range_and_stays_a_probability_under_the_ceiling(
    pair, near_m, more
) -> None:
    sensor, threat = pair
    pd = single_scan_pd(sensor, np.array([near_m, near_m * more]), threat.rcs_m2.value, threat)
    assert np.all((pd >= 0.0) & (pd <= sensor.pd_fraction.value))
    assert pd[1] <= pd[0] + 1e-9


@settings(max_examples=80, deadline=None)
@given(pair=st.sampled_from(PAIRS))
def test_a_sensor_counts_as_seeing_out_to_where_its_probability_says_so(pair) -> None:
    sensor, threat = pair
    reach = sensor_reach_m(sensor, threat)
    assert 0.0 <= reach <= sensor.instrumented_range_m.value
    if reach == 0.0:
        return
    assert can_report(sensor, threat)
    if sensor.kind is SensorKind.RADAR:
        assert reach == pytest.approx(sensor_range_m(sensor, threat.rcs_m2.value))
    elif reach < sensor.instrumented_range_m.value and sensor.pd_fraction.value > 0.5:
        pd = single_scan_pd(sensor, np.array([reach]), threat.rcs_m2.value, threat)
        assert pd[0] == pytest.approx(0.5, abs=1e-3)


def test_a_silent_threat_is_never_heard_by_a_passive_radio_sensor() -> None:
    sensor = CATALOGUE.sensor("passive-rf")
    talking = CATALOGUE.threat("quadcopter")
    silent = talking.model_copy(update={"emitted_power_dbm": None})
    near = np.array([1.0, 100.0])
    assert np.all(single_scan_pd(sensor, near, 0.01, silent) == 0.0)
    assert sensor_reach_m(sensor, silent) == 0.0
    assert sensor_reach_m(sensor, talking) > 1_000.0


def test_a_jet_that_cannot_be_heard_in_time_is_lost_on_microphones() -> None:
    assert sensor_reach_m(CATALOGUE.sensor("acoustic-network"), CATALOGUE.threat("geran-3")) == 0.0


def test_a_threat_slower_than_the_least_radial_speed_is_clutter_to_a_radar() -> None:
    radar, drone = CATALOGUE.sensor("tps-80"), CATALOGUE.threat("quadcopter")
    slow = drone.model_copy(update={"speed_mps": radar.min_radial_speed_mps})
    assert sensor_reach_m(radar, drone) > 0.0
    assert sensor_reach_m(radar, slow) == 0.0


def test_noise_deafens_and_haze_blinds() -> None:
    drone = CATALOGUE.threat("shahed-136")
    town, fog = Surroundings(ambient_db=55.0), Surroundings(visibility_m=1_000.0)
    ears, eye = CATALOGUE.sensor("acoustic-network"), CATALOGUE.sensor("eo-camera")
    assert sensor_reach_m(ears, drone, surroundings=town) < 0.5 * sensor_reach_m(ears, drone)
    assert sensor_reach_m(eye, drone, surroundings=fog) < 0.2 * sensor_reach_m(eye, drone)


def test_without_a_threat_the_edge_of_a_microphone_is_soft_and_ends_at_its_range() -> None:
    ears = CATALOGUE.sensor("acoustic-network")
    far = ears.instrumented_range_m.value
    pd = single_scan_pd(ears, np.array([0.1 * far, far, 1.01 * far]), 1.0)
    assert pd[0] == ears.pd_fraction.value
    assert pd[1] == pytest.approx(0.5)
    assert pd[2] == 0.0


def test_weather_that_is_not_stated_changes_nothing() -> None:
    assert surroundings_of(None) == NIGHT
    stated = surroundings_of(Weather())
    assert dataclasses.replace(stated, sound_attenuation_db_per_km=NIGHT.sound_attenuation_db_per_km) == NIGHT
    assert stated.sound_attenuation_db_per_km == pytest.approx(NIGHT.sound_attenuation_db_per_km, abs=0.01)


@pytest.mark.parametrize(
    ("kind", "threat", "better", "worse"),
    [
        ("counter-drone-radar", "quadcopter", {}, {"rain_rate_mm_per_h": 25.0}),
        ("acoustic-network", "shahed-136", {}, {"wind_speed_mps": 8.0}),
        ("acoustic-network", "shahed-136", {"calm_ambient_db": 25.0}, {"calm_ambient_db": 55.0}),
        ("human-observers", "shahed-136", {"light": "day"}, {"wind_speed_mps": 8.0, "visibility_m": 800.0}),
    ],
)
def test_bad_weather_never_lengthens_a_reach_and_never_raises_a_probability(
    kind: str, threat: str, better: dict[str, Any], worse: dict[str, Any]
) -> None:
    sensor, flown = CATALOGUE.sensor(kind), CATALOGUE.threat(threat)
    airs = [surroundings_of(Weather(**one)) for one in (better, worse)]
    good, bad = (sensor_reach_m(sensor, flown, surroundings=air) for air in airs)
    assert 0.0 < bad < good
    range_m = np.geomspace(50.0, sensor.instrumented_range_m.value, 60)
    chance = [single_scan_pd(sensor, range_m, flown.rcs_m2.value, flown, surroundings=air) for air in airs]
    assert (chance[1] <= chance[0] + 1e-12).all()
    assert (chance[1] < chance[0] - 0.01).any()


def test_a_scenario_s_weather_bounds_what_its_sensors_see(tiny: Scenario) -> None:
    posts = {post.unit: post for post in tiny.laydown.posts}
    wet = tiny.model_copy(update={"weather": Weather(rain_rate_mm_per_h=50.0)})
    unit, drone = tiny.unit("radar"), tiny.catalogue.threat("shahed-136")
    beams = []
    for scenario in (tiny, wet):
        placed = place(scenario, unit, posts["radar"])
        assert placed.sensor is not None
        beam = sensor_beam(placed, placed.sensor, drone)
        assert beam is not None
        beams.append(beam.max_range_m)
    assert beams[1] < beams[0]


def test_rain_takes_nothing_from_waves_too_long_for_the_recommendation_and_is_no_error() -> None:
    """P.838 begins at 1 GHz; the early-warning radars of the metre band must still be assessed in the rain."""
    wet = dataclasses.replace(NIGHT, rain_rate_mm_per_h=50.0)
    for sensor, threat in PAIRS:
        if sensor.frequency_hz is not None and sensor.frequency_hz.value < 1e9:
            assert sensor_reach_m(sensor, threat, surroundings=wet) == sensor_reach_m(sensor, threat)
            break
    else:
        pytest.fail("the catalogue has no sensor below 1 GHz: name another that this holds for")
    for sensor, threat in PAIRS:
        assert sensor_reach_m(sensor, threat, surroundings=wet) <= sensor_reach_m(sensor, threat) + 1e-6
