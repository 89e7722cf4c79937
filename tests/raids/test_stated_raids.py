"""What a scenario may not state about its raids is reported before anything flies."""

from __future__ import annotations

from datetime import datetime

import pytest
from pydantic import ValidationError

from egide.model.checks import problems_in
from egide.model.raid import Raid, RaidGroup, Waypoint
from egide.model.scenario import Scenario


def words(scenario: Scenario) -> str:
    return "\n".join(str(problem) for problem in problems_in(scenario))


def with_command(scenario: Scenario, **changes: object) -> Scenario:
    return scenario.model_copy(update={"command": scenario.command.model_copy(update=changes)})


def test_the_packaged_raids_are_sound(tiny: Scenario) -> None:
    assert words(tiny) == ""


@pytest.mark.parametrize("doctrine", ["", "L", "S-L", "S--S", "s-l-s", "S-L-L-S"])
def test_a_doctrine_that_cannot_be_read_is_reported(tiny: Scenario, doctrine: str) -> None:
    assert "command.doctrine" in words(with_command(tiny, doctrine=doctrine))


def test_a_doctrine_that_asks_for_rounds_that_do_not_exist_names_the_unit(tiny: Scenario) -> None:
    units = tuple(u.model_copy(update={"ready_rounds": 1}) if u.id == "missiles" else u for u in tiny.units)
    few = tiny.model_copy(update={"units": units})
    assert words(few) == ""
    assert "missiles.ready_rounds" in words(with_command(few, doctrine="S-S-L-S"))
    empty = tuple(u.model_copy(update={"ready_rounds": 0}) if u.id == "missiles" else u for u in tiny.units)
    assert words(with_command(tiny.model_copy(update={"units": empty}), doctrine="S-S")) == ""


def test_a_level_of_integration_that_does_not_exist_is_reported(tiny: Scenario) -> None:
    assert "command.integration" in words(with_command(tiny, integration="galactic"))


def test_a_route_whose_points_share_a_place_is_reported(tiny: Scenario) -> None:
    point = Waypoint(route="r", order=1, lon_deg=-27.0, lat_deg=45.0)
    twice = tiny.model_copy(update={"routes": (point, point.model_copy(update={"lat_deg": 45.01}))})
    assert "r.order" in words(twice)


def test_a_route_that_is_not_there_and_waves_beyond_the_count_are_reported(tiny: Scenario) -> None:
    first, *rest = tiny.raid_groups
    wrong = first.model_copy(update={"route": "nowhere", "waves": first.count + 1})
    found = words(tiny.model_copy(update={"raid_groups": (wrong, *rest)}))
    assert f"{first.id}.route" in found
    assert f"{first.id}.waves" in found


def test_a_launch_where_the_target_stands_is_reported(tiny: Scenario) -> None:
    target = tiny.asset("westport")
    areas = tuple(
        a.model_copy(update={"lon_deg": target.lon_deg, "lat_deg": target.lat_deg}) for a in tiny.launch_areas
    )
    assert "drones.launch_area" in words(tiny.model_copy(update={"launch_areas": areas}))


def test_a_target_outside_the_area_is_reported(tiny: Scenario) -> None:
    assets = tuple(a.model_copy(update={"lon_deg": 3.0}) if a.id == "westport" else a for a in tiny.assets)
    assert "westport.lon_deg" in words(tiny.model_copy(update={"assets": assets}))


def test_a_speed_of_zero_a_start_without_zone_and_an_empty_group_are_no_nouns(tiny: Scenario) -> None:
    threat = tiny.catalogue.threat("shahed-136").model_dump()
    with pytest.raises(ValidationError, match="above zero"):
        type(tiny.catalogue.threat("shahed-136")).model_validate({**threat, "speed_mps": {"value": 0.0}})
    with pytest.raises(ValidationError, match="time zone"):
        Raid(id="r", name="r", start=datetime(2025, 7, 4, 18), duration_s=1.0)
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        RaidGroup(raid="r", id="g", threat="shahed-136", count=0, launch_area="a", target="t")
