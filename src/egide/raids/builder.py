"""The raid builder: threats, numbers, launch areas, routes, waves and timing become nouns of a scenario.

A raid is an input of a defence plan, made to test it; nothing here chooses or improves one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from egide.errors import InputError, Problem, is_whole
from egide.geo import geographic_length_m
from egide.model.checks import problems_in
from egide.model.noun import problems_of
from egide.model.place import Asset
from egide.model.raid import LaunchArea, Raid, RaidGroup, Waypoint
from egide.model.scenario import Scenario

WHO = "build_raid"


@dataclass(frozen=True)
class Turn:
    """A turning point of a route."""

    lon_deg: float
    lat_deg: float
    height_agl_m: float | None = None
    """Height above ground flown there, reached evenly from the point before; without it the group's [m]"""


@dataclass(frozen=True)
class Strike:
    """Threats of one type, spread evenly over launch areas and by weight over targets."""

    threat: str
    """Type of the catalogue"""
    count: int
    """How many are launched"""
    launch_areas: Sequence[str]
    """Where from; numbers are spread evenly, the first areas having one more"""
    targets: Mapping[str, float] | Sequence[str]
    """Assets flown to, with weights or alike"""
    waves: int = 1
    """Equal waves within the spread of each group; fewer where a group has fewer threats than that"""
    start_s: float = 0.0
    """First launch after the raid begins [s]"""
    spread_s: float = 0.0
    """Time over which launches are spread evenly, with chance [s]"""
    height_agl_m: float | None = None
    """Height above ground flown; without it the type's [m]"""
    lateral_spread_m: float = 0.0
    """Standard deviation of the routes' sideways offset [m]"""
    via: Sequence[Turn] = ()
    """Turning points of the route, in order; without them it is straight"""
    decoy: str | None = None
    """Type of the decoys that fly with it"""
    decoy_fraction: float = 0.0
    """Share of the count that are decoys [1]"""


@dataclass(frozen=True)
class BuiltRaid:
    """A raid with everything a scenario needs of it."""

    raid: Raid
    groups: tuple[RaidGroup, ...]
    waypoints: tuple[Waypoint, ...] = ()
    launch_areas: tuple[LaunchArea, ...] = ()
    """Areas that the scenario does not have yet"""
    notes: tuple[str, ...] = field(default=())
    """What was assumed in making it"""

    def added_to(self, scenario: Scenario) -> Scenario:
        """Return the scenario with this raid as well, checked as a whole.

        Raises
        ------
        InputError
            With everything the raid brings that does not fit: an id that is taken, an unknown asset.
        """
        whole = scenario.model_copy(
            update={
                "raids": (*scenario.raids, self.raid),
                "raid_groups": (*scenario.raid_groups, *self.groups),
                "routes": (*scenario.routes, *self.waypoints),
                "launch_areas": (*scenario.launch_areas, *self.launch_areas),
            }
        )
        before = set(problems_in(scenario))
        problems = [problem for problem in problems_in(whole) if problem not in before]
        if problems:
            raise InputError(problems)
        return whole


def build_raid(
    scenario: Scenario,
    raid_id: str,
    strikes: Sequence[Strike],
    *,
    start: datetime,
    name: str | None = None,
    duration_s: float | None = None,
    launch_areas: Sequence[LaunchArea] = (),
    source: str = "",
    notes: Sequence[str] = (),
) -> BuiltRaid:
    """Make a raid from strikes.

    Parameters
    ----------
    scenario : Scenario
        Whose catalogue, launch areas and assets are named.
    raid_id : str
        Id of the raid, not yet taken.
    strikes : sequence of Strike
        What flies.
    start : datetime
        First launch, with its zone.
    name : str, optional
        Name for people; without it the id.
    duration_s : float, optional
        Length of the raid; without it to the last arrival by straight legs at the types' speeds, in whole
        hours, one at least [s].
    launch_areas : sequence of LaunchArea
        Areas that the scenario does not have.
    source : str
        Where the raid is reported, or who made it up.
    notes : sequence of str
        What was assumed in making it.

    Returns
    -------
    BuiltRaid

    Raises
    ------
    InputError
        With everything that is wrong: no strike, no launch area, no target, a target outside the area, more
        waves than threats, a start without zone, a share outside 0 to 1.
    """
    areas = {area.id: area for area in (*scenario.launch_areas, *launch_areas)}
    problems = [
        problem for n, strike in enumerate(strikes) for problem in _problems(scenario, strike, n, areas)
    ]
    if not strikes:
        problems.append(Problem(WHO, "strikes", None, "are empty; give at least one"))
    if not isinstance(start, datetime) or start.tzinfo is None:
        problems.append(
            Problem(WHO, "start", str(start), "state the time zone, such as 2025-07-03T18:00:00Z")
        )
    if any(raid.id == raid_id for raid in scenario.raids):
        problems.append(Problem(WHO, "raid_id", raid_id, "is taken by another raid; choose another"))
    if problems:
        raise InputError(problems)
    try:
        groups = tuple(group for n, strike in enumerate(strikes) for group in _groups(raid_id, strike, n))
        waypoints = tuple(turn for n, strike in enumerate(strikes) for turn in _waypoints(raid_id, strike, n))
        raid = Raid(
            id=raid_id, name=name or raid_id, start=start, source=source,
            duration_s=duration_s if duration_s is not None else _duration_s(scenario, groups, waypoints, areas),
        )  # fmt: skip
    except ValidationError as error:
        raise InputError(problems_of(error, WHO)) from None
    return BuiltRaid(raid, groups, waypoints, tuple(launch_areas), tuple(notes))


def _problems(scenario: Scenario, strike: Strike, number: int, areas: Mapping[str, Any]) -> Iterator[Problem]:
    at = f"strikes[{number}]"
    threats = {threat.id for threat in scenario.catalogue.threats}
    for what, value in (("threat", strike.threat), ("decoy", strike.decoy)):
        if value is not None and value not in threats:
            yield Problem(
                WHO, f"{at}.{what}", value, "is no threat of the catalogue; see egide catalogue list"
            )
    if not is_whole(strike.count) or strike.count < 1:
        yield Problem(WHO, f"{at}.count", strike.count, "launch at least one, a whole number of them")
    elif strike.waves > strike.count:
        yield Problem(WHO, f"{at}.waves", strike.waves, f"exceeds the count {strike.count}")
    if strike.waves < 1:
        yield Problem(WHO, f"{at}.waves", strike.waves, "give at least one wave")
    yield from _listed(f"{at}.launch_areas", strike.launch_areas, "say where it is launched from")
    yield from _listed(f"{at}.targets", strike.targets, "say what it flies to")
    for area in () if isinstance(strike.launch_areas, str) else strike.launch_areas:
        if area not in areas:
            yield Problem(
                WHO, f"{at}.launch_areas", area, f"is no launch area; known: {', '.join(areas) or 'none'}"
            )
    assets = {asset.id: asset for asset in scenario.assets}
    box = scenario.area
    for target in () if isinstance(strike.targets, str) else strike.targets:
        asset = assets.get(target)
        if asset is None:
            yield Problem(
                WHO,
                f"{at}.targets",
                target,
                "is no asset of the scenario; routes end at an asset of its area",
            )
        elif not (
            box.west_deg <= asset.lon_deg <= box.east_deg and box.south_deg <= asset.lat_deg <= box.north_deg
        ):
            yield Problem(
                WHO, f"{at}.targets", target, "lies outside the area; widen [area] or choose another"
            )
    if isinstance(strike.targets, Mapping) and not all(
        0.0 < weight < math.inf for weight in strike.targets.values()
    ):
        yield Problem(WHO, f"{at}.targets", dict(strike.targets), "give finite weights above 0")
    if not 0.0 <= strike.decoy_fraction <= 1.0:
        yield Problem(WHO, f"{at}.decoy_fraction", strike.decoy_fraction, "give a share between 0 and 1")
    elif strike.decoy_fraction > 0.0 and strike.decoy is None:
        yield Problem(WHO, f"{at}.decoy", None, "is missing; name the type of the decoys")


def _listed(field: str, names: Sequence[str] | Mapping[str, float], purpose: str) -> Iterator[Problem]:
    """A list of names that is empty, one bare name, or one that says a name twice."""
    if isinstance(names, str):
        yield Problem(WHO, field, names, "is one name; give a list of them")
    elif not names:
        yield Problem(WHO, field, None, f"is empty; {purpose}")
    elif len(set(names)) < len(names):
        yield Problem(WHO, field, list(names), "names one twice; give targets weights instead")


def _groups(raid_id: str, strike: Strike, number: int) -> Iterator[RaidGroup]:
    """One group for each type, launch area and target that gets any."""
    targets = (
        dict(strike.targets) if isinstance(strike.targets, Mapping) else dict.fromkeys(strike.targets, 1.0)
    )
    pairs = [(area, target, weight) for target, weight in targets.items() for area in strike.launch_areas]
    whole = int(strike.count)
    decoys = round(whole * strike.decoy_fraction)
    route = f"{raid_id}-{number + 1}" if strike.via else None
    for threat, count in ((strike.threat, whole - decoys), (strike.decoy, decoys)):
        shares = shared_out(count, [weight for _, _, weight in pairs])
        for (area, target, _), share in zip(pairs, shares, strict=True):
            if share and threat is not None:
                yield RaidGroup(
                    raid=raid_id, id=f"{raid_id}-{number + 1}-{threat}-{area}-{target}", threat=threat,
                    count=share, launch_area=area, target=target, start_s=strike.start_s,
                    spread_s=strike.spread_s, waves=min(strike.waves, share), route=route,
                    height_agl_m=strike.height_agl_m, lateral_spread_m=strike.lateral_spread_m,
                )  # fmt: skip


def shared_out(count: int, weights: Sequence[float]) -> list[int]:
    """Share whole things out by weight: largest remainders, ties to the first."""
    whole = sum(weights)
    exact = [count * weight / whole for weight in weights]
    shares = [int(share) for share in exact]
    # Rounded, so that equal weights tie exactly and the first are served.
    order = sorted(range(len(weights)), key=lambda k: (-round(exact[k] - shares[k], 9), k))
    for k in order[: count - sum(shares)]:
        shares[k] += 1
    return shares


def _waypoints(raid_id: str, strike: Strike, number: int) -> Iterator[Waypoint]:
    for order, turn in enumerate(strike.via, start=1):
        yield Waypoint(
            route=f"{raid_id}-{number + 1}", order=order, lon_deg=turn.lon_deg, lat_deg=turn.lat_deg,
            height_agl_m=turn.height_agl_m,
        )  # fmt: skip


def _duration_s(
    scenario: Scenario,
    groups: Sequence[RaidGroup],
    waypoints: Sequence[Waypoint],
    areas: Mapping[str, LaunchArea],
) -> float:
    """From the first launch to the last arrival, in whole hours."""
    last = 0.0
    for group in groups:
        turns = [turn for turn in waypoints if turn.route == group.route]
        stops: list[LaunchArea | Waypoint | Asset]
        stops = [areas[group.launch_area], *turns, scenario.asset(group.target)]
        length = sum(
            geographic_length_m(a.lon_deg, a.lat_deg, b.lon_deg, b.lat_deg) for a, b in pairwise(stops)
        )
        speed = scenario.catalogue.threat(group.threat).speed_mps.value
        last = max(last, group.start_s + group.spread_s + length / speed)
    return max(1.0, -(-last // 3600.0)) * 3600.0
