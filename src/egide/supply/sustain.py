"""The verb `sustain`: how long stocks last, and which delivery matters most."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from egide.kernels.campaign import USED
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.raids.hindcast_library import RaidStatistics
from egide.raids.simulate import RaidResult
from egide.supply.campaign import CampaignResult, execute, result_of
from egide.supply.checks import check_campaign
from egide.supply.fleet import cost_of_types
from egide.supply.inputs import Campaign, FloatArray
from egide.supply.production import balance_d_to_p, production_schedule
from egide.supply.ranking import LotRanking, lot_variants, partner_variants, ranking_of
from egide.supply.scenario_campaign import build_campaign
from egide.supply.scenario_outlook import (
    Balance,
    FleetOutlook,
    ItemOutlook,
    LotValue,
    Outlook,
    PlaceOutlook,
    Worth,
)
from egide.supply.scenario_worth import doctrine_worth, line_worth, partner_worth
from egide.supply.tables import build_tables

__all__ = ["Balance", "ItemOutlook", "LotValue", "Outlook", "Worth", "build_campaign", "sustain"]

_PLENTY = 10**9
"""Rounds of a store that never runs out."""

LEVELS = (0.1, 0.5, 0.9)
"""Levels of the quantiles that are reported."""


def sustain(
    scenario: Scenario,
    laydown: Laydown,
    raids: RaidResult,
    *,
    seed: int,
    weeks: int = 26,
    campaigns: int = 500,
    delay_days: int = 7,
    statistics: RaidStatistics | None = None,
    worth: bool = True,
    threads: int | None = None,
) -> Outlook:
    """Run campaigns of raids against finite stocks and scheduled deliveries.

    Parameters
    ----------
    scenario : Scenario
        Its tempo, stocks, stores, lots, makers' lines and units.
    laydown : Laydown
        Units that fight.
    raids : RaidResult
        Of `simulate` for that laydown: what one raid asks of every item.
    seed : int
        Root of every draw; the same for every lot taken out (common random numbers).
    weeks : int
        Horizon.
    campaigns : int
        Histories to run.
    delay_days : int
        Delay whose cost is divided by its length [days].
    statistics : RaidStatistics, optional
        Sizes of raids as reported (`egide.io.bulletin_files.read_raid_statistics`); without them the
        quantiles that the scenario's tempo states.
    worth : bool
        Whether lots, partners, makers' lines and doctrines are valued; without it their tables are empty.
    threads : int, optional
        Workers; the result does not depend on it.

    Returns
    -------
    Outlook

    Raises
    ------
    InputError
        When the scenario states no tempo, or nothing that is fired.
    """
    campaign = build_campaign(scenario, laydown, raids, weeks, statistics)
    check_campaign(campaign)
    tables, count = build_tables(campaign), len(campaign.lots)
    names, without = partner_variants(campaign)
    variants = np.concatenate([lot_variants(count, delay_days), without]) if worth and count else None
    record = execute(tables, campaigns, seed, threads, keep=True, shift_days=variants)
    result, ranking = result_of(campaign, tables, record, seed), None
    partners: tuple[Worth, ...] = ()
    if variants is not None:
        ranking = ranking_of(campaign, record.change[:, : 2 * count], delay_days, seed, threads)
        averted = record.change[:, 2 * count :]
        partners = partner_worth(campaign, names, averted, seed=seed, threads=threads)
    assert scenario.tempo is not None  # build_campaign has refused it otherwise
    months = _months(scenario, weeks)
    as_is, one_type = _cost_of_types(scenario, campaign)
    return Outlook(
        weeks=weeks, campaigns=campaigns, seed=seed, notional=scenario.notional, raid=scenario.tempo.raid,
        laydown=laydown.name, raids_per_week=scenario.tempo.raids_per_week,
        items=_items(campaign, result, months, asked_per_week(campaign, campaigns, seed, threads)),
        lots=_lots(campaign, ranking) if ranking is not None else (),
        leakers_by_week=tuple(result.leakers.sum(axis=(2, 3)).mean(axis=0).tolist()),
        delay_days=delay_days, scenario_hash=scenario.with_laydown(laydown).fingerprint(),
        nights="stated" if statistics is None else "reported", months=tuple(dict.fromkeys(months)),
        places=campaign.places,
        partners=partners,
        lines=line_worth(campaign, result.totals, seed=seed, threads=threads) if worth else (),
        doctrines=doctrine_worth(scenario, campaign, result.totals, seed=seed, threads=threads) if worth else (),
        fleets=_fleets(campaign, result), types_ready_fraction=as_is, one_type_ready_fraction=one_type,
    )  # fmt: skip


def _months(scenario: Scenario, weeks: int) -> tuple[str, ...]:
    """Month in which each week begins."""
    return tuple(f"{scenario.day + timedelta(weeks=week):%Y-%m}" for week in range(weeks))


def asked_per_week(campaign: Campaign, trials: int, seed: int, threads: int | None) -> FloatArray:
    """Rounds of each item (I,) that raids would take in a week were every store full, mean over campaigns.

    What stocks cannot give is then asked of no other item, so that what items lack adds up.
    """
    full = replace(campaign, opening_rounds=np.full_like(campaign.opening_rounds, _PLENTY))
    record = execute(build_tables(full), trials, seed, threads, keep=True)
    return np.asarray(record.account[..., USED].sum(axis=2).mean(axis=(0, 1)), dtype=np.float64)


def _items(
    campaign: Campaign, result: CampaignResult, months: tuple[str, ...], asked: FloatArray
) -> tuple[ItemOutlook, ...]:
    rows = []
    anywhere = np.asarray((result.short > 0).any(axis=2))
    month_of = np.array(months)
    closing, depleted = result.closing.sum(axis=2), result.depletion_quantiles(LEVELS)
    made = _produced(campaign)
    for number, item in enumerate(campaign.items):
        low, middle, high = np.quantile(closing[:, :, number], LEVELS, axis=0)
        days, never = _first_shortage(result, -1, number)
        rows.append(
            ItemOutlook(
                item=item,
                opening_rounds=int(campaign.opening_rounds[:, number].sum()),
                mean_use_per_week=float(result.used[..., number].sum(axis=2).mean()),
                first_shortage_day=days,
                no_shortage_fraction=never,
                shortage_by_week=tuple(anywhere[:, :, number].mean(axis=0).tolist()),
                closing_low=tuple(low.tolist()),
                closing_median=tuple(middle.tolist()),
                closing_high=tuple(high.tolist()),
                shortage_by_month=tuple(
                    float(anywhere[:, month_of == month, number].any(axis=1).mean())
                    for month in dict.fromkeys(months)
                ),
                places=_places(campaign, result, number, depleted) if len(campaign.places) > 1 else (),
                depletion_day=_days(depleted[:, -1, number]),
                balance=_balance(campaign, result, number, made[:, number], float(asked[number])),
            )
        )
    return tuple(sorted(rows, key=lambda row: (row.no_shortage_fraction, row.item)))


def _first_shortage(result: CampaignResult, place: int, item: int) -> tuple[tuple[float | None, ...], float]:
    """Quantiles of the day of the first shortage, and the share of campaigns without one."""
    day = result.shortage_day[:, place, item]
    first = np.where(day < 0, np.inf, day)
    found = np.quantile(first, LEVELS, method="inverted_cdf")
    return tuple(None if np.isinf(x) else float(x) for x in found), float(np.isinf(first).mean())


def _days(quantiles: FloatArray) -> tuple[float | None, ...]:
    return tuple(None if math.isnan(day) else float(day) for day in quantiles)


def _places(
    campaign: Campaign, result: CampaignResult, item: int, depleted: FloatArray
) -> tuple[PlaceOutlook, ...]:
    rows = []
    for number, place in enumerate(campaign.places):
        if not (campaign.engagement.preference[number] == item).any():
            continue  # nobody there fires it, so that it cannot be short
        days, never = _first_shortage(result, number, item)
        by_week = (result.short[:, :, number, item] > 0).mean(axis=0)
        opening = int(campaign.opening_rounds[number, item])
        dry = _days(depleted[:, number, item])
        rows.append(PlaceOutlook(place, opening, days, never, tuple(by_week.tolist()), dry))
    return tuple(rows)


def _produced(campaign: Campaign) -> NDArray[np.int64]:
    """Rounds that makers' lines turn out by week and item (W, I)."""
    schedule = production_schedule(campaign.lines, campaign.weeks, campaign.bottlenecks_per_week)
    made = np.zeros((campaign.weeks, len(campaign.items)), dtype=np.int64)
    for line, row in zip(campaign.lines, schedule, strict=True):
        made[:, campaign.items.index(line.item)] += row
    return made


def _balance(
    campaign: Campaign, result: CampaignResult, item: int, made: NDArray[np.int64], asked: float
) -> Balance:
    """D-to-P balance of an item; the tempo is the same every week, so its mean over weeks is asked of all."""
    delivered = result.delivered[..., item].sum(axis=2).mean(axis=0)
    opening = float(campaign.opening_rounds[:, item].sum())
    every_week = np.full(campaign.weeks, asked)
    # P-day speaks of production alone; what is delivered once is no rate that lasts.
    lasting = balance_d_to_p(opening, made.astype(np.float64), every_week)
    in_all = balance_d_to_p(opening, made + delivered, every_week)
    return Balance(
        asked_per_week=asked,
        produced=tuple(int(x) for x in made),
        delivered=tuple(delivered.tolist()),
        stock=tuple(in_all.stock.tolist()),
        p_week=lasting.p_week,
        first_deficit_week=in_all.first_deficit_week,
        missing_rounds=in_all.missing_rounds,
    )


def _lots(campaign: Campaign, ranking: LotRanking) -> tuple[LotValue, ...]:
    per_million = ranking.value_per_million_eur()
    rows = []
    for number, lot in enumerate(campaign.lots):
        rank = int(ranking.rank[number, 0])
        value, low, high = (x[number].tolist() for x in (ranking.value, ranking.low, ranking.high))
        rows.append(
            LotValue(
                id=lot.id, item=lot.item, partner=lot.partner, quantity=lot.rounds, due_day=lot.due_day,
                value=value[0], low=low[0], high=high[0],
                value_per_day_of_delay=float(ranking.value_per_day_of_delay[number, 0]),
                delay_low=float(ranking.delay_low[number, 0]), delay_high=float(ranking.delay_high[number, 0]),
                people_exposed=value[1], asset_value=value[2],
                value_per_million_eur=_or_none(float(per_million[number, 0])),
                rank=rank, rank_probability=float(ranking.rank_probability[0, number, rank - 1]),
                people_low=low[1], people_high=high[1], asset_low=low[2], asset_high=high[2],
                people_per_day_of_delay=float(ranking.value_per_day_of_delay[number, 1]),
                rank_probabilities=tuple(ranking.rank_probability[0, number].tolist()),
                harmful_fraction=float(ranking.harmful_fraction[number, 0]),
            )
        )  # fmt: skip
    return tuple(sorted(rows, key=lambda row: row.rank))


def _or_none(figure: float) -> float | None:
    return None if math.isnan(figure) else figure


def _fleets(campaign: Campaign, result: CampaignResult) -> tuple[FleetOutlook, ...]:
    rows = []
    for number, fleet in enumerate(campaign.fleets):
        units = int(fleet.units.sum())
        ready = float(result.ready_units[..., number].sum(axis=2).mean())
        rows.append(FleetOutlook(fleet.items[0], units, fleet.crews, ready / max(units, 1)))
    return tuple(rows)


def _cost_of_types(scenario: Scenario, campaign: Campaign) -> tuple[float | None, float | None]:
    """Long-run share of units ready with so many types, and were all of one: what many types cost."""
    if not campaign.fleets:
        return None, None
    units = np.array([int(fleet.units.sum()) for fleet in campaign.fleets])
    failure = float(np.average([fleet.failure_fraction_per_week for fleet in campaign.fleets], weights=units))
    repair = scenario.sustainment.repair_fraction_per_week
    if failure + repair == 0.0:
        return None, None
    crews = math.ceil(scenario.sustainment.crews_per_type_fraction * int(units.sum()))
    found = cost_of_types(int(units.sum()), crews, (1, len(units)), failure, repair)
    return found[len(units)], found[1]
