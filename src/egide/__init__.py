"""Égide: an open workbench for planning the air defence of a territory.

Data flows one way: scenario, cover, assess, site, simulate, sustain, brief. Names are loaded on first use,
so that `import egide` stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from egide._version import __version__

if TYPE_CHECKING:
    from egide.assessment.assess import assess
    from egide.assessment.compare import compare
    from egide.assessment.probable import probable_coverage
    from egide.assessment.result import Assessment
    from egide.briefing.brief import brief
    from egide.cooperation import agenda
    from egide.coverage.cover import cover
    from egide.coverage.result import Coverage
    from egide.errors import EgideError, InputError
    from egide.geo import Grid, Position, Terrain
    from egide.io.bulletin_files import read_bulletins
    from egide.io.catalogue_files import read_catalogue
    from egide.io.ledger_files import read_ledger
    from egide.io.scenario_files import copy_example, read_scenario, write_scenario
    from egide.io.scenario_terrain import check_scenario, read_terrain
    from egide.model.scenario import Scenario
    from egide.model.unit import Laydown, Post
    from egide.raids.hindcast import hindcast
    from egide.raids.simulate import RaidResult, simulate
    from egide.raids.uncertainty import uncertain_raid
    from egide.siting.candidates import candidates
    from egide.siting.design import DefenceDesign, site
    from egide.siting.needs import needs, with_additions
    from egide.siting.needs_result import Needs
    from egide.siting.options import with_options
    from egide.siting.robust_design import RobustDesign, robust_site
    from egide.siting.study import study
    from egide.siting.study_result import Study
    from egide.supply.scenario_deliver import deliver
    from egide.supply.sustain import Outlook, sustain

_WHERE = {
    "Assessment": "egide.assessment.result",
    "Coverage": "egide.coverage.result",
    "DefenceDesign": "egide.siting.design",
    "EgideError": "egide.errors",
    "Grid": "egide.geo",
    "InputError": "egide.errors",
    "Laydown": "egide.model.unit",
    "Needs": "egide.siting.needs_result",
    "Outlook": "egide.supply.sustain",
    "Position": "egide.geo",
    "Post": "egide.model.unit",
    "RaidResult": "egide.raids.simulate",
    "RobustDesign": "egide.siting.robust_design",
    "Scenario": "egide.model.scenario",
    "Study": "egide.siting.study_result",
    "Terrain": "egide.geo",
    "agenda": "egide.cooperation",
    "assess": "egide.assessment.assess",
    "brief": "egide.briefing.brief",
    "candidates": "egide.siting.candidates",
    "check_scenario": "egide.io.scenario_terrain",
    "compare": "egide.assessment.compare",
    "copy_example": "egide.io.scenario_files",
    "cover": "egide.coverage.cover",
    "deliver": "egide.supply.scenario_deliver",
    "hindcast": "egide.raids.hindcast",
    "needs": "egide.siting.needs",
    "probable_coverage": "egide.assessment.probable",
    "read_bulletins": "egide.io.bulletin_files",
    "read_catalogue": "egide.io.catalogue_files",
    "read_ledger": "egide.io.ledger_files",
    "read_scenario": "egide.io.scenario_files",
    "read_terrain": "egide.io.scenario_terrain",
    "robust_site": "egide.siting.robust_design",
    "simulate": "egide.raids.simulate",
    "site": "egide.siting.design",
    "study": "egide.siting.study",
    "sustain": "egide.supply.sustain",
    "uncertain_raid": "egide.raids.uncertainty",
    "with_additions": "egide.siting.needs",
    "with_options": "egide.siting.options",
    "write_scenario": "egide.io.scenario_files",
}

__all__ = [
    "Assessment", "Coverage", "DefenceDesign", "EgideError", "Grid", "InputError", "Laydown", "Needs",
    "Outlook", "Position", "Post", "RaidResult", "RobustDesign", "Scenario", "Study", "Terrain",
    "__version__", "agenda", "assess", "brief", "candidates", "check_scenario", "compare",
    "copy_example", "cover", "deliver", "hindcast", "needs", "probable_coverage", "read_bulletins",
    "read_catalogue", "read_ledger", "read_scenario", "read_terrain", "robust_site", "simulate", "site",
    "study", "sustain", "uncertain_raid", "with_additions", "with_options", "write_scenario",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'egide' has no attribute {name!r}")
    return getattr(importlib.import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
