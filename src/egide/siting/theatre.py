"""The theatre as a covering problem: options, points, weights, and which option covers which point."""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egide.coverage.reach import place, points_at, sees, shoots
from egide.coverage.result import Coverage
from egide.kernels.laydown import CUES_ITSELF, ENGAGES, SENSES
from egide.model.catalogue_types import BALLISTIC, ThreatClass, ThreatType
from egide.model.place import Asset, Place
from egide.model.scenario import Scenario
from egide.model.unit import Post, Unit

BEARINGS_DEG = tuple(range(0, 360, 30))
"""Bearings a unit with a sector may be given [deg]."""

RAID_LAYERS = 24
"""Parts into which the raid on a target is cut; a unit over it counts for as many as it could stop."""

RAID_DECAY = 0.95
"""Value of stopping a further part of a raid relative to the one before [1]; assumed: nearly as much."""


Rows = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8], NDArray[np.uint8]]
"""`indptr`, `indices`, `flags` and `amounts` of an instance."""


@dataclass(frozen=True)
class Instance:
    """Units to place, where they may stand, and what each choice would cover.

    An option is a kind of unit at a site with a bearing. Option k reaches the points
    `indices[indptr[k]:indptr[k + 1]]`, each with flags (`egide.kernels.laydown`): its sensor sees the point,
    the point lies in its envelope, and both. Points are places, then assets, then assets again as targets
    of the stated raids, then once more as targets of ballistic missiles, which only an entered defended
    footprint reaches.
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
    amounts: NDArray[np.uint8]
    """Layers the option adds where it engages: one, or over a target of raids what it can stop."""
    worth: NDArray[np.float64]
    """Value of a sensor over a point, then of 0, 1, 2 ... layers, shape (points, 2 + layers)."""
    asset_points: NDArray[np.int64]
    """Point of each asset of the scenario, in its order."""
    fixed_sites: tuple[int, ...]
    """Numbers of the sites that units which stay keep taken."""
    base: NDArray[np.int32]
    """Sensors, envelopes and self-cued envelopes of units that stay over each point, shape (points, 3)."""

    @property
    def rows(self) -> Rows:
        """What each option reaches, as the kernels take it."""
        return self.indptr, self.indices, self.flags, self.amounts

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

    def rows_of(part: list[tuple[int, int, float]]) -> list[tuple[NDArray[Any], ...]]:
        rows: list[tuple[NDArray[Any], ...]] = []
        for kind, number, bearing in part:
            post = Post(unit=firsts[kind].id, site=sites[number].id, bearing_deg=bearing)
            flags, amounts = reach.flags(firsts[kind], post)
            points = np.flatnonzero(flags)
            rows.append((points.astype(np.int32), flags[points], amounts[points]))
        return rows

    parts = [options[first : first + 500] for first in range(0, len(options), 500)]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        rows = [row for part in pool.map(rows_of, parts) for row in part]
    kind, site_number, bearing = (np.array([o[n] for o in options]) for n in range(3))
    site_of = {site.id: number for number, site in enumerate(sites)}
    fixed_sites, base = _staying(scenario, reach, site_of)
    worth, asset_points = _worth(scenario)
    return Instance(
        kinds=tuple(sensor or effector for sensor, effector, _, _ in groups),
        members=tuple(tuple(unit.id for unit in units) for units in groups.values()),
        sites=tuple(site.id for site in sites),
        option_kind=kind.astype(np.int64),
        option_site=site_number.astype(np.int64),
        option_bearing_deg=bearing.astype(np.float64),
        kind_ptr=np.searchsorted(kind, np.arange(len(groups) + 1)).astype(np.int64),
        indptr=np.concatenate([[0], np.cumsum([len(row[0]) for row in rows])]).astype(np.int64),
        indices=np.concatenate([row[0] for row in rows] or [np.zeros(0, dtype=np.int32)]),
        flags=np.concatenate([row[1] for row in rows] or [np.zeros(0, dtype=np.uint8)]),
        amounts=np.concatenate([row[2] for row in rows] or [np.zeros(0, dtype=np.uint8)]),
        worth=worth,
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
        self.aimed = _aimed_at(scenario)
        used = {group.threat for group in scenario.raid_groups}
        self.ballistic = [
            t for t in scenario.catalogue.threats if t.id in used and t.threat_class in BALLISTIC
        ]

    def flags(self, unit: Unit, post: Post) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Flags at every point, and the layers it adds there, shape (points,) each."""
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
        size = self.assets.size
        stops = self._stops(unit)
        targets = flags[flags.size - size :] * (stops > 0)
        amounts = np.ones(flags.size + 2 * size, dtype=np.uint8)
        amounts[flags.size : flags.size + size] = np.maximum(stops, 1)
        return np.concatenate([flags, targets, below * (ENGAGES | CUES_ITSELF)]).astype(np.uint8), amounts

    def _stops(self, unit: Unit) -> NDArray[np.int64]:
        """Parts of the raid on each asset that a unit could stop with its rounds and channels."""
        if unit.effector is None:
            return np.zeros(self.assets.size, dtype=np.int64)
        stopped = threats_stopped(self.scenario, unit, self.threat, self.aimed)
        part = np.maximum(self.aimed / RAID_LAYERS, 1e-9)
        return np.where(self.aimed > 0, np.minimum(np.rint(stopped / part), RAID_LAYERS), 0).astype(np.int64)


def _staying(
    scenario: Scenario, reach: _Reach, site_of: dict[str, int]
) -> tuple[tuple[int, ...], NDArray[np.int32]]:
    """Sites kept by units that stay, and what those cover already."""
    base = np.zeros((reach.points.size + 2 * reach.assets.size, 3), dtype=np.int32)
    taken = []
    for post in scenario.laydown.posts:
        unit = scenario.unit(post.unit)
        if unit.fixed:
            flags, amounts = reach.flags(unit, post)
            base += np.stack(
                [
                    (flags & SENSES) > 0,
                    amounts * ((flags & ENGAGES) > 0),
                    amounts * ((flags & CUES_ITSELF) > 0),
                ],
                axis=1,
            )
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


def threats_stopped(
    scenario: Scenario, unit: Unit, threat: ThreatType, aimed: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Threats of a raid that a unit could stop if all came its way, for each number of them aimed.

    Rounds and channels bound a fire unit: its rounds times the kill probability of its class, and the
    engagements its channels can run in the raid's spread. A jammer stops the share that its hazard leaves
    none of on half its diameter. A rough yardstick for depth, not a forecast; the simulator judges.
    """
    assert unit.effector is not None
    effector = scenario.catalogue.effector(unit.effector)
    if effector.soft_kill_per_s is not None:
        dwell_s = effector.max_range_m.value / threat.speed_mps.value
        return np.asarray(aimed * (1.0 - math.exp(-effector.soft_kill_per_s.value * dwell_s)))
    if threat.threat_class not in effector.engages:
        return np.zeros_like(aimed)
    pk = scenario.catalogue.pk_fraction(effector.effector_class, threat.threat_class).value
    ready = effector.ready_rounds.count if unit.ready_rounds is None else unit.ready_rounds
    rounds = ready + unit.rounds_in_store
    cycle_s = effector.reaction_s.value + effector.assess_s.value + 20.0
    spread_s = max((group.spread_s for group in scenario.raid_groups), default=0.0)
    engagements = effector.channels.value * max(spread_s / cycle_s, 1.0)
    return np.asarray(np.minimum(aimed, pk * min(rounds, engagements) * effector.availability_fraction.value))


def _worth(scenario: Scenario) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Worth of points: people, scored assets and targets of raids, each with its share and its layers."""
    wishes = scenario.siting
    people = np.array([place.population for place in scenario.places], dtype=np.float64)
    scores = _scores(scenario)
    aimed = _aimed_at(scenario)
    shares = np.array([wishes.people_share, 1.0 - wishes.people_share - wishes.raid_share, wishes.raid_share])
    shares *= [people.sum() > 0, scores.sum() > 0, aimed.sum() > 0]
    shares /= max(shares.sum(), 1e-12)
    layers = np.array([asset.required_layers for asset in scenario.assets], dtype=np.int64)
    decay = wishes.second_layer_value
    scored = _share_of(scores, shares[1])
    # A sensor is worth as much as the first layer; raids and ballistic targets count by layers alone.
    worth = np.concatenate([
        _layered(_share_of(people, shares[0]), np.full(people.size, 2), decay, sensed=True),
        _layered(scored, np.maximum(layers, 1), decay, sensed=True),
        _layered(_share_of(aimed, 2.0 * shares[2]), np.full(scores.size, RAID_LAYERS), RAID_DECAY, sensed=False),
        _layered(wishes.ballistic_value * scored, np.full(scores.size, 1), decay, sensed=False),
    ])  # fmt: skip
    # So that 1 is the value of a laydown that covers everything in every layer that counts.
    whole = worth[:, 0].sum() + worth[:, -1].sum()
    return worth / whole, people.size + np.arange(scores.size)


def _share_of(weights: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    return np.asarray(share * weights / max(weights.sum(), 1e-12))


def _layered(
    weight: NDArray[np.float64], layers: NDArray[np.int64], decay: float, *, sensed: bool
) -> NDArray[np.float64]:
    """Worth of a sensor and of 0, 1, 2 ... layers: each is worth `decay` of the one before.

    All of a raid target's layers together weigh as much as one, so that its share is not blown up by depth.
    """
    rank = np.arange(RAID_LAYERS)
    each = np.where(rank < layers[:, None], decay**rank, 0.0)
    if not sensed:
        each = each / np.maximum(each.sum(axis=1, keepdims=True), 1e-12)
    total = np.concatenate([np.zeros((weight.size, 1)), np.cumsum(each, axis=1)], axis=1)
    return np.concatenate([weight[:, None] * float(sensed), weight[:, None] * total], axis=1)


def _aimed_at(scenario: Scenario) -> NDArray[np.float64]:
    """Threats that the stated raids aim at each asset, decoys and ballistic classes apart."""
    number = {asset.id: n for n, asset in enumerate(scenario.assets)}
    aimed = np.zeros(len(scenario.assets))
    for group in scenario.raid_groups:
        threat_class = scenario.catalogue.threat(group.threat).threat_class
        if threat_class not in BALLISTIC and threat_class is not ThreatClass.DECOY_DRONE:
            aimed[number[group.target]] += group.count
    return aimed


def _scores(scenario: Scenario) -> NDArray[np.float64]:
    """CVRT scores as weights; with strict tiers, each tier outweighs all later ones together."""
    scores = np.array([asset.cvrt_score for asset in scenario.assets], dtype=np.float64)
    tiers = np.array([asset.tier for asset in scenario.assets])
    if scenario.siting.priority == "tiers":
        for tier in sorted(set(tiers.tolist()), reverse=True):
            here = tiers == tier
            scores[here] *= max(1.0, 2.0 * scores[tiers > tier].sum() / scores[here].min())
    return scores
