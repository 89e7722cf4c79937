"""The verb `sustain`: how long stocks last, and which delivery matters most."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from egide.errors import InputError
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.raids.simulate import RaidResult
from egide.supply.campaign import CampaignResult, run_campaign
from egide.supply.inputs import (
    Campaign,
    CampaignLot,
    Doctrine,
    Engagement,
    Fleet,
    ProductionLine,
    RaidTempo,
    poisson_weeks,
    slip_from_quantiles,
)
from egide.supply.ranking import LotRanking, rank_lots

if TYPE_CHECKING:
    import pandas as pd

PLACE = "theatre"
"""The one store of the theatre; stocks by place come with transport."""

NIGHTS = 64
"""Quantiles of raid size that nights are drawn from."""

REPAIR_FRACTION_PER_WEEK = 0.5
"""Probability in a week that a broken unit is mended; assumed: about two weeks away."""

LEVELS = (0.1, 0.5, 0.9)
"""Levels of the quantiles that are reported."""


@dataclass(frozen=True)
class ItemOutlook:
    """How long the stock of one item lasts."""

    item: str
    opening_rounds: int
    mean_use_per_week: float
    """Rounds fired in a week, mean over campaigns and weeks."""
    first_shortage_day: tuple[float | None, ...]
    """Day by which the first shortage has come with probability 0.1, 0.5, 0.9 [days]; None: not within
    the horizon with that probability."""
    no_shortage_fraction: float
    """Share of campaigns without any shortage within the horizon [1]."""
    shortage_by_week: tuple[float, ...]
    """Probability that some threat goes unserved for want of it, by week [1]."""
    closing_low: tuple[float, ...]
    """Rounds left at the end of each week, not fallen below with probability 0.9."""
    closing_median: tuple[float, ...]
    closing_high: tuple[float, ...]
    """Rounds left at the end of each week, not exceeded with probability 0.9."""


@dataclass(frozen=True)
class LotValue:
    """What one lot averts, all others staying in the plan, over the horizon."""

    id: str
    item: str
    partner: str
    quantity: int
    due_day: float
    """Day it is due, counted from D-day [days]."""
    value: float
    """Threats it stops that would get through without it, mean over paired campaigns."""
    low: float
    high: float
    """Bounds of the 95 % interval of that mean: chance alone, not doubt about the inputs."""
    value_per_day_of_delay: float
    """Threats that get through for each day it comes later."""
    delay_low: float
    delay_high: float
    people_exposed: float
    """People whose exposure it averts; relative, never a forecast."""
    asset_value: float
    """Value of assets whose exposure it averts, in CVRT points."""
    value_per_million_eur: float | None
    """Threats stopped per million euros; None where its cost is not stated."""
    rank: int
    """1 averts most threats."""
    rank_probability: float
    """Probability that its true mean has this rank [1]."""


@dataclass(frozen=True)
class Outlook:
    """Stocks over the weeks to come, under raids of the stated tempo."""

    weeks: int
    campaigns: int
    seed: int
    notional: bool
    raid: str
    laydown: str
    raids_per_week: float
    items: tuple[ItemOutlook, ...]
    """Ranked by how soon they run short."""
    lots: tuple[LotValue, ...]
    """Ranked by threats averted."""
    leakers_by_week: tuple[float, ...]
    """Threats that get through in each week, mean."""
    delay_days: int
    """Delay whose cost was divided by its length [days]."""
    scenario_hash: str

    def to_frame(self) -> pd.DataFrame:
        """One line a lot, best first."""
        import pandas as pd

        return pd.DataFrame([asdict(lot) for lot in self.lots]).set_index("id")

    def to_json(self) -> dict[str, Any]:
        """Everything as plain data."""
        return asdict(self)


def sustain(
    scenario: Scenario,
    laydown: Laydown,
    raids: RaidResult,
    *,
    seed: int,
    weeks: int = 26,
    campaigns: int = 500,
    delay_days: int = 7,
    threads: int | None = None,
) -> Outlook:
    """Run campaigns of raids against finite stocks and scheduled deliveries.

    Parameters
    ----------
    scenario : Scenario
        Its tempo, stocks, lots and units.
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

    Raises
    ------
    InputError
        When the scenario states no tempo, or nothing that is fired.
    """
    campaign = build_campaign(scenario, laydown, raids, weeks)
    result = run_campaign(campaign, trials=campaigns, seed=seed, threads=threads)
    ranking = None
    if campaign.lots:
        ranking = rank_lots(campaign, trials=campaigns, seed=seed, delay_days=delay_days, threads=threads)
    assert scenario.tempo is not None  # build_campaign has refused it otherwise
    return Outlook(
        weeks=weeks,
        campaigns=campaigns,
        seed=seed,
        notional=scenario.notional,
        raid=scenario.tempo.raid,
        laydown=laydown.name,
        raids_per_week=scenario.tempo.raids_per_week,
        items=_items(campaign, result),
        lots=_lots(campaign, ranking) if ranking is not None else (),
        leakers_by_week=tuple(result.leakers.sum(axis=(2, 3)).mean(axis=0).tolist()),
        delay_days=delay_days,
        scenario_hash=scenario.with_laydown(laydown).fingerprint(),
    )


def build_campaign(scenario: Scenario, laydown: Laydown, raids: RaidResult, weeks: int) -> Campaign:
    """Write a scenario as a campaign of one store.

    A raid's threats are those that jamming and loss leave over, as simulated. Each is engaged with the first
    item of its preference that is in store and has launchers free; launchers serve as many threats in a raid
    as they did in the simulated one.
    """
    if scenario.tempo is None:
        raise InputError.one("scenario.toml", "tempo", None, "is missing; state how often raids come")
    effectors = {
        post.unit: scenario.catalogue.effector(scenario.unit(post.unit).effector or "")
        for post in laydown.posts
        if scenario.unit(post.unit).effector is not None
    }
    fired = dict.fromkeys(e.interceptor for e in effectors.values() if e.interceptor is not None)
    items = tuple(
        dict.fromkeys([*fired, *(s.item for s in scenario.stocks), *(lot.item for lot in scenario.lots)])
    )
    if not items:
        raise InputError.one("units.csv", "effector", None, "nothing that is fired stands in the laydown")
    classes = raids.types
    engagement = _engagement(scenario, effectors, items, classes)
    harmful = np.array([not decoy for decoy in raids.decoy], dtype=np.float64)
    per_leaker = raids.people_exposed.mean() / max(raids.leakers.mean(), 1.0)
    scores = np.mean([scenario.asset(target).cvrt_score for target in raids.targets])
    return Campaign(
        items=items,
        places=(PLACE,),
        classes=classes,
        weeks=weeks,
        tempo=RaidTempo(
            weekly_count_probability=poisson_weeks(scenario.tempo.raids_per_week),
            nights=_nights(scenario, raids),
            place_fraction=np.ones((1, len(classes), 1)),
        ),
        opening_rounds=_opening(scenario, laydown, items),
        engagement=engagement,
        doctrine=_doctrine(scenario, laydown, items, raids),
        people_per_leaker=(harmful * per_leaker)[None, :],
        value_per_leaker=(harmful * scores)[None, :],
        lots=_campaign_lots(scenario),
        lines=tuple(
            ProductionLine(f"line-{stock.item}", stock.item, PLACE, stock.production_per_week)
            for stock in scenario.stocks
            if stock.production_per_week > 0.0
        ),
        fleets=_fleets(scenario, laydown, raids, items),
    )


def _nights(scenario: Scenario, raids: RaidResult) -> NDArray[np.int64]:
    """Threats that reach the guns on nights of every size: a lognormal through the stated quantiles."""
    tempo = scenario.tempo
    assert tempo is not None
    from scipy.stats import norm

    low, high = tempo.size_low_fraction, tempo.size_high_fraction
    sigma = max(math.log(high / low) / (2.0 * norm.ppf(0.9)), 1e-6)
    level = (np.arange(NIGHTS) + 0.5) / NIGHTS
    sizes = tempo.size_median_fraction * np.exp(sigma * norm.ppf(level))
    soft = [raids.stages.index(stage) for stage in ("soft kill", "lost")]
    launched = np.array(raids.launched, dtype=np.float64)
    reaching = launched - raids.stage_mean[:, soft].sum(axis=1)
    return np.rint(np.outer(sizes, reaching)).astype(np.int64)


def _engagement(
    scenario: Scenario, effectors: dict[str, Any], items: tuple[str, ...], classes: tuple[str, ...]
) -> Engagement:
    """Rounds and kill probability of an engagement under the doctrine, and who prefers what."""
    chance = np.zeros((len(items), len(classes)))
    known = {
        (k.effector_class, k.threat_class): k.pk_fraction.value for k in scenario.catalogue.kill_probabilities
    }
    for effector in effectors.values():
        if effector.interceptor is None:
            continue
        for number, name in enumerate(classes):
            threat_class = scenario.catalogue.threat(name).threat_class
            if threat_class in effector.engages:
                pk = known.get((effector.effector_class, threat_class), 0.0)
                row = items.index(effector.interceptor)
                chance[row, number] = max(chance[row, number], pk)
    shots, kill = _by_doctrine(scenario.command.doctrine, chance)
    price = np.array([_price(scenario, item) for item in items])
    preference = np.full((1, len(classes), len(items)), -1, dtype=np.int64)
    for number in range(len(classes)):
        able = np.flatnonzero(chance[:, number] > 0.0)
        # The cheapest expected kill comes first; dear rounds are kept for what nothing else can stop.
        order = able[np.argsort(price[able] * shots[able, number] / kill[able, number], kind="stable")]
        preference[0, number, : order.size] = order
    return Engagement(shots, kill, preference, night_concentration=scenario.command.night_concentration)


def _by_doctrine(doctrine: str, pk: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean rounds and kill probability of one engagement: salvos until one hits or the doctrine ends."""
    shots, survive = np.zeros_like(pk), np.ones_like(pk)
    for salvo in _salvos(doctrine):
        shots += survive * salvo
        survive = survive * (1.0 - pk) ** salvo
    return np.where(pk > 0.0, shots, 1.0), np.where(pk > 0.0, 1.0 - survive, 0.0)


def _salvos(doctrine: str) -> list[int]:
    """Rounds of each salvo of a doctrine such as ``S-S-L-S``: looks part the salvos."""
    return [part.count("S") for part in doctrine.split("L")]


def _price(scenario: Scenario, item: str) -> float:
    figure = scenario.catalogue.interceptor(item).price_eur
    return 1.0 if figure is None else max(figure.value, 1.0)


def _opening(scenario: Scenario, laydown: Laydown, items: tuple[str, ...]) -> NDArray[np.int64]:
    rounds = np.zeros((1, len(items)), dtype=np.int64)
    for post in laydown.posts:
        unit = scenario.unit(post.unit)
        if unit.effector is None:
            continue
        effector = scenario.catalogue.effector(unit.effector)
        if effector.interceptor is not None:
            ready = effector.ready_rounds.count if unit.ready_rounds is None else unit.ready_rounds
            rounds[0, items.index(effector.interceptor)] += ready + unit.rounds_in_store
    for stock in scenario.stocks:
        rounds[0, items.index(stock.item)] += stock.quantity
    return rounds


def _doctrine(scenario: Scenario, laydown: Laydown, items: tuple[str, ...], raids: RaidResult) -> Doctrine:
    """Rounds that drones and decoys must leave in store: what the units keep back from them."""
    reserve = np.zeros((1, len(items), len(raids.types)), dtype=np.int64)
    drones = [scenario.catalogue.threat(name).threat_class.value.endswith("_drone") for name in raids.types]
    for post in laydown.posts:
        unit = scenario.unit(post.unit)
        if unit.effector is None or unit.reserve_rounds == 0:
            continue
        item = scenario.catalogue.effector(unit.effector).interceptor
        if item is not None:
            reserve[0, items.index(item), drones] += unit.reserve_rounds
    return Doctrine("as stated", reserve)


def _campaign_lots(scenario: Scenario) -> tuple[CampaignLot, ...]:
    lots = []
    for lot in scenario.lots:
        median, sigma = slip_from_quantiles(lot.slip_median_days, lot.slip_p90_days)
        lots.append(
            CampaignLot(
                id=lot.id, item=lot.item, place=PLACE, rounds=lot.quantity,
                due_day=float((lot.due - scenario.day).days), partner=lot.partner or "",
                cost_eur=lot.cost_eur if lot.cost_eur > 0.0 else math.nan,
                slip_median_days=median, slip_sigma=sigma, never_fraction=lot.never_fraction,
            )
        )  # fmt: skip
    return tuple(lots)


def _fleets(
    scenario: Scenario, laydown: Laydown, raids: RaidResult, items: tuple[str, ...]
) -> tuple[Fleet, ...]:
    """One fleet for the units that fire an item, as busy at most as in the simulated raid's busiest tenth."""
    units: dict[str, int] = {}
    ready: dict[str, float] = {}
    for post in laydown.posts:
        effector_id = scenario.unit(post.unit).effector
        if effector_id is None:
            continue
        effector = scenario.catalogue.effector(effector_id)
        if effector.interceptor is not None:
            units[effector.interceptor] = units.get(effector.interceptor, 0) + 1
            share = effector.availability_fraction.value
            ready[effector.interceptor] = min(ready.get(effector.interceptor, 1.0), share)
    fleets = []
    for item, count in units.items():
        fired = raids.rounds_by_item[:, raids.items.index(item)] if item in raids.items else np.zeros(1)
        busiest = float(np.quantile(fired, 0.9)) / count
        failure = min(1.0, REPAIR_FRACTION_PER_WEEK * (1.0 - ready[item]) / max(ready[item], 1e-6))
        fleets.append(
            Fleet(
                id=f"units-{item}", items=(item,), units=np.array([count], dtype=np.int64),
                engagements_per_raid=max(1, math.ceil(busiest)),
                failure_fraction_per_week=failure, repair_fraction_per_week=REPAIR_FRACTION_PER_WEEK,
            )
        )  # fmt: skip
    return tuple(fleets)


def _items(campaign: Campaign, result: CampaignResult) -> tuple[ItemOutlook, ...]:
    rows = []
    short = result.shortage_probability()[:, 0, :]
    first = np.where(result.shortage_day[:, -1, :] < 0, np.inf, result.shortage_day[:, -1, :])
    for number, item in enumerate(campaign.items):
        days = np.quantile(first[:, number], LEVELS, method="inverted_cdf")
        closing = np.quantile(result.closing[:, :, 0, number], LEVELS, axis=0)
        rows.append(
            ItemOutlook(
                item=item,
                opening_rounds=int(campaign.opening_rounds[0, number]),
                mean_use_per_week=float(result.used[:, :, 0, number].mean()),
                first_shortage_day=tuple(None if np.isinf(day) else float(day) for day in days),
                no_shortage_fraction=float(np.isinf(first[:, number]).mean()),
                shortage_by_week=tuple(short[:, number].tolist()),
                closing_low=tuple(closing[0].tolist()),
                closing_median=tuple(closing[1].tolist()),
                closing_high=tuple(closing[2].tolist()),
            )
        )
    return tuple(sorted(rows, key=lambda row: (row.no_shortage_fraction, row.item)))


def _lots(campaign: Campaign, ranking: LotRanking) -> tuple[LotValue, ...]:
    per_million = ranking.value_per_million_eur()
    rows = []
    for number, lot in enumerate(campaign.lots):
        rank = int(ranking.rank[number, 0])
        worth = float(per_million[number, 0])
        rows.append(
            LotValue(
                id=lot.id, item=lot.item, partner=lot.partner, quantity=lot.rounds, due_day=lot.due_day,
                value=float(ranking.value[number, 0]), low=float(ranking.low[number, 0]),
                high=float(ranking.high[number, 0]),
                value_per_day_of_delay=float(ranking.value_per_day_of_delay[number, 0]),
                delay_low=float(ranking.delay_low[number, 0]), delay_high=float(ranking.delay_high[number, 0]),
                people_exposed=float(ranking.value[number, 1]), asset_value=float(ranking.value[number, 2]),
                value_per_million_eur=None if math.isnan(worth) else worth,
                rank=rank, rank_probability=float(ranking.rank_probability[0, number, rank - 1]),
            )
        )  # fmt: skip
    return tuple(sorted(rows, key=lambda row: row.rank))
