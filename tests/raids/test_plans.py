"""Plans are compared on the same nights, with honest intervals."""

from __future__ import annotations

import numpy as np
import pytest

from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.raids.circumstances import Circumstances
from egide.raids.plans import MEASURES, Plan, compare_doctrines, compare_integration, compare_plans
from egide.raids.simulate import simulate


def test_a_plan_against_itself_differs_in_nothing(tiny: Scenario, tiny_coverage: Coverage) -> None:
    found = compare_plans(tiny, tiny_coverage, {"a": tiny.laydown, "b": tiny.laydown}, seed=7, trials=100)
    for row in found.differences:
        assert row.comparison.mean == 0.0
        assert row.comparison.tie_fraction == 1.0
        assert not row.comparison.decided
        assert row.to_json()["mean_is_better_probability"] == 0.5
    # A hundred nights that agree do not exclude a difference on three in a hundred.
    assert found.reached == pytest.approx(0.03)


def test_differences_are_those_of_two_calls_of_simulate_on_one_seed(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    plans = {"today": tiny.laydown, "nobody": Laydown()}
    found = compare_plans(tiny, tiny_coverage, plans, seed=7, trials=150)
    today, nobody = (simulate(tiny, tiny_coverage, laydown, seed=7, trials=150) for laydown in plans.values())
    row = found.difference("nobody")
    assert np.array_equal(row.comparison.difference, nobody.leakers - today.leakers)
    assert row.comparison.decided
    assert row.comparison.mean > 0.0
    assert {r.measure for r in found.differences} == set(MEASURES)
    assert found.difference("nobody", "cost_eur").mean_plan == 0.0


def test_pairing_is_worth_trials(tiny: Scenario, tiny_coverage: Coverage) -> None:
    """A small change on common random numbers: unpaired, the same precision would take several times as many."""
    plans = {"today": Plan(tiny.laydown), "lost": Plan(tiny.laydown, Circumstances(lost=("guns",)))}
    found = compare_plans(tiny, tiny_coverage, plans, seed=7, trials=500)
    assert found.difference("lost").comparison.variance_ratio > 3.0


def test_a_sequential_comparison_stops_at_its_precision_or_at_its_limit(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    plans = {"today": tiny.laydown, "nobody": Laydown()}
    found = compare_plans(tiny, tiny_coverage, plans, seed=7, trials=50_000, precision=0.08)
    assert found.reached <= 0.08
    assert 256 < found.trials < 50_000
    limited = compare_plans(tiny, tiny_coverage, plans, seed=7, trials=300, precision=0.001)
    assert limited.trials == 300
    assert limited.reached > 0.001
    again = found.results[1].leakers[:300] - found.results[0].leakers[:300]
    assert np.array_equal(limited.difference("nobody").comparison.difference, again)


def test_doctrines_are_compared_under_the_stocks_the_units_hold(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    found = compare_doctrines(tiny, tiny_coverage, seed=7, doctrines=("S", "S-L-S", "S-S"), trials=200)
    assert found.names == ("S", "S-L-S", "S-S")
    assert (
        found.difference("S-S", "rounds").comparison.mean
        > found.difference("S-L-S", "rounds").comparison.mean
    )
    few = tuple(
        unit.model_copy(update={"ready_rounds": 1}) if unit.id == "guns" else unit for unit in tiny.units
    )
    with pytest.raises(InputError, match=r"guns\.ready_rounds"):
        compare_doctrines(tiny.model_copy(update={"units": few}), tiny_coverage, seed=7, trials=10)


def test_sharing_tracks_is_worth_the_shots_of_units_without_eyes(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    """The tiny scenario's guns have no sensor: on their own they never fire."""
    found = compare_integration(tiny, tiny_coverage, seed=7, trials=200)
    own, theatre = found.results[0], found.results[2]
    burst = next(
        tiny.catalogue.effector(unit.effector).interceptor
        for unit in tiny.units
        if unit.id == "guns" and unit.effector
    )
    assert own.rounds_by_item[:, own.items.index(burst or "")].sum() == 0
    assert theatre.rounds_by_item[:, theatre.items.index(burst or "")].sum() > 0


def test_wrong_questions_are_refused(tiny: Scenario, tiny_coverage: Coverage) -> None:
    with pytest.raises(InputError) as caught:
        compare_plans(tiny, tiny_coverage, {"only": tiny.laydown}, seed=7, trials=1, precision=-1.0)
    assert len(caught.value.problems) == 3
    found = compare_plans(tiny, tiny_coverage, {"a": tiny.laydown, "b": Laydown()}, seed=7, trials=5)
    with pytest.raises(InputError, match="not among them"):
        found.difference("c")
