"""Model: what the user claims.

Job: frozen nouns for catalogue, scenario, laydown, raids, partners and deliveries, and their checks.
Takes: plain data.
Gives: nouns, or every problem found.
Never: computes physics, opens a file.
"""

from egide.model.catalogue import Catalogue
from egide.model.checks import problems_in
from egide.model.need import NeedOption
from egide.model.partner import Action, Lot, Partner, Pledge, Requirement, Stock
from egide.model.place import Area, Asset, Place, Site, SitingWishes, TerrainReference
from egide.model.raid import CommandAndControl, LaunchArea, Raid, RaidGroup, Tempo, Waypoint
from egide.model.scenario import SCHEMA_VERSION, Scenario
from egide.model.unit import Laydown, Post, Unit

__all__ = [
    "SCHEMA_VERSION", "Action", "Area", "Asset", "Catalogue", "CommandAndControl", "LaunchArea", "Laydown",
    "Lot", "NeedOption", "Partner", "Place", "Pledge", "Post", "Raid", "RaidGroup", "Requirement", "Scenario",
    "Site", "SitingWishes", "Stock", "Tempo", "TerrainReference", "Unit", "Waypoint", "problems_in",
]  # fmt: skip
