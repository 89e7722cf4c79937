"""From a checked campaign to the arrays its kernels take."""

from __future__ import annotations

import math
import zlib
from typing import NamedTuple

import numpy as np

from egide.kernels.campaign import Rules
from egide.kernels.campaign_draws import FleetTables, LotTables, RaidTables
from egide.supply.inputs import Campaign, FloatArray, IntArray
from egide.supply.production import production_schedule

_NIGHT_LEVELS = 32
"""Equally likely night effects; their mean is the stated kill probability exactly."""


class Tables(NamedTuple):
    """Arguments of the campaign kernels."""

    rules: Rules
    raids: RaidTables
    lots: LotTables
    fleets: FleetTables


def build_tables(campaign: Campaign) -> Tables:
    """Arrays of a campaign that has been checked."""
    return Tables(_rules(campaign), _raids(campaign), _lots(campaign), _fleets(campaign))


def address(label: str) -> int:
    """Address of a label's draws: the same whatever else is in the plan (CRC-32 of its UTF-8 bytes)."""
    return zlib.crc32(label.encode("utf-8"))


def _ints(values: object) -> IntArray:
    return np.ascontiguousarray(np.asarray(values), dtype=np.int64)


def _floats(values: object) -> FloatArray:
    return np.ascontiguousarray(np.asarray(values), dtype=np.float64)


def _cumulative(probability: FloatArray) -> FloatArray:
    total = np.cumsum(_floats(probability), axis=-1)
    return np.ascontiguousarray(total / total[..., -1:])


def night_levels(kill_probability: FloatArray, concentration: float) -> FloatArray:
    """Kill probabilities (E, I, C) of equally likely nights, Beta with the stated mean.

    Each level is the mean of the Beta over its share of the nights, so the levels average to the stated
    figure exactly.
    """
    if math.isinf(concentration):
        return _floats(kill_probability)[None]
    from scipy import special

    mean = np.clip(_floats(kill_probability), 0.0, 1.0)
    safe = np.clip(mean, 1e-9, 1.0 - 1e-9)
    a, b = safe * concentration, (1.0 - safe) * concentration
    edges = np.linspace(0.0, 1.0, _NIGHT_LEVELS + 1)[:, None, None]
    cut = special.betaincinv(a, b, edges)
    below = special.betainc(a + 1.0, b, cut)
    levels = safe * np.diff(below, axis=0) * _NIGHT_LEVELS
    return _floats(np.where((mean <= 0.0) | (mean >= 1.0), mean, levels))


def _components(campaign: Campaign) -> IntArray:
    """Number of the group of places that transport connects, by repeated relabelling."""
    group = np.arange(len(campaign.places))
    for leg in campaign.legs:
        a = group[campaign.places.index(leg.origin)]
        b = group[campaign.places.index(leg.destination)]
        group[group == max(a, b)] = min(a, b)
    return _ints(group)


def _rules(campaign: Campaign) -> Rules:
    p, i, c = len(campaign.places), len(campaign.items), len(campaign.classes)
    engagement, doctrine = campaign.engagement, campaign.doctrine
    production = np.zeros((campaign.weeks, p, i), dtype=np.int64)
    made = production_schedule(campaign.lines, campaign.weeks, campaign.bottlenecks_per_week)
    for line, row in zip(campaign.lines, made, strict=True):
        production[:, campaign.places.index(line.place), campaign.items.index(line.item)] += row
    fleet_of_item = np.full(i, -1)
    for k, fleet in enumerate(campaign.fleets):
        for item in fleet.items:
            fleet_of_item[campaign.items.index(item)] = k
    order = doctrine.class_order or campaign.classes
    people, value = _floats(campaign.people_per_leaker), _floats(campaign.value_per_leaker)
    return Rules(
        opening=_ints(campaign.opening_rounds),
        production=production,
        preference=_ints(engagement.preference),
        class_order=_ints([campaign.classes.index(name) for name in order]),
        reserve=_ints(doctrine.reserve_rounds),
        rounds=_floats(engagement.rounds),
        kill=night_levels(_floats(engagement.kill_probability), engagement.night_concentration),
        least=_least(campaign),
        fleet_of_item=_ints(fleet_of_item),
        engagements_per_unit=_ints([fleet.engagements_per_raid for fleet in campaign.fleets]),
        hit=_floats(
            np.zeros(p) if campaign.hit_fraction_per_week is None else campaign.hit_fraction_per_week
        ),
        hit_loss=_floats(np.zeros(p) if campaign.hit_loss_fraction is None else campaign.hit_loss_fraction),
        leg_from=_ints([campaign.places.index(leg.origin) for leg in campaign.legs]),
        leg_to=_ints([campaign.places.index(leg.destination) for leg in campaign.legs]),
        leg_days=_ints([leg.days for leg in campaign.legs]),
        leg_capacity=_ints([leg.rounds_per_day for leg in campaign.legs]),
        target=_ints(np.zeros((p, i)) if campaign.target_rounds is None else campaign.target_rounds),
        component=_components(campaign),
        exposure=_floats(np.stack([np.ones((p, c)), people, value], axis=2)),
    )


def _least(campaign: Campaign) -> IntArray:
    """Fewest rounds that make an engagement with an item at a place; 0 where it serves nobody."""
    least = np.zeros((len(campaign.places), len(campaign.items)), dtype=np.int64)
    for p, c, slot in np.argwhere(campaign.engagement.preference >= 0):
        i = campaign.engagement.preference[p, c, slot]
        rounds = max(math.ceil(campaign.engagement.rounds[i, c]), 1)
        least[p, i] = rounds if least[p, i] == 0 else min(least[p, i], rounds)
    return least


def _raids(campaign: Campaign) -> RaidTables:
    tempo = campaign.tempo
    nights = _ints(tempo.nights)
    patterns = _floats(tempo.place_fraction)
    weights = np.ones(nights.shape[0]) if tempo.night_weight is None else tempo.night_weight
    pattern_weights = np.ones(patterns.shape[0]) if tempo.pattern_weight is None else tempo.pattern_weight
    return RaidTables(
        count_cdf=_cumulative(tempo.weekly_count_probability),
        night_cdf=_cumulative(weights),
        nights=nights,
        joint=int(tempo.joint),
        pattern_cdf=_cumulative(pattern_weights),
        place_cdf=_cumulative(patterns),
        kill_levels=1 if math.isinf(campaign.engagement.night_concentration) else _NIGHT_LEVELS,
    )


def _lots(campaign: Campaign) -> LotTables:
    fleets = [fleet.id for fleet in campaign.fleets]
    lots = campaign.lots
    steps = max((len(lot.step_days) for lot in lots), default=1)
    # The last value is repeated with no probability, so that all rows have one length.
    days = [(*lot.step_days, *[lot.step_days[-1]] * (steps - len(lot.step_days))) for lot in lots]
    chance = [(*lot.step_probability, *[0.0] * (steps - len(lot.step_days))) for lot in lots]
    return LotTables(
        item=_ints([campaign.items.index(x.item) if x.item in campaign.items else -1 for x in lots]),
        fleet=_ints([fleets.index(x.item) if x.item in fleets else -1 for x in lots]),
        place=_ints([campaign.places.index(x.place) for x in lots]),
        rounds=_ints([x.rounds for x in lots]),
        due_day=_floats([x.due_day for x in lots]),
        slip_median_days=_floats([x.slip_median_days for x in lots]),
        slip_sigma=_floats([x.slip_sigma for x in lots]),
        step_cdf=_cumulative(_floats(chance).reshape(len(lots), steps)),
        step_days=_floats(days).reshape(len(lots), steps),
        never=_floats([x.never_fraction for x in lots]),
        low=_floats([x.received_low_fraction for x in lots]),
        high=_floats([x.received_high_fraction for x in lots]),
        key=_ints([address(x.id) for x in lots]),
        partner_key=_ints([address(x.partner) for x in lots]),
        shared=_floats([campaign.shared_slip_fraction if x.partner else 0.0 for x in lots]),
    )


def _fleets(campaign: Campaign) -> FleetTables:
    rows = [
        (p, f, -1, address(f"{fleet.id}/{place}/{n}"))
        for f, fleet in enumerate(campaign.fleets)
        for p, place in enumerate(campaign.places)
        for n in range(int(fleet.units[p]))
    ]
    names = [fleet.id for fleet in campaign.fleets]
    rows += [
        (campaign.places.index(lot.place), names.index(lot.item), k, address(f"{lot.item}/{lot.id}/{n}"))
        for k, lot in enumerate(campaign.lots)
        if lot.item in names
        for n in range(lot.rounds)
    ]
    table = np.array(rows, dtype=np.int64).reshape(len(rows), 4)
    return FleetTables(
        unit_place=_ints(table[:, 0]),
        unit_fleet=_ints(table[:, 1]),
        unit_lot=_ints(table[:, 2]),
        unit_key=_ints(table[:, 3]),
        loss=_floats([fleet.loss_fraction_per_week for fleet in campaign.fleets]),
        failure=_floats([fleet.failure_fraction_per_week for fleet in campaign.fleets]),
        repair=_floats([fleet.repair_fraction_per_week for fleet in campaign.fleets]),
        crews=_ints([fleet.crews for fleet in campaign.fleets]),
    )
