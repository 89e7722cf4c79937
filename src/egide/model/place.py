"""Where people live, what must be defended, and where a unit may stand."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from egide.model.noun import Fraction, Identifier, Identifiers, Latitude, Longitude, Noun


class Area(Noun):
    """The rectangle of the world a scenario is about."""

    west_deg: Longitude
    """Western edge, longitude east of Greenwich [deg]"""
    south_deg: Latitude
    """Southern edge, latitude [deg]"""
    east_deg: Longitude
    """Eastern edge, longitude east of Greenwich [deg]"""
    north_deg: Latitude
    """Northern edge, latitude [deg]"""
    crs: str | None = None
    """Metric coordinate system, any text PROJ understands; without it one is chosen for the area"""


class TerrainReference(Noun):
    """Which elevation model the scenario stands on; the model itself is not part of the scenario."""

    path: str
    """File or folder of tiles, relative to the scenario's folder, or `packaged:NAME`"""
    cell_m: float = Field(gt=0.0)
    """Edge of a cell of the metric grid the model is resampled to [m]"""
    surface: Literal["bare_earth", "surface_model"] = "bare_earth"
    """Whether heights are of the bare earth or of trees and roofs"""
    cell_factor: int = Field(default=1, ge=1)
    """How many terrain cells make one demand cell along each edge [1]"""
    error_m: float = Field(default=10.0, ge=0.0)
    """Standard error of a height, for the sensitivity of coverage [m]"""
    holes_allowed_fraction: Fraction = 0.0
    """Share of the area that may be without data [1]"""


class Place(Noun):
    """A populated place: a municipality that needs warning and cover."""

    id: Identifier
    name: str
    lon_deg: Longitude
    """Longitude [deg]"""
    lat_deg: Latitude
    """Latitude [deg]"""
    population: int = Field(ge=0)
    """People who live there"""
    region: str = ""
    """Region (oblast) that reports are summed by"""


class Asset(Noun):
    """Something on the critical asset list, with its scores (ordinal, 1 low to 5 high)."""

    id: Identifier
    name: str
    kind: str
    """What it is: city, power, airfield, bridge, water ..."""
    lon_deg: Longitude
    """Longitude [deg]"""
    lat_deg: Latitude
    """Latitude [deg]"""
    criticality: int = Field(ge=1, le=5)
    """What its loss would mean, 1 low to 5 high"""
    vulnerability: int = Field(ge=1, le=5)
    """How easily it is damaged, 1 low to 5 high"""
    recuperability: int = Field(ge=1, le=5)
    """How hard it is to restore, 1 easy to 5 hard"""
    threat: int = Field(ge=1, le=5)
    """How likely it is attacked, 1 low to 5 high"""
    population: int = Field(default=0, ge=0)
    """People who depend on it directly"""
    value_eur: float = Field(default=0.0, ge=0.0)
    """What replacing it would cost; 0 when not stated [EUR]"""
    region: str = ""
    """Region (oblast) that reports are summed by"""
    tier: int = Field(default=2, ge=1, le=9)
    """Strict priority: tier 1 is served before tier 2 where tiers are asked for"""
    required_layers: int = Field(default=1, ge=0, le=5)
    """Layers of effectors asked for"""
    responders_s: float | None = Field(default=None, ge=0.0)
    """Time responders need after the first confirmed track [s]"""
    releasable_to: Identifiers = ()
    """Partners who may see this line; empty means all"""

    @property
    def cvrt_score(self) -> float:
        """Sum of the four scores [1]. Ordinal: good for ranking, not for arithmetic."""
        return float(self.criticality + self.vulnerability + self.recuperability + self.threat)


class PhaseScore(Noun):
    """What is different about one asset in one phase; what is not stated stays as in `assets.csv`."""

    asset: Identifier
    criticality: int | None = Field(default=None, ge=1, le=5)
    """What its loss would mean then, 1 low to 5 high"""
    vulnerability: int | None = Field(default=None, ge=1, le=5)
    """How easily it is damaged then, 1 low to 5 high"""
    recuperability: int | None = Field(default=None, ge=1, le=5)
    """How hard it is to restore then, 1 easy to 5 hard"""
    threat: int | None = Field(default=None, ge=1, le=5)
    """How likely it is attacked then, 1 low to 5 high"""
    tier: int | None = Field(default=None, ge=1, le=9)
    """Strict priority then"""
    required_layers: int | None = Field(default=None, ge=0, le=5)
    """Layers of effectors asked for then"""


class Phase(Noun):
    """A phase of the defence: from which day, and what matters more or less in it."""

    name: str = Field(min_length=1)
    """Name for people, such as `harvest`; the first phase is D-day where none is stated"""
    start: date
    """First day; the scores of the phase before end with it"""
    scores: tuple[PhaseScore, ...] = ()
    """Assets whose scores, tier or layers are others then, as `[[phases.scores]]`"""


class Site(Noun):
    """A place where a unit may stand."""

    id: Identifier
    name: str = ""
    lon_deg: Longitude
    """Longitude [deg]"""
    lat_deg: Latitude
    """Latitude [deg]"""
    region: str = ""
    """Region (oblast) that reports are summed by"""
    mast_m: float = Field(default=0.0, ge=0.0)
    """Structure already there that an antenna can stand on, above ground [m]"""
    suits: Identifiers = ()
    """Catalogue types that may stand here; empty means any"""


class SitingWishes(Noun):
    """What the planner asks of a defence design."""

    people_share: Fraction = 0.4
    """Share of the objective given to people [1]"""
    raid_share: Fraction = 0.3
    """Share given to depth over the targets of the stated raids; scored assets have the rest [1]"""
    second_layer_value: Fraction = 0.4
    """Value of a second layer over an asset relative to the first [1]"""
    ballistic_value: Fraction = 0.5
    """Value of entered footprints over the targets of ballistic raids, relative to first layers over assets [1]"""
    priority: Literal["weights", "tiers"] = "weights"
    """Trade everything by weight, or serve the assets' tiers in turn: no later one takes from an earlier one"""
    min_separation_m: float = Field(default=0.0, ge=0.0)
    """Smallest distance between two units of the same type, same sensor and same effector [m]"""
    budget_eur: float | None = Field(default=None, ge=0.0)
    """What needs may cost together [EUR]"""
    height_agl_m: float = Field(default=100.0, gt=0.0)
    """Height above ground that coverage is bought for [m]"""
    exclusion: Identifiers = ()
    """Sites that must stay empty"""

    @model_validator(mode="after")
    def _shares_leave_something(self) -> SitingWishes:
        if self.people_share + self.raid_share > 1.0:
            raise ValueError("people_share and raid_share together exceed 1")
        return self
