"""What every test shares: where compiled kernels are cached, and the tiny scenario."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from egide.coverage.cover import cover
from egide.coverage.result import Coverage
from egide.geo import Terrain
from egide.io.scenario_files import read_scenario
from egide.io.scenario_terrain import read_terrain
from egide.model.scenario import Scenario

# A busy machine must not fail a law: no test is about the time an example takes.
settings.register_profile("egide", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("egide")


@pytest.fixture(scope="session")
def tiny() -> Scenario:
    """The packaged scenario that a person understands by eye."""
    return read_scenario("tiny")


@pytest.fixture(scope="session")
def tiny_terrain(tiny: Scenario) -> Terrain:
    return read_terrain(tiny)


@pytest.fixture(scope="session")
def tiny_coverage(tiny: Scenario, tiny_terrain: Terrain) -> Coverage:
    return cover(tiny, tiny_terrain)
