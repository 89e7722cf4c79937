"""The scenario: everything a planner claims, in one frozen noun."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import PurePath
from typing import Any, Protocol, TypeVar

from pydantic import Field

from egide.errors import InputError
from egide.model.catalogue import Catalogue
from egide.model.need import NeedOption
from egide.model.noun import Identifier, Noun
from egide.model.partner import (
    Action,
    Currency,
    Leg,
    Lot,
    OrderOption,
    Partner,
    Pledge,
    Production,
    Requirement,
    Stock,
    Store,
    Sustainment,
)
from egide.model.place import Area, Asset, Phase, Place, Site, SitingWishes, TerrainReference
from egide.model.raid import CommandAndControl, LaunchArea, Raid, RaidGroup, Tempo, Waypoint
from egide.model.unit import Laydown, Unit
from egide.model.weather import Weather

SCHEMA_VERSION = 1
"""Version of the files' layout; migrations raise older ones to it."""


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


_T = TypeVar("_T", bound=_Identified)


class Scenario(Noun):
    """What is claimed about a territory, its defence, the raids against it and those who help."""

    egide_schema: int = SCHEMA_VERSION
    """Version of the layout of the files"""
    name: Identifier
    """Short name, used for folders"""
    title: str
    summary: str = ""
    """One paragraph for people"""
    notional: bool = True
    """True when units and posts are invented; every output then says so"""
    day: date
    """D-day: the day the scenario starts on"""
    area: Area
    terrain: TerrainReference
    country: str = ""
    """Code of the packaged outline drawn on maps, such as `UA`; empty for none"""
    k_factor: float = Field(default=4.0 / 3.0, gt=0.0)
    """Effective-earth factor for radio [1]"""
    weather: Weather | None = None
    """Air, light and noise; without it a calm, dry, hazy night in the country"""
    heights_agl_m: tuple[float, ...] = (50.0, 100.0, 300.0, 1000.0, 3000.0)
    """Heights above ground that coverage is reported at [m]"""
    report_by_region: bool = False
    """Show gaps and axes by region, never by single asset or site"""
    command: CommandAndControl = CommandAndControl()
    siting: SitingWishes = SitingWishes()
    phases: tuple[Phase, ...] = ()
    """Phases of the defence for the worksheet, each from a day on; none: one phase, and one more for each day on
    which a unit comes into service"""
    tempo: Tempo | None = None
    sustainment: Sustainment = Sustainment()
    catalogue: Catalogue
    """Types of sensors, effectors, interceptors and threats"""
    places: tuple[Place, ...] = ()
    assets: tuple[Asset, ...] = ()
    sites: tuple[Site, ...] = ()
    units: tuple[Unit, ...] = ()
    laydown: Laydown = Laydown()
    launch_areas: tuple[LaunchArea, ...] = ()
    routes: tuple[Waypoint, ...] = ()
    raids: tuple[Raid, ...] = ()
    raid_groups: tuple[RaidGroup, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    options: tuple[NeedOption, ...] = ()
    """What could still be added to meet the requirements"""
    partners: tuple[Partner, ...] = ()
    pledges: tuple[Pledge, ...] = ()
    lots: tuple[Lot, ...] = ()
    stocks: tuple[Stock, ...] = ()
    stores: tuple[Store, ...] = ()
    legs: tuple[Leg, ...] = ()
    production: tuple[Production, ...] = ()
    orders: tuple[OrderOption, ...] = ()
    currencies: tuple[Currency, ...] = ()
    actions: tuple[Action, ...] = ()

    def asset(self, asset_id: str) -> Asset:
        """Asset by id; InputError when there is none."""
        return _pick(self.assets, asset_id, "assets")

    def site(self, site_id: str) -> Site:
        """Site by id; InputError when there is none."""
        return _pick(self.sites, site_id, "sites")

    def unit(self, unit_id: str) -> Unit:
        """Unit by id; InputError when there is none."""
        return _pick(self.units, unit_id, "units")

    def raid(self, raid_id: str | None = None) -> Raid:
        """Raid by id, or the first one; InputError when there is none."""
        if raid_id is None and not self.raids:
            raise InputError.one("raids.csv", "id", None, "there are none; add a raid and its groups")
        return self.raids[0] if raid_id is None else _pick(self.raids, raid_id, "raids")

    def groups_of(self, raid_id: str) -> tuple[RaidGroup, ...]:
        """Groups of one raid, in file order."""
        return tuple(group for group in self.raid_groups if group.raid == raid_id)

    def with_laydown(self, laydown: Laydown) -> Scenario:
        """Return the same scenario with another laydown."""
        return self.model_copy(update={"laydown": laydown})

    def fingerprint(self, *leave_out: str) -> str:
        """SHA-256 of the scenario's content [hex], without the named fields.

        Where the folder lies does not count: of the elevation model's path only the last part does, or the
        whole of a packaged name. Its content is hashed apart (`egide.io.scenario_terrain.terrain_hash`).
        """
        content = self.model_dump(mode="json", exclude=set(leave_out))
        if "terrain" in content and not self.terrain.path.startswith("packaged:"):
            content["terrain"]["path"] = PurePath(self.terrain.path).name
        return digest(content)


def _pick(nouns: Iterable[_T], wanted: str, table: str) -> _T:
    known = []
    for noun in nouns:
        if noun.id == wanted:
            return noun
        known.append(noun.id)
    shown = ", ".join(known[:8]) + (" ..." if len(known) > 8 else "")
    raise InputError.one("scenario", table, wanted, f"is not among them; known: {shown or 'none'}")


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of plain data in canonical JSON [hex]."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
