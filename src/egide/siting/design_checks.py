"""What must hold before a laydown is sought: something to place, to cover and to stand on, no contradiction."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from egide.coverage.result import Coverage
from egide.errors import SEED_REMEDY, Problem, is_seed
from egide.model.scenario import Scenario


def problems_of(
    scenario: Scenario, coverage: Coverage, gap: float, time_limit_s: float, seed: int
) -> list[Problem]:
    """Everything that stands in the way of a design, each with what to do."""
    unswept = list(_unswept(scenario, coverage))
    found = unswept or list(_problems(scenario, coverage))
    if not is_seed(seed):
        found.append(Problem("site", "seed", seed, SEED_REMEDY))
    for name, value in (("gap", gap), ("time_limit_s", time_limit_s)):
        if not value >= 0.0:
            found.append(Problem("site", name, value, "must be 0 or more"))
    return found


def _unswept(scenario: Scenario, coverage: Coverage) -> Iterator[Problem]:
    """Sites of which a coverage says nothing: it belongs to another scenario, or to an earlier form of this one."""
    swept = {station.site for station in coverage.stations}
    for site in scenario.sites:
        if swept and site.id not in swept:
            yield Problem("site", "coverage", site.id, "no sweep was made from this site; run cover again")


def _problems(scenario: Scenario, coverage: Coverage) -> Iterator[Problem]:
    if not scenario.sites:
        yield Problem("scenario", "sites", None, "there are none; add sites.csv or run candidates first")
    if all(unit.fixed for unit in scenario.units):
        yield Problem("scenario", "units", None, "none is free to be placed; add one that is not fixed")
    if not scenario.places and not scenario.assets:
        yield Problem("scenario", "assets", None, "there is nothing to cover; add places or assets")
    known = {site.id for site in scenario.sites}
    for name in scenario.siting.exclusion:
        if name not in known:
            yield Problem("scenario.toml", "siting.exclusion", name, "is no site of sites.csv")
    if known:
        yield from _contradictions(scenario, coverage, known)


def _contradictions(scenario: Scenario, coverage: Coverage, known: set[str]) -> Iterator[Problem]:
    """Units that must stay where they cannot, or where another one stays."""
    excluded = set(scenario.siting.exclusion)
    holder: dict[str, str] = {}
    for unit in scenario.units:
        if not unit.fixed:
            continue
        post = scenario.laydown.post_of(unit.id)
        field = f"{unit.id}.fixed"
        if post is None:
            yield Problem("units.csv", field, True, "is fixed but laydown.csv has no post of it")
            continue
        if post.site not in known:
            yield Problem("laydown.csv", f"{unit.id}.site", post.site, "is no site of sites.csv")
        if post.site in excluded:
            remedy = "must stay empty by siting.exclusion; free the unit or lift the exclusion"
            yield Problem("laydown.csv", f"{unit.id}.site", post.site, remedy)
        if post.site in holder:
            remedy = f"is kept by {holder[post.site]!r} too; one unit stands on one site"
            yield Problem("laydown.csv", f"{unit.id}.site", post.site, remedy)
        holder[post.site] = unit.id
    if known <= excluded | set(holder):
        remedy = "none is left for a unit that moves; add sites or lift exclusions"
        yield Problem("scenario", "sites", len(known), remedy)
    yield from _too_near(scenario, coverage, {site: unit for site, unit in holder.items() if site in known})


def _too_near(scenario: Scenario, coverage: Coverage, holder: dict[str, str]) -> Iterator[Problem]:
    """Fixed units of one type nearer than the separation asked for."""
    least_m = scenario.siting.min_separation_m
    if least_m <= 0.0:
        return
    for one, two in itertools.combinations(holder, 2):
        a, b = scenario.unit(holder[one]), scenario.unit(holder[two])
        if (a.sensor, a.effector) != (b.sensor, b.effector):
            continue
        apart_m = math.dist(coverage.position_of(one), coverage.position_of(two))
        if apart_m < least_m:
            remedy = f"stands {apart_m:.0f} m from {b.id!r}, both fixed; siting.min_separation_m asks for {least_m:g}"
            yield Problem("laydown.csv", f"{a.id}.site", one, remedy)
