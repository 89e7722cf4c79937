"""The network: who cues whom, and what is left after a loss."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egide.coverage.network import cued, kept, layers_without_each, nets_of, picture, placed_units
from egide.coverage.reach import Points, points_at
from egide.coverage.result import Coverage
from egide.model.scenario import Scenario
from egide.model.unit import Laydown


@pytest.fixture(scope="module")
def everywhere(tiny_coverage: Coverage) -> Points:
    rows, cols = (part.ravel() for part in np.indices(tiny_coverage.grid.shape))
    return points_at(tiny_coverage, rows, cols, 100.0)


def with_links(scenario: Scenario, integration: str, linked: list[bool], nets: list[str]) -> Scenario:
    units = tuple(
        unit.model_copy(update={"linked": link, "net": net})
        for unit, link, net in zip(scenario.units, linked, nets, strict=True)
    )
    command = scenario.command.model_copy(update={"integration": integration})
    return scenario.model_copy(update={"units": units, "command": command})


links = st.lists(st.booleans(), min_size=4, max_size=4)
names = st.lists(st.sampled_from(["theatre", "west"]), min_size=4, max_size=4)


def obvious_cue(scenario: Scenario, placed: list, seen: np.ndarray) -> np.ndarray:
    """A unit is cued by itself, and by every linked member of its net if it is linked too."""
    out = seen.copy()
    for i, one in enumerate(placed):
        for j, other in enumerate(placed):
            together = scenario.command.integration == "theatre" or one.unit.net == other.unit.net
            if scenario.command.integration != "own" and together and one.unit.linked and other.unit.linked:
                out[i] |= seen[j]
    return out


@settings(max_examples=60, deadline=None)
@given(
    integration=st.sampled_from(["own", "local", "theatre"]), linked=links, nets=names,
    seed=st.integers(0, 999),
)  # fmt: skip
def test_a_cue_comes_from_itself_or_a_linked_member_of_its_net(
    tiny: Scenario, integration, linked, nets, seed
) -> None:
    scenario = with_links(tiny, integration, linked, nets)
    placed = placed_units(scenario, scenario.laydown)
    seen = np.random.default_rng(seed).random((len(placed), 30)) < 0.3
    assert np.array_equal(cued(scenario, placed, seen), obvious_cue(scenario, placed, seen))


def test_an_unlinked_unit_is_in_no_net_and_own_means_nobody_is(tiny: Scenario) -> None:
    scenario = with_links(tiny, "theatre", [True, False, True, True], ["theatre"] * 4)
    placed = placed_units(scenario, scenario.laydown)
    unlinked = [
        unit.unit.id for unit, net in zip(placed, nets_of(scenario, placed), strict=True) if net is None
    ]
    assert unlinked == [scenario.units[1].id]
    alone = with_links(tiny, "own", [True] * 4, ["theatre"] * 4)
    assert set(nets_of(alone, placed)) == {None}


@settings(max_examples=40, deadline=None)
@given(integration=st.sampled_from(["own", "local", "theatre"]), linked=links, nets=names)
def test_losing_each_unit_in_turn_leaves_what_the_others_make_alone(
    tiny: Scenario, tiny_coverage: Coverage, everywhere: Points, integration, linked, nets
) -> None:
    scenario = with_links(tiny, integration, linked, nets)
    threat = scenario.catalogue.threat("shahed-136")
    placed = placed_units(scenario, scenario.laydown)
    whole = picture(scenario, tiny_coverage, placed, threat, everywhere)
    fast = layers_without_each(scenario, placed, whole, threat)
    for number in range(len(placed)):
        others = placed[:number] + placed[number + 1 :]
        alone = picture(scenario, tiny_coverage, others, threat, everywhere)
        assert np.array_equal(fast[number], alone.effector_layers)


def test_any_set_kept_is_the_picture_of_those_units_alone(
    tiny: Scenario, tiny_coverage: Coverage, everywhere: Points
) -> None:
    threat = tiny.catalogue.threat("shahed-136")
    placed = placed_units(tiny, tiny.laydown)
    whole = picture(tiny, tiny_coverage, tiny.laydown, threat, everywhere)
    for keep in itertools.product([False, True], repeat=len(placed)):
        mask = np.array(keep)
        left = kept(tiny, placed, whole, threat, mask)
        posts = tuple(post for post, stays in zip(tiny.laydown.posts, keep, strict=True) if stays)
        fresh = picture(tiny, tiny_coverage, Laydown(posts=posts), threat, everywhere)
        assert np.array_equal(left.shoots, fresh.shoots)
        assert left.units == fresh.units


def test_one_more_unit_never_takes_a_layer_away(
    tiny: Scenario, tiny_coverage: Coverage, everywhere: Points
) -> None:
    threat = tiny.catalogue.threat("shahed-136")
    posts = tiny.laydown.posts
    before = np.zeros(everywhere.size, dtype=np.int64)
    for count in range(1, len(posts) + 1):
        now = picture(tiny, tiny_coverage, Laydown(posts=posts[:count]), threat, everywhere)
        assert np.all(now.effector_layers >= before)
        before = now.effector_layers


def test_an_effector_that_nobody_cues_engages_nothing(
    tiny: Scenario, tiny_coverage: Coverage, everywhere: Points
) -> None:
    threat = tiny.catalogue.threat("shahed-136")
    alone = Laydown(posts=tuple(post for post in tiny.laydown.posts if post.unit == "guns"))
    found = picture(tiny, tiny_coverage, alone, threat, everywhere)
    assert found.envelope.any()
    assert not found.shoots.any()
