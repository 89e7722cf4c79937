"""The six employment guidelines: numbers with definitions, that move the way they say."""

import numpy as np
import pytest

from egide.assessment.assess import assess
from egide.assessment.board import board_of
from egide.assessment.result import Assessment
from egide.assessment.scorecard import approaches
from egide.assessment.threats import compass
from egide.coverage.cover import cover
from egide.coverage.result import Coverage
from egide.geo import Terrain
from egide.model.raid import LaunchArea
from egide.model.scenario import Scenario
from egide.model.unit import Laydown, Post

SIX = (
    "early engagement", "weighted coverage", "depth", "balanced fires", "mutual support", "overlapping fires",
)  # fmt: skip


def test_all_six_are_there_each_with_its_definition_and_a_map_or_a_table(dam_assessment: Assessment) -> None:
    card = dam_assessment.scorecard
    assert tuple(one.name for one in card.guidelines) == SIX
    for one in card.guidelines:
        assert np.isfinite(one.number)
        assert one.number >= 0.0
        assert one.definition.endswith(".")
        assert one.unit
        assert one.layer or one.table
    for name in ("balanced fires", "mutual support", "overlapping fires"):
        assert card.of(name).number <= 1.0
    with pytest.raises(KeyError):
        card.of("mass")


def flat_case(tiny: Scenario, tiny_terrain: Terrain) -> tuple[Scenario, Coverage]:
    """Flat ground, one asset in the middle, threats from the east alone; a site at the asset and one in the east."""
    middle = tiny.asset("westport").model_copy(update={"lon_deg": -27.0, "lat_deg": 45.0, "id": "middle"})
    sites = (
        tiny.sites[0].model_copy(update={"id": "here", "lon_deg": -27.0, "lat_deg": 45.0}),
        tiny.sites[0].model_copy(update={"id": "near", "lon_deg": -27.002, "lat_deg": 45.0}),
        tiny.sites[0].model_copy(update={"id": "east", "lon_deg": -26.95, "lat_deg": 45.0}),
        tiny.sites[0].model_copy(update={"id": "out", "lon_deg": -26.97, "lat_deg": 45.0}),
        tiny.sites[0].model_copy(update={"id": "far-west", "lon_deg": -27.1, "lat_deg": 45.0}),
    )
    groups = tuple(group.model_copy(update={"target": "middle"}) for group in tiny.raid_groups)
    scenario = tiny.model_copy(
        update={
            "assets": (middle,), "sites": sites, "raid_groups": groups, "requirements": (),
            "launch_areas": (LaunchArea(id="sea-east", name="sea", lon_deg=-26.7, lat_deg=45.0),),
            "laydown": Laydown(),
        }
    )  # fmt: skip
    ground = Terrain(tiny_terrain.grid, np.full(tiny_terrain.grid.shape, 10.0, np.float32))
    return scenario, cover(scenario, ground)


def laydown(**posts: str) -> Laydown:
    return Laydown(posts=tuple(Post(unit=unit, site=site) for unit, site in posts.items()))


def test_early_engagement_is_the_reach_flown_through(tiny: Scenario, tiny_terrain: Terrain) -> None:
    scenario, coverage = flat_case(tiny, tiny_terrain)
    found = assess(scenario, coverage, laydown(guns="here", radar="near"))
    gun, drone = tiny.catalogue.effector("mobile-fire-team"), tiny.catalogue.threat("shahed-136")
    # The slant range runs up to the height flown.
    reach = np.sqrt(gun.max_range_m.value**2 - 290.0**2)
    expected = reach / drone.speed_mps.value
    assert found.scorecard.of("early engagement").number == pytest.approx(expected, abs=500.0 / 51.4)


def test_a_defence_pushed_towards_the_threat_leans_and_engages_earlier(
    tiny: Scenario, tiny_terrain: Terrain
) -> None:
    scenario, coverage = flat_case(tiny, tiny_terrain)
    at_home = assess(scenario, coverage, laydown(missiles="here", radar="near")).scorecard
    pushed = assess(scenario, coverage, laydown(missiles="east", radar="near")).scorecard
    assert at_home.of("balanced fires").number == 1.0
    assert pushed.of("weighted coverage").number > at_home.of("weighted coverage").number
    assert pushed.of("early engagement").number > at_home.of("early engagement").number


def test_depth_counts_the_effectors_along_the_axis(tiny: Scenario, tiny_terrain: Terrain) -> None:
    scenario, coverage = flat_case(tiny, tiny_terrain)
    one = assess(scenario, coverage, laydown(missiles="here", radar="near")).scorecard.of("depth")
    two = assess(scenario, coverage, laydown(missiles="here", guns="east", radar="near")).scorecard.of(
        "depth"
    )
    assert (one.number, two.number) == (1.0, 2.0)


def test_mutual_support_needs_another_effector_in_reach(tiny: Scenario, tiny_terrain: Terrain) -> None:
    scenario, coverage = flat_case(tiny, tiny_terrain)
    apart = assess(scenario, coverage, laydown(missiles="east", guns="far-west")).scorecard.of(
        "mutual support"
    )
    close = assess(scenario, coverage, laydown(missiles="here", guns="near")).scorecard.of("mutual support")
    assert apart.number == 0.0
    # The missiles reach over the guns; whether the guns reach over the missiles is a matter of metres.
    assert close.number >= 0.5


def test_overlapping_fires_are_the_people_under_two_by_those_under_one(
    tiny: Scenario, tiny_coverage: Coverage, tiny_assessment: Assessment
) -> None:
    board = board_of(tiny, tiny_coverage, tiny.laydown)
    layers = board.picture(board.planning_height_m).effector_layers[board.places]
    expected = board.people[layers >= 2].sum() / board.people[layers >= 1].sum()
    assert tiny_assessment.scorecard.of("overlapping fires").number == pytest.approx(expected)


def test_where_two_pull_apart_the_side_the_raids_come_from_decides(
    tiny: Scenario, tiny_terrain: Terrain, dam_assessment: Assessment
) -> None:
    scenario, coverage = flat_case(tiny, tiny_terrain)
    one_side = assess(scenario, coverage, laydown(guns="out", radar="near")).scorecard
    found = {(one.first, one.second): one for one in one_side.tensions}
    assert found["weighted coverage", "balanced fires"].asked_for == "weighted coverage"
    for one in (*one_side.tensions, *dam_assessment.scorecard.tensions):
        assert one.asked_for in (one.first, one.second)
        assert one.because


def test_time_along_an_approach_falls_to_arrival(tiny: Scenario, tiny_coverage: Coverage) -> None:
    found = approaches(board_of(tiny, tiny_coverage, tiny.laydown), compass(), 5_000.0)
    assert np.all(np.diff(found.seconds, axis=2) < 0.0)
    assert np.all(found.seconds[:, :, -1] == 0.0)
    assert found.seconds.max() == pytest.approx(5_000.0 / 51.4, rel=1e-6)


def test_a_laydown_without_effectors_scores_nothing(tiny: Scenario, tiny_coverage: Coverage) -> None:
    card = assess(tiny, tiny_coverage, laydown(radar="south")).scorecard
    assert all(one.number == 0.0 for one in card.guidelines)
