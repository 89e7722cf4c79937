"""The verb assess: counts that anybody can count again, flags that cannot be missed."""

import json

import numpy as np
import pytest

from egide.assessment.assess import assess
from egide.assessment.result import Assessment
from egide.assessment.threats import representatives
from egide.coverage.cover import cover
from egide.coverage.network import picture
from egide.coverage.reach import points_at
from egide.coverage.result import Coverage
from egide.geo import Terrain
from egide.io.result_files import read_result, write_result
from egide.model.scenario import Scenario
from egide.model.unit import Laydown


def test_people_and_assets_are_counted_place_by_place(
    tiny: Scenario, tiny_coverage: Coverage, tiny_assessment: Assessment
) -> None:
    threat = tiny.catalogue.threat(tiny_assessment.reference_threat)
    for row in tiny_assessment.heights:
        people = {"sensor": 0, "two_sensors": 0, "effector": 0, "two_effectors": 0}
        for place in tiny.places:
            rows, cols = tiny_coverage.cells_of(np.array([place.lon_deg]), np.array([place.lat_deg]))
            over = picture(
                tiny,
                tiny_coverage,
                tiny.laydown,
                threat,
                points_at(tiny_coverage, rows, cols, row.height_agl_m),
            )
            people["sensor"] += place.population * bool(over.sees.sum() >= 1)
            people["two_sensors"] += place.population * bool(over.sees.sum() >= 2)
            people["effector"] += place.population * bool(over.shoots.sum() >= 1)
            people["two_effectors"] += place.population * bool(over.shoots.sum() >= 2)
        assert people == {name: getattr(row, f"people_{name}") for name in people}


def test_tables_of_layers_agree_with_the_heights(tiny_assessment: Assessment) -> None:
    for row in tiny_assessment.heights:
        rows = {one.layer: one for one in tiny_assessment.layers if one.height_agl_m == row.height_agl_m}
        assert rows["SENSOR"].people[:2] == (row.people_sensor, row.people_two_sensors)
        assert rows["EFFECTOR"].people[:2] == (row.people_effector, row.people_two_effectors)
        assert rows["EFFECTOR"].assets[0] == row.assets_effector
        for one in rows.values():
            assert list(one.people) == sorted(one.people, reverse=True), "three layers are also two"
        assert all(a >= b for a, b in zip(rows["ENVELOPE"].people, rows["EFFECTOR"].people, strict=True))


def test_one_more_unit_never_takes_anybody_out_of_cover(tiny: Scenario, tiny_coverage: Coverage) -> None:
    posts = tiny.laydown.posts
    fewer = assess(tiny, tiny_coverage, Laydown(posts=posts[:-1]))
    more = assess(tiny, tiny_coverage, Laydown(posts=posts))
    for one, two in zip(fewer.heights, more.heights, strict=True):
        assert one.people_sensor <= two.people_sensor
        assert one.people_effector <= two.people_effector
        assert one.area_effector_fraction <= two.area_effector_fraction


def test_an_empty_laydown_covers_nobody_and_says_so(tiny: Scenario, tiny_coverage: Coverage) -> None:
    empty = assess(tiny, tiny_coverage, Laydown())
    assert all(row.people_sensor == row.people_effector == 0 for row in empty.heights)
    assert np.isnan(empty.atlas.warning_s).all()
    assert not any(row.is_defended for row in empty.worksheet)
    assert empty.false_alarms_per_day == 0.0
    assert {row.lacks for row in empty.register} >= {"sensor", "warning"}


def test_detection_falls_with_the_echo_and_independence_flatters(dam_assessment: Assessment) -> None:
    rows = {(row.height_agl_m, row.band): row for row in dam_assessment.detection}
    for height in {row.height_agl_m for row in dam_assessment.detection}:
        low, value, high = (rows[height, band].independent_fraction for band in ("low", "value", "high"))
        assert low <= value <= high
        assert min(low, high) <= rows[height, "weighted"].independent_fraction <= high
    for row in dam_assessment.detection:
        assert row.bad_night_fraction <= row.common_cause_fraction <= row.independent_fraction + 1e-12
        assert row.after_worst_loss_fraction <= row.independent_fraction
    gaps = [row.independent_fraction - row.common_cause_fraction for row in dam_assessment.detection]
    assert max(gaps) > 0.01, "somewhere several sensors overlap, and a common night costs something"


def test_maps_count_no_more_than_there_are_units_and_detection_is_per_cent(
    dam_assessment: Assessment,
) -> None:
    for layer in dam_assessment.maps:
        assert layer.sensors.shape == dam_assessment.frame.ground_m.shape
        assert layer.sensors.max() <= len(dam_assessment.sensors)
        assert layer.effectors.max() <= len(dam_assessment.effectors)
    chance = dam_assessment.detection_map
    assert chance.independent.max() <= 100
    assert np.all(chance.common_cause <= chance.independent)


def test_a_surface_model_is_flagged_wherever_heights_are_shown(
    tiny: Scenario, tiny_terrain: Terrain, tiny_assessment: Assessment
) -> None:
    roofs = Terrain(tiny_terrain.grid, tiny_terrain.heights_m, "surface_model")
    found = assess(tiny, cover(tiny, roofs))
    assert "trees and roofs" in found.heights_are_above
    assert "trees and roofs" in json.dumps(found.to_json())
    for frame in (found.to_frame(), found.layers_frame(), found.detection_frame()):
        assert (frame["heights_are_above"] == found.heights_are_above).all()
    assert "heights_are_above" not in tiny_assessment.to_frame().columns
    assert tiny_assessment.heights_are_above == "bare ground"


def unmistakable(scenario: Scenario) -> Scenario:
    """The same scenario with ids and names of assets, sites and units that occur nowhere else."""

    def marked(text: str) -> str:
        return f"qq-{text}"

    def renamed(nouns, *fields: str):
        return tuple(
            noun.model_copy(update={field: marked(getattr(noun, field)) for field in fields})
            for noun in nouns
        )

    return scenario.model_copy(
        update={
            "assets": renamed(scenario.assets, "id", "name"),
            "sites": renamed(scenario.sites, "id", "name"),
            "units": renamed(scenario.units, "id", "name"),
            "laydown": Laydown(posts=renamed(scenario.laydown.posts, "unit", "site")),
            "raid_groups": renamed(scenario.raid_groups, "target"),
            "requirements": (),
        }
    )


@pytest.mark.parametrize("by_region", [True, False])
def test_reports_by_region_name_no_asset_no_site_and_no_unit(
    tiny: Scenario, tiny_terrain: Terrain, by_region: bool
) -> None:
    scenario = unmistakable(tiny).model_copy(update={"report_by_region": by_region})
    found = assess(scenario, cover(scenario, tiny_terrain))
    sensors, effectors = found.site_plan_frames()
    frames = (
        found.worksheet_frame(), found.register_frame(), found.losses_frame(), found.atlas.table(),
        found.atlas_frame(), sensors, effectors,
    )  # fmt: skip
    text = json.dumps(found.to_json()) + "".join(frame.to_csv() for frame in frames)
    assert ("qq-" in text) is not by_region


def test_a_class_with_silent_and_transmitting_types_has_two_lines(
    dam: Scenario, dam_assessment: Assessment
) -> None:
    labels = [one.label for one in representatives(dam)]
    assert labels == ["small_drone", "small_drone, silent"]
    assert dam_assessment.atlas.classes == tuple(labels)
    silent = dam.catalogue.threat(dam_assessment.atlas.threats[1])
    assert silent.emitted_power_dbm is None
    listener = dam_assessment.atlas.units.index("listener")
    assert not (dam_assessment.atlas.sensor[:, 1] == listener).any()


def test_an_assessment_is_kept_in_files_and_comes_back(tmp_path, dam_assessment: Assessment) -> None:
    write_result(dam_assessment, tmp_path / "assess-today")
    again = read_result(Assessment, tmp_path / "assess-today")
    assert again.to_json() == dam_assessment.to_json()
    assert np.array_equal(again.atlas.warning_s, dam_assessment.atlas.warning_s, equal_nan=True)
    assert again.worksheet == dam_assessment.worksheet


def test_cancelling_stops_the_work(tiny: Scenario, tiny_coverage: Coverage) -> None:
    calls: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        calls.append((done, total))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        assess(tiny, tiny_coverage, tick=stop)
    assert len(calls) == 1


def test_progress_ends_at_the_whole(tiny: Scenario, tiny_coverage: Coverage) -> None:
    calls: list[tuple[int, int]] = []
    assess(tiny, tiny_coverage, tick=lambda done, total: calls.append((done, total)))
    assert calls[-1][0] == calls[-1][1] == len(calls)
