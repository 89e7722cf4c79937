"""What could still be bought, given or built: options for meeting requirements."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from egide.model.noun import Fraction, Identifier, Identifiers, Noun


class NeedOption(Noun):
    """Something that could be added to the defence: a sensor, a fire unit, or a passive measure."""

    id: Identifier
    kind: Literal["sensor", "effector", "passive"]
    """What it is: a unit with a sensor, a fire unit or jammer, or a passive measure at an asset"""
    item: Identifier
    """Catalogue id of a sensor, an effector or a passive measure"""
    count: int = Field(default=1, ge=1)
    """How many can be had at most"""
    cost_eur: float = Field(ge=0.0)
    """What one costs, rounds and crew included as far as stated [EUR]"""
    cost_low_eur: float | None = Field(default=None, ge=0.0)
    """Lower end of that; without it the same figure [EUR]"""
    cost_high_eur: float | None = Field(default=None, ge=0.0)
    """Upper end of that; without it the same figure [EUR]"""
    available: date | None = None
    """Day it can be had; building a passive measure starts then; without it D-day"""
    build_days: float | None = Field(default=None, ge=0.0)
    """Time to put it in place; without it the catalogue's figure for a measure, none for a unit [days]"""
    partner: Identifier | None = None
    """Who offers it or would pay"""
    lawful_operator: str = ""
    """Who may lawfully operate it; without it the catalogue's words, which a sensor lacks"""
    asset_kinds: Identifiers = ()
    """Kinds of asset that a passive measure suits; empty means all"""
    damage_low_fraction: Fraction | None = None
    """Share of the damage that remains with a passive measure, at best; without it the catalogue's [1]"""
    damage_high_fraction: Fraction | None = None
    """The same at worst; requirements are judged by this end [1]"""
    restoration_low_fraction: Fraction | None = None
    """Share of the time to restore that remains, at best; without it the catalogue's [1]"""
    restoration_high_fraction: Fraction | None = None
    """The same at worst; requirements are judged by this end [1]"""
    source: str = ""
    """Where cost and date are published; empty when notional"""
    confidence: Literal["published", "derived", "assumed"] = "assumed"
    releasable_to: Identifiers = ()
    """Partners who may see this line; empty means all"""

    @model_validator(mode="after")
    def _bands_in_order(self) -> NeedOption:
        low = self.cost_eur if self.cost_low_eur is None else self.cost_low_eur
        high = self.cost_eur if self.cost_high_eur is None else self.cost_high_eur
        if not low <= self.cost_eur <= high:
            raise ValueError("cost_eur must lie between cost_low_eur and cost_high_eur")
        for what in ("damage", "restoration"):
            least, most = getattr(self, f"{what}_low_fraction"), getattr(self, f"{what}_high_fraction")
            if least is not None and most is not None and least > most:
                raise ValueError(f"{what}_low_fraction must not exceed {what}_high_fraction")
            if self.kind != "passive" and (least is not None or most is not None):
                raise ValueError(f"{what} fractions are for passive measures")
        if self.kind != "passive" and self.asset_kinds:
            raise ValueError("asset_kinds is for passive measures; a unit stands on a site")
        return self
