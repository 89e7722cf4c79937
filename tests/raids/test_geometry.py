"""Tracks meet sensors and effectors exactly where the coverage room says they do."""

from __future__ import annotations

import numpy as np
import pytest

from egide.coverage.reach import Points, reached, sensor_beam, shoots
from egide.coverage.result import Coverage
from egide.geo import project
from egide.model.raid import Waypoint
from egide.model.scenario import Scenario
from egide.raids.circumstances import Circumstances
from egide.raids.geometry import Geometry, geometry_of
from egide.raids.looks import looks_of
from egide.raids.routes import Track
from egide.raids.scenario_tables import tables_of


@pytest.fixture(scope="module")
def geometry(tiny: Scenario, tiny_coverage: Coverage) -> Geometry:
    return geometry_of(tiny, tiny_coverage, tiny.laydown, tiny.raids[0], 7)


def points_of(track: Track) -> Points:
    return Points(track.rows, track.cols, track.x_m, track.y_m, track.amsl_m, float(track.height_agl_m[0]))


def test_a_sighting_is_a_sample_in_the_instrumented_beam_that_moves_fast_enough(
    tiny: Scenario, tiny_coverage: Coverage, geometry: Geometry
) -> None:
    for number, track in enumerate(geometry.tracks):
        threat = geometry.threat_types[geometry.track_type[number]]
        for row, unit in enumerate(geometry.placed):
            mine = (geometry.sightings.track == number) & (geometry.sightings.unit == row)
            samples = geometry.sightings.sample[mine]
            beam = None if unit.sensor is None else sensor_beam(unit, unit.sensor, threat, instrumented=True)
            in_beam = np.flatnonzero(reached(tiny_coverage, beam, points_of(track)))
            assert set(samples) <= set(in_beam)
            if unit.sensor is None or unit.sensor.min_radial_speed_mps.value == 0.0:
                assert np.array_equal(samples, in_beam)


def test_a_stay_holds_the_samples_that_the_effector_reaches_and_no_others(
    tiny: Scenario, tiny_coverage: Coverage, geometry: Geometry
) -> None:
    stays = geometry.stays
    for number, track in enumerate(geometry.tracks):
        threat = geometry.threat_types[geometry.track_type[number]]
        for row, unit in enumerate(geometry.placed):
            expected = shoots(tiny, tiny_coverage, unit, threat, points_of(track))
            found = np.zeros(track.t_s.size, dtype=bool)
            for k in np.flatnonzero((stays.track == number) & (stays.unit == row)):
                inside = (track.t_s >= stays.entry_s[k]) & (track.t_s <= stays.exit_s[k])
                found |= inside
                assert stays.entry_s[k] <= stays.closest_s[k] <= stays.exit_s[k]
                assert stays.slant_closest_m[k] <= min(stays.slant_entry_m[k], stays.slant_exit_m[k])
            assert np.array_equal(found, expected)


def test_looks_lie_within_the_flight_and_do_not_overlap(tiny: Scenario, geometry: Geometry) -> None:
    looks = looks_of(tiny, geometry)
    assert looks.track.size > 0
    for number, track in enumerate(geometry.tracks):
        for row in range(len(geometry.placed)):
            mine = np.flatnonzero((looks.track == number) & (looks.unit == row))
            assert np.all(looks.entry_s[mine] < looks.exit_s[mine])
            assert np.all(looks.exit_s[mine[:-1]] <= looks.entry_s[mine[1:]])
            assert mine.size == 0 or looks.exit_s[mine[-1]] <= track.flight_s
    assert np.all((looks.pd_fraction > 0.0) & (looks.pd_fraction <= 1.0))


def test_a_larger_echo_is_never_seen_later(tiny: Scenario, geometry: Geometry) -> None:
    threats = tuple(
        t.model_copy(
            update={"rcs_m2": t.rcs_m2.model_copy(update={"value": 10.0 * t.rcs_m2.value, "high": None})}
        )
        for t in tiny.catalogue.threats
    )
    loud = tiny.model_copy(update={"catalogue": tiny.catalogue.model_copy(update={"threats": threats})})
    small, large = looks_of(tiny, geometry), looks_of(loud, geometry)
    for number in range(len(geometry.tracks)):
        seen = small.track == number
        if seen.any():
            assert large.entry_s[large.track == number].min() <= small.entry_s[seen].min()


def test_every_threat_of_a_group_flies_one_of_its_groups_routes(tiny: Scenario, geometry: Geometry) -> None:
    built = tables_of(tiny, geometry, Circumstances())
    for threat, track in enumerate(built.track_of_threat):
        assert geometry.tracks[track].group == built.group_of_threat[threat]
    windows = built.tables.sensor_windows
    counts = np.bincount(windows.threat, minlength=len(built.tables.threats))
    looks = looks_of(tiny, geometry)
    assert np.array_equal(
        counts, np.bincount(looks.track, minlength=len(geometry.tracks))[built.track_of_threat]
    )


def test_a_route_passes_its_turning_points_at_their_heights(tiny: Scenario, tiny_coverage: Coverage) -> None:
    turn = Waypoint(route="north", order=1, lon_deg=-26.95, lat_deg=45.05, height_agl_m=200.0)
    groups = tuple(
        g.model_copy(update={"route": "north", "lateral_spread_m": 0.0, "height_agl_m": 80.0})
        for g in tiny.raid_groups
    )
    scenario = tiny.model_copy(update={"routes": (turn,), "raid_groups": groups})
    flown = geometry_of(scenario, tiny_coverage, tiny.laydown, tiny.raids[0], 7)
    x_m, y_m = project([turn.lon_deg], [turn.lat_deg], tiny_coverage.grid.crs)
    for track in flown.tracks:
        top = int(np.argmax(track.height_agl_m))
        assert track.height_agl_m[top] == pytest.approx(200.0)
        assert track.height_agl_m[[0, -1]] == pytest.approx(80.0)
        assert (track.x_m[top], track.y_m[top]) == pytest.approx((x_m[0], y_m[0]))
        known = np.isfinite(track.ground_m)
        assert (track.amsl_m - track.ground_m)[known] == pytest.approx(track.height_agl_m[known])
