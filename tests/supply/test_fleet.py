"""Units that break and are mended: the law, the simulation of it, and what many types cost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from tests.supply.campaigns import one_store

from egide.errors import InputError
from egide.supply.campaign import run_campaign
from egide.supply.fleet import cost_of_types, fleet_availability
from egide.supply.inputs import CampaignLot, Fleet


@settings(deadline=None)
@given(st.integers(0, 8), st.floats(0.01, 0.9), st.floats(0.05, 0.95))
def test_with_a_crew_for_every_unit_the_units_are_independent(
    units: int, failure: float, repair: float
) -> None:
    law = fleet_availability(units, units, failure, repair)
    ready = repair / (repair + failure)
    np.testing.assert_allclose(law, stats.binom.pmf(np.arange(units + 1), units, ready), atol=1e-8)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 8), st.integers(1, 7), st.floats(0.05, 0.5), st.floats(0.1, 0.9))
def test_one_more_crew_never_lowers_availability(
    units: int, crews: int, failure: float, repair: float
) -> None:
    mean = [fleet_availability(units, n, failure, repair) @ np.arange(units + 1) for n in (crews, crews + 1)]
    assert mean[1] >= mean[0] - 1e-9


def test_without_crews_every_unit_ends_broken() -> None:
    assert fleet_availability(3, 0, 0.1, 0.5).tolist() == [1.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("crews", [0, 1, 3])
def test_units_that_never_break_are_all_ready_with_crews_or_without(crews: int) -> None:
    assert fleet_availability(3, crews, 0.0, 0.5).tolist() == [0.0, 0.0, 0.0, 1.0]
    assert cost_of_types(4, crews, (1, 2, 4), 0.0, 0.5) == {1: 1.0, 2: 1.0, 4: 1.0}


def test_the_simulated_fleet_settles_on_the_law() -> None:
    """False-alarm rate below 1e-5 at this fixed seed: independent trials, 4.5 standard errors of the mean."""
    fleet = Fleet("battery", ("round",), np.array([6]), 1, 0.0, 0.2, 0.5, crews=2)
    r = run_campaign(replace(one_store(opening=0, weeks=40), fleets=(fleet,)), trials=4000, seed=9)
    ready = r.ready_units[:, -1, 0, 0]
    law = fleet_availability(6, 2, 0.2, 0.5)
    mean = law @ np.arange(7)
    assert abs(ready.mean() - mean) < 4.5 * ready.std() / np.sqrt(ready.size)
    assert (r.ready_units[:, 0] == 6).all()


def test_the_same_units_in_more_types_are_ready_less_often() -> None:
    ready = cost_of_types(24, 8, (1, 2, 4, 8), 0.1, 0.4)
    assert list(ready.values()) == sorted(ready.values(), reverse=True)
    assert ready[8] < ready[1] - 0.02


def test_launchers_limit_what_rounds_can_serve_and_a_lot_of_units_lifts_the_limit() -> None:
    fleet = Fleet("battery", ("round",), np.array([1]), engagements_per_raid=3)
    campaign = replace(one_store(opening=100), fleets=(fleet,))
    assert (run_campaign(campaign, trials=2, seed=1).used.sum(axis=(2, 3)) == 3).all()
    lot = CampaignLot("more", "battery", "city", 1, 7.0)
    used = run_campaign(replace(campaign, lots=(lot,)), trials=2, seed=1).used[0, :, 0, 0]
    assert used.tolist() == [3, 6, 6, 6]


def test_lost_units_do_not_come_back() -> None:
    fleet = Fleet("battery", ("round",), np.array([50]), 1, loss_fraction_per_week=0.3)
    r = run_campaign(replace(one_store(opening=0, weeks=8), fleets=(fleet,)), trials=20, seed=1)
    ready = r.ready_units[:, :, 0, 0]
    assert (np.diff(ready, axis=1) <= 0).all()
    assert abs(ready[:, 1].mean() - 35) < 5 * np.sqrt(50 * 0.21 / 20)  # five standard errors


@pytest.mark.parametrize("figures", [(-1, 1, 0.1, 0.1), (1, 1, 1.2, 0.1), (1, 1, 0.0, 0.0)])
def test_impossible_fleets_are_refused(figures: tuple[int, int, float, float]) -> None:
    with pytest.raises(InputError):
        fleet_availability(*figures)


def test_more_types_than_units_are_refused() -> None:
    with pytest.raises(InputError, match="types"):
        cost_of_types(3, 3, (4,), 0.1, 0.4)
