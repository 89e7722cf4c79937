"""Who brings what: partners, requirements, pledges, lots, stocks, stores, makers' lines, orders, actions."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from egide.model.noun import AwareTime, Fraction, Identifier, Identifiers, Latitude, Longitude, Noun

Stage = Literal["requirement", "validated", "funded", "contracted", "shipped", "delivered", "in_service"]
Confidence = Literal["published", "derived", "assumed"]


class Partner(Noun):
    """A state, an alliance or a maker that brings something."""

    id: Identifier
    name: str
    kind: Literal["state", "alliance", "maker", "operator"]
    contribution: str = ""
    """What it brings, in one line"""
    source: str = ""
    """Where that is said"""
    confidence: Confidence = "assumed"


class Requirement(Noun):
    """Something the defence must achieve, in order of priority."""

    id: Identifier
    priority: int = Field(ge=1)
    """1 is met first"""
    asset_kind: str = ""
    """Kind of asset it speaks of; empty means all"""
    asset: Identifier | None = None
    """One asset it speaks of"""
    threat_class: str = "one_way_drone"
    """Class of threat it speaks of"""
    layers: int = Field(default=1, ge=0, le=5)
    """Layers of effectors asked for"""
    warning_s: float = Field(default=0.0, ge=0.0)
    """Warning asked for [s]"""
    covered_fraction: Fraction = 1.0
    """Share of those assets that must meet it [1]"""


class Pledge(Noun):
    """A line of help: promised by somebody, at some stage of its life."""

    id: Identifier
    partner: Identifier
    item: Identifier
    """Catalogue id of a sensor, effector or interceptor"""
    quantity: int = Field(gt=0)
    """Number promised"""
    stage: Stage
    """How far the line has come"""
    allocated: int = Field(default=0, ge=0)
    """Number earmarked for the theatre"""
    delivered: int = Field(default=0, ge=0)
    """Number arrived"""
    promised_on: date
    """Day of the promise"""
    due: date | None = None
    """Day it is due"""
    maker: Identifier | None = None
    money_eur: float | None = Field(default=None, ge=0.0)
    """Money committed [EUR]"""
    source: str = ""
    """Where the promise is published; empty when notional"""
    confidence: Confidence = "assumed"
    releasable_to: Identifiers = ()
    """Partners who may see this line; empty means all"""

    @model_validator(mode="after")
    def _never_more_than_promised(self) -> Pledge:
        if self.allocated > self.quantity:
            raise ValueError(f"allocated {self.allocated} exceeds the quantity promised, {self.quantity}")
        if self.delivered > self.quantity:
            raise ValueError(f"delivered {self.delivered} exceeds the quantity promised, {self.quantity}")
        if self.due is not None and self.due < self.promised_on:
            raise ValueError(f"is due {self.due}, before it was promised on {self.promised_on}")
        return self


class Lot(Noun):
    """A delivery still to come: so many of an item, due on a day, that may slip."""

    id: Identifier
    item: Identifier
    """Catalogue id of an interceptor"""
    quantity: int = Field(gt=0)
    """Rounds in the lot"""
    due: date
    """Day it is due"""
    ordered: date | None = None
    """Day it was ordered; without it not stated"""
    pledge: Identifier | None = None
    partner: Identifier | None = None
    maker: Identifier | None = None
    store: Identifier | None = None
    """Store it goes to; without it the depot"""
    slip_median_days: float = Field(default=14.0, ge=0.0)
    """Median delay beyond the due day [days]"""
    slip_p90_days: float = Field(default=45.0, ge=0.0)
    """Delay not exceeded with 90 % probability [days]"""
    never_fraction: Fraction = 0.02
    """Probability that it does not come at all [1]"""
    cost_eur: float = Field(default=0.0, ge=0.0)
    """What the lot costs [EUR]"""
    source: str = ""
    confidence: Confidence = "assumed"
    releasable_to: Identifiers = ()
    """Partners who may see this line; empty means all"""

    @model_validator(mode="after")
    def _quantiles_in_order(self) -> Lot:
        if self.slip_p90_days < self.slip_median_days:
            raise ValueError("slip_p90_days must not be below slip_median_days")
        if self.ordered is not None and self.due < self.ordered:
            raise ValueError(f"is due {self.due}, before it was ordered on {self.ordered}")
        return self


class Stock(Noun):
    """Rounds in the theatre's depot beyond those with the units."""

    item: Identifier
    """Catalogue id of an interceptor"""
    quantity: int = Field(ge=0)
    """Rounds in the depot"""
    production_per_week: float = Field(default=0.0, ge=0.0)
    """Rounds that arrive each week without a lot"""
    source: str = ""
    confidence: Confidence = "assumed"


class Store(Noun):
    """A depot, or a forward store that the units nearest to it draw on."""

    id: Identifier
    name: str = ""
    kind: Literal["depot", "forward"] = "forward"
    """The one depot holds the stocks and takes in lots; forward stores serve units"""
    lon_deg: Longitude
    """Longitude [deg]"""
    lat_deg: Latitude
    """Latitude [deg]"""
    reserve_weeks: float = Field(default=1.0, ge=0.0)
    """Mean use that transport fills a forward store up to, beyond what its units hold [weeks]"""
    hit_fraction_per_week: Fraction = 0.0
    """Probability in a week that it is hit [1]"""
    hit_loss_fraction: Fraction = 0.0
    """Share of its rounds lost in a hit [1]"""
    source: str = ""
    confidence: Confidence = "assumed"
    releasable_to: Identifiers = ()
    """Partners who may see this line; empty means all"""


class Leg(Noun):
    """Transport from one store to another; legs earlier in the table are served first."""

    id: Identifier
    origin: Identifier
    """Store it starts from"""
    destination: Identifier
    """Store it ends at"""
    transit_days: int = Field(default=1, ge=1)
    """Time on the road [days]"""
    rounds_per_day: int = Field(ge=0)
    """Capacity over all items, each round counted alike"""
    source: str = ""
    confidence: Confidence = "assumed"
    releasable_to: Identifiers = ()
    """Partners who may see this line; empty means all"""


class Production(Noun):
    """A maker's line that turns out one item, from a first day over a ramp to its full rate."""

    id: Identifier
    item: Identifier
    """Catalogue id of an interceptor"""
    rounds_per_week: float = Field(gt=0.0)
    """Rate once the ramp is over"""
    start: date | None = None
    """Day of its first round; without it it runs on D-day"""
    ramp_weeks: float = Field(default=0.0, ge=0.0)
    """Time in which the rate grows from nothing to full"""
    maker: Identifier | None = None
    partner: Identifier | None = None
    """Who pays for it"""
    store: Identifier | None = None
    """Store it delivers to; without it the depot"""
    bottleneck: str = ""
    """Resource that several lines share, such as rocket motors; empty for none"""
    bottleneck_per_week: float | None = Field(default=None, ge=0.0)
    """Rounds a week that resource allows over all lines that share it"""
    cost_eur: float = Field(default=0.0, ge=0.0)
    """What setting it up costs; 0 when not stated [EUR]"""
    source: str = ""
    confidence: Confidence = "assumed"
    releasable_to: Identifiers = ()
    """Partners who may see this line; empty means all"""

    @model_validator(mode="after")
    def _capacity_of_something(self) -> Production:
        if (self.bottleneck == "") != (self.bottleneck_per_week is None):
            raise ValueError("bottleneck and bottleneck_per_week go together; state both or neither")
        return self


class OrderOption(Noun):
    """Lots that could still be ordered; the choice is part of the answer, not of the plan."""

    id: Identifier
    item: Identifier
    """Catalogue id of an interceptor"""
    quantity: int = Field(gt=0)
    """Rounds in one lot"""
    count: int = Field(default=1, ge=1)
    """Lots that the maker can take on at most"""
    cost_eur: float = Field(ge=0.0)
    """What one lot costs [EUR]"""
    lead_days: float = Field(default=90.0, ge=0.0)
    """From the order to the delivery [days]"""
    partner: Identifier | None = None
    """Who would pay"""
    maker: Identifier | None = None
    source: str = ""
    confidence: Confidence = "assumed"
    releasable_to: Identifiers = ()
    """Partners who may see this line; empty means all"""


class Currency(Noun):
    """What one unit of a currency is worth; money in a currency without a rate is refused."""

    id: Identifier
    """Three letters of ISO 4217 in lower case, such as `gbp`"""
    rate_eur: float = Field(gt=0.0)
    """Euros for one unit [EUR]"""
    on: date | None = None
    """Day of the rate"""
    source: str = ""
    confidence: Confidence = "assumed"


class Sustainment(Noun):
    """How units break and are mended, what may be spent, and what raids do besides the stated one."""

    repair_fraction_per_week: Fraction = 0.5
    """Probability in a week that a crew mends the unit it works on; assumed: about two weeks away [1]"""
    loss_fraction_per_week: Fraction = 0.0
    """Probability in a week that a ready unit is lost for good [1]"""
    crews_per_type_fraction: float = Field(default=1.0, gt=0.0)
    """Repair crews for each unit of a type, rounded up; a crew mends only the type it knows [1]"""
    shared_slip_fraction: Fraction = 0.3
    """Share of the variance of slips that the lots of one partner have in common [1]"""
    spare_fraction: Fraction = 0.5
    """Share of the opening stock that the sparing doctrine keeps from drones and decoys [1]"""
    elsewhere_fraction: Fraction = 0.0
    """Share of raids whose main target is another asset than the stated raid's, drawn by CVRT score [1]"""
    budget_eur: float | None = Field(default=None, ge=0.0)
    """What orders may cost together; without it nothing limits them but makers [EUR]"""


class Action(Noun):
    """A meeting, a decision or a task, with who and by when."""

    id: Identifier
    kind: Literal["meeting", "decision", "action"]
    title: str
    owner: Identifier
    """Partner who answers for it"""
    due: AwareTime
    """When, with its zone"""
    priority: int = Field(default=2, ge=1, le=5)
    """1 is most urgent"""
    with_partners: Identifiers = ()
    """Who takes part"""
    source: str = ""
