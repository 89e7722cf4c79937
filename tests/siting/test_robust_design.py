"""A robust laydown holds up across cases and losses, and its bound is above every laydown."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.siting.theatres import every_laydown, made, naive_value

from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.model.scenario import Scenario
from egide.siting.clock import Clock
from egide.siting.design import site
from egide.siting.robust_design import RobustLaydown, robust_site, solve_robust


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), lost=st.integers(0, 2), tail=st.sampled_from([0.0, 0.5, 1.0]))
def test_the_measure_is_that_of_all_losses_and_the_bound_is_above_every_laydown(
    seed: int, lost: int, tail: float
) -> None:
    """Three cases weigh points differently; every laydown, every loss and every case is tried."""
    instance = made(seed, apart=0.3 * (seed % 2))
    rng = np.random.default_rng(seed)
    worths = [instance.worth * rng.integers(0, 3, (len(instance.worth), 1)) for _ in range(3)]
    problem = RobustLaydown(instance, worths, lost, tail)

    def measured(chosen: tuple[int, ...] | list[int]) -> float:
        values = sorted(
            min(
                naive_value(instance, [o for n, o in enumerate(chosen) if n not in gone], worth)
                for size in range(lost + 1)
                for gone in itertools.combinations(range(len(chosen)), size)
            )
            for worth in worths
        )
        share = np.clip(1.0 - np.arange(3) / (3 * tail), 0.0, 1.0 / (3 * tail)) if tail else [1.0, 0.0, 0.0]
        return float(np.dot(share, values))

    best = max(measured(chosen) for chosen in every_laydown(instance))
    chosen, bound, plain = solve_robust(problem, 1, 0.0, Clock(math.inf))
    objective = problem.objective(chosen)
    assert objective == pytest.approx(measured(chosen), abs=1e-9)
    assert plain - 1e-9 <= objective <= best + 1e-9
    assert best <= bound + 1e-9


def test_robust_designs_of_the_tiny_theatre_order_as_they_must(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    """Losing units never helps, the worst case is never above the mean, and one case is the plain design."""
    found = {
        (measure, lost): robust_site(tiny, tiny_coverage, seed=3, measure=measure, lost_units=lost, gap=0.0)
        for measure in ("worst", "cvar")
        for lost in (0, 1, 2)
    }
    for (_, lost), design in found.items():
        assert design.objective <= design.bound
        assert design.today <= design.bound
        assert all(len(case.lost) <= lost for case in design.cases)
        assert all(case.after_loss <= case.value for case in design.cases)
    for measure in ("worst", "cvar"):
        objectives = [found[measure, lost].bound for lost in (0, 1, 2)]
        assert objectives[2] <= objectives[1] + 1e-9 <= objectives[0] + 2e-9
    # The tiny theatre has one launch area, so without losses its case is the plain problem.
    assert found["worst", 0].objective == pytest.approx(site(tiny, tiny_coverage, seed=3, gap=0.0).objective)
    assert len(found["worst", 1].to_frame()) == len(found["worst", 1].cases) == 1


def test_wrong_arguments_are_said_together(tiny: Scenario, tiny_coverage: Coverage) -> None:
    with pytest.raises(InputError) as caught:
        robust_site(
            tiny, tiny_coverage, seed=1, measure="best", tail_fraction=0.0, over="seas", lost_units=3, gap=-1.0  # type: ignore[arg-type]
        )  # fmt: skip
    fields = [problem.field for problem in caught.value.problems]
    assert fields == ["gap", "measure", "tail_fraction", "over", "lost_units"]
