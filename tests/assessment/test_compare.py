"""Before and after: in the field's words, and the same read backwards."""

import pytest

from egide.assessment.assess import assess
from egide.assessment.compare import compare
from egide.assessment.result import Assessment
from egide.coverage.result import Coverage
from egide.errors import GridMismatch, InputError
from egide.model.scenario import Scenario
from egide.model.unit import Laydown


@pytest.fixture(scope="module")
def fewer(dam: Scenario, dam_coverage: Coverage) -> Assessment:
    """The dam without its radar at the yard and its net drone."""
    posts = tuple(post for post in dam.laydown.posts if post.unit not in ("radar-yard", "net-drone"))
    return assess(dam, dam_coverage, Laydown(posts=posts, name="fewer"))


def test_a_laydown_differs_in_nothing_from_itself(dam_assessment: Assessment) -> None:
    found = compare({"a": dam_assessment, "b": dam_assessment})
    assert not any(item.changes for item in found.differences)
    assert found.words() == []
    assert found.joins == found.leaves == {"b": ()}


def test_read_backwards_every_gain_is_a_loss(dam_assessment: Assessment, fewer: Assessment) -> None:
    there = compare({"a": dam_assessment, "b": fewer})
    back = compare({"b": fewer, "a": dam_assessment})
    for one, two in zip(there.differences, back.differences, strict=True):
        for field in ("people_sensor", "people_effector", "people_two_effectors", "assets_effector"):
            assert getattr(one, field) == -getattr(two, field)
    for one, two in zip(there.changes, back.changes, strict=True):
        assert (one.what, one.before, one.after) == (two.what, two.after, two.before)
    for three, four in zip(there.layers, back.layers, strict=True):
        assert three.people == tuple(-count for count in four.people)
        assert three.assets == tuple(-count for count in four.assets)
    assert there.leaves["b"] == back.joins["a"]


def test_layers_are_compared_height_by_height_and_level_by_level(
    dam_assessment: Assessment, fewer: Assessment
) -> None:
    """Every layer of either laydown, also one that the other does not have."""
    found = compare({"today": dam_assessment, "fewer": fewer})
    before = {(row.height_agl_m, row.layer): row for row in dam_assessment.layers}
    after = {(row.height_agl_m, row.layer): row for row in fewer.layers}
    assert {(item.height_agl_m, item.layer) for item in found.layers} == before.keys() | after.keys()
    for item in found.layers:
        expected = [
            (
                after[item.height_agl_m, item.layer].people[n]
                if (item.height_agl_m, item.layer) in after
                else 0
            )
            - before[item.height_agl_m, item.layer].people[n]
            for n in range(3)
        ]
        assert list(item.people) == expected
    frame = found.layers_frame()
    assert len(frame) == len(found.layers)
    planned = dam_assessment.planning_height_agl_m
    said = [words for words in found.words() if "sensor layer at" in words]
    assert said == [
        i.words() for i in found.layers if i.layer == "SENSOR" and i.height_agl_m == planned and i.changes
    ]
    assert "fewer people under at least one" in said[0]


def test_what_is_lost_is_said_in_words(dam_assessment: Assessment, fewer: Assessment) -> None:
    words = compare({"today": dam_assessment, "fewer": fewer}).words()
    said = "\n".join(words)
    assert "lose their effector" in said
    assert "leaves the defended asset list" in said
    assert "minutes of warning on every axis" in said
    assert "depth" in said
    assert "false alarms 31 -> 23 a day" in said
    assert "protected" not in said


def test_figures_that_cannot_be_set_side_by_side_are_refused(
    dam_assessment: Assessment, tiny_assessment: Assessment
) -> None:
    with pytest.raises(InputError):
        compare({"alone": dam_assessment})
    with pytest.raises(GridMismatch):
        compare({"dam": dam_assessment, "island": tiny_assessment})


def test_a_comparison_becomes_a_table_and_plain_data(dam_assessment: Assessment, fewer: Assessment) -> None:
    found = compare({"today": dam_assessment, "fewer": fewer})
    frame = found.to_frame()
    assert set(frame.index.get_level_values("laydown")) == {"today", "fewer"}
    plain = found.to_json()
    assert plain["names"] == ["today", "fewer"]
    assert all(item["words"] for item in plain["changes"])
