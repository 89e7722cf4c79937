"""The design of the tiny theatre is the best there is, and its bound holds for every laydown."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from egide.assessment.assess import reference_threat
from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.model.scenario import Scenario
from egide.model.unit import Laydown, Post
from egide.siting.design import options_of, site, value_of_laydown
from egide.siting.design_reasons import layers_of
from egide.siting.laydown_search import Search
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


def changed(scenario: Scenario, **wishes: object) -> Scenario:
    """The scenario with other siting wishes."""
    return scenario.model_copy(update={"siting": scenario.siting.model_copy(update=wishes)})


def with_units(scenario: Scenario, **changes: dict[str, object]) -> Scenario:
    """The scenario with some fields of some units changed."""
    units = tuple(u.model_copy(update=changes.get(u.id, {})) for u in scenario.units)
    return scenario.model_copy(update={"units": units})


def test_units_of_one_type_keep_their_distance(tiny: Scenario, tiny_coverage: Coverage) -> None:
    """The design is the best of all laydowns that keep it, and a wish too great leaves a unit out by name."""
    twin = tiny.units[1].model_copy(update={"id": "guns-2"})
    two = tiny.model_copy(update={"units": (*tiny.units, twin)})
    free = site(two, tiny_coverage, seed=7, gap=0.0)
    apart = site(changed(two, min_separation_m=8_000.0), tiny_coverage, seed=7, gap=0.0)
    posts = [apart.laydown.post_of(name) for name in ("guns", "guns-2")]
    assert None not in posts
    places = [tiny_coverage.position_of(post.site) for post in posts if post is not None]
    assert np.hypot(*(np.array(places[0]) - places[1])) >= 8_000.0
    assert apart.objective <= free.objective + 1e-9
    far = site(changed(two, min_separation_m=100_000.0), tiny_coverage, seed=7, gap=0.0)
    assert len(far.unplaced) == 1
    assert far.unplaced[0] in ("guns", "guns-2")


def test_strict_tiers_come_in_order_and_add_up(tiny: Scenario, tiny_coverage: Coverage) -> None:
    design = site(changed(tiny, priority="tiers"), tiny_coverage, seed=7, gap=0.0)
    assert [tier.tier for tier in design.tiers] == [1, 2, 10]
    assert design.status == "optimal"
    assert design.objective == pytest.approx(sum(tier.objective for tier in design.tiers))
    assert all(tier.objective <= tier.bound <= tier.whole + 1e-9 for tier in design.tiers)
    assert sum(tier.whole for tier in design.tiers) == pytest.approx(1.0)
    weighed = site(tiny, tiny_coverage, seed=7, gap=0.0)
    assert design.objective <= weighed.bound + 1e-9


def test_reasons_say_what_goes_with_a_unit(
    tiny: Scenario, tiny_coverage: Coverage, instance: Instance
) -> None:
    """People and assets that lose their only sensor or layer are those of the laydown without the unit."""
    design = site(tiny, tiny_coverage, seed=7)
    search = Search(instance, 0)

    def covered(laydown: Laydown) -> tuple[np.ndarray, np.ndarray]:
        counts = search.counts(options_of(instance, laydown))
        return counts[:, 0] > 0, layers_of(counts) > 0

    sensed, engaged = covered(design.laydown)
    people = np.array([place.population for place in tiny.places])
    for reason in design.reasons:
        posts = tuple(post for post in design.laydown.posts if post.unit != reason.unit)
        seen, shot = covered(Laydown(posts=posts))
        size = people.size
        assert reason.people_sensed_only_by_it == people[(sensed & ~seen)[:size]].sum()
        assert reason.people_engaged_only_by_it == people[(engaged & ~shot)[:size]].sum()
        lost = {
            a.id
            for a, p in zip(tiny.assets, instance.asset_points, strict=True)
            if engaged[p] and not shot[p]
        }
        assert set(reason.assets_only_by_it) == lost
        loss = design.objective - value_of_laydown(instance, Laydown(posts=posts))
        assert reason.marginal_value == pytest.approx(loss / design.objective)
    assert list(design.to_frame().index) == [reason.unit for reason in design.reasons]


def test_one_more_unit_of_a_kind_adds_what_its_limit_says(tiny: Scenario, tiny_coverage: Coverage) -> None:
    design = site(tiny, tiny_coverage, seed=7, gap=0.0)
    limits = {each.name: each for each in design.bindings if each.limit == "units"}
    assert len(limits) == len(tiny.units)
    for unit in tiny.units:
        more = tiny.model_copy(update={"units": (*tiny.units, unit.model_copy(update={"id": "more"}))})
        limit = limits[unit.sensor or unit.effector or ""]
        added = site(more, tiny_coverage, seed=7, gap=0.0).objective - design.objective
        assert limit.at_least - 1e-9 <= added
        assert limit.at_most is not None
        assert added <= limit.at_most + 1e-6


def test_alternates_lie_on_free_sites_within_reach(tiny: Scenario, tiny_coverage: Coverage) -> None:
    moving = with_units(tiny, guns={"alternates": 2}, missiles={"alternates": 1, "moves_within_m": 9_000.0})
    design = site(moving, tiny_coverage, seed=7)
    used = {post.site for post in design.laydown.posts}
    named = [alternate.site for alternate in design.alternates]
    assert not used & set(named)
    assert len(set(named)) == len(named) == len(tiny.sites) - len(used)
    assert all(0.0 <= alternate.value_kept <= 1.0 + 1e-12 for alternate in design.alternates)
    for alternate in design.alternates:
        post = design.laydown.post_of(alternate.unit)
        assert post is not None
        apart = np.subtract(*(tiny_coverage.position_of(s) for s in (post.site, alternate.site)))
        assert alternate.unit != "missiles" or np.hypot(*apart) <= 9_000.0


def test_assets_short_of_layers_are_named_with_the_most_there_could_be(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    wanting = tuple(a.model_copy(update={"required_layers": 5}) for a in tiny.assets)
    design = site(tiny.model_copy(update={"assets": wanting}), tiny_coverage, seed=7)
    assert {each.asset for each in design.layers_short} == {asset.id for asset in tiny.assets}
    for each in design.layers_short:
        assert each.layers <= each.most <= 3 < each.required  # three of the four units have an effector


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


def test_a_time_limit_of_zero_is_a_status(tiny: Scenario, tiny_coverage: Coverage) -> None:
    design = site(tiny, tiny_coverage, seed=1, gap=0.0, time_limit_s=0.0)
    assert design.status in ("time_limit", "optimal")
    assert design.bound >= site(tiny, tiny_coverage, seed=1, gap=0.0).objective - 1e-9


def test_contradictions_of_fixed_units_are_said_together(tiny: Scenario, tiny_coverage: Coverage) -> None:
    """On an excluded site, on no site, without a post, too near one of the same type, and a wrong gap."""
    twin = tiny.units[1].model_copy(update={"id": "guns-2"})
    base = tiny.model_copy(update={"units": (*tiny.units, twin)})
    base = with_units(base, **{name: {"fixed": True} for name in ("radar", "guns", "guns-2", "jammer")})
    posts = (
        Post(unit="radar", site="south"), Post(unit="guns", site="town"), Post(unit="guns-2", site="nowhere"),
    )  # fmt: skip
    wrong = changed(base.model_copy(update={"laydown": Laydown(posts=posts)}), exclusion=("south", "heaven"))
    with pytest.raises(InputError) as caught:
        site(wrong, tiny_coverage, seed=1, gap=-1.0)
    assert {(problem.field, problem.value) for problem in caught.value.problems} == {
        ("radar.site", "south"), ("guns-2.site", "nowhere"), ("jammer.fixed", True),
        ("siting.exclusion", "heaven"), ("gap", -1.0),
    }  # fmt: skip
    near = Laydown(posts=(Post(unit="guns", site="town"), Post(unit="guns-2", site="south")))
    close = with_units(base, radar={"fixed": False}, jammer={"fixed": False})
    close = changed(close.model_copy(update={"laydown": near}), min_separation_m=50_000.0)
    with pytest.raises(InputError, match="both fixed"):
        site(close, tiny_coverage, seed=1)


def test_a_coverage_of_other_sites_and_a_seed_that_is_none_are_refused_at_once(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    other = tiny.sites[0].model_copy(update={"id": "elsewhere"})
    with pytest.raises(InputError) as caught:
        site(tiny.model_copy(update={"sites": (*tiny.sites, other)}), tiny_coverage, seed=-1)
    assert {(problem.field, problem.value) for problem in caught.value.problems} == {
        ("coverage", "elsewhere"), ("seed", -1),
    }  # fmt: skip
