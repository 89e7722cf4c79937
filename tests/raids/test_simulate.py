"""A scenario's raid becomes tables and results that keep the engine's promises."""

from __future__ import annotations

import numpy as np
import pytest

from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.raids.simulate import simulate


def test_every_threat_has_one_outcome_and_counts_add_up(tiny: Scenario, tiny_coverage: Coverage) -> None:
    result = simulate(tiny, tiny_coverage, seed=7, trials=300)
    assert result.stage_mean.sum(axis=1) == pytest.approx(result.launched)
    got_through = result.stage_mean[:, result.stages.index("not seen") :].sum(axis=1)
    assert result.through_by_type.mean(axis=0) == pytest.approx(got_through)
    harmful = ~np.array(result.decoy)
    assert np.array_equal(result.leakers, result.through_by_type[:, harmful].sum(axis=1))


def test_trial_k_is_the_same_in_few_or_many_trials_and_on_any_number_of_threads(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    few = simulate(tiny, tiny_coverage, seed=7, trials=50, threads=1)
    many = simulate(tiny, tiny_coverage, seed=7, trials=200, threads=3)
    assert np.array_equal(few.through_by_type, many.through_by_type[:50])
    assert np.array_equal(few.rounds_by_item, many.rounds_by_item[:50])


def test_without_a_defence_all_get_through_but_those_that_fail_on_their_own(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    result = simulate(tiny, tiny_coverage, Laydown(), seed=7, trials=200)
    lost = result.stage_mean[:, result.stages.index("lost")]
    assert result.through_by_type.mean(axis=0) + lost == pytest.approx(result.launched)
    assert result.rounds_by_item.size == 0
    assert result.cost_eur.sum() == 0.0


def test_a_replay_tells_the_trial_that_was_counted(tiny: Scenario, tiny_coverage: Coverage) -> None:
    result = simulate(tiny, tiny_coverage, seed=7, trials=20)
    for trial in (0, 7, 19):
        replay = result.replay(trial)
        arrived = [event for event in replay.event if event == "arrival"]
        assert len(arrived) == result.through[trial]
        assert np.all(np.diff(replay.t_s) >= 0.0)


def test_a_raid_that_is_not_there_is_said(tiny: Scenario, tiny_coverage: Coverage) -> None:
    with pytest.raises(InputError, match="dawn"):
        simulate(tiny, tiny_coverage, seed=7, raid="dusk")
    with pytest.raises(InputError, match="group"):
        simulate(tiny.model_copy(update={"raid_groups": ()}), tiny_coverage, seed=7)


def test_the_summary_keeps_predictive_spread_apart_from_monte_carlo_error(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    row = simulate(tiny, tiny_coverage, seed=7, trials=2000).summary()[0]
    assert row["q10"] <= row["q50"] <= row["q90"]
    assert row["monte_carlo_error"] < (row["q90"] - row["q10"]) / 10
