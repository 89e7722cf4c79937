"""A number that says where it comes from.

Job: the figure (value, band, source, confidence) and the source it points at.
Takes: what a person wrote.
Gives: frozen nouns; constrained figures for fields that must be positive, a share or a whole number.
Never: fills in a number nobody wrote.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, StringConstraints, model_validator

from egide.model.noun import Identifier, Noun

ClassName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
"""Label of a class of effectors; free, so that a user can add one."""

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
"""Text that must say something."""


class Confidence(StrEnum):
    """How a number is known, best first."""

    PUBLISHED = "published"
    """Stated by the named source."""
    DERIVED = "derived"
    """Computed from what the named source states; the note says how."""
    ASSUMED = "assumed"
    """A planning assumption of ours; the note says why this order of magnitude."""


class Source(Noun):
    """A public page or document that was read."""

    id: Identifier
    """Label used by the figures that cite it."""
    title: Text
    """Title of the page or document; the words of its address where the copy bore none."""
    publisher: Text
    """Who published it."""
    date: Text
    """Date it bears or that its text shows (ISO 8601, as far as known), or "undated"."""
    url: Text
    """Where it is found."""
    accessed: str | None = None
    """Day on which a copy of it was read (ISO 8601)."""


class Figure(Noun):
    """A number with its band and its source; the field that holds it names the unit.

    A bare number in a file is taken as `Figure(value=number)`: assumed and without a reason, which the
    catalogue's audit then lists.
    """

    value: float
    """The number to compute with, in the unit that the holding field's name ends in."""
    low: float | None = None
    """Lower end of what sources say or of what is plausible; same unit."""
    high: float | None = None
    """Upper end; same unit."""
    source: str | None = None
    """Label of the `Source`; needed unless the figure is assumed."""
    confidence: Confidence = Confidence.ASSUMED
    """published, derived or assumed."""
    note: str = ""
    """How it was derived, or why it was assumed."""

    @model_validator(mode="before")
    @classmethod
    def _bare_number(cls, data: Any) -> Any:
        if isinstance(data, bool) or (isinstance(data, dict) and isinstance(data.get("value"), bool)):
            raise ValueError("needs a number, not true or false")
        if isinstance(data, int | float):
            return {"value": data}
        return data

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low is not None and self.low > self.value:
            raise ValueError(f"low {self.low:g} is above value {self.value:g}: put the band around the value")
        if self.high is not None and self.high < self.value:
            raise ValueError(
                f"high {self.high:g} is below value {self.value:g}: put the band around the value"
            )
        return self

    @property
    def count(self) -> int:
        """The value as an integer, for figures that count things."""
        return int(self.value)

    @property
    def band(self) -> tuple[float, float]:
        """Lower and upper end; the value itself where no band was entered."""
        return (
            self.value if self.low is None else self.low,
            self.value if self.high is None else self.high,
        )


def _bounded(accepts: Callable[[float], bool], remedy: str) -> Callable[[Figure], Figure]:
    def check(figure: Figure) -> Figure:
        for number in (figure.value, *figure.band):
            if not (math.isfinite(number) and accepts(number)):
                raise ValueError(f"{number:g} {remedy}")
        return figure

    return check


Positive = Annotated[Figure, AfterValidator(_bounded(lambda x: x > 0, "must be above zero"))]
"""Figure above zero."""

NonNegative = Annotated[Figure, AfterValidator(_bounded(lambda x: x >= 0, "must not be negative"))]
"""Figure of zero or more."""

Fraction = Annotated[
    Figure, AfterValidator(_bounded(lambda x: 0 <= x <= 1, "must be a share between 0 and 1 (not per cent)"))
]
"""Figure between 0 and 1."""

Sector = Annotated[
    Figure, AfterValidator(_bounded(lambda x: 0 < x <= 360, "must be above 0 and at most 360 degrees"))
]
"""Width of an azimuth sector; 360 is all round."""

Elevation = Annotated[
    Figure, AfterValidator(_bounded(lambda x: -90 <= x <= 90, "must be between -90 and 90 degrees"))
]
"""Elevation angle above the horizontal."""

Count = Annotated[
    Figure, AfterValidator(_bounded(lambda x: x >= 0 and x == int(x), "must be a whole number, zero or more"))
]
"""Figure that counts things; read it with `.count`."""
