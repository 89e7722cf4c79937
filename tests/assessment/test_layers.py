"""Loss of any one unit and of any named set."""

import itertools

import numpy as np
import pytest

from egide.assessment.assess import assess
from egide.assessment.layers import loss
from egide.assessment.result import Assessment
from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.model.scenario import Scenario
from egide.model.unit import Laydown


def test_a_set_costs_what_a_laydown_without_it_covers_less(
    tiny: Scenario, tiny_coverage: Coverage, tiny_assessment: Assessment
) -> None:
    names = [post.unit for post in tiny.laydown.posts]
    for size in (1, 2, 4):
        for gone in itertools.combinations(names, size):
            left = Laydown(posts=tuple(post for post in tiny.laydown.posts if post.unit not in gone))
            after = assess(tiny, tiny_coverage, left)
            rows = loss(tiny, tiny_coverage, None, gone)
            for before, now, row in zip(tiny_assessment.heights, after.heights, rows, strict=True):
                assert row.height_agl_m == before.height_agl_m
                assert row.people_sensor == before.people_sensor - now.people_sensor
                assert row.people_effector == before.people_effector - now.people_effector
                assert row.people_two_effectors == before.people_two_effectors - now.people_two_effectors
                assert row.assets_effector == before.assets_effector - now.assets_effector


def test_single_losses_of_an_assessment_are_those_of_the_verb(
    dam: Scenario, dam_coverage: Coverage, dam_assessment: Assessment
) -> None:
    height = dam_assessment.planning_height_agl_m
    listed = {row.units[0]: row for row in dam_assessment.losses}
    for post in dam.laydown.posts:
        rows = loss(dam, dam_coverage, None, [post.unit])
        row = next(one for one in rows if one.height_agl_m == height)
        assert row.matters == (post.unit in listed)
        if row.matters:
            assert listed[post.unit] == row


def test_a_greater_loss_never_costs_less(tiny: Scenario, tiny_coverage: Coverage) -> None:
    names = [post.unit for post in tiny.laydown.posts]
    before = None
    for size in range(1, len(names) + 1):
        rows = loss(tiny, tiny_coverage, None, names[:size])
        costs = np.array([[row.people_sensor, row.people_effector, row.assets_effector] for row in rows])
        assert before is None or np.all(costs >= before)
        before = costs


def test_losing_nothing_costs_nothing(tiny: Scenario, tiny_coverage: Coverage) -> None:
    assert not any(row.matters for row in loss(tiny, tiny_coverage, None, []))


def test_units_without_a_post_are_all_named_at_once(tiny: Scenario, tiny_coverage: Coverage) -> None:
    with pytest.raises(InputError) as raised:
        loss(tiny, tiny_coverage, None, ["radar", "ghost", "phantom"])
    assert [problem.value for problem in raised.value.problems] == ["ghost", "phantom"]
