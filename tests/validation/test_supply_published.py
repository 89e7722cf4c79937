"""Supply against published and independently proved cases."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from scipy import stats
from tests.reference import acceptance

from egide.supply.classical import newsvendor_normal, reorder_policy, wagner_whitin
from egide.supply.programme import expected_leakers
from egide.supply.stochastic import farmer_problem, value_of_planning

pytestmark = pytest.mark.reference


def _cases(prefix: str) -> list[tuple[str, Any]]:
    return [(name, case) for name, case in acceptance("inventory").items() if name.startswith(prefix)]


def test_the_campaign_programme_gives_the_exact_leakers_by_raid() -> None:
    pattern = re.compile(r"s0=(\d+),T=(\d+),N=(\d+),pk=([\d.]+),\+(\d+) w\.p\. ([\d.]+)")
    found = 0
    for name, case in acceptance("campaign").items():
        match = pattern.fullmatch(name)
        if match is None:
            continue
        found += 1
        stock, raids, threats, pk, lot, chance = (float(x) for x in match.groups())
        leakers = expected_leakers(int(stock), int(raids), int(threats), pk, int(lot), chance)
        np.testing.assert_allclose(leakers, case["E leak by raid"], rtol=1e-12)
        assert leakers.sum() == pytest.approx(case["total"], rel=1e-12)
    assert found >= 1


def test_lot_sizing_gives_the_published_plan() -> None:
    """H. M. Wagner, T. M. Whitin, Management Science 5 (1958)."""
    for _, case in _cases("WagnerWhitin"):
        found = wagner_whitin(case["d"], case["K"], case["h"])
        assert found.cost == case["cost"]
        assert list(found.order_periods) == case["orders"]


def test_the_newsvendor_gives_the_published_level_and_cost() -> None:
    for name, case in _cases("newsvendor"):
        match = re.fullmatch(r"newsvendor N\(([\d.]+),([\d.]+)\) h=([\d.]+) p=([\d.]+)", name)
        assert match is not None
        found = newsvendor_normal(*(float(x) for x in match.groups()))
        assert found.level == pytest.approx(case["S"], abs=5e-7)
        assert found.cost == pytest.approx(case["cost"], abs=5e-7)


def test_the_farmer_plants_and_earns_as_published() -> None:
    """J. R. Birge, F. Louveaux, Introduction to Stochastic Programming, 2nd ed. (2011): EVPI 7,016, VSS 1,150."""
    case = acceptance("inventory")["farmer"]
    found = value_of_planning(farmer_problem())
    assert found.expected_cost == pytest.approx(case["RP"])
    np.testing.assert_allclose(found.decision, case["x"], atol=1e-6)
    assert found.evpi == pytest.approx(7016, abs=1)
    assert found.vss == pytest.approx(1150, abs=1)


def test_reorder_levels_are_the_published_ones() -> None:
    """L. V. Snyder, Z.-J. M. Shen, Fundamentals of Supply Chain Theory, 2nd ed. (2019), example 4.7."""
    found = reorder_policy(stats.poisson.pmf(np.arange(80), 6), 5, 1, 4)
    assert (found.reorder_level, found.order_up_to) == (4, 10)
    assert found.cost == pytest.approx(8.034111561471642, rel=1e-9)
