"""Lines of the tables of an assessment: plain, frozen, each with its unit in the name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVELS = ("one", "two", "three")
"""Names of the entries of a count "under at least so many"."""


@dataclass(frozen=True)
class LayerRow:
    """People and assets under one layer of the defence at one height, by multiplicity."""

    height_agl_m: float
    layer: str
    """`SENSOR`; `ENVELOPE`: in reach of an effector, cued or not; `EFFECTOR`: in reach and cued; or the cued
    effectors of one layer (`HIMAD`, `SHORAD`, `VSHORAD`, `C-UAS`, `AIR`)."""
    units: int
    """Units of the laydown that count in this layer."""
    people: tuple[int, int, int]
    """People under at least one, two and three."""
    assets: tuple[int, int, int]
    """Assets under at least one, two and three."""


@dataclass(frozen=True)
class DetectionRow:
    """Detection by at least one sensor in one look of each, over all people, at one height and echo."""

    height_agl_m: float
    band: str
    """`low`, `value` or `high` end of the reference threat's echo, or `weighted`: their mean."""
    rcs_m2: float | None
    """Echo [m2]; None for the mean over the band."""
    independent_fraction: float
    """If nothing hits the sensors together [1]; it flatters."""
    common_cause_fraction: float
    """With a bad night that hits them together [1]."""
    bad_night_fraction: float
    """On such a night [1]."""
    after_worst_loss_fraction: float
    """Independent, each place without the sensor that matters most to it [1]."""


@dataclass(frozen=True)
class DetectionMap:
    """Detection probability over every mapped cell, in per cent."""

    height_agl_m: float
    independent: NDArray[np.uint8]
    """If nothing hits the sensors together [per cent], shape (rows, cols)."""
    common_cause: NDArray[np.uint8]
    """With a common bad night [per cent], shape (rows, cols)."""


@dataclass(frozen=True)
class LossRow:
    """What the loss of some units takes away at one height."""

    units: tuple[str, ...]
    """Units that are lost."""
    types: tuple[str, ...]
    """Catalogue types of what is lost."""
    height_agl_m: float
    people_sensor: int
    """People who are left without a sensor."""
    people_effector: int
    """People who are left without a cued effector, cues lost included."""
    people_two_effectors: int
    """People who are left without a second one."""
    assets_effector: int
    """Assets that are left without a cued effector."""
    assets_below_required: int
    """Assets that fall below the layers asked for."""

    @property
    def matters(self) -> bool:
        """Whether anything is lost."""
        return any(
            (
                self.people_sensor, self.people_effector, self.people_two_effectors, self.assets_effector,
                self.assets_below_required,
            )
        )  # fmt: skip


@dataclass(frozen=True)
class WorksheetRow:
    """One asset in one phase: from the critical to the defended asset list."""

    phase: str
    """Day from which the units that count are in service, such as `D-day`."""
    id: str
    name: str
    kind: str
    region: str
    tier: int
    criticality: int
    vulnerability: int
    recuperability: int
    threat: int
    score: float
    """Sum of the four ordinal scores [1]."""
    rank: int
    """By tier, then score; equals share a rank."""
    rank_low: int
    """Best rank under any scoring that rises with each score, tiers kept."""
    rank_high: int
    """Worst rank under any such scoring."""
    rank_weights_low: int
    """Tenth percentile of the rank under random weights of the four scores."""
    rank_weights_high: int
    """Ninetieth percentile of the rank under random weights of the four scores."""
    required_layers: int
    defenders: tuple[str, ...]
    """Units that can engage the reference threat over it at the planning height."""
    defender_types: tuple[str, ...]
    """Catalogue types of those."""
    sector_bearing_deg: tuple[float, ...]
    """Middle of each defender's sector, clockwise from true north [deg]."""
    sector_width_deg: tuple[float, ...]
    """Width of each defender's sector; 360 is all round [deg]."""
    layers: dict[str, int | None]
    """Cued effectors over it by threat class; None: not assessed."""
    layers_after_loss: dict[str, int | None]
    """The same after the loss of the unit that costs it most."""
    worst_loss: str
    """Unit whose loss costs it most layers against the reference threat; empty when none does."""
    warning_s: float | None
    """Shortest warning of the reference threat's class over the axes [s]; None: no track on some axis."""
    is_defended: bool
    """On the defended asset list: every assessed class meets the layers asked for."""
    undefended: str
    """What is missing, in words; empty when nothing is."""
    residual_risk: str
    """What remains, in words."""
    accepting_authority: str
    """Who accepts it and when: a line to be filled in by hand, always empty here."""


@dataclass(frozen=True)
class RegisterRow:
    """One gap: where, at which heights, on which axes, whom it concerns, and what would close it."""

    region: str
    """Region of the gap; empty: the area as a whole."""
    places: tuple[str, ...]
    """Largest places it concerns, by name."""
    lacks: str
    """`sensor`, `effector`, `layers` or `warning`."""
    heights_agl_m: tuple[float, ...]
    """Reported heights at which it is open [m]; the height flown for `warning`."""
    axes: tuple[str, ...]
    """Axes on which most of it has no warning, or the one with the shortest warning."""
    people: int
    """People concerned, at the worst of those heights."""
    assets: tuple[str, ...]
    """Ids of the assets concerned at any of those heights."""
    asset_kinds: tuple[str, ...]
    """Their kinds."""
    unit_type: str
    """Type of unit that would close most of it; empty when no free site was found."""
    site: str
    """Free site it would stand on."""
    site_region: str
    closes_fraction: float
    """Share of what is concerned that it would close [1]."""
    closes: str
    """What would close it, in words."""


@dataclass(frozen=True)
class Entry:
    """A line of a guideline's table."""

    label: str
    """Asset, or unit, that it is about."""
    value: float


@dataclass(frozen=True)
class Guideline:
    """One of the six employment guidelines, as a number with its definition."""

    name: str
    number: float
    unit: str
    """Unit of the number."""
    definition: str
    """What the number is, in one sentence."""
    layer: str
    """Map that shows it: `effectors`, `detection`, or empty when the table does."""
    table: tuple[Entry, ...]


@dataclass(frozen=True)
class Tension:
    """Two guidelines that pull apart, and the one this scenario asks for."""

    first: str
    second: str
    asked_for: str
    """One of the two."""
    because: str
    """What in the scenario asks for it."""


@dataclass(frozen=True)
class Scorecard:
    """The six employment guidelines."""

    guidelines: tuple[Guideline, ...]
    tensions: tuple[Tension, ...]

    def of(self, name: str) -> Guideline:
        """Guideline of a name; KeyError for another."""
        for guideline in self.guidelines:
            if guideline.name == name:
                return guideline
        raise KeyError(name)


@dataclass(frozen=True)
class SensorRow:
    """A sensor on the site plan: where it looks, where it is blind, how often it is wrong."""

    unit: str
    type: str
    kind: str
    site: str
    region: str
    bearing_deg: float
    """Middle of its sector, clockwise from true north [deg]."""
    sector_deg: float
    range_m: float
    """Range at which it counts as seeing the reference threat [m]; 0: never."""
    height_agl_m: float
    """Height above ground that blindness is stated for [m]."""
    blind_from_deg: tuple[float, ...]
    """Where each blind arc begins, clockwise from true north [deg]."""
    blind_to_deg: tuple[float, ...]
    """Where it ends [deg]; below its beginning when it passes north."""
    blind_fraction: float
    """Share of the horizon in blind arcs [1]."""
    false_alarms_per_day: float
    is_linked: bool
    """Whether its tracks reach others."""


@dataclass(frozen=True)
class EffectorRow:
    """An effector on the site plan, and who may lawfully operate it."""

    unit: str
    type: str
    kind: str
    layer: str
    site: str
    region: str
    bearing_deg: float
    """Middle of its sector, clockwise from true north [deg]."""
    sector_deg: float
    range_m: float
    lawful_operator: str
    """Who may operate it, as the catalogue states."""
    partner: str
    """Whose it is; empty when not stated."""
