"""Needs are the cheapest there are: every choice of small instances is tried, and of the tiny island with real coverage."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egide.assessment.assess import assess
from egide.assessment.board import board_of
from egide.assessment.warning import atlas_of
from egide.coverage.cover import cover
from egide.coverage.network import picture
from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.geo import Terrain
from egide.io.result_files import read_result, write_result
from egide.io.scenario_files import read_scenario
from egide.io.scenario_terrain import read_terrain
from egide.model.checks import problems_in
from egide.model.need import NeedOption
from egide.model.partner import Requirement
from egide.model.scenario import Scenario
from egide.model.unit import Laydown, Post
from egide.siting.clock import Clock
from egide.siting.needs import needs, with_additions
from egide.siting.needs_model import NeedsModel, standing, value
from egide.siting.needs_reach import Asked, NeedsInstance, build
from egide.siting.needs_result import Needs
from egide.siting.options import Offer, leak_fraction, offers, unit_of, with_options

SOON = date(2025, 7, 4)


@pytest.fixture(scope="module")
def found(tiny: Scenario, tiny_coverage: Coverage) -> Needs:
    return needs(tiny, tiny_coverage, seed=7, laydown=tiny.laydown)


def offer(number: int, cost_eur: float, count: int, passive: bool) -> Offer:
    option = NeedOption(
        id=f"o{number}",
        kind="passive" if passive else "effector",
        item=f"item{number % 2}",
        cost_eur=cost_eur,
        count=count,
    )
    return Offer(option, None if passive else unit_of(option, 1), None, "armed forces", SOON)


@st.composite
def instances(draw: st.DrawFn) -> NeedsInstance:
    """Up to four ways to place a unit and three measures, two threats, three assets, one or two axes."""
    threats, assets, axes = draw(st.integers(1, 2)), draw(st.integers(1, 3)), draw(st.integers(1, 2))
    bought, sites, columns = draw(st.integers(1, 2)), draw(st.integers(1, 3)), draw(st.integers(0, 4))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    offered = [
        offer(n, float(draw(st.integers(0, 5))) * 1e6, draw(st.integers(1, 3)), n >= bought)
        for n in range(bought + 1)
    ]
    stands = (threats, assets)
    shot = rng.random((columns, *stands)) < 0.6
    seen = rng.random(stands) < 0.3
    cued = (rng.random((columns, *stands)) < 0.5) | seen  # what the network sees already waits for nobody
    asked = []
    for number in range(draw(st.integers(1, 3))):
        members = np.flatnonzero(rng.random(assets) < 0.8)
        one = Requirement(
            id=f"r{number}", priority=draw(st.integers(1, 2)), layers=draw(st.integers(0, 2)),
            warning_s=draw(st.sampled_from([0.0, 60.0])),
        )  # fmt: skip
        against = tuple(np.flatnonzero(rng.random(threats) < 0.7).tolist()) or (0,)
        asked.append(Asked(one, members, draw(st.integers(0, members.size)), against, 0.5))
    asked.sort(key=lambda one: one.requirement.priority)
    layers = np.zeros((len(offered), threats))
    layers[bought:] = rng.choice([0.0, 0.4, 1.3], (1, threats))
    suits = np.zeros((len(offered), assets), dtype=np.bool_)
    suits[bought:] = True
    threat = dataclasses.make_dataclass("Threat", ["threat_class"])("one_way_drone")
    return NeedsInstance(
        asked=tuple(asked), threats=(threat,) * threats, heights_m=(100.0,) * threats, leak=np.full(threats, 0.4),
        axes=("east", "west")[:axes], offers=tuple(offered), sites=(None,) * sites,  # type: ignore[arg-type]
        column_offer=np.sort(rng.integers(0, bought, columns)), column_site=rng.integers(0, sites, columns),
        column_bearing_deg=np.zeros(columns), layers=rng.integers(0, 2, stands), waiting=rng.integers(0, 2, stands) * ~seen,
        seen=seen, column_engages=shot & cued, column_waits=shot & ~cued,
        column_sees=rng.random((columns, *stands)) < 0.4,
        warning_s=rng.choice([-1.0, 30.0, 90.0], (*stands, axes)),
        column_warning_s=rng.choice([-1.0, 30.0, 90.0], (columns, *stands, axes)), measure_layers=layers, suits=suits,
        min_separation_m=draw(st.sampled_from([0.0, 1_500.0])),
        site_xy_m=np.column_stack([1_000.0 * np.arange(sites), np.zeros(sites)]),
    )  # fmt: skip


Choice = tuple[tuple[int, ...], tuple[tuple[int, int], ...]]


def every_choice(one: NeedsInstance) -> Iterator[Choice]:
    """Every choice the rules allow: one unit a site, counts, distances."""
    pairs = [(o, a) for o, a in np.argwhere(one.suits).tolist()]
    for columns in subsets(range(one.column_offer.size)):
        at = [int(one.column_site[k]) for k in columns]
        if len(set(at)) < len(at):
            continue
        near = any(
            one.offers[one.column_offer[j]].option.item == one.offers[one.column_offer[k]].option.item
            and np.hypot(*(one.site_xy_m[one.column_site[j]] - one.site_xy_m[one.column_site[k]]))
            < one.min_separation_m
            for j, k in itertools.combinations(columns, 2)
        )
        if near:
            continue
        for measures in subsets(pairs):
            used = [int(one.column_offer[k]) for k in columns] + [o for o, _ in measures]
            if all(used.count(o) <= offered.option.count for o, offered in enumerate(one.offers)):
                yield columns, measures


def subsets(items: Any) -> Iterator[tuple[Any, ...]]:
    every = list(items)
    return itertools.chain.from_iterable(itertools.combinations(every, n) for n in range(len(every) + 1))


def short_by_hand(one: NeedsInstance, choice: Choice) -> list[int]:
    """Assets each requirement is short of, counted asset by asset."""
    columns, measures = choice
    short = []
    for asked in one.asked:
        met = 0
        for a in asked.assets.tolist():
            good = True
            for t in asked.threats:
                seen = one.seen[t, a] or any(one.column_sees[k, t, a] for k in columns)
                layers = one.layers[t, a] + sum(one.column_engages[k, t, a] for k in columns)
                if seen:
                    layers += one.waiting[t, a] + sum(one.column_waits[k, t, a] for k in columns)
                layers += sum(one.measure_layers[o, t] for o, at in measures if at == a)
                good &= bool(layers >= asked.requirement.layers - 1e-9)
                for x in range(len(one.axes)):
                    warning = max(
                        [one.warning_s[t, a, x], *(one.column_warning_s[k, t, a, x] for k in columns)]
                    )
                    if asked.requirement.warning_s > 0.0:
                        good &= bool(warning >= asked.requirement.warning_s)
            met += good
        short.append(max(0, asked.needed - met))
    return short


def cost_by_hand(one: NeedsInstance, choice: Choice) -> float:
    used = [int(one.column_offer[k]) for k in choice[0]] + [o for o, _ in choice[1]]
    return sum(one.offers[o].option.cost_eur for o in used) / 1e6


@settings(max_examples=60, deadline=None)
@given(one=instances(), budget=st.sampled_from([None, 0.0, 4e6]))
def test_priority_by_priority_nothing_leaves_fewer_short_and_nothing_cheaper_does_as_much(
    one: NeedsInstance, budget: float | None
) -> None:
    model = NeedsModel(one, np.ones(one.layers.shape[1]), Clock(60.0))
    choices = [c for c in every_choice(one) if budget is None or cost_by_hand(one, c) <= budget / 1e6]
    limits: list[tuple[list[int], int]] = []
    for rank in sorted({asked.requirement.priority for asked in one.asked}):
        group = [r for r, asked in enumerate(one.asked) if asked.requirement.priority == rank]
        fewest = min(sum(short_by_hand(one, c)[r] for r in group) for c in choices)
        answer = model.shortfall(group, limits, budget)
        assert answer.finished
        assert round(answer.objective) == fewest
        assert answer.bound > fewest - 1.0
        limits.append((group, fewest))
        choices = [c for c in choices if sum(short_by_hand(one, c)[r] for r in group) == fewest]
    answer = model.cheapest(limits, budget)
    least = min(cost_by_hand(one, c) for c in choices)
    assert answer.objective == pytest.approx(least, abs=2e-6)
    assert answer.bound == pytest.approx(least, abs=2e-6)
    mine = short_by_hand(one, (answer.columns, answer.measures))
    assert all(sum(mine[r] for r in group) <= limit for group, limit in limits)


@settings(max_examples=40, deadline=None)
@given(one=instances(), budget=st.sampled_from([0.0, 3e6, 1e8]))
def test_no_choice_within_the_budget_is_worth_more_than_the_bound(one: NeedsInstance, budget: float) -> None:
    scores = np.arange(1.0, 1.0 + one.layers.shape[1])
    answer = NeedsModel(one, scores, Clock(60.0)).best_value(budget, 0.0)
    worths = [
        value(one, scores, standing(one, *c))
        for c in every_choice(one)
        if cost_by_hand(one, c) <= budget / 1e6
    ]
    worth = value(one, scores, standing(one, answer.columns, answer.measures))
    assert worth == pytest.approx(max(worths), abs=1e-6)
    assert answer.bound >= max(worths) - 1e-7
    assert cost_by_hand(one, (answer.columns, answer.measures)) <= budget / 1e6 + 1e-9


def met_for_real(
    scenario: Scenario, coverage: Coverage, laydown: Laydown, built: dict[str, list[str]]
) -> list[int]:
    """Assets each requirement is short of, with the pictures and the atlas of the assessment itself."""
    board = board_of(scenario, coverage, laydown)
    atlas = atlas_of(board)
    measures = {one.id: one for one in offers(scenario)}
    short = []
    for asked in sorted(scenario.requirements, key=lambda one: one.priority):
        number = [
            n
            for n, asset in enumerate(scenario.assets)
            if asked.asset in (None, asset.id) and asked.asset_kind in ("", asset.kind)
        ]
        met = 0
        for one in board.classes:
            if one.threat_class == asked.threat_class:
                over = picture(
                    scenario, coverage, board.placed, one.threat, board.points(one.height_agl_m, board.assets)
                )
                leak = leak_fraction(scenario, asked.threat_class)
                for n in number:
                    more = sum(
                        measures[m].layers(asked.threat_class, leak)[0]
                        for m in built.get(scenario.assets[n].id, [])
                    )
                    warned = atlas.warning_s[board.places.stop + n, atlas.class_of(one.threat.id)].min()
                    met += over.effector_layers[n] + more >= asked.layers and not warned < asked.warning_s
        short.append(int(np.ceil(asked.covered_fraction * len(number) - 1e-9)) - met)
    return short


@pytest.mark.parametrize("integration", ["theatre", "own"])
def test_nothing_cheaper_does_for_the_tiny_island_under_its_real_coverage(
    tiny: Scenario, tiny_coverage: Coverage, integration: str
) -> None:
    """Every option on every free site, and every measure: judged by the assessment, not by the model."""
    command = tiny.command.model_copy(update={"integration": integration})
    tiny = tiny.model_copy(update={"command": command})
    found = needs(tiny, tiny_coverage, seed=7, laydown=tiny.laydown)
    free = [s.id for s in tiny.sites if s.id not in {post.site for post in tiny.laydown.posts}]
    units = [option for option in tiny.options if option.kind != "passive"]
    built = [option for option in tiny.options if option.kind == "passive"]
    best: tuple[list[int], float] | None = None
    for picked in itertools.product([None, *units], repeat=len(free)):
        if any(picked.count(option) > option.count for option in units):
            continue
        new = [unit_of(option, n + 1) for n, option in enumerate(picked) if option is not None]
        posts = [
            Post(unit=f"need.{o.id}.{n + 1}", site=s)
            for n, (o, s) in enumerate(zip(picked, free, strict=True))
            if o
        ]
        laydown = Laydown(posts=(*tiny.laydown.posts, *posts))
        scenario = tiny.model_copy(update={"units": (*tiny.units, *new)})
        for walls in subsets(built):
            cost = sum(o.cost_eur for o in picked if o) + sum(o.cost_eur for o in walls)
            short = met_for_real(scenario, tiny_coverage, laydown, {"power": [o.id for o in walls]})
            if best is None or (short, cost) < best:
                best = short, cost
    assert best is not None
    assert [row.short for row in found.requirements] == best[0]
    assert found.cost_eur == found.bound_eur == best[1]
    assert found.status == ("optimal" if not any(best[0]) else "infeasible")


@pytest.mark.parametrize("integration", ["theatre", "local", "own"])
def test_what_a_unit_is_said_to_add_is_what_the_assessment_finds_with_it(integration: str) -> None:
    """Layers and warning over the dam's assets with one more unit: from the arrays, and assessed from nothing."""
    dam = read_scenario("alpine-dam")
    dam = dam.model_copy(update={
        "command": dam.command.model_copy(update={"integration": integration}),
        "units": tuple(u.model_copy(update={"net": "valley", "linked": n % 5 > 0}) if n % 2 else u
                       for n, u in enumerate(dam.units)),
    })  # fmt: skip
    coverage = cover(dam, read_terrain(dam))
    one = build(dam, coverage, dam.laydown, offers(dam))
    for k in range(0, one.column_offer.size, 7):
        option = one.offers[int(one.column_offer[k])].option
        unit, where = unit_of(option, 1), one.sites[int(one.column_site[k])].id
        post = Post(unit=unit.id, site=where, bearing_deg=float(one.column_bearing_deg[k]))
        more = dam.model_copy(update={"units": (*dam.units, unit)})
        board = board_of(more, coverage, Laydown(posts=(*dam.laydown.posts, post)))
        atlas, stands = atlas_of(board), standing(one, [k], [])
        for t, (threat, height) in enumerate(zip(one.threats, one.heights_m, strict=True)):
            over = picture(more, coverage, board.placed, threat, board.points(height, board.assets))
            assert stands.units[t].tolist() == over.effector_layers.tolist()
            real = np.nan_to_num(atlas.warning_s[board.assets, atlas.class_of(threat.id)], nan=-1.0)
            asked = np.unique(np.concatenate([r.assets for r in one.asked if r.requirement.warning_s]))
            improved = one.column_warning_s[k, t, asked] >= 0.0
            assert np.allclose(stands.warning_s[t, asked][improved], real[asked][improved], atol=1e-3)
            assert (stands.warning_s[t, asked] <= real[asked] + 1e-3).all()


def test_the_scenario_with_the_additions_is_sound_and_covers_what_was_asked(
    tiny: Scenario, tiny_coverage: Coverage, found: Needs
) -> None:
    more = with_additions(tiny, found)
    assert problems_in(more) == []
    assert more.laydown == found.laydown
    after = assess(more, tiny_coverage)
    assert after.units_deployed == len(tiny.laydown.posts) + len(found.units)
    assert met_for_real(more, tiny_coverage, found.laydown, {
        one.asset: [one.option] for one in found.additions if one.asset
    }) == [row.short for row in found.requirements]  # fmt: skip


def test_each_addition_says_what_it_serves_and_leaving_it_out_costs_that(found: Needs) -> None:
    for one in found.additions:
        assert one.requirements
        assert one.lawful_operator
        assert one.marginal_value > 0.0
        assert bool(one.site) != bool(one.asset)
    assert sum(one.cost_eur for one in found.additions) == found.cost_eur
    assert sum(line.cost_eur for line in found.needs) == found.cost_eur
    assert sum(line.quantity for line in found.needs) == len(found.additions)
    assert found.value > found.value_before
    costs = [row.cost_eur for row in found.requirements]
    assert sum(costs) == pytest.approx(found.cost_eur)
    for row in found.requirements:
        assert row.least_short <= row.short
        assert row.alone_eur is not None
        assert row.alone_bound_eur <= row.alone_eur
    values = [point.value for point in found.front]
    assert values == sorted(values)
    assert all(
        point.cost_eur <= point.budget_eur and point.value <= point.bound + 1e-9 for point in found.front
    )
    assert [g.name for g in found.guidelines][:2] == ["early engagement", "weighted coverage"]
    assert len(found.guidelines) == 6


def test_a_smaller_budget_never_meets_an_earlier_priority_less_badly(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    """Shortfalls in order of priority never fall as money falls, and what is spent stays within it."""
    before: list[int] = []
    for budget in (1e9, 8e6, 7.9e6, 5e5, 0.0):
        answer = needs(tiny, tiny_coverage, seed=7, laydown=tiny.laydown, budget_eur=budget)
        short = [row.short for row in answer.requirements]
        assert short >= before
        assert answer.cost_eur <= budget
        before = short
    assert answer.additions == ()


def test_labels_and_prices_in_another_unit_change_nothing_else(
    tiny: Scenario, tiny_coverage: Coverage, found: Needs
) -> None:
    turned = tiny.model_copy(update={
        "options": tuple(o.model_copy(update={"cost_eur": 2 * o.cost_eur, "cost_low_eur": None, "cost_high_eur": None})
                         for o in reversed(tiny.options)),
        "sites": tiny.sites[::-1], "assets": tiny.assets[::-1], "requirements": tiny.requirements[::-1],
    })  # fmt: skip
    other = needs(turned, tiny_coverage, seed=7, laydown=tiny.laydown)
    assert other.cost_eur == 2 * found.cost_eur
    assert [row.short for row in other.requirements] == [row.short for row in found.requirements]
    assert other.value == pytest.approx(found.value)


def test_one_more_option_never_costs_more_and_never_leaves_more_short(
    tiny: Scenario, tiny_coverage: Coverage, found: Needs
) -> None:
    for gone in tiny.options:
        fewer = tiny.model_copy(update={"options": tuple(o for o in tiny.options if o != gone)})
        other = needs(fewer, tiny_coverage, seed=7, laydown=tiny.laydown)
        short = [row.short for row in other.requirements]
        assert short >= [row.short for row in found.requirements]
        if short == [row.short for row in found.requirements]:
            assert other.cost_eur >= found.cost_eur


def test_what_cannot_be_met_is_said_with_a_bound(tiny: Scenario, tiny_coverage: Coverage) -> None:
    hard = Requirement(id="hard", priority=1, asset="power", threat_class="ballistic_missile", layers=5)
    more = tiny.model_copy(update={"requirements": (hard, *tiny.requirements)})
    answer = needs(more, tiny_coverage, seed=7, laydown=tiny.laydown)
    row = answer.requirement("hard")
    assert (row.short, row.least_short, answer.status) == (1, 1, "infeasible")
    assert row.unmet == ("power",)
    assert "no choice of the options leaves fewer than 1 short" in "\n".join(answer.words())
    assert [answer.requirement(one.id).short for one in tiny.requirements] == [0, 0]


def test_what_comes_too_late_does_not_count(tiny: Scenario, tiny_coverage: Coverage) -> None:
    answer = needs(tiny, tiny_coverage, seed=7, laydown=tiny.laydown, by=date(2025, 10, 1))
    assert all(one.ready <= "2025-10-01" for one in answer.additions)
    assert not any(one.option in ("more-missiles", "shelter") for one in answer.not_bought)
    late = tuple(u.model_copy(update={"available_from": date(2026, 1, 1)}) for u in tiny.units)
    nobody = needs(
        tiny.model_copy(update={"units": late}),
        tiny_coverage,
        seed=7,
        laydown=tiny.laydown,
        by=date(2025, 10, 1),
    )
    assert all(row.met_before == 0 for row in nobody.requirements)


def test_no_time_is_a_status_and_the_answer_still_says_what_stands(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    answer = needs(tiny, tiny_coverage, seed=7, laydown=tiny.laydown, time_limit_s=0.0)
    assert answer.status == "time_limit"
    assert answer.bound_eur <= answer.cost_eur
    json.dumps(answer.to_json(), allow_nan=False)


def test_bad_wishes_are_refused_together(tiny: Scenario, tiny_coverage: Coverage) -> None:
    wrong = Requirement(id="odd", priority=1, threat_class="balloon")
    with pytest.raises(InputError) as caught:
        needs(tiny.model_copy(update={"requirements": (wrong,)}), tiny_coverage, seed=1, budget_eur=-1.0)
    fields = {problem.field for problem in caught.value.problems}
    assert fields == {"odd.threat_class", "budget_eur"}
    for change in ({"requirements": ()}, {"assets": ()}):
        with pytest.raises(InputError, match="there are none"):
            needs(tiny.model_copy(update=change), tiny_coverage, seed=1)
    for budget in (float("nan"), float("inf")):
        with pytest.raises(InputError, match="0 or more"):
            needs(tiny, tiny_coverage, seed=1, budget_eur=budget)


def test_an_option_that_was_not_swept_for_is_named_with_what_to_do(
    tiny: Scenario, tiny_terrain: Terrain, tiny_coverage: Coverage
) -> None:
    high = NeedOption(id="far", kind="sensor", item="tps-78", cost_eur=1.0, lawful_operator="armed forces")
    more = tiny.model_copy(update={"options": (*tiny.options, high)})
    with pytest.raises(InputError, match="with_options"):
        needs(more, tiny_coverage, seed=7, laydown=tiny.laydown)
    swept = cover(with_options(more), tiny_terrain)
    assert needs(more, swept, seed=7, laydown=tiny.laydown).columns == 8


def test_an_answer_goes_to_files_and_back(found: Needs, tmp_path: Path) -> None:
    write_result(found, tmp_path / "needs")
    assert read_result(Needs, tmp_path / "needs") == dataclasses.replace(found, seconds=0.0)


def test_by_region_no_site_and_no_asset_is_named(tiny: Scenario, tiny_coverage: Coverage) -> None:
    closed = tiny.model_copy(update={"report_by_region": True})
    answer = needs(closed, tiny_coverage, seed=7, laydown=tiny.laydown)
    said = json.dumps(answer.to_json()) + "\n".join(answer.words()) + answer.to_frame().to_csv()
    said += answer.requirement_frame().to_csv()
    for name in (
        "need.more-missiles.1",
        '"site"',
        '"asset"',
        'unmet"',
        *(f'"{one.id}"' for one in tiny.sites),
    ):
        assert name not in said
    assert "on south" not in said


def test_without_a_laydown_the_design_is_added_to(tiny: Scenario, tiny_coverage: Coverage) -> None:
    assert needs(tiny, tiny_coverage, seed=7).base_laydown.startswith("designed")
    fixed = tiny.model_copy(update={"units": tuple(u.model_copy(update={"fixed": True}) for u in tiny.units)})
    assert needs(fixed, tiny_coverage, seed=7).base_laydown == tiny.laydown.name
