"""The site plan: blind arcs, false alarms, lawful operators."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egide.assessment.result import Assessment
from egide.assessment.site_plan import arcs
from egide.assessment.site_plan_drawing import site_plan
from egide.model.scenario import Scenario


def inside(direction_deg: float, begins: tuple[float, ...], ends: tuple[float, ...]) -> bool:
    return any(
        (direction_deg - begin) % 360.0 < ((end - begin) % 360.0 or 360.0)
        for begin, end in zip(begins, ends, strict=True)
    )


@given(st.lists(st.booleans(), min_size=2, max_size=40))
def test_a_direction_lies_in_an_arc_exactly_when_it_is_blind(flags: list[bool]) -> None:
    blind = np.array(flags)
    begins, ends = arcs(blind)
    step = 360.0 / blind.size
    for number, flag in enumerate(flags):
        assert inside(number * step, begins, ends) == flag
    assert len(begins) <= blind.size / 2 or blind.all()


def test_a_sensor_with_a_sector_is_blind_outside_it(dam_assessment: Assessment) -> None:
    row = next(one for one in dam_assessment.sensors if one.unit == "radar-yard")
    assert row.sector_deg == 270.0
    behind = (row.bearing_deg + 180.0) % 360.0
    for turn in range(-40, 41, 10):
        assert inside(behind + turn, row.blind_from_deg, row.blind_to_deg)
    assert row.blind_fraction >= 0.24


def test_relief_makes_blind_arcs_for_a_sensor_that_looks_all_round(dam_assessment: Assessment) -> None:
    row = next(one for one in dam_assessment.sensors if one.unit == "listener")
    assert row.sector_deg == 360.0
    assert 0.05 < row.blind_fraction < 0.95
    assert row.blind_from_deg


def test_false_alarms_of_all_sensors_add_up(dam: Scenario, dam_assessment: Assessment) -> None:
    expected = sum(
        dam.catalogue.sensor(dam.unit(post.unit).sensor).false_alarms_per_day.value
        for post in dam.laydown.posts
        if dam.unit(post.unit).sensor is not None
    )
    assert dam_assessment.false_alarms_per_day == pytest.approx(expected)
    assert {row.kind for row in dam_assessment.sensors} == {"RADAR", "PASSIVE_RF", "ACOUSTIC", "CAMERA"}


def test_every_effector_says_who_may_lawfully_operate_it(dam: Scenario, dam_assessment: Assessment) -> None:
    assert dam_assessment.effectors
    for row in dam_assessment.effectors:
        assert row.lawful_operator == dam.catalogue.effector(row.type).lawful_operator
        assert row.partner == (dam.unit(row.unit).partner or "")
    assert "police only" in dam.catalogue.effector("link-jammer").lawful_operator


def test_the_drawing_holds_every_post_and_every_blind_arc(dam: Scenario, dam_assessment: Assessment) -> None:
    plan = site_plan(dam, dam_assessment)
    assert plan["notional"] is True
    kinds = [feature["properties"]["what"] for feature in plan["features"]]
    assert kinds.count("asset") == len(dam.assets)
    assert kinds.count("sensor") == len(dam_assessment.sensors)
    assert kinds.count("effector") == len(dam_assessment.effectors)
    assert kinds.count("blind arc") == sum(len(row.blind_from_deg) for row in dam_assessment.sensors)
    for feature in plan["features"]:
        if feature["properties"]["what"] != "blind arc":
            continue
        ring = np.array(feature["geometry"]["coordinates"][0])
        assert np.array_equal(ring[0], ring[-1])
        unit = feature["properties"]["unit"]
        range_m = next(row.range_m for row in dam_assessment.sensors if row.unit == unit)
        away = np.hypot(
            (ring[1:-1, 0] - ring[0, 0]) * 111_195 * np.cos(np.radians(ring[0, 1])),
            (ring[1:-1, 1] - ring[0, 1]) * 111_195,
        )
        assert away == pytest.approx(range_m, rel=1e-2, abs=1.0)
