"""Units, where they stand, and the laydown."""

from __future__ import annotations

from datetime import date

from pydantic import Field, field_validator

from egide.model.noun import Fraction, Identifier, Identifiers, Noun


class Unit(Noun):
    """One sensor, one fire unit, or both together; it stands on one site."""

    id: Identifier
    name: str = ""
    sensor: Identifier | None = None
    """Catalogue id of its sensor, if it has one"""
    effector: Identifier | None = None
    """Catalogue id of its effector, if it has one"""
    partner: Identifier | None = None
    """Who owns or gave it"""
    net: Identifier = "theatre"
    """Which local network it reports to"""
    linked: bool = True
    """Whether its tracks and cues reach other units"""
    ready_rounds: int | None = Field(default=None, ge=0)
    """Rounds ready to fire; without it the catalogue's figure"""
    rounds_in_store: int = Field(default=0, ge=0)
    """Rounds held with the unit beyond those ready"""
    reserve_rounds: int = Field(default=0, ge=0)
    """Rounds kept back from drones and decoys"""
    availability_fraction: Fraction | None = None
    """Share of nights it is ready; without it the catalogue's figure [1]"""
    available_from: date | None = None
    """First day it is in service; without it from the start"""
    fixed: bool = False
    """Whether it must stay on the site the laydown gives it"""
    alternates: int = Field(default=0, ge=0, le=5)
    """Further posts that a design names for it, to move to"""
    moves_within_m: float = Field(default=50_000.0, gt=0.0)
    """Greatest distance from its first post to a further one [m]"""
    releasable_to: Identifiers = ()
    """Partners who may see this line; empty means all"""


class Post(Noun):
    """Where one unit stands, and where it looks."""

    unit: Identifier
    site: Identifier
    bearing_deg: float = Field(default=0.0, ge=0.0, lt=360.0)
    """Middle of its sector, clockwise from true north [deg]"""


class Laydown(Noun):
    """Which unit stands where. Example laydowns are notional and say so."""

    posts: tuple[Post, ...] = ()
    name: str = "today"
    notional: bool = True
    """True unless a planner states it is not; packaged laydowns are always notional"""

    @field_validator("posts")
    @classmethod
    def _one_post_each(cls, posts: tuple[Post, ...]) -> tuple[Post, ...]:
        for what in ("unit", "site"):
            seen: set[str] = set()
            for post in posts:
                key = getattr(post, what)
                if key in seen:
                    raise ValueError(f"{what} {key!r} has two posts; one unit stands on one site")
                seen.add(key)
        return posts

    def post_of(self, unit: str) -> Post | None:
        """Post of a unit, or None when it is not deployed."""
        return next((post for post in self.posts if post.unit == unit), None)
