"""Why a laydown is as it is: what each unit alone gives, what binds, where units could move, what stays short."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from egide.kernels import laydown as kernel
from egide.kernels.laydown import ENGAGES
from egide.model.scenario import Scenario
from egide.model.unit import Unit
from egide.siting.laydown_bound import LaydownBound
from egide.siting.laydown_search import Search


@dataclass(frozen=True)
class UnitReason:
    """Why a unit stands where it does: what goes when it alone is taken away."""

    unit: str
    site: str
    bearing_deg: float
    marginal_value: float
    """Share of the objective that goes when this unit alone is taken away [1]."""
    assets_only_by_it: tuple[str, ...]
    """Assets whose only effector layer it gives."""
    assets_sensed_only_by_it: tuple[str, ...] = ()
    """Assets that no other sensor has under coverage."""
    assets_thinner_without_it: tuple[str, ...] = ()
    """Assets that keep an effector layer without it, but fewer than they require."""
    people_sensed_only_by_it: int = 0
    """People whom no other sensor has under coverage."""
    people_engaged_only_by_it: int = 0
    """People whose only effector layer it gives."""


@dataclass(frozen=True)
class Binding:
    """One limit of the problem, and what one more unit of it would be worth."""

    limit: str
    """`units` of a kind, `sites` (one unit a site) or `separation` (of units of a type)."""
    name: str
    """The kind of unit; or the site where sharing or nearness would be worth most."""
    at_least: float
    """Value that one more unit adds to this laydown [1]."""
    at_most: float | None
    """No laydown with one more unit beats this one by more than this [1]; None where no bound is known."""


@dataclass(frozen=True)
class Alternate:
    """A further post of a unit that moves."""

    unit: str
    site: str
    bearing_deg: float
    value_kept: float
    """Value of the laydown with the unit there instead of at its first post, as a share of the whole [1]."""


@dataclass(frozen=True)
class LayersShort:
    """An asset that has fewer effector layers than it requires."""

    asset: str
    required: int
    layers: int
    """Layers of the design, cued."""
    most: int
    """No laydown of these units on these sites gives more."""


def reasons(
    scenario: Scenario, search: Search, chosen: list[int], units: dict[int, str]
) -> tuple[UnitReason, ...]:
    """What goes with each unit; `units` is the unit that takes each option."""
    instance = search.instance
    counts = search.counts(chosen)
    total = search.value(chosen)
    people = np.zeros(len(instance.worth), dtype=np.int64)
    people[: len(scenario.places)] = [place.population for place in scenario.places]
    asset_at = dict(zip(instance.asset_points.tolist(), scenario.assets, strict=True))
    found = []
    for option in chosen:
        row = slice(instance.indptr[option], instance.indptr[option + 1])
        points = instance.indices[row]
        before = counts[points]
        kernel.shift(option, -1, *instance.rows, counts)
        after = counts[points]
        loss = kernel.gain(option, *instance.rows, search.worth, counts)
        kernel.shift(option, 1, *instance.rows, counts)
        unseen = (before[:, 0] > 0) & (after[:, 0] == 0)
        layers, left = layers_of(before), layers_of(after)
        bare = (layers > 0) & (left == 0)
        assets = [(asset_at[int(p)], n) for n, p in enumerate(points) if int(p) in asset_at]
        found.append(
            UnitReason(
                units[option],
                instance.sites[int(instance.option_site[option])],
                float(instance.option_bearing_deg[option]),
                float(loss / total) if total > 0 else 0.0,
                tuple(sorted(a.id for a, n in assets if bare[n])),
                tuple(sorted(a.id for a, n in assets if unseen[n])),
                tuple(sorted(a.id for a, n in assets if 0 < left[n] < min(a.required_layers, layers[n]))),
                int(people[points[unseen]].sum()),
                int(people[points[bare]].sum()),
            )
        )
    return tuple(sorted(found, key=lambda reason: (-reason.marginal_value, reason.unit)))


def layers_of(counts: NDArray[np.int32]) -> NDArray[np.int32]:
    """Effector layers that are cued, from sensors, envelopes and self-cued envelopes."""
    return np.where(counts[:, 0] > 0, counts[:, 1], counts[:, 2])


def bindings(search: Search, chosen: list[int], bound: LaydownBound) -> tuple[Binding, ...]:
    """What one more unit of each kind, a shared site and less distance would be worth, dearest first."""
    instance, board = search.instance, search.instance.board
    shut = search.shut(chosen)
    gains = np.maximum(search.gains(search.counts(chosen)), 0.0)
    gains[shut[board.family[board.kind], board.site]] = 0.0
    objective = search.value(chosen)
    at_best = bound.assignment(bound.best_price)
    rest = bound.value_at(bound.best_price) - at_best.value
    found = []
    for kind, name in enumerate(instance.kinds):
        here = slice(board.kind_ptr[kind], board.kind_ptr[kind + 1])
        least = float(gains[here].max(initial=0.0))
        most = _with_one_more(bound, at_best.table, kind) + rest - objective
        found.append(Binding("units", name, least, max(most, least)))
    found += _moves(search, chosen)
    return tuple(sorted(found, key=lambda each: (-each.at_least, each.limit, each.name)))


def _with_one_more(bound: LaydownBound, table: NDArray[np.float64], kind: int) -> float:
    more = np.append(bound.unit_kind, kind)
    units, sites = linear_sum_assignment(table[more], maximize=True)
    return float(table[more[units], sites].sum())


def _moves(search: Search, chosen: list[int]) -> list[Binding]:
    """Best single move that only the rule of one unit a site, or only the separation, forbids."""
    instance, board = search.instance, search.instance.board
    counts = search.counts(chosen)
    best = {"sites": (0.0, -1), "separation": (0.0, -1)}
    used = np.zeros(len(instance.sites), dtype=np.bool_)
    used[board.site[chosen]] = True
    kept = np.zeros_like(used)
    kept[list(instance.fixed_sites)] = True
    for option in chosen:
        kind = int(board.kind[option])
        here = slice(int(board.kind_ptr[kind]), int(board.kind_ptr[kind + 1]))
        kernel.shift(option, -1, *instance.rows, counts)
        gains = np.empty(here.stop - here.start)
        reach = instance.rows
        rows = (reach.indptr[here.start : here.stop + 1], reach.indices, reach.flags, reach.amounts)
        kernel.all_gains(*rows, search.worth, counts, gains)
        gains -= kernel.gain(option, *instance.rows, search.worth, counts)
        kernel.shift(option, 1, *instance.rows, counts)
        sites = board.site[here]
        taken = used[sites] | kept[sites]
        shut = search.shut([o for o in chosen if o != option]) if board.near.size else None
        near = np.zeros(sites.size, dtype=np.bool_) if shut is None else shut[board.family[kind], sites]
        for name, mask in (
            ("sites", taken & ~_too_near(search, chosen, option, sites)),
            ("separation", near & ~taken),
        ):
            if mask.any() and gains[mask].max() > best[name][0] + 1e-12:
                at = int(np.argmax(np.where(mask, gains, -np.inf)))
                best[name] = (float(gains[at]), int(sites[at]))
    return [Binding(name, instance.sites[at], value, None) for name, (value, at) in best.items() if at >= 0]


def _too_near(search: Search, chosen: list[int], option: int, sites: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Sites where a unit of the type would stand too near another, whoever holds the site itself."""
    board = search.instance.board
    out = np.zeros(sites.size, dtype=np.bool_)
    if not board.near.size:
        return out
    family = board.family[board.kind[option]]
    others = {int(board.site[o]) for o in chosen if o != option and board.family[board.kind[o]] == family}
    others |= {s for s in search.instance.fixed_sites if board.kept_family[s] == family}
    for at, site in enumerate(sites):
        near = board.near[board.near_ptr[site] : board.near_ptr[site + 1]]
        out[at] = bool(others.intersection(near.tolist()))
    return out


def alternates(
    scenario: Scenario, search: Search, chosen: list[int], units: dict[int, str], place_m: NDArray[np.float64]
) -> tuple[Alternate, ...]:
    """Further posts for units that ask for them, the most valuable unit first; no site is promised twice.

    `place_m` are the eastings and northings of the instance's sites, shape (sites, 2).
    """
    instance, board = search.instance, search.instance.board
    wanting = {unit.id: unit for unit in scenario.units if unit.alternates and not unit.fixed}
    movers = [option for option in chosen if units[option] in wanting]
    total = search.value(chosen)
    loss = {o: total - search.value([other for other in chosen if other != o]) for o in movers}
    reserved = np.zeros(len(instance.sites), dtype=np.bool_)
    reserved[board.site[chosen]] = True
    reserved[list(instance.fixed_sites)] = True
    found = []
    for option in sorted(movers, key=lambda o: (-loss[o], units[o])):
        unit: Unit = wanting[units[option]]
        others = [o for o in chosen if o != option]
        gains = search.gains(search.counts(others))
        kind = board.kind[option]
        far = np.hypot(*(place_m - place_m[board.site[option]]).T) > unit.moves_within_m
        for _ in range(unit.alternates):
            open_ = (board.kind == kind) & ~reserved[board.site] & ~far[board.site]
            open_ &= ~search.shut(others)[board.family[board.kind], board.site]
            if not open_.any():
                break
            best = int(np.argmax(np.where(open_, gains, -np.inf)))
            reserved[board.site[best]] = True
            kept = (total - loss[option] + gains[best]) / total if total > 0 else 1.0
            site, bearing = instance.sites[int(board.site[best])], float(instance.option_bearing_deg[best])
            found.append(Alternate(unit.id, site, bearing, float(kept)))
    return tuple(found)


def layers_short(scenario: Scenario, search: Search, chosen: list[int]) -> tuple[LayersShort, ...]:
    """Assets with fewer cued layers than they require, with the most that any laydown could give."""
    instance, board = search.instance, search.instance.board
    counts = search.counts(chosen)
    layers = layers_of(counts)[instance.asset_points]
    unit_kind = np.repeat(np.arange(len(instance.kinds)), instance.counts)
    option_of = np.repeat(np.arange(board.kind.size), np.diff(instance.indptr))
    found = []
    for asset, point, here in zip(scenario.assets, instance.asset_points, layers, strict=True):
        if here >= asset.required_layers:
            continue
        able = option_of[(instance.indices == point) & ((instance.flags & ENGAGES) > 0)]
        table = np.zeros((len(instance.kinds), len(instance.sites)))
        table[board.kind[able], board.site[able]] = 1.0
        table[:, list(instance.fixed_sites)] = 0.0
        units, sites = linear_sum_assignment(table[unit_kind], maximize=True)
        most = int(table[unit_kind[units], sites].sum()) + int(instance.base[point, 1])
        found.append(LayersShort(asset.id, asset.required_layers, int(here), most))
    return tuple(found)
