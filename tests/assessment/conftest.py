from __future__ import annotations

import pytest

from egide.assessment.assess import assess
from egide.assessment.result import Assessment
from egide.coverage.cover import cover
from egide.coverage.result import Coverage
from egide.geo import Terrain
from egide.io.scenario_files import read_scenario
from egide.io.scenario_terrain import read_terrain
from egide.model.scenario import Scenario


@pytest.fixture(scope="session")
def tiny_assessment(tiny: Scenario, tiny_coverage: Coverage) -> Assessment:
    return assess(tiny, tiny_coverage)


@pytest.fixture(scope="session")
def dam() -> Scenario:
    """The packaged scenario of an operator in mountains."""
    return read_scenario("alpine-dam")


@pytest.fixture(scope="session")
def dam_terrain(dam: Scenario) -> Terrain:
    return read_terrain(dam)


@pytest.fixture(scope="session")
def dam_coverage(dam: Scenario, dam_terrain: Terrain) -> Coverage:
    return cover(dam, dam_terrain)


@pytest.fixture(scope="session")
def dam_assessment(dam: Scenario, dam_coverage: Coverage) -> Assessment:
    return assess(dam, dam_coverage)
