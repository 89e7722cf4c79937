"""The warning-time atlas: a chord that can be worked out by hand, and laws."""

import math

import numpy as np
import pytest

from egide.assessment.assess import assess
from egide.assessment.atlas import Atlas
from egide.assessment.board import board_of
from egide.assessment.result import Assessment
from egide.assessment.threats import axes_of
from egide.assessment.warning import SCANS_TO_CONFIRM, atlas_of
from egide.coverage.cover import cover
from egide.coverage.result import Coverage
from egide.coverage.single_scan import sensor_reach_m
from egide.geo import Terrain, project
from egide.model.raid import Waypoint
from egide.model.scenario import Scenario
from egide.model.unit import Laydown


def flat(tiny: Scenario, tiny_terrain: Terrain) -> Coverage:
    return cover(tiny, Terrain(tiny_terrain.grid, np.full(tiny_terrain.grid.shape, 10.0, np.float32)))


def test_over_flat_ground_warning_is_the_chord_through_the_radar_s_disc(
    tiny: Scenario, tiny_terrain: Terrain
) -> None:
    coverage = flat(tiny, tiny_terrain)
    radar = Laydown(posts=tuple(post for post in tiny.laydown.posts if post.unit == "radar"))
    atlas = atlas_of(board_of(tiny, coverage, radar))
    drone = tiny.catalogue.threat("shahed-136")
    kind = tiny.catalogue.sensor("counter-drone-radar")
    reach, speed = sensor_reach_m(kind, drone), drone.speed_mps.value
    area = tiny.launch_areas[0]
    start = np.array(project(area.lon_deg, area.lat_deg, coverage.grid.crs))
    middle = np.array(coverage.position_of("south"))
    for number, asset in enumerate(tiny.assets):
        target = np.array(project(asset.lon_deg, asset.lat_deg, coverage.grid.crs))
        along = (target - start) / np.hypot(*(target - start))
        foot = float((middle - start) @ along)
        aside = float(np.hypot(*(middle - start - foot * along)))
        assert aside < reach, "the case needs routes through the disc"
        entry = foot - math.sqrt(reach**2 - aside**2)
        left = float(np.hypot(*(target - start))) - entry
        expected = left / speed - SCANS_TO_CONFIRM * kind.scan_period_s.value
        found = atlas.warning_s[len(tiny.places) + number, atlas.class_of("shahed-136"), 0]
        # A cell is 500 m, and the chord may cut its corner.
        assert found == pytest.approx(expected, abs=1.5 * 500.0 / speed)


def test_the_atlas_names_a_sensor_exactly_where_it_gives_a_warning(dam_assessment: Assessment) -> None:
    atlas = dam_assessment.atlas
    assert np.array_equal(atlas.sensor < 0, np.isnan(atlas.warning_s))
    for unit in np.unique(atlas.sensor[atlas.sensor >= 0]):
        assert atlas.types[unit], "a unit without a sensor warns of nothing"


def test_more_sensors_never_shorten_a_warning(tiny: Scenario, tiny_coverage: Coverage) -> None:
    posts = tiny.laydown.posts
    few = atlas_of(board_of(tiny, tiny_coverage, Laydown(posts=posts[:1]))).warning_s
    all_ = atlas_of(board_of(tiny, tiny_coverage, tiny.laydown)).warning_s
    assert np.all(np.nan_to_num(few, nan=-1.0) <= np.nan_to_num(all_, nan=-1.0))


def test_a_sensor_that_is_not_linked_warns_nobody(tiny: Scenario, tiny_coverage: Coverage) -> None:
    units = tuple(unit.model_copy(update={"linked": False}) for unit in tiny.units)
    atlas = atlas_of(board_of(tiny.model_copy(update={"units": units}), tiny_coverage, tiny.laydown))
    assert np.isnan(atlas.warning_s).all()


def test_places_in_another_order_get_the_same_warnings(tiny: Scenario, tiny_coverage: Coverage) -> None:
    order = [2, 0, 3, 1][: len(tiny.places)]
    mixed = tiny.model_copy(update={"places": tuple(tiny.places[n] for n in order)})
    one = atlas_of(board_of(tiny, tiny_coverage, tiny.laydown)).warning_s
    two = atlas_of(board_of(mixed, tiny_coverage, tiny.laydown)).warning_s
    assert np.array_equal(one[order], two[: len(order)], equal_nan=True)


def test_without_launch_areas_the_eight_points_of_the_compass_stand_in(
    tiny: Scenario, tiny_terrain: Terrain
) -> None:
    calm = tiny.model_copy(update={"raid_groups": (), "raids": (), "tempo": None, "launch_areas": ()})
    atlas = atlas_of(board_of(calm, flat(tiny, tiny_terrain), tiny.laydown))
    assert atlas.axes == (
        "north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west",
    )  # fmt: skip
    power = len(tiny.places) + [asset.id for asset in tiny.assets].index("power")
    east = tiny.launch_areas[0].model_copy(update={"lon_deg": -26.2, "lat_deg": tiny.asset("power").lat_deg})
    from_east = tiny.model_copy(update={"launch_areas": (east,)})
    same = atlas_of(board_of(from_east, flat(tiny, tiny_terrain), tiny.laydown))
    column = atlas.class_of(atlas.threats[0])
    assert atlas.threats[0] == same.threats[0]
    assert atlas.warning_s[power, column, 2] == pytest.approx(same.warning_s[power, column, 0], abs=12.0)


def test_an_axis_follows_the_route_that_its_raids_take(tiny: Scenario, tiny_coverage: Coverage) -> None:
    """A turning point on the straight line changes nothing; one behind the sensors' backs does."""
    area, power = tiny.launch_areas[0], tiny.asset("power")
    asset = [one.id for one in tiny.assets].index("power") + len(tiny.places)

    def with_turn(lon_deg: float, lat_deg: float) -> Atlas:
        turn = Waypoint(route="way", order=1, lon_deg=lon_deg, lat_deg=lat_deg)
        groups = tuple(group.model_copy(update={"route": "way"}) for group in tiny.raid_groups)
        turned = tiny.model_copy(update={"routes": (turn,), "raid_groups": groups})
        return atlas_of(board_of(turned, tiny_coverage, tiny.laydown))

    straight = atlas_of(board_of(tiny, tiny_coverage, tiny.laydown))
    half_way = with_turn((area.lon_deg + power.lon_deg) / 2, (area.lat_deg + power.lat_deg) / 2)
    assert half_way.axes == straight.axes
    np.testing.assert_allclose(
        half_way.warning_s[asset], straight.warning_s[asset], atol=2 * 500.0 / min(straight.speeds_mps)
    )
    far_round = with_turn(-27.6, 44.95)
    assert not np.array_equal(far_round.warning_s[asset], straight.warning_s[asset], equal_nan=True)


def test_an_area_with_several_routes_is_one_axis_for_each(tiny: Scenario) -> None:
    first, *others = tiny.raid_groups
    turn = Waypoint(route="north-about", order=1, lon_deg=-27.0, lat_deg=45.2)
    turned = tiny.model_copy(
        update={"routes": (turn,), "raid_groups": (first.model_copy(update={"route": turn.route}), *others)}
    )
    axes = axes_of(turned)
    assert [axis.id for axis in axes] == ["sea-east-north-about", "sea-east"]
    assert [axis.count for axis in axes] == [first.count, sum(group.count for group in others)]
    assert [len(axis.turns) for axis in axes] == [1, 0]


def test_the_shortest_warning_is_a_missing_one_before_any_other(dam_assessment: Assessment) -> None:
    atlas = dam_assessment.atlas
    shortest = atlas.shortest_s
    for target in range(len(atlas.targets)):
        for kind in range(len(atlas.classes)):
            axes = atlas.warning_s[target, kind]
            worst = axes[atlas.worst_axis[target, kind]]
            if np.isnan(axes).any():
                assert np.isnan(shortest[target, kind])
                assert np.isnan(worst)
            else:
                assert shortest[target, kind] == worst == axes.min()


def test_ballistic_classes_are_named_as_not_assessed(tiny: Scenario, tiny_coverage: Coverage) -> None:
    group = tiny.raid_groups[0].model_copy(update={"id": "b", "threat": "iskander-m"})
    mixed = tiny.model_copy(update={"raid_groups": (*tiny.raid_groups, group)})
    atlas = atlas_of(board_of(mixed, tiny_coverage, tiny.laydown))
    assert atlas.not_assessed == ("ballistic_missile",)
    assert "ballistic_missile" not in atlas.classes


def test_the_long_and_the_wide_table_hold_the_same_seconds(dam_assessment: Assessment) -> None:
    atlas: Atlas = dam_assessment.atlas
    long, wide = atlas.to_frame(), atlas.table()
    assert len(long) == atlas.warning_s.size
    assert len(wide) == len(atlas.targets) * len(atlas.classes)
    for axis in atlas.axes:
        seconds = np.floor(long.loc[long["axis"] == axis, "warning_s"].to_numpy())
        held = wide[f"{axis}_s"].astype(float).to_numpy()
        assert np.array_equal(seconds, held, equal_nan=True)


def test_the_site_plan_sets_seconds_against_the_responders(dam: Scenario, dam_assessment: Assessment) -> None:
    wide = dam_assessment.atlas.table()
    line = wide[(wide["target"] == "Dam crest and gates") & (wide["threat_class"] == "small_drone")].iloc[0]
    assert dam.asset("dam-crest").responders_s == 240.0
    assert abs(line["shortest_s"] - 240 - line["margin_s"]) <= 1


def test_warning_rows_of_assets_are_those_of_the_atlas(tiny: Scenario, tiny_coverage: Coverage) -> None:
    found = assess(tiny, tiny_coverage)
    for row in found.assets:
        number = found.atlas.targets.index(row.id, found.atlas.places)
        seconds = found.atlas.shortest_s[number, found.atlas.class_of(found.reference_threat)]
        assert (row.warning_s is None) == bool(np.isnan(seconds))
        if row.warning_s is not None:
            assert row.warning_s == pytest.approx(float(seconds))
            assert row.warned_by in found.atlas.units
