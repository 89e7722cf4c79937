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
    from egide.assessment.result import Assessment
    from egide.briefing.brief import brief
    from egide.coverage.cover import cover
    from egide.coverage.result import Coverage
    from egide.errors import EgideError, InputError
    from egide.geo import Grid, Position, Terrain
    from egide.io.scenario_files import read_scenario, write_scenario
    from egide.io.scenario_terrain import read_terrain
    from egide.model.scenario import Scenario
    from egide.model.unit import Laydown, Post
    from egide.raids.simulate import RaidResult, simulate
    from egide.siting.candidates import candidates
    from egide.siting.design import DefenceDesign, site
    from egide.siting.needs import needs, with_additions
    from egide.siting.needs_result import Needs
    from egide.siting.options import with_options
    from egide.siting.robust_design import RobustDesign, robust_site
    from egide.siting.study import study
    from egide.siting.study_result import Study
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
    "assess": "egide.assessment.assess",
    "brief": "egide.briefing.brief",
    "candidates": "egide.siting.candidates",
    "compare": "egide.assessment.compare",
    "cover": "egide.coverage.cover",
    "needs": "egide.siting.needs",
    "read_scenario": "egide.io.scenario_files",
    "read_terrain": "egide.io.scenario_terrain",
    "robust_site": "egide.siting.robust_design",
    "simulate": "egide.raids.simulate",
    "site": "egide.siting.design",
    "study": "egide.siting.study",
    "sustain": "egide.supply.sustain",
    "with_additions": "egide.siting.needs",
    "with_options": "egide.siting.options",
    "write_scenario": "egide.io.scenario_files",
}

__all__ = [
    "Assessment", "Coverage", "DefenceDesign", "EgideError", "Grid", "InputError", "Laydown", "Needs",
    "Outlook", "Position", "Post", "RaidResult", "RobustDesign", "Scenario", "Study", "Terrain",
    "__version__", "assess", "brief", "candidates", "compare", "cover", "needs", "read_scenario",
    "read_terrain", "robust_site", "simulate", "site", "study", "sustain", "with_additions",
    "with_options", "write_scenario",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'egide' has no attribute {name!r}")
    return getattr(importlib.import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
