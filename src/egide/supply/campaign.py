"""Run a campaign and say where, when and how often stocks run out."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from egide.errors import InputError
from egide.kernels import campaign as kernel
from egide.kernels.campaign_trials import Record, Scratch, run_trials
from egide.supply.checks import check_campaign
from egide.supply.inputs import MEASURES, Campaign, FloatArray, IntArray
from egide.supply.tables import Tables, build_tables

if TYPE_CHECKING:
    import pandas as pd

Int32Array = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class CampaignResult:
    """What happened in every trial of a campaign.

    Leakers are expectations given which threats were engaged with what: the noise of single shots is left
    out, so the spread over trials is that of raids, slips, breakdowns and night effects.
    """

    items: tuple[str, ...]
    places: tuple[str, ...]
    classes: tuple[str, ...]
    lots: tuple[str, ...]
    fleets: tuple[str, ...]
    doctrine: str
    trials: int
    seed: int
    opening_rounds: IntArray
    """(P, I)."""
    account: Int32Array
    """(R, W, P, I, 7) rounds delivered, produced, used, lost, sent, received and left, week by week."""
    leakers: FloatArray
    """(R, W, P, C)."""
    short: Int32Array
    """(R, W, P, I) threats an item was wanted for in a week while its store could not serve them."""
    depletion_day: Int32Array
    """(R, P + 1, I) first day a store that held rounds no longer had enough for an engagement; -1 when it
    never came to that, -2 when it never held any. The last row is all places together, road included."""
    shortage_day: Int32Array
    """(R, P + 1, I) first day of a shortage, -1 when there is none; the last row is any place."""
    ready_units: Int32Array
    """(R, W, P, F)."""
    lot_day: IntArray
    """(R, L) day each lot arrives; 2**30 when it does not come."""
    totals: FloatArray
    """(R, 3) leakers, people exposed and asset value over the campaign."""

    @property
    def delivered(self) -> Int32Array:
        """Rounds of lots that arrived (R, W, P, I)."""
        return self.account[..., kernel.DELIVERED]

    @property
    def produced(self) -> Int32Array:
        """Rounds from production (R, W, P, I)."""
        return self.account[..., kernel.PRODUCED]

    @property
    def used(self) -> Int32Array:
        """Rounds fired (R, W, P, I)."""
        return self.account[..., kernel.USED]

    @property
    def lost(self) -> Int32Array:
        """Rounds lost in store (R, W, P, I)."""
        return self.account[..., kernel.LOST]

    @property
    def sent(self) -> Int32Array:
        """Rounds that left by transport (R, W, P, I)."""
        return self.account[..., kernel.SENT]

    @property
    def received(self) -> Int32Array:
        """Rounds that came by transport (R, W, P, I)."""
        return self.account[..., kernel.RECEIVED]

    @property
    def closing(self) -> Int32Array:
        """Rounds in store at the end of each week (R, W, P, I)."""
        return self.account[..., kernel.CLOSING]

    def shortage_probability(self) -> FloatArray:
        """Share of trials with a shortage, by week, place and item (W, P, I)."""
        return np.asarray((self.short > 0).mean(axis=0), dtype=np.float64)

    def not_depleted_fraction(self) -> FloatArray:
        """Share of trials in which a store is not depleted within the horizon (P + 1, I)."""
        return np.asarray((self.depletion_day < 0).mean(axis=0), dtype=np.float64)

    def depletion_quantiles(self, levels: Sequence[float] = (0.1, 0.5, 0.9)) -> FloatArray:
        """Day by which a store is depleted with the given probabilities (levels, P + 1, I) [days].

        NaN where fewer trials than that are depleted within the horizon.
        """
        day = np.where(self.depletion_day < 0, np.inf, self.depletion_day)
        found = np.quantile(day, list(levels), axis=0, method="inverted_cdf")
        return np.where(np.isinf(found), np.nan, found)

    def to_frame(self) -> pd.DataFrame:
        """One row a week, place and item: chance of shortage, rounds left (mean, 10 and 90 %), rounds used."""
        import pandas as pd

        weeks = self.account.shape[1]
        index = pd.MultiIndex.from_product(
            [range(weeks), self.places, self.items], names=["week", "place", "item"]
        )
        low, high = np.quantile(self.closing, [0.1, 0.9], axis=0)
        return pd.DataFrame(
            {
                "shortage_probability": self.shortage_probability().ravel(),
                "closing_mean": self.closing.mean(axis=0).ravel(),
                "closing_p10": low.ravel(),
                "closing_p90": high.ravel(),
                "used_mean": self.used.mean(axis=0).ravel(),
                "delivered_mean": self.delivered.mean(axis=0).ravel(),
            },
            index=index,
        )


def run_campaign(campaign: Campaign, *, trials: int, seed: int, threads: int | None = None) -> CampaignResult:
    """Simulate a campaign.

    Parameters
    ----------
    campaign : Campaign
    trials : int
        Number of campaigns; trial k is the same whatever their number.
    seed : int
        Address of all draws.
    threads : int, optional
        Threads to use, by default one a processor; results do not depend on it.

    Returns
    -------
    CampaignResult

    Raises
    ------
    InputError
        With everything wrong in the campaign, or when `trials` or `seed` is no count.
    """
    check_campaign(campaign)
    tables = build_tables(campaign)
    return result_of(campaign, tables, execute(tables, trials, seed, threads, keep=True), seed)


def result_of(campaign: Campaign, tables: Tables, record: Record, seed: int) -> CampaignResult:
    """Name what a full record of a campaign's trials holds."""
    return CampaignResult(
        items=campaign.items,
        places=campaign.places,
        classes=campaign.classes,
        lots=tuple(lot.id for lot in campaign.lots),
        fleets=tuple(fleet.id for fleet in campaign.fleets),
        doctrine=campaign.doctrine.name,
        trials=record.total.shape[0],
        seed=seed,
        opening_rounds=tables.rules.opening,
        account=record.account,
        leakers=record.leakers,
        short=record.short,
        depletion_day=record.marks[..., 0],
        shortage_day=record.marks[..., 1],
        ready_units=record.ready,
        lot_day=record.lot_day,
        totals=record.total,
    )


def execute(
    tables: Tables,
    trials: int,
    seed: int,
    threads: int | None,
    *,
    keep: bool,
    shift_days: IntArray | None = None,
) -> Record:
    """Run the trials of checked tables over threads.

    `keep` asks for the full record, not totals alone; each row of `shift_days` (V, L) is a variant in which lots
    come so many days later, `NEVER` for a lot that is taken out.
    """
    if trials < 1 or seed < 0:
        raise InputError.one(
            "campaign", "trials, seed", (trials, seed), "give at least one trial and a seed >= 0"
        )
    count = tables.lots.place.size
    shifts = np.zeros((0, count), dtype=np.int64) if shift_days is None else shift_days
    weeks, places, items = tables.rules.production.shape
    classes, rows = tables.rules.class_order.size, trials if keep else 0
    record = Record(
        account=np.zeros((rows, weeks, places, items, kernel.FLOWS), dtype=np.int32),
        leakers=np.zeros((rows, weeks, places, classes)),
        short=np.zeros((rows, weeks, places, items), dtype=np.int32),
        marks=np.zeros((rows, places + 1, items, 2), dtype=np.int32),
        ready=np.zeros((rows, weeks, places, tables.fleets.crews.size), dtype=np.int32),
        lot_day=np.zeros((rows, count), dtype=np.int64),
        total=np.zeros((trials, len(MEASURES))),
        change=np.zeros((trials, shifts.shape[0], len(MEASURES))),
    )

    def chunk(first: int, last: int) -> None:
        run_trials(
            tables.rules, tables.raids, tables.lots, tables.fleets, seed, first, last, shifts, _scratch(tables),
            record,
        )  # fmt: skip

    over_threads(chunk, trials, threads)
    return record


def _scratch(tables: Tables) -> Scratch:
    """What one thread works in."""
    rules, raids = tables.rules, tables.raids
    weeks, places, items = rules.production.shape
    classes, lots = rules.class_order.size, tables.lots.place.size
    fleets, most = tables.fleets.crews.size, max(raids.count_cdf.size - 1, 1)
    ring = max(2, int(rules.leg_days.max(initial=1)) + 1)

    def ints(*shape: int) -> IntArray:
        return np.zeros(shape, dtype=np.int64)

    stocks = ints(weeks + 1, places, items)
    stocks[0] = rules.opening
    return Scratch(
        drawn=kernel.Drawn(
            raid_count=ints(weeks),
            day=ints(weeks, most),
            level=ints(weeks, most, classes),
            threats=ints(weeks, most, places, classes),
            lot_day=ints(lots),
            lot_rounds=ints(lots),
            ready=ints(weeks, places, fleets),
        ),
        state=kernel.State(
            stock=ints(places, items),
            transit=ints(ring, places, items),
            pipeline=ints(places, items),
            busy=ints(fleets),
            flows=ints(weeks, places, items, kernel.FLOWS),
            leakers=np.zeros((weeks, places, classes)),
            short=ints(weeks, places, items),
        ),
        stocks=stocks,
        transits=ints(weeks + 1, ring, places, items),
        marks=ints(places + 1, items, 2),
        base=np.zeros((weeks, places, classes)),
        unit_state=ints(tables.fleets.unit_place.size),
        moved=ints(lots),
    )


def over_threads(chunk: Callable[[int, int], None], count: int, threads: int | None) -> None:
    """Call `chunk(first, last)` over equal pieces of `range(count)`, a few pieces a thread."""
    workers = max(1, min(threads or os.cpu_count() or 1, count))
    edges = np.linspace(0, count, min(count, 4 * workers) + 1).astype(int)
    if workers == 1:
        chunk(0, count)
        return
    with ThreadPoolExecutor(workers) as pool:
        for job in [pool.submit(chunk, int(a), int(b)) for a, b in pairwise(edges)]:
            job.result()
