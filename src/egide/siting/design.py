"""The verb `site`: where each unit should stand, and how far that is from the best possible."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from egide.assessment.assess import reference_threat
from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.model.scenario import Scenario
from egide.model.unit import Laydown, Post
from egide.siting.answer import Status
from egide.siting.clock import Clock
from egide.siting.design_checks import problems_of
from egide.siting.design_reasons import (
    Alternate,
    Binding,
    LayersShort,
    UnitReason,
    alternates,
    bindings,
    layers_short,
    reasons,
)
from egide.siting.laydown_search import Search
from egide.siting.laydown_solve import OPTIMAL, Solved, Tick, Tier, solve, solve_tiers
from egide.siting.theatre import Instance, build

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class TierValue:
    """What one strict tier has, and the most it could have given what earlier tiers have."""

    tier: int
    """Tier of the assets; 10 for people who are no asset."""
    objective: float
    """Value of the tier's people and assets under coverage [1]."""
    bound: float
    """No laydown that gives earlier tiers as much gives this one more [1]."""
    gap: float
    """(bound - objective) / objective [1]."""
    whole: float
    """Value of the tier if everything in it were under coverage in every layer that counts [1]."""


@dataclass(frozen=True)
class DefenceDesign:
    """A laydown with its value and a bound that no laydown of the stated model can beat."""

    laydown: Laydown
    objective: float
    """Value of the laydown: weighted people and assets under coverage in layers [1]."""
    bound: float
    """No laydown of these units on these sites has a greater value; with strict tiers, the sum of theirs [1]."""
    gap: float
    """(bound - objective) / objective [1]."""
    today: float
    """Value of the laydown the scenario states, in the same model [1]; 0 where it states none."""
    status: str
    """`optimal`, `gap_reached`, `iteration_limit` or `time_limit` (`egide.siting.Status`)."""
    steps: int
    """Steps of the bound that were made."""
    height_agl_m: float
    """Height above ground that coverage was bought for [m]."""
    reference_threat: str
    """Threat whose echo and class counted."""
    points: int
    """Places and assets that count."""
    options: int
    """Choices of kind, site and bearing."""
    reasons: tuple[UnitReason, ...]
    notional: bool
    seed: int
    scenario_hash: str
    seconds: float
    """Time the search took [s]."""
    tiers: tuple[TierValue, ...] = ()
    """Strict tiers in order, where they were asked for."""
    bindings: tuple[Binding, ...] = ()
    """What one more unit of each limit would be worth, dearest first; with strict tiers, by plain weights."""
    alternates: tuple[Alternate, ...] = ()
    """Further posts of units that move."""
    layers_short: tuple[LayersShort, ...] = ()
    """Assets with fewer effector layers than they require."""
    unplaced: tuple[str, ...] = ()
    """Units for which no site was left."""

    def to_frame(self) -> pd.DataFrame:
        """One line a unit: where it stands and what it alone gives."""
        import pandas as pd

        columns = list(UnitReason.__dataclass_fields__)
        lines = [asdict(reason) for reason in self.reasons]
        return pd.DataFrame(lines, columns=columns).set_index("unit")

    def to_json(self) -> dict[str, Any]:
        """Everything but the seconds, as plain data."""
        content = asdict(self)
        content["laydown"] = self.laydown.model_dump(mode="json")
        del content["seconds"]
        return content


def site(
    scenario: Scenario,
    coverage: Coverage,
    *,
    seed: int,
    gap: float = 0.01,
    time_limit_s: float = math.inf,
    tick: Tick | None = None,
) -> DefenceDesign:
    """Place the scenario's units on its sites and choose their bearings.

    Parameters
    ----------
    scenario : Scenario
        Units (those marked fixed keep their post), sites, places, assets and siting wishes.
    coverage : Coverage
        From `cover` on the same scenario.
    seed : int
        For the annealing; the same seed gives the same design on any machine.
    gap : float
        Stop once this relative gap is proven; 0 asks for a proof of optimality, which small theatres get.
    time_limit_s : float
        Stop after this time [s]; the design may then differ from machine to machine.
    tick : callable, optional
        Called with rounds done and rounds in all.

    Returns
    -------
    DefenceDesign
        Its bound is proven for the stated model: options, weights and heights as given.

    Raises
    ------
    InputError
        When there is no site, no unit to place, or nothing to cover; when fixed units contradict each other
        or the wishes; when `gap` or `time_limit_s` is negative.
    """
    began = time.perf_counter()
    found = problems_of(scenario, coverage, gap, time_limit_s, seed)
    if found:
        raise InputError(found)
    clock = Clock(time_limit_s, began)
    threat = reference_threat(scenario)
    instance = build(scenario, coverage, threat)
    search = Search(instance, seed)
    chosen, solved, tiers = _solved(scenario, instance, seed, gap, clock, tick)
    objective = sum(each.objective for each in tiers) if tiers else solved.objective
    bound = sum(each.bound for each in tiers) if tiers else solved.bound
    laydown, units = laydown_of(scenario, instance, chosen)
    place_m = np.array([coverage.position_of(name) for name in instance.sites]).reshape(-1, 2)
    return DefenceDesign(
        laydown=laydown,
        objective=objective,
        bound=bound,
        gap=_gap(objective, bound),
        today=value_of_laydown(instance, scenario.laydown),
        status=_status(solved, tiers, gap, clock),
        steps=solved.steps,
        height_agl_m=scenario.siting.height_agl_m,
        reference_threat=threat.id,
        points=len(instance.worth),
        options=int(instance.option_kind.size),
        reasons=reasons(scenario, search, chosen, units),
        notional=scenario.notional,
        seed=seed,
        scenario_hash=scenario.fingerprint("laydown"),
        seconds=time.perf_counter() - began,
        tiers=tiers,
        bindings=bindings(search, chosen, solved.prices),
        alternates=alternates(scenario, search, chosen, units, place_m),
        layers_short=layers_short(scenario, search, chosen),
        unplaced=_unplaced(scenario, laydown),
    )


def _solved(
    scenario: Scenario, instance: Instance, seed: int, gap: float, clock: Clock, tick: Tick | None
) -> tuple[list[int], Solved, tuple[TierValue, ...]]:
    """Options chosen, the solution that prices come from, and the tiers where they are strict."""
    if scenario.siting.priority == "weights":
        solved = solve(instance, seed, gap, clock, tick)
        return solved.chosen, solved, ()
    chosen, served = solve_tiers(instance, seed, gap, clock, tick)
    if not served:
        solved = solve(instance, seed, gap, clock, tick)
        return solved.chosen, solved, ()
    return chosen, served[-1].solved, tuple(_tier_value(instance, tier) for tier in served)


def _tier_value(instance: Instance, tier: Tier) -> TierValue:
    here = instance.worth[instance.tier == tier.tier]
    solved = tier.solved
    whole = float(here[:, 0].sum() + here[:, -1].sum())
    return TierValue(tier.tier, solved.objective, solved.bound, solved.gap, whole)


def _gap(objective: float, bound: float) -> float:
    return (bound - objective) / objective if objective > 0 else 0.0


def _status(solved: Solved, tiers: tuple[TierValue, ...], gap: float, clock: Clock) -> str:
    """How the search ended: with strict tiers, the worst of them counts."""
    if not tiers:
        return str(solved.status(gap))
    worst = max(tier.gap for tier in tiers)
    if worst <= OPTIMAL:
        return str(Status.OPTIMAL)
    if worst <= gap:
        return str(Status.GAP_REACHED)
    return str(Status.TIME_LIMIT if clock.over() else Status.ITERATION_LIMIT)


def laydown_of(scenario: Scenario, instance: Instance, chosen: list[int]) -> tuple[Laydown, dict[int, str]]:
    """The laydown of some options, units that stay included, and the unit that takes each option."""
    waiting = {kind: list(ids) for kind, ids in enumerate(instance.members)}
    posts = [post for post in scenario.laydown.posts if scenario.unit(post.unit).fixed]
    units: dict[int, str] = {}
    for option in sorted(chosen, key=lambda o: (instance.option_kind[o], instance.option_site[o])):
        units[option] = waiting[int(instance.option_kind[option])].pop(0)
        posts.append(
            Post(
                unit=units[option],
                site=instance.sites[int(instance.option_site[option])],
                bearing_deg=float(instance.option_bearing_deg[option]),
            )
        )
    order = {unit.id: number for number, unit in enumerate(scenario.units)}
    posts.sort(key=lambda post: order[post.unit])
    name = "designed (notional)" if scenario.notional else "designed"
    return Laydown(posts=tuple(posts), name=name, notional=scenario.notional), units


def value_of_laydown(instance: Instance, laydown: Laydown) -> float:
    """Value of a laydown, with bearings moved to the nearest one the search may choose."""
    return Search(instance, 0).value(options_of(instance, laydown))


def options_of(instance: Instance, laydown: Laydown) -> list[int]:
    """Options nearest to the posts of a laydown; posts on sites or of units unknown here are left out."""
    site_number = {site: number for number, site in enumerate(instance.sites)}
    kind_of = {unit: kind for kind, ids in enumerate(instance.members) for unit in ids}
    chosen = []
    for post in laydown.posts:
        if post.unit not in kind_of or post.site not in site_number:
            continue
        here = np.flatnonzero(
            (instance.option_kind == kind_of[post.unit]) & (instance.option_site == site_number[post.site])
        )
        turn = np.abs((instance.option_bearing_deg[here] - post.bearing_deg + 180.0) % 360.0 - 180.0)
        if here.size:
            chosen.append(int(here[int(np.argmin(turn))]))
    return chosen


def _unplaced(scenario: Scenario, laydown: Laydown) -> tuple[str, ...]:
    placed = {post.unit for post in laydown.posts}
    return tuple(unit.id for unit in scenario.units if unit.id not in placed)
