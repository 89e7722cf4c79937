"""Who brings what: partners, requirements, pledges, lots, stocks, actions."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from egide.model.noun import AwareTime, Fraction, Identifier, Identifiers, Noun

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
    pledge: Identifier | None = None
    partner: Identifier | None = None
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
