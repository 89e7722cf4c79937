"""Raids as a scenario states them: inputs, never optimised."""

from __future__ import annotations

from pydantic import Field

from egide.model.noun import AwareTime, Fraction, Identifier, Identifiers, Latitude, Longitude, Noun


class LaunchArea(Noun):
    """Where threats of a raid come from; it may lie outside the terrain."""

    id: Identifier
    name: str
    lon_deg: Longitude
    """Longitude [deg]"""
    lat_deg: Latitude
    """Latitude [deg]"""
    source: str = ""
    """Where the place is reported"""


class Waypoint(Noun):
    """A turning point of a route."""

    route: Identifier
    order: int = Field(ge=1)
    """Place in the route, from 1"""
    lon_deg: Longitude
    """Longitude [deg]"""
    lat_deg: Latitude
    """Latitude [deg]"""
    height_agl_m: float | None = Field(default=None, gt=0.0)
    """Height above ground flown here, reached evenly from the point before; without it the group's [m]"""


class RaidGroup(Noun):
    """Threats of one type from one launch area to one asset."""

    raid: Identifier
    id: Identifier
    threat: Identifier
    """Catalogue id of the threat type"""
    count: int = Field(ge=1, le=100_000)
    """How many are launched"""
    launch_area: Identifier
    target: Identifier
    """Asset it flies to"""
    start_s: float = Field(default=0.0, ge=0.0)
    """First launch after the raid begins [s]"""
    spread_s: float = Field(default=0.0, ge=0.0)
    """Time over which launches are spread evenly, with chance [s]"""
    waves: int = Field(default=1, ge=1)
    """Equal waves within the spread [1]"""
    route: Identifier | None = None
    """Route by its waypoints; without one it flies straight"""
    height_agl_m: float | None = Field(default=None, gt=0.0)
    """Height above ground flown; without it the threat type's figure [m]"""
    lateral_spread_m: float = Field(default=0.0, ge=0.0)
    """Standard deviation of the route's sideways offset [m]"""


class Raid(Noun):
    """One attack, from the first launch to the last arrival."""

    id: Identifier
    name: str
    start: AwareTime
    """First launch, with its zone"""
    duration_s: float = Field(gt=0.0)
    """Length of the window it is reported for [s]"""
    reported_through: int | None = Field(default=None, ge=0)
    """Leakers as reported by the defender, where there is a report"""
    source: str = ""
    """Where the raid is reported"""


class Tempo(Noun):
    """How often raids come, for the outlook over weeks."""

    raids_per_week: float = Field(gt=0.0, le=1_000.0)
    """Mean number of raids in a week [1]"""
    raid: Identifier
    """Raid that the size is stated relative to"""
    size_low_fraction: float = Field(default=0.2, gt=0.0)
    """Size of a small raid relative to the stated one [1]"""
    size_median_fraction: float = Field(default=0.5, gt=0.0)
    """Median size relative to the stated one [1]"""
    size_high_fraction: float = Field(default=1.2, gt=0.0)
    """Size of a large raid relative to the stated one [1]"""


class CommandAndControl(Noun):
    """How long the chain takes between track and order, and who shares tracks with whom."""

    integration: Identifier = "theatre"
    """`own` sensor only, `local` net, or `theatre` net"""
    identify_s: float = Field(default=30.0, ge=0.0)
    """Median time to identify a track [s]"""
    decide_s: float = Field(default=20.0, ge=0.0)
    """Median time to decide and order [s]"""
    delay_spread_fraction: Fraction = 0.5
    """Standard deviation of the logarithm of both times [1]"""
    decoy_recognised_fraction: Fraction = 0.2
    """Share of decoys known for decoys and left alone [1]"""
    threat_mistaken_fraction: Fraction = 0.02
    """Share of threats wrongly left alone [1]"""
    doctrine: str = "S-L-S"
    """Shot doctrine: S, S-S, S-L-S or S-S-L-S"""
    common_cause_fraction: Fraction = 0.1
    """Share of nights on which weather or jamming takes every sensor down together [1]"""
    bad_night_pd_fraction: Fraction = 0.3
    """What is left of every detection probability on such a night [1]"""
    night_concentration: float = Field(default=20.0, gt=0.0)
    """Concentration of the night effect on kill probability; small is a wide spread [1]"""
    regions: Identifiers = ()
    """Networks that exist, for reports"""
