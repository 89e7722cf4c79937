"""Which way ballistic threats come from, and which bearings of a unit face them.

A defended footprint is entered as a disc, but a unit whose radar looks the other way defends nothing in it. The
design counts a footprint over an asset only at bearings that face most of what is aimed there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egide.model.catalogue_types import BALLISTIC
from egide.model.scenario import Scenario
from egide.model.unit import Unit

FACED_FRACTION = 0.5
"""Share of an asset's ballistic threats that a unit must face for its footprint to count [1]; assumed: most."""


@dataclass(frozen=True)
class BallisticAxes:
    """Launch areas of the stated ballistic threats, seen from every site."""

    bearing_deg: dict[str, NDArray[np.float64]]
    """Bearing of each launch area from a site, clockwise from true north [deg], shape (areas,)."""
    share: NDArray[np.float64]
    """Share of each asset's ballistic threats that each area sends, shape (assets, areas). An asset that none is
    aimed at has the shares of all of them together."""

    def faced(self, site: str, bearing_deg: float, sector_deg: float) -> NDArray[np.bool_]:
        """Say of which assets a unit faces most ballistic threats, shape (assets,)."""
        turned = np.abs((self.bearing_deg[site] - bearing_deg + 180.0) % 360.0 - 180.0)
        inside = turned <= sector_deg / 2.0
        facing: NDArray[np.bool_] = self.share @ inside >= FACED_FRACTION
        return facing


def ballistic_axes(scenario: Scenario) -> BallisticAxes | None:
    """Launch areas of a scenario's ballistic threats as its sites see them; None where no raid has any."""
    groups = [
        group
        for group in scenario.raid_groups
        if scenario.catalogue.threat(group.threat).threat_class in BALLISTIC
    ]
    if not groups:
        return None
    areas = {area.id: area for area in scenario.launch_areas}
    used = list(dict.fromkeys(group.launch_area for group in groups))
    asset_of = {asset.id: number for number, asset in enumerate(scenario.assets)}
    sent = np.zeros((len(scenario.assets), len(used)))
    for group in groups:
        sent[asset_of[group.target], used.index(group.launch_area)] += group.count
    aimed = sent.sum(axis=1, keepdims=True)
    every = sent.sum(axis=0) / sent.sum()
    share = np.where(aimed > 0.0, sent / np.maximum(aimed, 1.0), every)
    return BallisticAxes(
        _bearings(scenario, [(areas[one].lon_deg, areas[one].lat_deg) for one in used]), share
    )


def _bearings(scenario: Scenario, places_deg: list[tuple[float, float]]) -> dict[str, NDArray[np.float64]]:
    """Azimuths of places from every site along the shortest way [deg]."""
    from pyproj import Geod

    geod, lon_lat = Geod(ellps="WGS84"), np.array(places_deg)
    found = {}
    for site in scenario.sites:
        here = np.full((2, len(places_deg)), [[site.lon_deg], [site.lat_deg]])
        azimuth, _, _ = geod.inv(here[0], here[1], lon_lat[:, 0], lon_lat[:, 1])
        found[site.id] = np.asarray(azimuth, dtype=np.float64)
    return found


def narrowest_sector_deg(scenario: Scenario, unit: Unit) -> float:
    """Narrowest of the sectors that a unit's bearing turns [deg]: its sensor's, its effector's, its radar's."""
    catalogue = scenario.catalogue
    sectors = [360.0]
    if unit.sensor is not None:
        sectors.append(catalogue.sensor(unit.sensor).azimuth_sector_deg.value)
    if unit.effector is not None:
        effector = catalogue.effector(unit.effector)
        sectors.append(effector.azimuth_sector_deg.value)
        if effector.sensor is not None:
            sectors.append(catalogue.sensor(effector.sensor).azimuth_sector_deg.value)
    return min(sectors)
