"""What changes of a scenario's campaign avert: partners, makers' lines and doctrines, on the same chance."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from egide.kernels.resampling import bootstrap_means
from egide.model.scenario import Scenario
from egide.supply.campaign import execute, over_threads
from egide.supply.inputs import Campaign, Doctrine, spend
from egide.supply.scenario_campaign import missile_rounds
from egide.supply.scenario_outlook import Worth
from egide.supply.tables import build_tables

Floats = NDArray[np.float64]

SECOND = "second-"
"""Put before the id of a makers' line when it is tried a second time."""

_RESAMPLES = 1000
_INTERVAL = (0.025, 0.975)


def partner_worth(
    campaign: Campaign, names: tuple[str, ...], averted: Floats, *, seed: int, threads: int | None
) -> tuple[Worth, ...]:
    """What all lots of each partner avert together, largest first.

    Taken together, lots that stand in for each other are worth more than the sum of their single values, for
    none of them can replace the others.

    Parameters
    ----------
    campaign : Campaign
    names : tuple of str
        The N partners, as `partner_variants` gives them.
    averted : (R, N, 3) array
        What each trial leaks more without their lots: leakers, people exposed, asset value.
    seed, threads
        As they were run.
    """
    found = []
    for number, partner in enumerate(names):
        cost_eur = sum(lot.cost_eur for lot in campaign.lots if lot.partner == partner)
        if partner:
            found.append(_worth(partner, averted[:, number], cost_eur, seed, threads))
    return _ranked(found)


def line_worth(campaign: Campaign, totals: Floats, *, seed: int, threads: int | None) -> tuple[Worth, ...]:
    """What a second line like each of the makers' would avert.

    Parameters
    ----------
    campaign : Campaign
    totals : (R, 3) array
        Leakers, people exposed and asset value of each trial of it.
    seed, threads
        As they were run.
    """
    found = []
    for line in campaign.lines:
        more = replace(campaign, lines=(*campaign.lines, replace(line, id=SECOND + line.id)))
        averted = totals - _totals(more, totals.shape[0], seed, threads)
        found.append(_worth(line.id, averted, line.cost_eur, seed, threads))
    return _ranked(found)


def doctrine_worth(
    scenario: Scenario, campaign: Campaign, totals: Floats, *, seed: int, threads: int | None
) -> tuple[Worth, ...]:
    """What sparing and spending avert against the stated doctrine; parameters as for `line_worth`."""
    found = []
    for other in other_doctrines(scenario, campaign):
        changed = _totals(replace(campaign, doctrine=other), totals.shape[0], seed, threads)
        found.append(_worth(other.name, totals - changed, math.nan, seed, threads))
    return tuple(found)


def other_doctrines(scenario: Scenario, campaign: Campaign) -> tuple[Doctrine, Doctrine]:
    """Return the two ways to deal with scarce rounds that are compared with the stated one.

    `spare` keeps the stated share of the opening stock (or of the level that transport fills a store up to)
    of the rounds against ballistic missiles, or where none can stop those against any missile, from drones
    and decoys. `spend` fires at all that comes while there are rounds.
    """
    places, items, classes = len(campaign.places), len(campaign.items), len(campaign.classes)
    reserve = np.array(campaign.doctrine.reserve_rounds)
    kept_for, drones = missile_rounds(scenario, campaign.engagement.kill_probability, campaign.classes)
    held = campaign.opening_rounds
    if campaign.target_rounds is not None:
        held = np.maximum(held, campaign.target_rounds)
    kept = np.ceil(scenario.sustainment.spare_fraction * held).astype(np.int64)
    for number in kept_for:
        for kind in drones:
            reserve[:, number, kind] = np.maximum(reserve[:, number, kind], kept[:, number])
    spare = Doctrine("spare", reserve, campaign.doctrine.class_order)
    return spare, replace(spend((places, items, classes)), class_order=campaign.doctrine.class_order)


def _totals(campaign: Campaign, trials: int, seed: int, threads: int | None) -> Floats:
    return execute(build_tables(campaign), trials, seed, threads, keep=False).total


def _worth(name: str, averted: Floats, cost_eur: float, seed: int, threads: int | None) -> Worth:
    means = np.zeros((_RESAMPLES, averted.shape[1]))
    rows = np.ascontiguousarray(averted)
    over_threads(lambda first, last: bootstrap_means(rows, seed, first, last, means), _RESAMPLES, threads)
    low, high = np.quantile(means[:, 0], _INTERVAL)
    mean = averted.mean(axis=0)
    cost = None if math.isnan(cost_eur) else cost_eur
    return Worth(
        name=name, value=float(mean[0]), low=float(low), high=float(high), people_exposed=float(mean[1]),
        asset_value=float(mean[2]), better_fraction=float((averted[:, 0] > 0.0).mean()),
        worse_fraction=float((averted[:, 0] < 0.0).mean()), cost_eur=cost,
        value_per_million_eur=None if cost is None else 1e6 * float(mean[0]) / cost,
    )  # fmt: skip


def _ranked(rows: list[Worth]) -> tuple[Worth, ...]:
    return tuple(sorted(rows, key=lambda row: (-row.value, row.name)))
