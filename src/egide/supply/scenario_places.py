"""Stores of a scenario: which units draw on which, and where raids are fought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egide.geo import project, theatre_crs
from egide.model.catalogue_types import EffectorType
from egide.model.place import Asset
from egide.model.raid import LaunchArea, RaidGroup
from egide.model.scenario import Scenario
from egide.model.unit import Laydown

Floats = NDArray[np.float64]

THEATRE = "theatre"
"""The one store of a scenario that states none."""

_SAMPLES = 64
"""Points along each route at which units in reach are looked for."""


@dataclass(frozen=True)
class Stores:
    """Stores, the depot first, and the units that draw on each."""

    places: tuple[str, ...]
    depot: int
    """Row of the depot; where there is a single store it is that one."""
    store_of_unit: dict[str, int]
    """Row of the store that each posted fire unit draws on."""
    effectors: dict[str, EffectorType]
    """Type of each posted fire unit."""

    def units_of(self, item: str) -> NDArray[np.int64]:
        """Units that fire an item, by store (P,)."""
        count = np.zeros(len(self.places), dtype=np.int64)
        for unit, effector in self.effectors.items():
            if effector.interceptor == item:
                count[self.store_of_unit[unit]] += 1
        return count


def stores_of(scenario: Scenario, laydown: Laydown) -> Stores:
    """Stores of a scenario and the posted fire units of each: every unit draws on the nearest forward store."""
    effectors = {}
    for post in laydown.posts:
        effector = scenario.unit(post.unit).effector
        if effector is not None:
            effectors[post.unit] = scenario.catalogue.effector(effector)
    if not scenario.stores:
        return Stores((THEATRE,), 0, dict.fromkeys(effectors, 0), effectors)
    ordered = sorted(scenario.stores, key=lambda store: store.kind != "depot")
    places = tuple(store.id for store in ordered)
    x_m, y_m = _projected(scenario, [(store.lon_deg, store.lat_deg) for store in ordered[1:]])
    sites = [scenario.site(post.site) for post in laydown.posts if post.unit in effectors]
    ux_m, uy_m = _projected(scenario, [(site.lon_deg, site.lat_deg) for site in sites])
    rows = 1 + np.hypot(ux_m[:, None] - x_m, uy_m[:, None] - y_m).argmin(axis=1)
    return Stores(places, 0, dict(zip(effectors, rows.tolist(), strict=True)), effectors)


def _projected(scenario: Scenario, points: list[tuple[float, float]]) -> tuple[Floats, Floats]:
    area = scenario.area
    crs = area.crs or theatre_crs(area.west_deg, area.south_deg, area.east_deg, area.north_deg).crs
    x_m, y_m = project(np.array([lon for lon, _ in points]), np.array([lat for _, lat in points]), crs)
    return np.atleast_1d(np.asarray(x_m, dtype=np.float64)), np.atleast_1d(np.asarray(y_m, dtype=np.float64))


@dataclass(frozen=True)
class Patterns:
    """Where raids are fought: the stated raid first, then the same raid flown to each other asset."""

    place_fraction: Floats
    """(A, C, P) share of the threats of a class that the units of each store meet."""
    weight: Floats
    """(A,) weights; they sum to one."""


def patterns(scenario: Scenario, stores: Stores, laydown: Laydown, classes: tuple[str, ...]) -> Patterns:
    """Share of each class met by each store's units, by the units in reach along the routes.

    A planning-level split: points along each route count alike, units in reach of a point by their channels;
    who detects first, and terrain, are left to the simulated raid. A class that comes in nobody's reach is
    met at the store nearest to its target.
    """
    assert scenario.tempo is not None  # the verb has refused a scenario without one
    groups = scenario.groups_of(scenario.raid(scenario.tempo.raid).id)
    if len(stores.places) == 1:
        return Patterns(np.ones((1, len(classes), 1)), np.ones(1))
    split = _Split(scenario, stores, laydown, classes)
    found = [split.of(groups, None)]
    weight = [1.0]
    aimed = {group.target for group in groups}
    others = [asset for asset in scenario.assets if asset.id not in aimed]
    share = scenario.sustainment.elsewhere_fraction if others else 0.0
    if share > 0.0:
        total = sum(asset.cvrt_score for asset in others)
        weight = [1.0 - share, *(share * asset.cvrt_score / total for asset in others)]
        found += [split.of(groups, asset.id) for asset in others]
    return Patterns(np.stack(found), np.array(weight))


class _Split:
    """Units as arrays, so that each route is one lookup."""

    def __init__(
        self, scenario: Scenario, stores: Stores, laydown: Laydown, classes: tuple[str, ...]
    ) -> None:
        self.scenario, self.stores, self.classes = scenario, stores, classes
        self.flown: dict[tuple[str | None, ...], tuple[Floats, Floats, NDArray[np.bool_]]] = {}
        armed = [
            post for post in laydown.posts
            if post.unit in stores.effectors and stores.effectors[post.unit].interceptor is not None
        ]  # fmt: skip
        sites = [scenario.site(post.site) for post in armed]
        types = [stores.effectors[post.unit] for post in armed]
        self.x_m, self.y_m = _projected(scenario, [(site.lon_deg, site.lat_deg) for site in sites])
        self.reach_m = np.array([effector.max_range_m.value for effector in types])
        self.channels = np.array([float(effector.channels.count) for effector in types])
        self.place = np.array([stores.store_of_unit[post.unit] for post in armed], dtype=np.int64)
        self.able = {
            name: np.array([scenario.catalogue.threat(name).threat_class in e.engages for e in types])
            for name in classes
        }
        forward = [store for store in scenario.stores if store.kind != "depot"]
        order = {name: row for row, name in enumerate(stores.places)}
        self.store_row = np.array([order[store.id] for store in forward])
        self.store_x_m, self.store_y_m = _projected(scenario, [(s.lon_deg, s.lat_deg) for s in forward])
        self.starts = _positions(scenario, scenario.launch_areas)
        self.ends = _positions(scenario, scenario.assets)
        self.turns = {
            route: _projected(
                scenario,
                [
                    (w.lon_deg, w.lat_deg)
                    for w in sorted(scenario.routes, key=lambda waypoint: waypoint.order)
                    if w.route == route
                ],
            )
            for route in {waypoint.route for waypoint in scenario.routes}
        }

    def of(self, groups: tuple[RaidGroup, ...], target: str | None) -> Floats:
        """Shares (C, P) of the groups, flown to their own targets or all straight to another asset."""
        met = np.zeros((len(self.classes), len(self.stores.places)))
        for group in groups:
            if group.threat not in self.classes:
                continue
            x_m, y_m, reach = self._met(group, target)
            weight = (reach & self.able[group.threat]) * self.channels
            by_point = weight.sum(axis=1, keepdims=True)
            shares = (weight / np.where(by_point > 0.0, by_point, 1.0)).sum(axis=0)
            row = np.bincount(self.place, weights=shares, minlength=len(self.stores.places))
            if row.sum() <= 0.0:
                end = np.argmin(np.hypot(self.store_x_m - x_m[-1], self.store_y_m - y_m[-1]))
                row[self.store_row[end]] = 1.0
            met[self.classes.index(group.threat)] += group.count * row / row.sum()
        total = met.sum(axis=1, keepdims=True)
        return met / np.where(total > 0.0, total, 1.0)

    def _met(self, group: RaidGroup, target: str | None) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Points along a route, and the units that reach each: the same for all groups that fly it."""
        route = (group.launch_area, group.route if target is None else None, target or group.target)
        if route not in self.flown:
            x_m, y_m = self._route(group, target)
            # Squares, for the root of half a million distances takes longer than all the rest.
            square_m2 = (x_m[:, None] - self.x_m) ** 2 + (y_m[:, None] - self.y_m) ** 2
            self.flown[route] = x_m, y_m, square_m2 <= self.reach_m**2
        return self.flown[route]

    def _route(self, group: RaidGroup, target: str | None) -> tuple[Floats, Floats]:
        """Points along a route at equal distances."""
        none = np.zeros(0)
        turns = self.turns.get(group.route or "", (none, none)) if target is None else (none, none)
        start, end = self.starts[group.launch_area], self.ends[target or group.target]
        x_m = np.concatenate([[start[0]], turns[0], [end[0]]])
        y_m = np.concatenate([[start[1]], turns[1], [end[1]]])
        run = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x_m), np.diff(y_m)))])
        at = np.linspace(0.0, run[-1], _SAMPLES)
        return np.interp(at, run, x_m), np.interp(at, run, y_m)


def _positions(scenario: Scenario, places: Sequence[LaunchArea | Asset]) -> dict[str, tuple[float, float]]:
    x_m, y_m = _projected(scenario, [(place.lon_deg, place.lat_deg) for place in places])
    return {place.id: (float(x), float(y)) for place, x, y in zip(places, x_m, y_m, strict=True)}
