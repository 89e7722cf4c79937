"""The theatre as a covering problem: options, points, weights, and which option covers which point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from egide.coverage.reach import Placed, Points, place, points_at, sees, shoots
from egide.coverage.result import Coverage
from egide.model.catalogue_types import ThreatType
from egide.model.scenario import Scenario
from egide.model.unit import Post, Unit

BEARINGS_DEG = tuple(range(0, 360, 30))
"""Bearings a unit with a sector may be given [deg]."""


@dataclass(frozen=True)
class Instance:
    """Units to place, where they may stand, and what each choice would cover.

    An option is a kind of unit at a site with a bearing. `sensed`, `engaged` and `self_cued` are boolean
    CSR arrays of shape (options, points): points the option's sensor sees, points in its envelope, and
    points in its envelope that its own sensor sees too.
    """

    kinds: tuple[str, ...]
    """Kind of each group of alike units, for people."""
    members: tuple[tuple[str, ...], ...]
    """Unit ids of each kind."""
    sites: tuple[str, ...]
    """Sites that may be used."""
    option_kind: NDArray[np.int64]
    """Kind of each option, shape (options,)."""
    option_site: NDArray[np.int64]
    """Site of each option, shape (options,)."""
    option_bearing_deg: NDArray[np.float64]
    """Bearing of each option [deg], shape (options,)."""
    sensed: csr_array
    engaged: csr_array
    self_cued: csr_array
    sensor_value: NDArray[np.float64]
    """Value of a point under at least one sensor, shape (points,)."""
    layer_value: NDArray[np.float64]
    """Value of the first and of the second effector layer, shape (2, points)."""
    asset_points: NDArray[np.int64]
    """Point of each asset of the scenario, in its order."""
    fixed_sites: tuple[int, ...]
    """Numbers of the sites that units which stay keep taken."""
    base: NDArray[np.float64]
    """What units that stay sense, engage and self-cue at each point, shape (3, points)."""

    @property
    def counts(self) -> NDArray[np.int64]:
        """Units of each kind, shape (kinds,)."""
        return np.array([len(ids) for ids in self.members], dtype=np.int64)


def alike(scenario: Scenario) -> dict[tuple[str, str, str, bool], list[Unit]]:
    """Units that can take each other's place: same sensor, effector, net and link."""
    groups: dict[tuple[str, str, str, bool], list[Unit]] = {}
    for unit in scenario.units:
        if not unit.fixed:
            groups.setdefault((unit.sensor or "", unit.effector or "", unit.net, unit.linked), []).append(unit)
    return groups


def build(scenario: Scenario, coverage: Coverage, threat: ThreatType) -> Instance:
    """Write a scenario as a covering problem at the height its siting wishes name."""
    points = _points(scenario, coverage)
    groups = alike(scenario)
    banned = set(scenario.siting.exclusion)
    sites = [site for site in scenario.sites if site.id not in banned]
    option_kind, option_site, option_bearing = [], [], []
    sensed, engaged, self_cued = [], [], []
    for kind, units in enumerate(groups.values()):
        for number, site in enumerate(sites):
            for bearing in _bearings(scenario, units[0]):
                if site.suits and not {units[0].sensor, units[0].effector} & set(site.suits):
                    continue
                placed = place(scenario, units[0], Post(unit=units[0].id, site=site.id, bearing_deg=bearing))
                seen, shot, own = _masks(scenario, coverage, placed, threat, points)
                option_kind.append(kind)
                option_site.append(number)
                option_bearing.append(bearing)
                sensed.append(np.flatnonzero(seen))
                engaged.append(np.flatnonzero(shot))
                self_cued.append(np.flatnonzero(own))
    sensor_value, layer_value, asset_points = _values(scenario)
    site_number = {site.id: number for number, site in enumerate(sites)}
    fixed_sites, base = _staying(scenario, coverage, threat, points, site_number)
    return Instance(
        kinds=tuple(sensor or effector for sensor, effector, _, _ in groups),
        members=tuple(tuple(unit.id for unit in units) for units in groups.values()),
        sites=tuple(site.id for site in sites),
        option_kind=np.array(option_kind, dtype=np.int64),
        option_site=np.array(option_site, dtype=np.int64),
        option_bearing_deg=np.array(option_bearing, dtype=np.float64),
        sensed=_csr(sensed, points.size),
        engaged=_csr(engaged, points.size),
        self_cued=_csr(self_cued, points.size),
        sensor_value=sensor_value,
        layer_value=layer_value,
        asset_points=asset_points,
        fixed_sites=fixed_sites,
        base=base,
    )


def _staying(
    scenario: Scenario, coverage: Coverage, threat: ThreatType, points: Points, numbers: dict[str, int]
) -> tuple[tuple[int, ...], NDArray[np.float64]]:
    base = np.zeros((3, points.size))
    taken = []
    for post in scenario.laydown.posts:
        unit = scenario.unit(post.unit)
        if unit.fixed:
            base += np.stack(_masks(scenario, coverage, place(scenario, unit, post), threat, points))
            if post.site in numbers:
                taken.append(numbers[post.site])
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


def _points(scenario: Scenario, coverage: Coverage) -> Points:
    nouns = [*scenario.places, *scenario.assets]
    lon = np.array([noun.lon_deg for noun in nouns], dtype=np.float64)
    lat = np.array([noun.lat_deg for noun in nouns], dtype=np.float64)
    rows, cols = coverage.cells_of(lon, lat)
    return points_at(coverage, rows, cols, scenario.siting.height_agl_m)


def _masks(
    scenario: Scenario, coverage: Coverage, placed: Placed, threat: ThreatType, points: Points
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    seen = sees(coverage, placed, threat, points)
    shot = shoots(scenario, coverage, placed, threat, points)
    # A unit that shares nothing helps only itself, so its sensor adds no layer to the common picture.
    common = seen if placed.unit.linked else np.zeros_like(seen)
    return common, shot, shot & seen


def _values(scenario: Scenario) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Weights of points: people and scored assets, each summing to its share, split over the layers."""
    wishes = scenario.siting
    people = np.array([place.population for place in scenario.places], dtype=np.float64)
    scores = np.array([asset.cvrt_score for asset in scenario.assets], dtype=np.float64)
    if wishes.priority == "tiers":
        # Each tier outweighs all later ones together, which makes the order of tiers strict.
        for tier in sorted({asset.tier for asset in scenario.assets}, reverse=True):
            below = scores[[asset.tier > tier for asset in scenario.assets]].sum()
            here = np.array([asset.tier == tier for asset in scenario.assets])
            scores[here] *= max(1.0, 2.0 * below / max(scores[here].min(initial=np.inf), 1e-9))
    share = wishes.people_share if people.sum() > 0 and scores.sum() > 0 else float(people.sum() > 0)
    weight = np.concatenate([
        share * people / max(people.sum(), 1.0),
        (1.0 - share) * scores / max(scores.sum(), 1.0),
    ])  # fmt: skip
    second = np.concatenate([
        np.full(people.size, wishes.second_layer_value),
        [wishes.second_layer_value if asset.required_layers >= 2 else 0.0 for asset in scenario.assets],
    ])  # fmt: skip
    asset_points = people.size + np.arange(scores.size)
    layers = np.stack([weight, weight * second])
    # So that 1 is the value of a laydown that covers everything in every layer that counts.
    whole = weight.sum() + layers.sum()
    return weight / whole, layers / whole, asset_points


def _csr(lists: list[NDArray[np.int64]], points: int) -> csr_array:
    lengths = np.array([len(item) for item in lists], dtype=np.int64)
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    indices = np.concatenate(lists) if lists else np.zeros(0, dtype=np.int64)
    return csr_array((np.ones(len(indices)), indices, indptr), shape=(len(lists), points))
