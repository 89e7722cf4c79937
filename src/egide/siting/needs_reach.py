"""What the stated requirements ask for, what a laydown gives, and what each option would add, asset by asset."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egide.assessment.board import Board, board_of
from egide.assessment.threats import representatives
from egide.assessment.warning import SCANS_TO_CONFIRM, route_starts
from egide.coverage.field import field_at
from egide.coverage.lattice import sees_patch
from egide.coverage.network import nets_of, picture
from egide.coverage.reach import Placed, place, sees, shoots
from egide.coverage.result import Coverage
from egide.geo import project
from egide.geo.crs import geographic_length_m
from egide.kernels.warning import confirmed_distance
from egide.model.catalogue_types import BALLISTIC, ThreatType
from egide.model.partner import Requirement
from egide.model.place import Asset, Site
from egide.model.scenario import Scenario
from egide.model.unit import Laydown, Post
from egide.siting.options import Offer, in_order, leak_fraction, unit_of

BEARINGS_DEG = tuple(range(0, 360, 30))
"""Bearings tried for a unit with a sector [deg]."""

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Asked:
    """One requirement, with the assets and threats it speaks of."""

    requirement: Requirement
    assets: Ints
    """Numbers of its assets, shape (n,)."""
    needed: int
    """How many of them must meet it."""
    threats: tuple[int, ...]
    """Numbers of the threats that stand for its class; every one of them counts."""
    weight: float
    """Its share of the value [1]."""


@dataclass(frozen=True)
class NeedsInstance:
    """Requirements, what stands, and what could be added, as arrays.

    A column is one unit of an offer at a site with a bearing. Layers over an asset are effectors that can
    engage a threat there and are cued: by their own sensor, or by the network's.
    """

    asked: tuple[Asked, ...]
    """Requirements in order of priority."""
    threats: tuple[ThreatType, ...]
    heights_m: tuple[float, ...]
    """Height each threat flies at above ground [m]; 0 for ballistic ones."""
    leak: Floats
    """Share of each threat that passes one layer [1], shape (threats,)."""
    axes: tuple[str, ...]
    offers: tuple[Offer, ...]
    sites: tuple[Site, ...]
    """Free sites."""
    column_offer: Ints
    column_site: Ints
    column_bearing_deg: Floats
    layers: Ints
    """Cued layers that stand, shape (threats, assets)."""
    waiting: Ints
    """Envelopes that stand but that nobody cues, shape (threats, assets)."""
    seen: Bools
    """Whether the network sees a threat over an asset, shape (threats, assets)."""
    column_engages: Bools
    """In the column's envelope, and cued by itself or by what stands, shape (columns, threats, assets)."""
    column_waits: Bools
    """In its envelope, cued by nobody yet, same shape."""
    column_sees: Bools
    """Seen by its sensor, for all to use, same shape."""
    warning_s: Floats
    """Warning that stands [s], shape (threats, assets, axes); -1: none."""
    column_warning_s: Floats
    """Warning with the column added [s], shape (columns, threats, assets, axes); -1: no better."""
    measure_layers: Floats
    """Layers that one measure of each offer stands for at worst, shape (offers, threats)."""
    suits: Bools
    """Whether a passive offer suits an asset, shape (offers, assets)."""
    min_separation_m: float
    site_xy_m: Floats
    """Eastings and northings of the free sites [m], shape (sites, 2)."""

    @property
    def costs_eur(self) -> Floats:
        """What one unit or measure of each offer costs [EUR], shape (offers,)."""
        return np.array([one.option.cost_eur for one in self.offers], dtype=np.float64)


def build(
    scenario: Scenario, coverage: Coverage, laydown: Laydown, offered: Sequence[Offer]
) -> NeedsInstance:
    """Work out what each option would add to a laydown.

    Parameters
    ----------
    scenario : Scenario
    coverage : Coverage
        It must hold the sweeps that the options need (`egide.siting.options.unswept`).
    laydown : Laydown
        What stands already.
    offered : sequence of Offer
    """
    board = board_of(scenario, coverage, laydown)
    threats, heights, asked = _asked(scenario)
    taken = {post.site for post in laydown.posts} | set(scenario.siting.exclusion)
    sites = tuple(site for site in scenario.sites if site.id not in taken)
    columns = _columns(scenario, laydown, offered, sites)
    placed = [_placed(scenario, offered[o], sites[s], bearing) for o, s, bearing in columns]
    stands = _Stands(board, threats, heights, placed)
    numbers = np.array([(o, s) for o, s, _ in columns], dtype=np.int64).reshape(-1, 2)
    warned_s, column_warned_s = _warnings(board, asked, threats, heights, placed)
    leak = np.array([leak_fraction(scenario, one.threat_class) for one in threats], dtype=np.float64)
    return NeedsInstance(
        asked=asked, threats=threats, heights_m=heights, leak=leak,
        axes=tuple(axis.name for axis in board.axes), offers=tuple(offered), sites=sites,
        column_offer=numbers[:, 0], column_site=numbers[:, 1],
        column_bearing_deg=np.array([bearing for _, _, bearing in columns], dtype=np.float64),
        layers=stands.layers, waiting=stands.waiting, seen=stands.seen,
        column_engages=stands.engages, column_waits=stands.waits, column_sees=stands.sees,
        warning_s=warned_s, column_warning_s=column_warned_s,
        measure_layers=np.array(
            [[one.layers(t.threat_class, leak[n])[0] for n, t in enumerate(threats)] for one in offered],
            dtype=np.float64,
        ).reshape(len(offered), len(threats)),
        suits=np.array([[_suits(one, asset) for asset in scenario.assets] for one in offered], dtype=np.bool_)
        .reshape(len(offered), len(scenario.assets)),
        min_separation_m=scenario.siting.min_separation_m, site_xy_m=_site_xy(sites, coverage),
    )  # fmt: skip


def _suits(offer: Offer, asset: Asset) -> bool:
    return offer.measure is not None and asset.kind in (offer.option.asset_kinds or (asset.kind,))


def _site_xy(sites: Sequence[Site], coverage: Coverage) -> Floats:
    lon = np.array([site.lon_deg for site in sites], dtype=np.float64)
    lat = np.array([site.lat_deg for site in sites], dtype=np.float64)
    return np.column_stack(project(lon, lat, coverage.grid.crs)).reshape(-1, 2)


def _asked(scenario: Scenario) -> tuple[tuple[ThreatType, ...], tuple[float, ...], tuple[Asked, ...]]:
    """Threats that requirements speak of, with their heights, and the requirements in order."""
    flown = representatives(scenario)
    threats: list[ThreatType] = []
    heights: list[float] = []

    def numbers_of(name: str) -> tuple[int, ...]:
        found = [(one.threat, one.height_agl_m) for one in flown if one.threat_class == name]
        if not found:
            used = {group.threat for group in scenario.raid_groups}
            every = [one for one in scenario.catalogue.threats if one.threat_class == name]
            first = [one for one in every if one.id in used][:1] or every[:1]
            found = [(one, 0.0 if name in BALLISTIC else one.height_agl_m.value) for one in first]
        for threat, height in found:
            if threat not in threats:
                threats.append(threat)
                heights.append(height)
        return tuple(threats.index(threat) for threat, _ in found)

    order = in_order(scenario)
    ranks = sorted({scenario.requirements[n].priority for n in order})
    shares = {rank: 0.5**position for position, rank in enumerate(ranks)}
    whole = sum(shares.values())
    alike = {r: sum(one.priority == r for one in scenario.requirements) for r in ranks}
    asked = []
    for number in order:
        one = scenario.requirements[number]
        assets = np.array([n for n, asset in enumerate(scenario.assets) if _speaks_of(one, asset)], np.int64)
        # A hair less, so that nine tenths of ten are nine.
        needed = int(np.ceil(one.covered_fraction * assets.size - 1e-9))
        weight = shares[one.priority] / whole / alike[one.priority]
        asked.append(Asked(one, assets, needed, numbers_of(one.threat_class), weight))
    return tuple(threats), tuple(heights), tuple(asked)


def _speaks_of(requirement: Requirement, asset: Asset) -> bool:
    if requirement.asset is not None:
        return requirement.asset == asset.id
    return requirement.asset_kind in ("", asset.kind)


def _columns(
    scenario: Scenario, laydown: Laydown, offered: Sequence[Offer], sites: Sequence[Site]
) -> list[tuple[int, int, float]]:
    """Offer, free site and bearing of every way to place a unit."""
    stands = {post.site: scenario.unit(post.unit) for post in laydown.posts}
    at = {site.id: site for site in scenario.sites}
    gap_m = scenario.siting.min_separation_m
    columns = []
    for number, offer in enumerate(offered):
        if offer.unit is None:
            continue
        kind = {offer.unit.sensor, offer.unit.effector} - {None}
        near = [at[s] for s, unit in stands.items() if {unit.sensor, unit.effector} & kind] if gap_m else []
        for position, site in enumerate(sites):
            if site.suits and not kind & set(site.suits):
                continue
            if any(_apart_m(site, other) < gap_m for other in near):
                continue
            columns += [(number, position, bearing) for bearing in _bearings(scenario, offer)]
    return columns


def _apart_m(one: Site, other: Site) -> float:
    return geographic_length_m(one.lon_deg, one.lat_deg, other.lon_deg, other.lat_deg)


def _bearings(scenario: Scenario, offer: Offer) -> tuple[float, ...]:
    unit, catalogue = offer.unit, scenario.catalogue
    assert unit is not None
    sectors = [360.0]
    for sensor in (unit.sensor, catalogue.effector(unit.effector).sensor if unit.effector else None):
        if sensor is not None:
            sectors.append(catalogue.sensor(sensor).azimuth_sector_deg.value)
    if unit.effector is not None:
        sectors.append(catalogue.effector(unit.effector).azimuth_sector_deg.value)
    return (0.0,) if min(sectors) >= 360.0 else tuple(float(bearing) for bearing in BEARINGS_DEG)


def _placed(scenario: Scenario, offer: Offer, site: Site, bearing_deg: float) -> Placed:
    unit = unit_of(offer.option, 1)
    return place(scenario, unit, Post(unit=unit.id, site=site.id, bearing_deg=bearing_deg))


class _Stands:
    """Layers and sight over the assets: of what stands, and of every column."""

    def __init__(
        self, board: Board, threats: Sequence[ThreatType], heights: Sequence[float], placed: Sequence[Placed]
    ) -> None:
        scenario, coverage = board.scenario, board.coverage
        shape = (len(threats), board.required.size)
        self.layers, self.waiting = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        self.seen = np.zeros(shape, dtype=np.bool_)
        columns = (len(placed), *shape)
        self.engages, self.waits, self.sees = (np.zeros(columns, dtype=np.bool_) for _ in range(3))
        # New units join one network, or none where nothing is shared.
        net = nets_of(scenario, placed[:1])[0] if placed else None
        nets = nets_of(scenario, board.placed)
        members = np.array([net is not None and one == net for one in nets], dtype=np.bool_)
        for t, (threat, height) in enumerate(zip(threats, heights, strict=True)):
            points = board.points(height, board.assets)
            over = picture(scenario, coverage, board.placed, threat, points)
            self.layers[t] = over.effector_layers
            cue_free = threat.threat_class in BALLISTIC
            self.seen[t] = over.sees[members].any(axis=0)
            self.waiting[t] = (over.envelope & ~over.shoots)[members].sum(axis=0)

            def reach(unit: Placed, threat: ThreatType = threat, points=points) -> tuple[Bools, Bools]:  # type: ignore[no-untyped-def]
                return sees(coverage, unit, threat, points), shoots(scenario, coverage, unit, threat, points)

            with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
                found = list(pool.map(reach, placed))
            for k, (seen, shot) in enumerate(found):
                cued = seen | (self.seen[t] & (net is not None)) | cue_free
                self.engages[k, t] = shot & cued
                self.waits[k, t] = shot & ~cued & (net is not None)
                self.sees[k, t] = seen & (net is not None)


def _warnings(
    board: Board, asked: Sequence[Asked], threats: Sequence[ThreatType], heights: Sequence[float],
    placed: Sequence[Placed],
) -> tuple[Floats, Floats]:  # fmt: skip
    """Warning that stands, and with each column added to it, of the assets and threats asked about."""
    assets, axes = board.required.size, len(board.axes)
    stands = np.full((len(threats), assets, axes), -1.0)
    with_each = np.full((len(placed), len(threats), assets, axes), -1.0)
    for t, (threat, height) in enumerate(zip(threats, heights, strict=True)):
        wanted = np.zeros(assets)
        for one in asked:
            if t in one.threats and one.requirement.warning_s > 0.0:
                wanted[one.assets] = np.maximum(wanted[one.assets], one.requirement.warning_s)
        if threat.threat_class in BALLISTIC or not wanted.any():
            continue
        routes = _Routes(board, threat, height, np.flatnonzero(wanted > 0.0))
        stands[t, routes.assets] = routes.left_s(routes.looks)
        short = stands[t, routes.assets] < wanted[routes.assets, None]
        if not short.any():
            continue
        for k, unit in enumerate(placed):
            if unit.sensor is not None and unit.unit.sensor is not None:
                routes.try_out(unit, with_each[k, t])
    return stands, with_each


class _Routes:
    """Straight routes of one threat to some assets, and how soon looks along them confirm a track."""

    def __init__(self, board: Board, threat: ThreatType, height_m: float, assets: Ints) -> None:
        self.board, self.threat, self.height_m, self.assets = board, threat, height_m, assets
        field = field_at(
            board.scenario, board.coverage, board.placed, threat, board.lattice, height_m, effectors=False
        )
        self.looks = field.looks_per_s
        grid = board.coverage.grid
        at = board.places.stop + assets
        x_m = grid.origin[0] + board.cols[at].astype(np.float64) * grid.cell_m
        y_m = grid.origin[1] - board.rows[at].astype(np.float64) * grid.cell_m
        axes = len(board.axes)
        self.start_x, self.start_y = route_starts(board, board.axes, x_m, y_m)
        self.end_x = np.ascontiguousarray(np.repeat(x_m, axes))
        self.end_y = np.ascontiguousarray(np.repeat(y_m, axes))
        self.shape = (assets.size, axes)

    def left_s(self, looks: NDArray[np.float32]) -> Floats:
        """Time left to arrival at the first confirmed track [s], shape (assets, axes); -1: none."""
        lattice, speed = self.board.lattice, self.threat.speed_mps.value
        out = np.empty(self.end_x.size)
        row, col = np.empty(out.size, dtype=np.int64), np.empty(out.size, dtype=np.int64)
        confirmed_distance(
            looks, lattice.x0_m, lattice.y0_m, lattice.step_m, self.start_x, self.start_y, self.end_x, self.end_y, speed,
            float(SCANS_TO_CONFIRM), out, row, col,
        )  # fmt: skip
        left: Floats = np.where(np.isnan(out), -1.0, out / speed).reshape(self.shape)
        return left

    def try_out(self, unit: Placed, out: Floats) -> None:
        """Write the warning with one more sensor among those that stand."""
        board = self.board
        patch = sees_patch(board.coverage, unit, self.threat, board.lattice, self.height_m)
        if patch is None or unit.sensor is None or not patch.mask.any():
            return
        looks = self.looks.copy()
        rate = np.float32(1.0 / unit.sensor.scan_period_s.value)
        looks[patch.at] = np.maximum(looks[patch.at], np.where(patch.mask, rate, np.float32(0.0)))
        out[self.assets] = self.left_s(looks)
