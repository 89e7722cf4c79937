"""The theatre as a covering problem: options, points, weights, and which option covers which point."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egide.coverage.reach import place, points_at, sees, shoots
from egide.coverage.result import Coverage
from egide.kernels.laydown import CUES_ITSELF, ENGAGES, SENSES
from egide.model.catalogue_types import BALLISTIC, ThreatType
from egide.model.place import Asset, Place
from egide.model.scenario import Scenario
from egide.model.unit import Post, Unit

BEARINGS_DEG = tuple(range(0, 360, 30))
"""Bearings a unit with a sector may be given [deg]."""


@dataclass(frozen=True)
class Instance:
    """Units to place, where they may stand, and what each choice would cover.

    An option is a kind of unit at a site with a bearing. Option k reaches the points
    `indices[indptr[k]:indptr[k + 1]]`, each with flags (`egide.kernels.laydown`): its sensor sees the point,
    the point lies in its envelope, and both. Points are places, then assets, then assets again as targets
    of ballistic missiles, which only an entered defended footprint reaches.
    """

    kinds: tuple[str, ...]
    """Kind of each group of alike units, for people."""
    members: tuple[tuple[str, ...], ...]
    """Unit ids of each kind."""
    sites: tuple[str, ...]
    """Sites that may be used."""
    option_kind: NDArray[np.int64]
    """Kind of each option, shape (options,), rising."""
    option_site: NDArray[np.int64]
    """Site of each option, shape (options,)."""
    option_bearing_deg: NDArray[np.float64]
    """Bearing of each option [deg], shape (options,)."""
    kind_ptr: NDArray[np.int64]
    """Options of kind k are `kind_ptr[k]:kind_ptr[k + 1]`, shape (kinds + 1,)."""
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    flags: NDArray[np.uint8]
    values: NDArray[np.float64]
    """Value of a point under a sensor, a first and a second effector layer, shape (points, 3)."""
    asset_points: NDArray[np.int64]
    """Point of each asset of the scenario, in its order."""
    fixed_sites: tuple[int, ...]
    """Numbers of the sites that units which stay keep taken."""
    base: NDArray[np.int32]
    """Sensors, envelopes and self-cued envelopes of units that stay over each point, shape (points, 3)."""

    @property
    def counts(self) -> NDArray[np.int64]:
        """Units of each kind, shape (kinds,)."""
        return np.array([len(ids) for ids in self.members], dtype=np.int64)


def alike(scenario: Scenario) -> dict[tuple[str, str, str, bool], list[Unit]]:
    """Units that can take each other's place: same sensor, effector, net and link."""
    groups: dict[tuple[str, str, str, bool], list[Unit]] = {}
    for unit in scenario.units:
        if not unit.fixed:
            groups.setdefault((unit.sensor or "", unit.effector or "", unit.net, unit.linked), []).append(
                unit
            )
    return groups


def build(scenario: Scenario, coverage: Coverage, threat: ThreatType) -> Instance:
    """Write a scenario as a covering problem at the height its siting wishes name."""
    reach = _Reach(scenario, coverage, threat)
    groups = alike(scenario)
    banned = set(scenario.siting.exclusion)
    sites = [site for site in scenario.sites if site.id not in banned]
    options = [
        (kind, number, bearing)
        for kind, units in enumerate(groups.values())
        for number, site in enumerate(sites)
        if not site.suits or {units[0].sensor, units[0].effector} & set(site.suits)
        for bearing in _bearings(scenario, units[0])
    ]
    firsts = [units[0] for units in groups.values()]

    def rows_of(part: list[tuple[int, int, float]]) -> list[tuple[NDArray[np.int32], NDArray[np.uint8]]]:
        rows = []
        for kind, number, bearing in part:
            post = Post(unit=firsts[kind].id, site=sites[number].id, bearing_deg=bearing)
            flags = reach.flags(firsts[kind], post)
            points = np.flatnonzero(flags)
            rows.append((points.astype(np.int32), flags[points]))
        return rows

    parts = [options[first : first + 500] for first in range(0, len(options), 500)]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        rows = [row for part in pool.map(rows_of, parts) for row in part]
    kind, site_number, bearing = (np.array([o[n] for o in options]) for n in range(3))
    site_of = {site.id: number for number, site in enumerate(sites)}
    fixed_sites, base = _staying(scenario, reach, site_of)
    values, asset_points = _values(scenario)
    return Instance(
        kinds=tuple(sensor or effector for sensor, effector, _, _ in groups),
        members=tuple(tuple(unit.id for unit in units) for units in groups.values()),
        sites=tuple(site.id for site in sites),
        option_kind=kind.astype(np.int64),
        option_site=site_number.astype(np.int64),
        option_bearing_deg=bearing.astype(np.float64),
        kind_ptr=np.searchsorted(kind, np.arange(len(groups) + 1)).astype(np.int64),
        indptr=np.concatenate([[0], np.cumsum([len(points) for points, _ in rows])]).astype(np.int64),
        indices=np.concatenate([points for points, _ in rows] or [np.zeros(0, dtype=np.int32)]),
        flags=np.concatenate([flags for _, flags in rows] or [np.zeros(0, dtype=np.uint8)]),
        values=values,
        asset_points=asset_points,
        fixed_sites=fixed_sites,
        base=base,
    )


class _Reach:
    """What a unit at a post would sense, engage and cue itself on, point by point, as flags."""

    def __init__(self, scenario: Scenario, coverage: Coverage, threat: ThreatType) -> None:
        self.scenario, self.coverage, self.threat = scenario, coverage, threat
        nouns: list[Place | Asset] = [*scenario.places, *scenario.assets]
        lon = np.array([noun.lon_deg for noun in nouns], dtype=np.float64)
        lat = np.array([noun.lat_deg for noun in nouns], dtype=np.float64)
        rows, cols = coverage.cells_of(lon, lat)
        self.points = points_at(coverage, rows, cols, scenario.siting.height_agl_m)
        first = len(scenario.places)
        self.assets = points_at(coverage, rows[first:], cols[first:], scenario.siting.height_agl_m)
        used = {group.threat for group in scenario.raid_groups}
        self.ballistic = [
            t for t in scenario.catalogue.threats if t.id in used and t.threat_class in BALLISTIC
        ]

    def flags(self, unit: Unit, post: Post) -> NDArray[np.uint8]:
        """Flags at every point, shape (points,)."""
        placed = place(self.scenario, unit, post)
        seen = sees(self.coverage, placed, self.threat, self.points)
        shot = shoots(self.scenario, self.coverage, placed, self.threat, self.points)
        # A unit that shares nothing helps only itself, so its sensor adds no layer to the common picture.
        flags = (seen & unit.linked) * SENSES + shot * ENGAGES + (shot & seen) * CUES_ITSELF
        below = np.ones(self.assets.size, dtype=np.bool_)
        for threat in self.ballistic:
            below &= shoots(self.scenario, self.coverage, placed, threat, self.assets)
        if not self.ballistic:
            below[:] = False
        return np.concatenate([flags, below * (ENGAGES | CUES_ITSELF)]).astype(np.uint8)


def _staying(
    scenario: Scenario, reach: _Reach, site_of: dict[str, int]
) -> tuple[tuple[int, ...], NDArray[np.int32]]:
    """Sites kept by units that stay, and what those cover already."""
    base = np.zeros((reach.points.size + reach.assets.size, 3), dtype=np.int32)
    taken = []
    for post in scenario.laydown.posts:
        unit = scenario.unit(post.unit)
        if unit.fixed:
            flags = reach.flags(unit, post)
            base += np.stack([(flags & bit) > 0 for bit in (SENSES, ENGAGES, CUES_ITSELF)], axis=1)
            if post.site in site_of:
                taken.append(site_of[post.site])
    return tuple(taken), base


def _bearings(scenario: Scenario, unit: Unit) -> tuple[float, ...]:
    catalogue = scenario.catalogue
    sectors = [360.0]
    if unit.sensor is not None:
        sectors.append(catalogue.sensor(unit.sensor).azimuth_sector_deg.value)
    if unit.effector is not None:
        effector = catalogue.effector(unit.effector)
        sectors.append(effector.azimuth_sector_deg.value)
        if effector.sensor is not None:
            sectors.append(catalogue.sensor(effector.sensor).azimuth_sector_deg.value)
    return (0.0,) if min(sectors) >= 360.0 else tuple(float(b) for b in BEARINGS_DEG)


def _values(scenario: Scenario) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Values of points: people and scored assets, each summing to its share, split over the layers."""
    wishes = scenario.siting
    people = np.array([place.population for place in scenario.places], dtype=np.float64)
    scores = _scores(scenario)
    share = wishes.people_share if people.sum() > 0 and scores.sum() > 0 else float(people.sum() > 0)
    scored = (1.0 - share) * scores / max(scores.sum(), 1.0)
    weight = np.concatenate([share * people / max(people.sum(), 1.0), scored])
    second = np.concatenate([
        np.full(people.size, wishes.second_layer_value),
        [wishes.second_layer_value if asset.required_layers >= 2 else 0.0 for asset in scenario.assets],
    ])  # fmt: skip
    against_ballistic = np.zeros((scores.size, 3))
    against_ballistic[:, 1] = wishes.ballistic_value * scored
    values = np.concatenate([np.stack([weight, weight, weight * second], axis=1), against_ballistic])
    # So that 1 is the value of a laydown that covers everything in every layer that counts.
    return values / values.sum(), people.size + np.arange(scores.size)


def _scores(scenario: Scenario) -> NDArray[np.float64]:
    """CVRT scores as weights; with strict tiers, each tier outweighs all later ones together."""
    scores = np.array([asset.cvrt_score for asset in scenario.assets], dtype=np.float64)
    tiers = np.array([asset.tier for asset in scenario.assets])
    if scenario.siting.priority == "tiers":
        for tier in sorted(set(tiers.tolist()), reverse=True):
            here = tiers == tier
            scores[here] *= max(1.0, 2.0 * scores[tiers > tier].sum() / scores[here].min())
    return scores
