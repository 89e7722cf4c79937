"""Ignorance is kept apart from chance, blamed on the right assumption, and reported whatever it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import qmc, spearmanr

from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.raids.assumptions import Band, assumptions_of, scenario_at
from egide.raids.prediction import coverage_prediction, drawn_laydown, rank_correlation
from egide.raids.regret import rule_regret
from egide.raids.response import conditional_means, response_surface
from egide.raids.sensitivity import sobol_indices
from egide.raids.simulate import simulate
from egide.raids.uncertainty import UncertainRaid, uncertain_raid


@pytest.fixture(scope="module")
def uncertain(tiny: Scenario, tiny_coverage: Coverage) -> UncertainRaid:
    plans = {"today": tiny.laydown, "nobody": Laydown()}
    return uncertain_raid(tiny, tiny_coverage, plans, seed=7, draws=96, trials=24)


@given(
    st.floats(0.0, 1.0),
    st.floats(0.0, 1.0),
    st.floats(0.001, 1.0),
    st.floats(1.0, 100.0),
    st.floats(1.0, 100.0),
)
def test_a_band_is_passed_through_in_order_and_hits_its_three_figures(
    a: float, b: float, low: float, up: float, further: float
) -> None:
    band = Band("x", low, low * up, low * up * further, "assumed", "")
    assert (band.at(0.0), band.at(0.5), band.at(1.0)) == pytest.approx((band.low, band.value, band.high))
    assert band.at(min(a, b)) <= band.at(max(a, b)) * (1.0 + 1e-12)


def test_every_assumption_at_half_its_band_is_the_scenario_as_stated(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    assumptions = assumptions_of(tiny, [tiny.laydown])
    same = scenario_at(tiny, assumptions, [0.5] * len(assumptions))
    stated = simulate(tiny, tiny_coverage, seed=7, trials=100)
    assert np.array_equal(
        simulate(same, tiny_coverage, seed=7, trials=100).through_by_type, stated.through_by_type
    )


def test_each_assumption_changes_its_own_figures_and_no_others(tiny: Scenario) -> None:
    assumptions = assumptions_of(tiny, [tiny.laydown])
    names = [assumption.name for assumption in assumptions]
    assert len(set(names)) == len(names)
    assert {"pk missile_short_range", "readiness", "soft kill", "echo", "own losses", "delays"} <= set(names)
    stated = {(r.table, r.id, r.field): r.figure.value for r in tiny.catalogue.figures()}
    for k, assumption in enumerate(assumptions):
        positions = [1.0 if j == k else 0.5 for j in range(len(assumptions))]
        changed = scenario_at(tiny, assumptions, positions)
        now = {(r.table, r.id, r.field): r.figure.value for r in changed.catalogue.figures()}
        moved = {
            f"{table}[{key}].{field}"
            for (table, key, field), v in now.items()
            if v != pytest.approx(stated[table, key, field])
        }
        expected = {
            b.where for b in assumption.bands if b.high > b.value and not b.where.startswith("command.")
        }
        assert moved == expected
    with pytest.raises(InputError, match="positions"):
        scenario_at(tiny, assumptions, [0.5])


def test_draws_are_the_same_on_any_number_of_threads(tiny: Scenario, tiny_coverage: Coverage) -> None:
    one = uncertain_raid(tiny, tiny_coverage, seed=3, draws=32, trials=4, threads=1)
    two = uncertain_raid(tiny, tiny_coverage, seed=3, draws=32, trials=4, threads=3)
    assert np.array_equal(one.leakers, two.leakers)
    assert one.to_json() == two.to_json()


def test_chance_and_ignorance_add_up_to_the_variance_of_all_draws(uncertain: UncertainRaid) -> None:
    for k in range(2):
        whole = uncertain.leakers[k].var()
        parts = uncertain.aleatory_variance[k] + uncertain.epistemic_variance[k]
        assert parts == pytest.approx(whole, rel=0.1)


def test_an_undefended_place_rests_on_nothing_but_own_losses(uncertain: UncertainRaid) -> None:
    total = uncertain.surfaces[1].indices.total
    names = [assumption.name for assumption in uncertain.assumptions]
    assert total[names.index("own losses")] > 0.9
    assert uncertain.surfaces[1].explained_fraction > 0.9


def test_no_assumption_flips_a_choice_that_is_clear(uncertain: UncertainRaid) -> None:
    assert uncertain.best_plan_fraction.tolist() == [1.0, 0.0]
    assert uncertain.perfect_information == 0.0
    for found in uncertain.decisions:
        assert found.worth.value == 0.0
        assert found.worth.flips_fraction == 0.0
        assert found.flips_at is None
    assert len(uncertain.to_frame()) == len(uncertain.assumptions)


def test_the_assumption_that_decides_between_two_plans_is_found(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    """Jammer or missiles: the better one hangs on how well jamming works, and on what the missiles hit."""
    posts = {post.unit: post for post in tiny.laydown.posts}
    plans = {
        "jammer": Laydown(posts=(posts["radar"], posts["jammer"])),
        "missiles": Laydown(posts=(posts["radar"], posts["missiles"])),
    }
    found = uncertain_raid(tiny, tiny_coverage, plans, seed=7, draws=128, trials=32)
    worth = {d.assumption: d for d in found.decisions}
    assert found.decisions[0].assumption in ("soft kill", "pk missile_short_range", "engagement times")
    assert worth["soft kill"].flips_at is not None
    assert 0.0 < found.decisions[0].worth.value <= found.perfect_information
    assert worth["echo"].worth.value < 0.1 * worth["soft kill"].worth.value + 0.02


def test_too_few_draws_are_refused(tiny: Scenario, tiny_coverage: Coverage) -> None:
    with pytest.raises(InputError, match="32 draws"):
        uncertain_raid(tiny, tiny_coverage, seed=7, draws=8)


def test_indices_of_a_smooth_function_agree_with_the_sampling_estimator() -> None:
    def smooth(u: np.ndarray) -> np.ndarray:
        return np.asarray(3.0 * u[:, 0] + u[:, 1] + 2.0 * u[:, 0] * u[:, 2] + 4.0 * (u[:, 3] - 0.5) ** 2)

    positions = qmc.LatinHypercube(5, rng=np.random.default_rng(1)).random(200)
    found = response_surface(positions, smooth(positions), seed=1)
    exact = sobol_indices(smooth, np.zeros(5), np.ones(5), seed=2, log2_samples=12)
    assert found.indices.first == pytest.approx(exact.first, abs=0.02)
    assert found.indices.total == pytest.approx(exact.total, abs=0.02)
    assert found.explained_fraction > 0.99


def test_a_surface_that_does_not_fit_says_so() -> None:
    positions = qmc.LatinHypercube(3, rng=np.random.default_rng(1)).random(200)
    rough = np.sin(40.0 * positions[:, 0]) * np.sin(40.0 * positions[:, 1])
    assert response_surface(positions, rough, seed=1).explained_fraction < 0.3
    flat = response_surface(positions, np.ones(200), seed=1)
    assert flat.explained_fraction == 0.0
    assert not flat.indices.total.any()
    with pytest.raises(InputError, match="16 draws"):
        response_surface(positions[:4], rough[:4], seed=1)


def test_means_given_one_input_leave_the_others_out() -> None:
    positions = qmc.LatinHypercube(3, rng=np.random.default_rng(1)).random(300)
    grid = np.linspace(0.05, 0.95, 10)
    found = conditional_means(positions, 5.0 * positions[:, 0] + 50.0 * positions[:, 1], grid)
    assert found[0] == pytest.approx(25.0 + 5.0 * grid, abs=0.3)
    assert found[2] == pytest.approx(np.full(10, 27.5), abs=0.3)


@given(st.integers(0, 10_000))
def test_a_rank_correlation_is_scipys_with_an_interval_round_it(seed: int) -> None:
    first, second = np.random.default_rng(seed).normal(size=(2, 12))
    found = rank_correlation(first, second)
    assert found.rho == pytest.approx(spearmanr(first, second).statistic)
    assert found.low < found.rho < found.high
    turned = rank_correlation(first, -second)
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))


def test_the_interval_of_a_rank_correlation_holds_the_truth_about_as_often_as_it_says() -> None:
    """Independent normals, true correlation 0: 95 % intervals over 400 samples, +-4 standard errors (1e-4)."""
    draws = np.random.default_rng(5).normal(size=(400, 2, 30))
    hits = np.mean([(found := rank_correlation(a, b)).low <= 0.0 <= found.high for a, b in draws])
    assert abs(hits - 0.95) < 4.0 * np.sqrt(0.95 * 0.05 / 400)


def test_a_measure_that_does_not_vary_tells_nothing() -> None:
    found = rank_correlation(np.ones(9), np.arange(9.0))
    assert (found.rho, found.low, found.high) == (0.0, -1.0, 1.0)
    assert "chance" in found.words()


def test_coverage_and_outcome_are_ranked_over_laydowns_that_all_differ(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    found = coverage_prediction(tiny, tiny_coverage, seed=7, designs=12, trials=40)
    assert len(found.names) == 12
    assert np.all((found.kept_fraction >= 0.0) & (found.kept_fraction <= 1.0))
    assert found.leakers[0] == simulate(tiny, tiny_coverage, seed=7, trials=40).leakers.mean()
    assert -1.0 <= found.overall.low <= found.overall.rho <= found.overall.high <= 1.0
    again = coverage_prediction(tiny, tiny_coverage, seed=7, designs=12, trials=40)
    assert found.to_json() == again.to_json()
    with pytest.raises(InputError, match="eight designs"):
        coverage_prediction(tiny, tiny_coverage, seed=7, designs=3)


@given(st.floats(0.0, 1.0), st.integers(0, 1000))
def test_a_drawn_laydown_posts_every_unit_once_and_keeps_its_share(
    tiny: Scenario, share: float, number: int
) -> None:
    drawn = drawn_laydown(tiny, tiny.laydown, share, 7, number)
    assert {post.unit for post in drawn.posts} == {post.unit for post in tiny.laydown.posts}
    assert len({post.site for post in drawn.posts}) == len(drawn.posts)
    if share == 1.0:
        assert drawn.posts == tiny.laydown.posts


def test_the_rule_never_beats_the_optimum(tiny: Scenario, tiny_coverage: Coverage) -> None:
    found = rule_regret(tiny, tiny_coverage, seed=7, moments=30)
    assert found.regret.size > 0
    assert np.all(found.regret >= -1e-9)
    assert 0.0 <= found.optimal_fraction <= 1.0
    small = rule_regret(tiny, tiny_coverage, seed=7, moments=30, shot_limit=2)
    assert small.set_aside > 0
    assert small.regret.size + small.set_aside == found.regret.size + found.set_aside
    assert rule_regret(tiny, tiny_coverage, Laydown(), seed=7).quiet > 0
