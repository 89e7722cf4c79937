"""Maps of a laydown: node by node what the points say one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egide.coverage.cumulative import cumulative_pd, cumulative_pd_common_cause, pd_without_each
from egide.coverage.field import NOBODY, field_at
from egide.coverage.lattice import Lattice, lattice_of
from egide.coverage.laydown_pd import bad_and_good, laydown_pd
from egide.coverage.network import picture, placed_units
from egide.coverage.reach import Points, points_at
from egide.coverage.result import Coverage
from egide.coverage.single_scan import single_scan_pd
from egide.model.scenario import Scenario


def points_of(coverage: Coverage, lattice: Lattice, height_agl_m: float) -> Points:
    i, j = (part.ravel() for part in np.indices(lattice.shape))
    return points_at(
        coverage, lattice.first_row + i * lattice.stride, lattice.first_col + j * lattice.stride, height_agl_m
    )


@settings(max_examples=25, deadline=None)
@given(
    most=st.integers(20, 3_000), height_agl_m=st.sampled_from([40.0, 200.0, 900.0]),
    integration=st.sampled_from(["own", "local", "theatre"]), linked=st.booleans(),
    threat_id=st.sampled_from(["shahed-136", "quadcopter", "kh-59"]),
)  # fmt: skip
def test_counts_of_a_map_are_those_of_its_points(
    tiny: Scenario, tiny_coverage: Coverage, most, height_agl_m, integration, linked, threat_id
) -> None:
    units = tuple(unit.model_copy(update={"linked": linked or unit.id != "radar"}) for unit in tiny.units)
    command = tiny.command.model_copy(update={"integration": integration})
    scenario = tiny.model_copy(update={"units": units, "command": command})
    threat = scenario.catalogue.threat(threat_id)
    lattice = lattice_of(tiny_coverage, most)
    placed = placed_units(scenario, scenario.laydown)
    field = field_at(scenario, tiny_coverage, placed, threat, lattice, height_agl_m)
    over = picture(scenario, tiny_coverage, placed, threat, points_of(tiny_coverage, lattice, height_agl_m))
    assert np.array_equal(field.sensors.ravel(), over.sensor_layers)
    assert np.array_equal(field.effectors.ravel(), over.effector_layers)
    assert np.array_equal(field.envelopes.ravel(), over.envelope.sum(axis=0))
    sharing = np.array([unit.unit.linked for unit in placed])
    assert np.array_equal(field.owner.ravel() != NOBODY, over.sees[sharing].any(axis=0))
    for node in np.flatnonzero(field.owner.ravel() != NOBODY)[:20]:
        watchers = [n for n in np.flatnonzero(over.sees[:, node]) if sharing[n]]
        rates = [1.0 / placed[n].sensor.scan_period_s.value for n in watchers]
        assert field.looks_per_s.ravel()[node] == pytest.approx(max(rates))
        assert int(field.owner.ravel()[node]) in watchers


def test_a_lattice_keeps_to_its_number_of_nodes_and_lies_on_the_grid(tiny_coverage: Coverage) -> None:
    for most in (1, 50, 400, 10_000):
        lattice = lattice_of(tiny_coverage, most)
        assert lattice.ground_m.size <= max(1, 1.3 * most)
        node = tiny_coverage.grid.position(lattice.first_row, lattice.first_col)
        assert (lattice.x0_m, lattice.y0_m) == (node.x_m, node.y_m)


def test_detection_by_a_laydown_is_that_of_its_sensors_put_together(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    """Against the sums of `egide.coverage.cumulative`, over all points and sensors at once."""
    threat = tiny.catalogue.threat("shahed-136")
    command = tiny.command.model_copy(
        update={"common_cause_fraction": 0.3, "bad_night_pd_fraction": 0.25, "integration": "own"}
    )
    scenario = tiny.model_copy(update={"command": command})
    lattice = lattice_of(tiny_coverage, 200)
    points = points_of(tiny_coverage, lattice, 300.0)
    placed = placed_units(scenario, scenario.laydown)
    found = laydown_pd(scenario, tiny_coverage, placed, threat, 0.03, points)
    pd = np.zeros((len(placed), points.size))
    for number, unit in enumerate(placed):
        if unit.sensor is None:
            continue
        alone = laydown_pd(scenario, tiny_coverage, [unit], threat, 0.03, points)
        pd[number] = alone.independent_fraction
    assert (pd > 0).sum(axis=0).max() >= 2, "the case needs points with several sensors"
    assert np.allclose(found.independent_fraction, cumulative_pd(pd))
    common = cumulative_pd_common_cause(pd, bad_night_fraction=0.3, bad_night_pd_fraction=0.25)
    assert np.allclose(found.common_cause_fraction, common)
    assert np.allclose(found.after_worst_loss_fraction, pd_without_each(pd).min(axis=0))
    assert np.all(found.common_cause_fraction <= found.independent_fraction + 1e-12)
    on_map = laydown_pd(scenario, tiny_coverage, placed, threat, 0.03, lattice, 300.0)
    assert np.allclose(on_map.independent_fraction.ravel(), found.independent_fraction)


def test_detection_of_one_sensor_is_its_single_look_over_all_headings(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    threat = tiny.catalogue.threat("shahed-136")
    unit = next(one for one in placed_units(tiny, tiny.laydown) if one.unit.id == "radar")
    points = points_of(tiny_coverage, lattice_of(tiny_coverage, 200), 300.0)
    found = laydown_pd(tiny, tiny_coverage, [unit], threat, 0.03, points).independent_fraction
    at = tiny_coverage.position_of("south")
    away = np.hypot(points.x_m - at[0], points.y_m - at[1])
    seen = found > 0.0
    heading = 2.0 / np.pi * np.arccos(unit.sensor.min_radial_speed_mps.value / threat.speed_mps.value)
    upper = heading * single_scan_pd(unit.sensor, away, 0.03)
    assert seen.any()
    # The slant range is a little longer than the one on the map.
    assert np.all(found[seen] <= upper[seen] + 1e-9)
    assert np.all(found[seen] >= 0.7 * upper[seen])


@given(pd=st.floats(0, 1), bad=st.floats(0, 1), left=st.floats(0, 1))
def test_bad_and_good_nights_keep_the_mean(pd, bad, left) -> None:
    on_bad, on_good = bad_and_good(np.array([pd]), bad, left)
    if 0.0 < bad < 1.0:
        assert bad * on_bad[0] + (1 - bad) * on_good[0] == pytest.approx(pd, abs=1e-9)
    assert 0.0 <= on_bad[0] <= 1.0
    assert 0.0 <= on_good[0] <= 1.0
