"""Weapon-target assignment against brute force; regrets are never negative."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egide.errors import InputError
from egide.raids.wta import assign_exact, assign_marginal, dynamic_regret, static_regret


def brute_force(values: np.ndarray, chance: np.ndarray) -> float:
    """Least surviving value over every assignment."""
    weapons, targets = chance.shape
    best = np.inf
    for goals in product(range(targets), repeat=weapons):
        left = values.copy()
        for weapon, goal in enumerate(goals):
            left[goal] *= 1.0 - chance[weapon, goal]
        best = min(best, left.sum())
    return float(best)


def instance(seed: int, weapons: int, targets: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    chance = rng.uniform(0.0, 1.0, (weapons, targets)) * (rng.random((weapons, targets)) < 0.8)
    return rng.uniform(0.0, 5.0, targets), chance


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 4))
def test_branch_and_bound_is_brute_force(seed: int, weapons: int, targets: int) -> None:
    """The optimum proved is the least over all assignments, and its plan is worth what it says."""
    values, chance = instance(seed, weapons, targets)
    best = assign_exact(values, chance)
    assert best.optimal
    assert best.gap == pytest.approx(0.0)
    assert best.surviving_value == pytest.approx(brute_force(values, chance), abs=1e-9)
    left = values.copy()
    for weapon, goal in enumerate(best.target):
        if goal >= 0:
            left[goal] *= 1.0 - chance[weapon, goal]
    assert left.sum() == pytest.approx(best.surviving_value)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 5))
def test_the_rule_is_between_bound_and_half_of_the_gain(seed: int, weapons: int, targets: int) -> None:
    """Greedy on a submodular gain keeps at least half of it; its bound is below the optimum."""
    values, chance = instance(seed, weapons, targets)
    rule, best = assign_marginal(values, chance), assign_exact(values, chance)
    assert rule.bound <= best.surviving_value + 1e-9
    assert rule.surviving_value >= best.surviving_value - 1e-9
    total = values.sum()
    assert total - rule.surviving_value >= 0.5 * (total - best.surviving_value) - 1e-9
    assert static_regret(values, chance).regret >= -1e-9


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 4), st.floats(0.1, 10.0))
def test_labels_and_units_of_value_do_not_matter(
    seed: int, weapons: int, targets: int, factor: float
) -> None:
    """Permuted weapons and targets, and scaled values, give the same optimum up to the scale."""
    values, chance = instance(seed, weapons, targets)
    rng = np.random.default_rng(seed + 1)
    rows, columns = rng.permutation(weapons), rng.permutation(targets)
    other = assign_exact(factor * values[columns], chance[rows][:, columns])
    assert other.surviving_value == pytest.approx(factor * assign_exact(values, chance).surviving_value)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(1, 4))
def test_one_more_weapon_never_helps_the_raid_under_the_optimum(
    seed: int, weapons: int, targets: int
) -> None:
    """Monotony holds for optimal assignments."""
    values, chance = instance(seed, weapons + 1, targets)
    more = assign_exact(values, chance).surviving_value
    assert more <= assign_exact(values, chance[:-1]).surviving_value + 1e-9


def test_a_spent_budget_is_an_answer_with_a_bound() -> None:
    """Out of nodes: not optimal, a bound below the value, and still a plan."""
    values, chance = instance(1, 9, 8)
    found = assign_exact(values, chance, node_limit=3)
    assert not found.optimal
    assert found.bound <= assign_exact(values, chance).surviving_value + 1e-9
    assert 0.0 <= found.gap <= 1.0


def test_no_weapons_leave_everything() -> None:
    """Without weapons all value survives, and that is optimal."""
    best = assign_exact([2.0, 3.0], np.zeros((0, 2)))
    assert best.surviving_value == 5.0
    assert best.optimal


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_a_longer_look_ahead_is_never_better_than_the_optimum(seed: int) -> None:
    """Dynamic regret is never negative; with one stage it is the static one."""
    rng = np.random.default_rng(seed)
    values, chance = rng.uniform(1, 5, 3), rng.uniform(0, 0.9, (2, 3, 3))
    for horizon in (1, 2):
        assert dynamic_regret(values, chance, horizon=horizon).regret >= -1e-9
    one = dynamic_regret(values, chance[:1])
    static = static_regret(values, chance[0])
    assert one.rule_value == pytest.approx(static.rule_value)
    assert one.best_value == pytest.approx(static.best_value)


def test_looking_ahead_saves_the_round_for_the_better_shot() -> None:
    """One round, Pk 0.1 now and 0.9 next: looking one stage ahead waits, the myopic rule wastes it."""
    chance = np.array([[[0.1]], [[0.9]]])
    assert dynamic_regret([1.0], chance, horizon=1).regret == pytest.approx(0.8)
    assert dynamic_regret([1.0], chance, horizon=2).regret == pytest.approx(0.0)


def test_looking_after_each_stage_beats_firing_at_once() -> None:
    """Two rounds of Pk 0.5 at two targets: shoot, look, shoot leaves 0.75 expected where one salvo leaves
    1."""
    salvo = assign_exact([1.0, 1.0], np.full((2, 2), 0.5)).surviving_value
    staged = dynamic_regret([1.0, 1.0], np.full((2, 2, 2), 0.5)).best_value
    assert salvo == pytest.approx(1.0)
    assert staged <= salvo + 1e-12


@pytest.mark.parametrize(
    ("values", "chance"),
    [([1.0], [[1.5]]), ([-1.0], [[0.5]]), ([1.0, 2.0], [[0.5]]), ([np.nan], [[0.5]])],
)
def test_impossible_instances_are_refused(values: list[float], chance: list[list[float]]) -> None:
    """Probabilities outside 0 to 1, negative or missing values and wrong shapes raise an input error."""
    with pytest.raises(InputError):
        assign_exact(values, chance)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([1e-13, 1e-6, 1e6, 1e12]))
def test_the_unit_of_worth_changes_nothing(seed: int, scale: float) -> None:
    """All values scaled: the same optimum scaled, proved, and the same relative regret."""
    values, chance = instance(seed, 4, 3)
    assert assign_exact(scale * values, chance).optimal
    assert assign_exact(scale * values, chance).surviving_value == pytest.approx(
        scale * brute_force(values, chance), rel=1e-9
    )
    assert static_regret(scale * values, chance).relative == pytest.approx(
        static_regret(values, chance).relative, rel=1e-6, abs=1e-9
    )


def test_too_many_weapons_for_the_exact_search_leave_the_rule_and_its_bound() -> None:
    """Beyond what is searched nothing is called optimal, and nothing breaks."""
    chance = np.random.default_rng(1).uniform(0.0, 0.01, (1_200, 2))
    found = assign_exact([1.0, 2.0], chance)
    assert not found.optimal
    assert found.bound <= found.surviving_value == assign_marginal([1.0, 2.0], chance).surviving_value
