"""The theatre as a covering problem: options, points, weights, and which option covers which point."""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egide.coverage.reach import (
    Placed,
    Points,
    effector_beam,
    place,
    points_at,
    sees,
    sensor_beam,
    shoots,
)
from egide.coverage.result import Coverage
from egide.kernels.laydown import CUES_ITSELF, ENGAGES, SENSES, Board, Reached
from egide.model.catalogue_types import BALLISTIC, ThreatType
from egide.model.place import Asset, Place, Site
from egide.model.scenario import Scenario
from egide.model.unit import Post, Unit
from egide.siting.theatre_axes import ballistic_axes, narrowest_sector_deg
from egide.siting.theatre_worth import RAID_LAYERS, RAID_RESERVE, aimed_at, threats_stopped, worth_of

BEARINGS_DEG = tuple(range(0, 360, 30))
"""Bearings a unit with a sector may be given [deg]."""


@dataclass(frozen=True)
class Instance:
    """Units to place, where they may stand, and what each choice would cover.

    An option is a kind of unit at a site with a bearing. Option k reaches the points
    `indices[indptr[k]:indptr[k + 1]]`, each with flags (`egide.kernels.laydown`): its sensor sees the point,
    the point lies in its envelope, and both. Points are places, then assets, then assets again as targets
    of the stated raids, then once more as targets of ballistic missiles, which only an entered defended
    footprint reaches. With several blocks of raids the targets stand there once for each block.
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
    tier: NDArray[np.int64]
    """Strict tier of each point, people after all assets, shape (points,)."""
    board: Board
    """The options by kind and site, and which sites are too near each other, as the kernels take them."""

    @property
    def rows(self) -> Reached:
        """What each option reaches, as the kernels take it."""
        return Reached(self.indptr, self.indices, self.flags, self.amounts)

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


def build(
    scenario: Scenario,
    coverage: Coverage,
    threat: ThreatType,
    aims: NDArray[np.float64] | None = None,
) -> Instance:
    """Write a scenario as a covering problem at the height its siting wishes name.

    Parameters
    ----------
    scenario : Scenario
    coverage : Coverage
    threat : ThreatType
        Whose echo and class count.
    aims : ndarray, optional
        Threats aimed at each asset by each block of raids, shape (blocks, assets); by default one block with
        all the stated raids. Blocks count alike.
    """
    aims = aimed_at(scenario)[None, :] if aims is None else aims
    reach = _Reach(scenario, coverage, threat, aims)
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
        there, near = (-1, -1), None
        for kind, number, bearing in part:
            post = Post(unit=firsts[kind].id, site=sites[number].id, bearing_deg=bearing)
            # Which points are near hangs on kind and site alone, not on the bearing.
            if near is None or there != (kind, number):
                there, near = (kind, number), reach.near(firsts[kind], post)
            rows.append(reach.row(firsts[kind], post, near))
        return rows

    parts = [options[first : first + 500] for first in range(0, len(options), 500)]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        rows = [row for part in pool.map(rows_of, parts) for row in part]
    kind, site_number, bearing = (np.array([o[n] for o in options]) for n in range(3))
    site_of = {site.id: number for number, site in enumerate(sites)}
    fixed_sites, base = _staying(scenario, reach, site_of)
    worth, asset_points, tier = worth_of(scenario, aims, np.full(len(aims), 1.0 / len(aims)))
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
        tier=tier,
        board=_board(scenario, coverage, firsts, sites, kind.astype(np.int64), site_number.astype(np.int64)),
    )


def _board(
    scenario: Scenario, coverage: Coverage, firsts: list[Unit], sites: list[Site],
    kind: NDArray[np.int64], number: NDArray[np.int64],
) -> Board:  # fmt: skip
    """The options by kind and site; sites nearer than the separation asked for; types of the units that stay."""
    shape = (len(firsts), len(sites))
    first = np.full(shape, kind.size, dtype=np.int64)
    turns = np.zeros(shape, dtype=np.int64)
    np.minimum.at(first, (kind, number), np.arange(kind.size))
    first[first == kind.size] = -1
    np.add.at(turns, (kind, number), 1)
    types = sorted({_type(unit) for unit in scenario.units})
    kept_family = np.full(len(sites), -1, dtype=np.int64)
    site_of = {site.id: at for at, site in enumerate(sites)}
    for post in scenario.laydown.posts:
        if scenario.unit(post.unit).fixed and post.site in site_of:
            kept_family[site_of[post.site]] = types.index(_type(scenario.unit(post.unit)))
    place_m = np.array([coverage.position_of(site.id) for site in sites], dtype=np.float64)
    apart_m = np.hypot(*(place_m[:, None, :] - place_m[None, :, :]).transpose(2, 0, 1))
    too_near = (apart_m < scenario.siting.min_separation_m) & ~np.eye(len(sites), dtype=np.bool_)
    return Board(
        kind=kind, site=number,
        kind_ptr=np.searchsorted(kind, np.arange(len(firsts) + 1)).astype(np.int64), first=first, turns=turns,
        family=np.array([types.index(_type(unit)) for unit in firsts], dtype=np.int64),
        kept_family=kept_family,
        near_ptr=np.concatenate([[0], np.cumsum(too_near.sum(axis=1))]).astype(np.int64),
        near=np.nonzero(too_near)[1].astype(np.int64),
    )  # fmt: skip


def _type(unit: Unit) -> tuple[str, str]:
    return unit.sensor or "", unit.effector or ""


@dataclass(frozen=True)
class _Near:
    """What lies within reach of a unit at a site."""

    placed: Placed
    numbers: NDArray[np.intp]
    """Points within its longest range."""
    points: Points
    below: NDArray[np.bool_]
    """Whether each asset lies in its footprints against all ballistic threats of the raids."""


class _Reach:
    """What a unit at a post would sense, engage and cue itself on, point by point, as flags."""

    def __init__(
        self, scenario: Scenario, coverage: Coverage, threat: ThreatType, aims: NDArray[np.float64]
    ) -> None:
        self.scenario, self.coverage, self.threat = scenario, coverage, threat
        nouns: list[Place | Asset] = [*scenario.places, *scenario.assets]
        lon = np.array([noun.lon_deg for noun in nouns], dtype=np.float64)
        lat = np.array([noun.lat_deg for noun in nouns], dtype=np.float64)
        rows, cols = coverage.cells_of(lon, lat)
        self.points = points_at(coverage, rows, cols, scenario.siting.height_agl_m)
        first = len(scenario.places)
        self.assets = points_at(coverage, rows[first:], cols[first:], scenario.siting.height_agl_m)
        place_m = {s.site: m for s, m in zip(coverage.stations, coverage.positions_m, strict=True)}
        self.distance_m = {
            site: np.hypot(self.points.x_m - east_m, self.points.y_m - north_m)
            for site, (east_m, north_m) in place_m.items()
        }
        self.aims = aims
        self.stops = {unit.id: self._stops(unit) for unit in scenario.units}
        used = {group.threat for group in scenario.raid_groups}
        self.ballistic = [
            t for t in scenario.catalogue.threats if t.id in used and t.threat_class in BALLISTIC
        ]
        self.axes = ballistic_axes(scenario)
        self.sector_deg = {unit.id: narrowest_sector_deg(scenario, unit) for unit in scenario.units}

    def row(self, unit: Unit, post: Post, near: _Near) -> tuple[NDArray[Any], ...]:
        """Points that a unit reaches from a post, rising, with flags and the layers it adds there."""
        placed = replace(near.placed, post=post)
        seen = sees(self.coverage, placed, self.threat, near.points)
        shot = shoots(self.scenario, self.coverage, placed, self.threat, near.points)
        # A unit that shares nothing helps only itself, so its sensor adds no layer to the common picture.
        flags = (seen & unit.linked) * SENSES + shot * ENGAGES + (shot & seen) * CUES_ITSELF
        points, flags = near.numbers[flags > 0], flags[flags > 0]
        over_assets = points >= self.points.size - self.assets.size
        assets = points[over_assets] - (self.points.size - self.assets.size)
        parts = [(points, flags, np.ones(points.size, dtype=np.int64))]
        for block, stops in enumerate(self.stops[unit.id]):
            here = stops[assets] > 0
            first = self.points.size + block * self.assets.size
            parts.append((first + assets[here], flags[over_assets][here], stops[assets[here]]))
        under = near.below
        if self.axes is not None and under.any():
            under = under & self.axes.faced(post.site, post.bearing_deg, self.sector_deg[unit.id])
        below = np.flatnonzero(under) + self.points.size + len(self.aims) * self.assets.size
        parts.append((below, np.full(below.size, ENGAGES | CUES_ITSELF), np.ones(below.size, dtype=np.int64)))
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
        return columns[0].astype(np.int32), columns[1].astype(np.uint8), columns[2].astype(np.uint8)

    def near(self, unit: Unit, post: Post) -> _Near:
        """What a unit could reach from a site whatever its bearing, so that nothing else is tested."""
        placed = place(self.scenario, unit, post)
        beams = [
            None if placed.sensor is None else sensor_beam(placed, placed.sensor, self.threat),
            effector_beam(self.scenario, placed, self.threat),
        ]
        reach_m = max((beam.max_range_m for beam in beams if beam is not None), default=0.0)
        if self.threat.threat_class in BALLISTIC:
            reach_m = math.inf
        every = self.points
        # A metre more, for rounding: whatever is within reach must be tested.
        near = np.flatnonzero(self.distance_m[post.site] <= reach_m + 1.0)
        columns = (every.rows[near], every.cols[near], every.x_m[near], every.y_m[near], every.amsl_m[near])
        below = np.full(self.assets.size, bool(self.ballistic))
        for threat in self.ballistic:
            below &= shoots(self.scenario, self.coverage, placed, threat, self.assets)
        return _Near(placed, near, Points(*columns, every.height_agl_m), below)

    def _stops(self, unit: Unit) -> NDArray[np.int64]:
        """Parts of each block's raid on each asset that a unit could stop, shape (blocks, assets)."""
        if unit.effector is None:
            return np.zeros(self.aims.shape, dtype=np.int64)
        stopped = threats_stopped(self.scenario, unit, self.threat, self.aims)
        part = np.maximum(RAID_RESERVE * self.aims / RAID_LAYERS, 1e-9)
        return np.where(self.aims > 0, np.minimum(np.rint(stopped / part), RAID_LAYERS), 0).astype(np.int64)


def _staying(
    scenario: Scenario, reach: _Reach, site_of: dict[str, int]
) -> tuple[tuple[int, ...], NDArray[np.int32]]:
    """Sites kept by units that stay, and what those cover already."""
    base = np.zeros((reach.points.size + (1 + len(reach.aims)) * reach.assets.size, 3), dtype=np.int32)
    taken = []
    for post in scenario.laydown.posts:
        unit = scenario.unit(post.unit)
        if unit.fixed:
            points, flags, amounts = reach.row(unit, post, reach.near(unit, post))
            base[points, 0] += (flags & SENSES) > 0
            base[points, 1] += amounts * ((flags & ENGAGES) > 0)
            base[points, 2] += amounts * ((flags & CUES_ITSELF) > 0)
            if post.site in site_of:
                taken.append(site_of[post.site])
    return tuple(taken), base


def _bearings(scenario: Scenario, unit: Unit) -> tuple[float, ...]:
    turns = narrowest_sector_deg(scenario, unit) < 360.0
    return tuple(float(b) for b in BEARINGS_DEG) if turns else (0.0,)
