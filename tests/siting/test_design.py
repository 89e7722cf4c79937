"""The design of the tiny theatre is the best there is, and its bound holds for every laydown."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egide.assessment.assess import reference_threat
from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.model.scenario import Scenario
from egide.model.unit import Laydown, Post
from egide.siting.design import site
from egide.siting.laydown_search import Relaxation, Search
from egide.siting.theatre import Instance, build


@pytest.fixture(scope="module")
def instance(tiny: Scenario, tiny_coverage: Coverage) -> Instance:
    return build(tiny, tiny_coverage, reference_threat(tiny))


def every_choice(instance: Instance) -> list[tuple[int, ...]]:
    by_kind = [np.flatnonzero(instance.option_kind == k) for k in range(len(instance.kinds))]
    return [
        c for c in itertools.product(*by_kind) if len({int(instance.option_site[o]) for o in c}) == len(c)
    ]


def test_the_design_is_the_best_of_all_laydowns_of_the_tiny_theatre(
    tiny: Scenario, tiny_coverage: Coverage, instance: Instance
) -> None:
    search = Search(instance, 0)
    best = max(search.value(list(choice)) for choice in every_choice(instance))
    design = site(tiny, tiny_coverage, seed=7)
    assert design.objective == pytest.approx(best, abs=1e-12)
    assert design.bound >= best - 1e-12
    assert design.gap == pytest.approx((design.bound - design.objective) / design.objective)
    assert design.today <= best + 1e-12


def test_no_step_of_the_bound_goes_below_the_best_laydown(instance: Instance) -> None:
    search = Search(instance, 0)
    best = max(search.value(list(choice)) for choice in every_choice(instance))
    relaxation = Relaxation(instance)
    for _ in range(120):
        bound, chosen = relaxation.step(best)
        assert bound >= best - 1e-9
        assert len({int(instance.option_site[o]) for o in chosen}) == len(chosen)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_gains_are_differences_of_values(instance: Instance, data: st.DataObject) -> None:
    options = st.integers(0, instance.option_kind.size - 1)
    chosen = data.draw(st.lists(options, max_size=4))
    more = data.draw(options)
    search = Search(instance, 0)
    gain = search.gains(search.counts(chosen), np.array([more]))[0]
    assert gain == pytest.approx(search.value([*chosen, more]) - search.value(chosen), abs=1e-12)


def test_the_same_seed_gives_the_same_design_and_the_objective_never_exceeds_one(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    one, two = (site(tiny, tiny_coverage, seed=3) for _ in range(2))
    assert one.laydown == two.laydown
    assert one.objective == two.objective <= 1.0


def test_one_more_site_never_worsens_a_design_that_is_proven_best(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    whole = site(tiny, tiny_coverage, seed=7).objective
    for leave_out in tiny.sites:
        fewer = tiny.model_copy(update={
            "siting": tiny.siting.model_copy(update={"exclusion": (leave_out.id,)}),
        })  # fmt: skip
        assert site(fewer, tiny_coverage, seed=7).objective <= whole + 1e-12


def test_a_fixed_unit_keeps_its_post_and_still_counts(tiny: Scenario, tiny_coverage: Coverage) -> None:
    units = tuple(u.model_copy(update={"fixed": u.id == "radar"}) for u in tiny.units)
    laydown = Laydown(posts=(Post(unit="radar", site="town", bearing_deg=10.0),))
    design = site(tiny.model_copy(update={"units": units, "laydown": laydown}), tiny_coverage, seed=7)
    assert design.laydown.post_of("radar") == laydown.posts[0]
    assert len(design.laydown.posts) == len(tiny.units)
    assert design.objective <= site(tiny, tiny_coverage, seed=7).objective + 1e-12


def test_what_cannot_be_sited_is_said(tiny: Scenario, tiny_coverage: Coverage) -> None:
    for change in ({"sites": ()}, {"places": (), "assets": ()}, {"units": ()}):
        with pytest.raises(InputError):
            site(tiny.model_copy(update=change), tiny_coverage, seed=1)
