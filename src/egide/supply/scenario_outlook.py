"""What the verb `sustain` answers: stocks by item and place, lots by worth, partners, lines, doctrines."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class PlaceOutlook:
    """How long the stock of one item lasts in one store."""

    place: str
    opening_rounds: int
    first_shortage_day: tuple[float | None, ...]
    """Day by which the first shortage has come with probability 0.1, 0.5, 0.9 [days]; None: not within
    the horizon with that probability."""
    no_shortage_fraction: float
    """Share of campaigns without a shortage in this store within the horizon [1]."""
    shortage_by_week: tuple[float, ...]
    """Probability of a shortage in this store, by week [1]."""
    depletion_day: tuple[float | None, ...] = ()
    """Day by which the store first no longer holds enough for an engagement, with probability 0.1, 0.5, 0.9 [days];
    None: not within the horizon with that probability."""


@dataclass(frozen=True)
class Balance:
    """D-to-P: what there is on D-day, what is made and delivered, and what is asked for, week by week.

    What is asked for is what raids would take were every store full. No threat then turns to another item for want
    of the one it is met with first, so that what items lack adds up: with all of it, nothing would be short.
    """

    asked_per_week: float
    """Rounds that raids would take of the item in a week were every store full; mean over campaigns."""
    produced: tuple[int, ...]
    """Rounds that makers' lines turn out, by week."""
    delivered: tuple[float, ...]
    """Rounds of lots that arrive, by week; mean over slips."""
    stock: tuple[float, ...]
    """Opening stock plus production and deliveries less what is asked for, by week; negative: lacking."""
    p_week: int | None
    """First week, from 0, from which production alone meets what is asked for; None: not within the horizon."""
    first_deficit_week: int | None
    """First week, from 0, whose end finds the balance negative; None when there is none."""
    missing_rounds: float
    """Rounds that would have to be added to the opening stock so that the balance never is negative."""


@dataclass(frozen=True)
class ItemOutlook:
    """How long the stock of one item lasts, over all stores together."""

    item: str
    opening_rounds: int
    mean_use_per_week: float
    """Rounds fired in a week, mean over campaigns and weeks."""
    first_shortage_day: tuple[float | None, ...]
    """Day by which the first shortage in any store has come with probability 0.1, 0.5, 0.9 [days]; None: not
    within the horizon with that probability."""
    no_shortage_fraction: float
    """Share of campaigns without any shortage within the horizon [1]."""
    shortage_by_week: tuple[float, ...]
    """Probability that some threat goes unserved for want of it in its store, by week [1]."""
    closing_low: tuple[float, ...]
    """Rounds left at the end of each week, not fallen below with probability 0.9."""
    closing_median: tuple[float, ...]
    closing_high: tuple[float, ...]
    """Rounds left at the end of each week, not exceeded with probability 0.9."""
    shortage_by_month: tuple[float, ...] = ()
    """Probability of a shortage in the weeks that begin in each month of the outlook [1]."""
    places: tuple[PlaceOutlook, ...] = ()
    """The same by store, where there are several."""
    balance: Balance | None = None
    """D-to-P balance."""
    depletion_day: tuple[float | None, ...] = ()
    """Day by which all stores together, the road included, first no longer hold enough for an engagement, with
    probability 0.1, 0.5, 0.9 [days]; None: not within the horizon with that probability."""


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
    people_low: float = 0.0
    people_high: float = 0.0
    """Bounds of the 95 % interval of `people_exposed`."""
    asset_low: float = 0.0
    asset_high: float = 0.0
    """Bounds of the 95 % interval of `asset_value`."""
    people_per_day_of_delay: float = 0.0
    """People exposed for each day it comes later; relative."""
    rank_probabilities: tuple[float, ...] = ()
    """Probability that its true mean has rank 1, 2, ... [1]."""
    harmful_fraction: float = 0.0
    """Share of campaigns that go worse with the lot than without: rules of spending allow it [1]."""


@dataclass(frozen=True)
class Worth:
    """What a change averts over the horizon: paired campaigns, 95 % intervals of the mean, chance alone."""

    name: str
    value: float
    """Threats stopped that would get through without the change."""
    low: float
    high: float
    people_exposed: float
    """People whose exposure is averted; relative."""
    asset_value: float
    """CVRT points of assets whose exposure is averted."""
    better_fraction: float
    """Share of campaigns that go better with the change [1]."""
    worse_fraction: float
    """Share of campaigns that go worse with the change [1]."""
    cost_eur: float | None = None
    """What it costs [EUR]; None where not stated in full."""
    value_per_million_eur: float | None = None


@dataclass(frozen=True)
class FleetOutlook:
    """Units that fire one item, and how many of them are ready."""

    item: str
    units: int
    crews: int
    """Crews that can mend this type."""
    ready_fraction: float
    """Mean share of the units at the start that is ready, over weeks and campaigns [1]."""


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
    nights: str = "stated"
    """`stated`: sizes of raids from the quantiles of the tempo; `reported`: from the bulletins' statistics."""
    months: tuple[str, ...] = ()
    """Months in which a week of the outlook begins, such as 2025-07."""
    places: tuple[str, ...] = ()
    """Stores, the depot first; a single `theatre` where the scenario states none."""
    partners: tuple[Worth, ...] = ()
    """What all lots of each partner avert together, largest first."""
    lines: tuple[Worth, ...] = ()
    """What a second line like each of the makers' would avert, largest first."""
    doctrines: tuple[Worth, ...] = ()
    """What sparing rounds for missiles, or spending them on all that comes, averts against the stated doctrine."""
    fleets: tuple[FleetOutlook, ...] = ()
    types_ready_fraction: float | None = None
    """Long-run share of all fire units ready with crews of their own for each type [1]."""
    one_type_ready_fraction: float | None = None
    """The same if all units were of one type, so that any crew could mend any unit [1]."""

    def to_frame(self) -> pd.DataFrame:
        """One line a lot, best first."""
        import pandas as pd

        rows = [asdict(lot) for lot in self.lots]
        return pd.DataFrame(rows).set_index("id") if rows else pd.DataFrame()

    def balance_frame(self) -> pd.DataFrame:
        """D-to-P balance: one line an item."""
        import pandas as pd

        rows = [
            {
                "item": row.item, "opening": row.opening_rounds,
                "delivered": sum(row.balance.delivered), "produced": sum(row.balance.produced),
                "asked": row.balance.asked_per_week * self.weeks, "asked_per_week": row.balance.asked_per_week,
                "balance": row.balance.stock[-1], "first_deficit_week": row.balance.first_deficit_week,
                "p_week": row.balance.p_week, "missing_rounds": row.balance.missing_rounds,
            }
            for row in self.items
            if row.balance is not None
        ]  # fmt: skip
        return pd.DataFrame(rows).set_index("item") if rows else pd.DataFrame()

    def shortage_frame(self) -> pd.DataFrame:
        """Probability of a shortage: one line an item and store, one column a week."""
        import pandas as pd

        rows: dict[tuple[str, str], tuple[float, ...]] = {}
        for row in self.items:
            rows[row.item, "any"] = row.shortage_by_week
            rows |= {(row.item, found.place): found.shortage_by_week for found in row.places}
        frame = pd.DataFrame.from_dict(rows, orient="index", columns=range(1, self.weeks + 1))
        frame.index = pd.MultiIndex.from_tuples(list(rows), names=["item", "place"])
        return frame

    def to_json(self) -> dict[str, Any]:
        """Everything as plain data."""
        return asdict(self)
