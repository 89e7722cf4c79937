"""A scenario written as a campaign: stores, units, doctrine, lots, makers' lines and roads as arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egide.errors import InputError
from egide.model.catalogue_types import BALLISTIC
from egide.model.partner import Production
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.raids.hindcast_library import RaidStatistics
from egide.raids.simulate import RaidResult
from egide.supply.inputs import (
    Campaign,
    CampaignLot,
    Doctrine,
    Engagement,
    Fleet,
    IntArray,
    ProductionLine,
    RaidTempo,
    ResupplyLeg,
    poisson_weeks,
    slip_from_quantiles,
)
from egide.supply.scenario_places import Patterns, Stores, patterns, stores_of
from egide.supply.scenario_tempo import nights, reaching_fractions

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Setting:
    """What every part of the campaign is built from."""

    scenario: Scenario
    laydown: Laydown
    raids: RaidResult
    stores: Stores
    patterns: Patterns
    items: tuple[str, ...]
    nights: IntArray

    @property
    def shape(self) -> tuple[int, int, int]:
        return len(self.stores.places), len(self.items), len(self.raids.types)

    def met_fraction(self, item: str, first_pattern: bool = False) -> Floats:
        """Share of an item's work that falls to each store (P,): zero where no unit fires it."""
        weight = np.array(self.patterns.weight)
        if first_pattern:
            weight = np.eye(weight.size)[0]
        served = [
            effector.engages for effector in self.stores.effectors.values() if effector.interceptor == item
        ]
        catalogue = self.scenario.catalogue
        able = [any(catalogue.threat(name).threat_class in e for e in served) for name in self.raids.types]
        mass = np.array(self.raids.launched, dtype=np.float64) * reaching_fractions(self.raids) * able
        share = np.einsum("a,acp,c->p", weight, self.patterns.place_fraction, mass)
        share = np.where(self.stores.units_of(item) > 0, share, 0.0)
        return np.asarray(share / share.sum() if share.sum() > 0.0 else share, dtype=np.float64)


def build_campaign(
    scenario: Scenario,
    laydown: Laydown,
    raids: RaidResult,
    weeks: int,
    statistics: RaidStatistics | None = None,
) -> Campaign:
    """Write a scenario as a campaign.

    A raid's threats are those that jamming and loss leave over, as simulated. Each is met by the units of one
    store, with the first item of its preference that is in store there and has launchers free; launchers
    serve as many threats in a raid as the busiest did in the simulated one.

    Parameters
    ----------
    scenario, laydown, raids
    weeks : int
        Horizon.
    statistics : RaidStatistics, optional
        Sizes of raids as reported; without them the quantiles of the scenario's tempo.

    Raises
    ------
    InputError
        When the scenario states no tempo, or nothing that is fired stands in the laydown.
    """
    if scenario.tempo is None:
        raise InputError.one("scenario.toml", "tempo", None, "is missing; state how often raids come")
    stores = stores_of(scenario, laydown)
    fired = dict.fromkeys(e.interceptor for e in stores.effectors.values() if e.interceptor is not None)
    tables = (scenario.stocks, scenario.lots, scenario.production, scenario.orders)
    named = [line.item for table in tables for line in table]
    items = tuple(dict.fromkeys([*fired, *named]))
    if not fired:
        raise InputError.one("units.csv", "effector", None, "nothing that is fired stands in the laydown")
    split = patterns(scenario, stores, laydown, raids.types)
    given = _Setting(scenario, laydown, raids, stores, split, items, nights(scenario, raids, statistics))
    opening = _opening(given)
    harmful = np.array([not decoy for decoy in raids.decoy], dtype=np.float64)
    per_leaker = raids.people_exposed.mean() / max(raids.leakers.mean(), 1.0)
    scores = np.mean([scenario.asset(target).cvrt_score for target in raids.targets])
    places = len(stores.places)
    return Campaign(
        items=items, places=stores.places, classes=raids.types, weeks=weeks,
        tempo=RaidTempo(
            weekly_count_probability=poisson_weeks(scenario.tempo.raids_per_week), nights=given.nights,
            place_fraction=split.place_fraction, pattern_weight=split.weight,
        ),
        opening_rounds=opening, engagement=_engagement(given), doctrine=_doctrine(given),
        people_per_leaker=np.tile(harmful * per_leaker, (places, 1)),
        value_per_leaker=np.tile(harmful * scores, (places, 1)),
        lots=_lots(given), lines=_lines(given), bottlenecks_per_week=_bottlenecks(scenario),
        legs=tuple(
            ResupplyLeg(leg.origin, leg.destination, leg.transit_days, leg.rounds_per_day)
            for leg in scenario.legs
        ),
        target_rounds=_targets(given, opening), fleets=_fleets(given),
        hit_fraction_per_week=_by_store(given, "hit_fraction_per_week"),
        hit_loss_fraction=_by_store(given, "hit_loss_fraction"),
        shared_slip_fraction=scenario.sustainment.shared_slip_fraction,
    )  # fmt: skip


def _by_store(given: _Setting, field: str) -> Floats:
    figures = {store.id: float(getattr(store, field)) for store in given.scenario.stores}
    return np.array([figures.get(place, 0.0) for place in given.stores.places])


def _engagement(given: _Setting) -> Engagement:
    """Rounds and kill probability of an engagement under the doctrine, and who prefers what."""
    scenario, items, classes = given.scenario, given.items, given.raids.types
    chance = np.zeros((len(items), len(classes)))
    known = {
        (k.effector_class, k.threat_class): k.pk_fraction.value for k in scenario.catalogue.kill_probabilities
    }
    for effector in given.stores.effectors.values():
        if effector.interceptor is None:
            continue
        for number, name in enumerate(classes):
            threat_class = scenario.catalogue.threat(name).threat_class
            if threat_class in effector.engages:
                pk = known.get((effector.effector_class, threat_class), 0.0)
                row = items.index(effector.interceptor)
                chance[row, number] = max(chance[row, number], pk)
    shots, kill = by_doctrine(scenario.command.doctrine, chance)
    price = np.array([_price(scenario, item) for item in items])
    here = np.stack([given.stores.units_of(item) > 0 for item in items], axis=1)
    preference = np.full((len(given.stores.places), len(classes), len(items)), -1, dtype=np.int64)
    for place in range(len(given.stores.places)):
        for number in range(len(classes)):
            able = np.flatnonzero((chance[:, number] > 0.0) & here[place])
            # The cheapest expected kill comes first; dear rounds are kept for what nothing else can stop, and so are
            # those whose price nobody states.
            order = able[np.argsort(price[able] * shots[able, number] / kill[able, number], kind="stable")]
            preference[place, number, : order.size] = order
    return Engagement(shots, kill, preference, night_concentration=scenario.command.night_concentration)


def by_doctrine(doctrine: str, pk: Floats) -> tuple[Floats, Floats]:
    """Mean rounds and kill probability of one engagement: salvos until one hits or the doctrine ends.

    Parameters
    ----------
    doctrine : str
        Such as ``S-S-L-S``: looks part the salvos.
    pk : array
        Kill probability of one round [1].
    """
    shots, survive = np.zeros_like(pk), np.ones_like(pk)
    for salvo in (part.count("S") for part in doctrine.split("L")):
        shots += survive * salvo
        survive = survive * (1.0 - pk) ** salvo
    return np.where(pk > 0.0, shots, 1.0), np.where(pk > 0.0, 1.0 - survive, 0.0)


def _price(scenario: Scenario, item: str) -> float:
    """Price of a round [EUR]; infinite where none is stated."""
    figure = scenario.catalogue.interceptor(item).price_eur
    return math.inf if figure is None else max(figure.value, 1.0)


def _opening(given: _Setting) -> IntArray:
    """Rounds with the units in the stores they draw on, all other stocks in the depot."""
    rounds = np.zeros(given.shape[:2], dtype=np.int64)
    for name, effector in given.stores.effectors.items():
        unit = given.scenario.unit(name)
        if effector.interceptor is not None:
            ready = effector.ready_rounds.count if unit.ready_rounds is None else unit.ready_rounds
            row = given.stores.store_of_unit[name]
            rounds[row, given.items.index(effector.interceptor)] += ready + unit.rounds_in_store
    for stock in given.scenario.stocks:
        rounds[given.stores.depot, given.items.index(stock.item)] += stock.quantity
    return rounds


def _targets(given: _Setting, opening: IntArray) -> IntArray:
    """Levels that transport fills forward stores up to: what units hold, and some weeks of mean use."""
    target = np.zeros_like(opening)
    if not given.scenario.stores:
        return target
    assert given.scenario.tempo is not None  # build_campaign has refused it otherwise
    stated = np.array(given.raids.launched, dtype=np.float64) @ reaching_fractions(given.raids)
    size = given.nights.sum(axis=1).mean() / max(float(stated), 1.0)
    reserve = {store.id: store.reserve_weeks for store in given.scenario.stores if store.kind == "forward"}
    weeks = np.array([reserve.get(place, 0.0) for place in given.stores.places])
    forward = np.array([place in reserve for place in given.stores.places])
    for number, item in enumerate(given.items):
        use = 0.0
        if item in given.raids.items:
            use = float(given.raids.rounds_by_item[:, given.raids.items.index(item)].mean())
        per_week = use * size * given.scenario.tempo.raids_per_week
        level = opening[:, number] + np.ceil(weeks * per_week * given.met_fraction(item))
        target[:, number] = np.where(forward, level, 0).astype(np.int64)
    return target


def _doctrine(given: _Setting) -> Doctrine:
    """Rounds that drones and decoys must leave in store: what the units keep back from them."""
    reserve = np.zeros(given.shape, dtype=np.int64)
    drones = drone_classes(given.scenario, given.raids.types)
    for name, effector in given.stores.effectors.items():
        unit = given.scenario.unit(name)
        if unit.reserve_rounds and effector.interceptor is not None:
            row = given.stores.store_of_unit[name]
            reserve[row, given.items.index(effector.interceptor), drones] += unit.reserve_rounds
    return Doctrine("as stated", reserve)


def drone_classes(scenario: Scenario, types: tuple[str, ...]) -> NDArray[np.bool_]:
    """Whether each type is a drone or a decoy (C,)."""
    return np.array([scenario.catalogue.threat(name).threat_class.value.endswith("_drone") for name in types])


def missile_rounds(
    scenario: Scenario, kill_probability: Floats, types: tuple[str, ...]
) -> tuple[IntArray, IntArray]:
    """Items that are scarce against missiles (against ballistic ones where any is), and the drone classes.

    Parameters
    ----------
    scenario : Scenario
    kill_probability : (I, C) array
    types : tuple of str
        Threat type of each class.

    Returns
    -------
    (n,) and (m,) int arrays
        Rows of items, columns of drones and decoys.
    """
    classes = [scenario.catalogue.threat(name).threat_class for name in types]
    ballistic = np.array([kind in BALLISTIC for kind in classes])
    drones = drone_classes(scenario, types)
    able = kill_probability > 0.0
    kept = able[:, ballistic].any(axis=1)
    if not kept.any():
        kept = able[:, ~drones].any(axis=1)
    return np.flatnonzero(kept), np.flatnonzero(drones)


def _lots(given: _Setting) -> tuple[CampaignLot, ...]:
    lots = []
    for lot in given.scenario.lots:
        median, sigma = slip_from_quantiles(lot.slip_median_days, lot.slip_p90_days)
        ordered = None if lot.ordered is None else float((lot.ordered - given.scenario.day).days)
        lots.append(
            CampaignLot(
                id=lot.id, item=lot.item, place=lot.store or given.stores.places[given.stores.depot],
                rounds=lot.quantity, due_day=float((lot.due - given.scenario.day).days),
                partner=lot.partner or "", maker=lot.maker or "", ordered_day=ordered,
                cost_eur=lot.cost_eur if lot.cost_eur > 0.0 else math.nan,
                slip_median_days=median, slip_sigma=sigma, never_fraction=lot.never_fraction,
            )
        )  # fmt: skip
    return tuple(lots)


def _lines(given: _Setting) -> tuple[ProductionLine, ...]:
    """Makers' lines of the table, and the steady production stated with stocks."""
    depot = given.stores.places[given.stores.depot]
    steady = [
        ProductionLine(f"line-{stock.item}", stock.item, depot, stock.production_per_week)
        for stock in given.scenario.stocks
        if stock.production_per_week > 0.0
    ]
    return (*steady, *(_line(given, line, depot) for line in given.scenario.production))


def _line(given: _Setting, line: Production, depot: str) -> ProductionLine:
    start = 0.0 if line.start is None else max((line.start - given.scenario.day).days / 7.0, 0.0)
    return ProductionLine(
        line.id, line.item, line.store or depot, line.rounds_per_week, start, line.ramp_weeks, line.bottleneck,
        cost_eur=line.cost_eur if line.cost_eur > 0.0 else math.nan,
    )  # fmt: skip


def _bottlenecks(scenario: Scenario) -> dict[str, float]:
    return {
        line.bottleneck: line.bottleneck_per_week
        for line in scenario.production
        if line.bottleneck_per_week is not None
    }


def _fleets(given: _Setting) -> tuple[Fleet, ...]:
    """One fleet for the units that fire an item, each as busy at most as the busiest in the simulated raid."""
    wishes, raids = given.scenario.sustainment, given.raids
    ready: dict[str, float] = {}
    for effector in given.stores.effectors.values():
        if effector.interceptor is not None:
            share = effector.availability_fraction.value
            ready[effector.interceptor] = min(ready.get(effector.interceptor, 1.0), share)
    fleets = []
    for item, share in ready.items():
        units = given.stores.units_of(item)
        fired = raids.rounds_by_item[:, raids.items.index(item)] if item in raids.items else np.zeros(1)
        met = given.met_fraction(item, first_pattern=True)
        most = float((met[units > 0] / units[units > 0]).max())
        busiest = float(np.quantile(fired, 0.9)) * (most if most > 0.0 else 1.0 / units.sum())
        failure = min(1.0, wishes.repair_fraction_per_week * (1.0 - share) / max(share, 1e-6))
        fleets.append(
            Fleet(
                id=f"units-{item}", items=(item,), units=units,
                engagements_per_raid=max(1, math.ceil(busiest)),
                loss_fraction_per_week=wishes.loss_fraction_per_week,
                failure_fraction_per_week=failure, repair_fraction_per_week=wishes.repair_fraction_per_week,
                crews=math.ceil(wishes.crews_per_type_fraction * int(units.sum())),
            )
        )  # fmt: skip
    return tuple(fleets)
