"""Which delivery matters most, by running every campaign again with one lot taken out or late."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from egide.errors import InputError
from egide.kernels.campaign_draws import NEVER
from egide.kernels.resampling import bootstrap_means, rank_shares
from egide.supply.campaign import execute, over_threads
from egide.supply.checks import check_campaign
from egide.supply.inputs import MEASURES, Campaign, Doctrine, FloatArray, IntArray, ProductionLine
from egide.supply.tables import build_tables

if TYPE_CHECKING:
    import pandas as pd

_RESAMPLES = 1000
_INTERVAL = (0.025, 0.975)


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """What a change averts: the same campaigns with and without it, in each measure (3,)."""

    name: str
    measures: tuple[str, ...]
    mean: FloatArray
    """Base less changed: positive means that the change averts leakers, exposure, loss of value."""
    low: FloatArray
    high: FloatArray
    """Bounds of the 95 % interval of the mean, from resampled campaigns: chance alone, not the inputs."""
    better_fraction: FloatArray
    """Share of campaigns in which the change is strictly better."""
    worse_fraction: FloatArray
    trials: int


@dataclass(frozen=True, slots=True)
class LotRanking:
    """Marginal value of every lot and of a day of its delay, ranked.

    Values are what a lot averts, all other lots staying in the plan: they do not add up. Intervals are those
    of a mean over campaigns (95 %, resampled); they carry no doubt about the inputs.
    """

    lots: tuple[str, ...]
    items: tuple[str, ...]
    partners: tuple[str, ...]
    cost_eur: FloatArray
    measures: tuple[str, ...]
    value: FloatArray
    """(L, M) averted by the lot, mean over campaigns."""
    low: FloatArray
    high: FloatArray
    value_per_day_of_delay: FloatArray
    """(L, M) lost by each day of delay, mean over a delay of `delay_days`."""
    delay_low: FloatArray
    delay_high: FloatArray
    rank: IntArray
    """(L, M) from 1, by mean value; ties in the plan's order."""
    rank_probability: FloatArray
    """(M, L, L) probability that a lot's true mean has rank k + 1, from resampled campaigns."""
    rank_fraction: FloatArray
    """(M, L, L) share of single campaigns in which the lot has rank k + 1; ties share their ranks."""
    harmful_fraction: FloatArray
    """(L, M) share of campaigns that go worse with the lot: rules, unlike an optimal policy, allow it."""
    delay_days: int
    trials: int
    seed: int

    def value_per_million_eur(self) -> FloatArray:
        """Averted per million euros (L, M); NaN where the cost is unknown or zero."""
        cost = np.where(self.cost_eur > 0.0, self.cost_eur, np.nan)
        return self.value / cost[:, None] * 1e6

    def by_partner(self) -> dict[str, FloatArray]:
        """Sum of the single values of each partner's lots (M,): a first look, see `value_of_partners`."""
        names = dict.fromkeys(self.partners)
        held = np.array(self.partners)
        return {name: self.value[held == name].sum(axis=0) for name in names}

    def to_frame(self, measure: str = "leakers") -> pd.DataFrame:
        """One row a lot in one measure, best first."""
        import pandas as pd

        m = self.measures.index(measure)
        frame = pd.DataFrame(
            {
                "lot": self.lots,
                "item": self.items,
                "partner": self.partners,
                "value": self.value[:, m],
                "low": self.low[:, m],
                "high": self.high[:, m],
                "value_per_day_of_delay": self.value_per_day_of_delay[:, m],
                "rank": self.rank[:, m],
                "rank_probability": self.rank_probability[m, np.arange(len(self.lots)), self.rank[:, m] - 1],
                "value_per_million_eur": self.value_per_million_eur()[:, m],
            }
        )
        return frame.sort_values("rank", ignore_index=True)


def rank_lots(
    campaign: Campaign, *, trials: int, seed: int, delay_days: int = 7, threads: int | None = None
) -> LotRanking:
    """Value every lot of a campaign, and a day of its delay, by paired runs.

    Each campaign runs again without the lot and with the lot `delay_days` later; raids, slips of the other
    lots, breakdowns and night effects are the same (common random numbers). A rerun starts in the week the
    lot would have come and covers only the places that transport connects to it.

    Parameters
    ----------
    campaign : Campaign
    trials : int
        Number of campaigns.
    seed : int
        Address of all draws.
    delay_days : int
        Delay whose cost is divided by its length [days].
    threads : int, optional
        By default one a processor; results do not depend on it.

    Returns
    -------
    LotRanking

    Raises
    ------
    InputError
        With everything wrong in the campaign, or when it has no lots or `delay_days` is below 1.
    """
    check_campaign(campaign)
    count = len(campaign.lots)
    if count == 0:
        raise InputError.one("rank_lots", "lots", count, "give at least one lot")
    record = execute(
        build_tables(campaign), trials, seed, threads, keep=False, shift_days=lot_variants(count, delay_days)
    )
    return ranking_of(campaign, record.change, delay_days, seed, threads)


def lot_variants(count: int, delay_days: int) -> IntArray:
    """Variants (2 L, L) of `execute`: every lot taken out in turn, then every lot late in turn."""
    if delay_days < 1:
        raise InputError.one("rank_lots", "delay_days", delay_days, "give a delay of at least a day")
    one = np.eye(count, dtype=np.int64)
    return np.concatenate([NEVER * one, delay_days * one])


def partner_variants(campaign: Campaign) -> tuple[tuple[str, ...], IntArray]:
    """Partners that bring lots, and the variants (N, L) of `execute` in which all the lots of each are taken out.

    Lots of nobody stand under the empty name.
    """
    held = np.array([lot.partner for lot in campaign.lots], dtype=object)
    names = tuple(dict.fromkeys(lot.partner for lot in campaign.lots))
    rows = [np.where(held == name, NEVER, 0) for name in names]
    return names, np.array(rows, dtype=np.int64).reshape(len(names), held.size)


def ranking_of(
    campaign: Campaign, change: FloatArray, delay_days: int, seed: int, threads: int | None
) -> LotRanking:
    """Rank lots by what the variants of `lot_variants` leak more (R, 2 L, M)."""
    trials, count = change.shape[0], len(campaign.lots)
    without, late = change[:, :count], change[:, count:] / delay_days
    value, low, high, resampled = _intervals(without, seed, threads)
    per_day, delay_low, delay_high, _ = _intervals(late, seed, threads)
    shape = (len(MEASURES), count, count)
    probability, fraction = np.zeros(shape), np.zeros(shape)
    for m in range(len(MEASURES)):
        rank_shares(np.ascontiguousarray(resampled[:, :, m]), probability[m])
        rank_shares(np.ascontiguousarray(without[:, :, m]), fraction[m])
    order = np.argsort(-value, axis=0, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(1, count + 1)[:, None], axis=0)
    return LotRanking(
        lots=tuple(x.id for x in campaign.lots),
        items=tuple(x.item for x in campaign.lots),
        partners=tuple(x.partner for x in campaign.lots),
        cost_eur=np.array([x.cost_eur for x in campaign.lots]),
        measures=MEASURES,
        value=value,
        low=low,
        high=high,
        value_per_day_of_delay=per_day,
        delay_low=delay_low,
        delay_high=delay_high,
        rank=rank.astype(np.int64),
        rank_probability=probability,
        rank_fraction=fraction,
        harmful_fraction=np.asarray((without < 0.0).mean(axis=0), dtype=np.float64),
        delay_days=delay_days,
        trials=trials,
        seed=seed,
    )


def _intervals(
    values: FloatArray, seed: int, threads: int | None
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Mean (N, M), its 95 % bounds and the resampled means (B, N, M) of paired values (R, N, M)."""
    rows = np.ascontiguousarray(values.reshape(values.shape[0], -1))
    means = np.zeros((_RESAMPLES, rows.shape[1]))
    over_threads(lambda a, b: bootstrap_means(rows, seed, a, b, means), _RESAMPLES, threads)
    low, high = np.quantile(means, _INTERVAL, axis=0)
    shape = values.shape[1:]
    return values.mean(axis=0), low.reshape(shape), high.reshape(shape), means.reshape(-1, *shape)


def compare_campaigns(
    base: Campaign, changed: Campaign, *, name: str, trials: int, seed: int, threads: int | None = None
) -> PairedDifference:
    """Run two campaigns on the same chance and say what the second averts.

    Lots and units keep their draws as long as they keep their ids; raids are the same as long as the tempo,
    the places and the classes are.

    Parameters
    ----------
    base, changed : Campaign
    name : str
        What the change is called.
    trials, seed, threads
        As for `run_campaign`.

    Returns
    -------
    PairedDifference

    Raises
    ------
    InputError
        With everything wrong in either campaign.
    """
    totals = []
    for campaign in (base, changed):
        check_campaign(campaign)
        totals.append(execute(build_tables(campaign), trials, seed, threads, keep=False).total)
    return _paired(name, totals[0] - totals[1], seed, threads)


def _paired(name: str, averted: FloatArray, seed: int, threads: int | None) -> PairedDifference:
    """What paired campaigns (R, M) say of a change."""
    mean, low, high, _ = _intervals(averted[:, None, :], seed, threads)
    return PairedDifference(
        name=name,
        measures=MEASURES,
        mean=mean[0],
        low=low[0],
        high=high[0],
        better_fraction=np.asarray((averted > 0.0).mean(axis=0), dtype=np.float64),
        worse_fraction=np.asarray((averted < 0.0).mean(axis=0), dtype=np.float64),
        trials=averted.shape[0],
    )


def value_of_line(
    campaign: Campaign, line: ProductionLine, *, trials: int, seed: int, threads: int | None = None
) -> PairedDifference:
    """What one more production line averts; parameters as for `compare_campaigns`."""
    more = replace(campaign, lines=(*campaign.lines, line))
    return compare_campaigns(campaign, more, name=line.id, trials=trials, seed=seed, threads=threads)


def value_of_partners(
    campaign: Campaign, *, trials: int, seed: int, threads: int | None = None
) -> tuple[PairedDifference, ...]:
    """What all the lots of each partner avert together, largest in leakers first.

    Parameters as for `run_campaign`. Taken together, lots that stand in for each other are worth more than
    the sum of their single values, for none of them can replace the others.
    """
    check_campaign(campaign)
    names, shifts = partner_variants(campaign)
    record = execute(build_tables(campaign), trials, seed, threads, keep=False, shift_days=shifts)
    found = [_paired(name, record.change[:, k], seed, threads) for k, name in enumerate(names)]
    return tuple(sorted(found, key=lambda difference: -difference.mean[0]))


def compare_doctrines(
    campaign: Campaign, other: Doctrine, *, trials: int, seed: int, threads: int | None = None
) -> PairedDifference:
    """What another doctrine averts against the campaign's own; parameters as for `compare_campaigns`."""
    changed = replace(campaign, doctrine=other)
    return compare_campaigns(campaign, changed, name=other.name, trials=trials, seed=seed, threads=threads)
