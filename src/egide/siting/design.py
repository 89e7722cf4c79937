"""The verb `site`: where each unit should stand, and how far that is from the best possible."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from egide.assessment.assess import reference_threat
from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.kernels.laydown import ENGAGES
from egide.model.scenario import Scenario
from egide.model.unit import Laydown, Post
from egide.siting.laydown_search import Relaxation, Search
from egide.siting.theatre import Instance, build

if TYPE_CHECKING:
    import pandas as pd

Tick = Callable[[int, int], None]
"""Called with work done and work in all; raising from it cancels."""

DUAL_STEPS = 400
"""Steps of the bound; after these it hardly moves on the packaged theatre."""

SEARCH_ROUNDS = 20
"""Perturbations of the search, each followed by local search."""


@dataclass(frozen=True)
class UnitReason:
    """Why a unit stands where it does."""

    unit: str
    site: str
    bearing_deg: float
    marginal_value: float
    """Share of the objective that goes when this unit alone is taken away [1]."""
    assets_only_by_it: tuple[str, ...]
    """Assets whose only effector layer it gives."""


@dataclass(frozen=True)
class DefenceDesign:
    """A laydown with its value and a bound that no laydown of the stated model can beat."""

    laydown: Laydown
    objective: float
    """Value of the laydown: weighted people and assets under coverage in layers [1]."""
    bound: float
    """No laydown of these units on these sites has a greater value [1]."""
    gap: float
    """(bound - objective) / objective [1]."""
    today: float
    """Value of the laydown the scenario states, in the same model [1]; 0 where it states none."""
    status: str
    """`gap_reached` or `iteration_limit`."""
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

    def to_frame(self) -> pd.DataFrame:
        """One line a unit: where it stands and what it alone gives."""
        import pandas as pd

        return pd.DataFrame([asdict(reason) for reason in self.reasons]).set_index("unit")

    def to_json(self) -> dict[str, Any]:
        """Everything but the seconds, as plain data."""
        content = asdict(self)
        content["laydown"] = self.laydown.model_dump(mode="json")
        del content["seconds"]
        return content


def site(
    scenario: Scenario, coverage: Coverage, *, seed: int, gap: float = 0.01, tick: Tick | None = None
) -> DefenceDesign:
    """Place the scenario's units on its sites and choose their bearings.

    Parameters
    ----------
    scenario : Scenario
        Units (those marked fixed keep their post), sites, places, assets and siting wishes.
    coverage : Coverage
        From `cover` on the same scenario.
    seed : int
        For the perturbations of the search.
    gap : float
        Stop once this relative gap is proven.
    tick : callable, optional
        Called with steps done and steps in all.

    Returns
    -------
    DefenceDesign
        Its bound is proven for the stated model: options, weights and heights as given.

    Raises
    ------
    InputError
        When there is no site, no unit to place, or nothing to cover.
    """
    began = time.perf_counter()
    _check(scenario)
    threat = reference_threat(scenario)
    instance = build(scenario, coverage, threat)
    chosen, bound, steps = _solve(instance, seed, gap, tick)
    objective = Search(instance, seed).value(chosen)
    reached = (bound - objective) / objective if objective > 0 else 0.0
    return DefenceDesign(
        laydown=_laydown(scenario, instance, chosen),
        objective=objective,
        bound=bound,
        gap=reached,
        today=_value_today(scenario, instance),
        status="gap_reached" if reached <= gap else "iteration_limit",
        steps=steps,
        height_agl_m=scenario.siting.height_agl_m,
        reference_threat=threat.id,
        points=len(instance.worth),
        options=int(instance.option_kind.size),
        reasons=_reasons(scenario, instance, chosen),
        notional=scenario.notional,
        seed=seed,
        scenario_hash=scenario.fingerprint("laydown"),
        seconds=time.perf_counter() - began,
    )


def _check(scenario: Scenario) -> None:
    if not scenario.sites:
        raise InputError.one(
            "scenario", "sites", None, "there are none; add sites.csv or run candidates first"
        )
    if all(unit.fixed for unit in scenario.units):
        raise InputError.one(
            "scenario", "units", None, "none is free to be placed; add one that is not fixed"
        )
    if not scenario.places and not scenario.assets:
        raise InputError.one("scenario", "assets", None, "there is nothing to cover; add places or assets")


def _solve(instance: Instance, seed: int, gap: float, tick: Tick | None) -> tuple[list[int], float, int]:
    """Tighten bound and incumbent in turn until the gap is proven or the budget is used."""
    search = Search(instance, seed)
    relaxation = Relaxation(instance)

    best = search.improve(search.greedy([], instance.counts), exchanging=True)
    objective, bound, step = search.value(best), np.inf, 0
    every = max(1, DUAL_STEPS // SEARCH_ROUNDS)
    for step in range(1, DUAL_STEPS + 1):
        found, chosen = relaxation.step(objective)
        bound = min(bound, found)
        if tick is not None:
            tick(step, DUAL_STEPS)
        if step % every == 0:
            near_dual = step % (2 * every) == 0
            start = chosen if near_dual else search.perturbed(best, step)
            trial = search.improve(start)
            if search.value(trial) > objective:
                best, objective = trial, search.value(trial)
        if bound - objective <= gap * objective:
            break
    best = search.improve(best, exchanging=True)
    objective = search.value(best)
    # Rounding in the bound's sums must never put it below a value that a laydown attains.
    return best, max(bound * (1.0 + 1e-9), objective), step


def _laydown(scenario: Scenario, instance: Instance, chosen: list[int]) -> Laydown:
    waiting = {kind: list(ids) for kind, ids in enumerate(instance.members)}
    posts = [post for post in scenario.laydown.posts if scenario.unit(post.unit).fixed]
    for option in sorted(chosen, key=lambda o: (instance.option_kind[o], instance.option_site[o])):
        unit = waiting[int(instance.option_kind[option])].pop(0)
        posts.append(
            Post(
                unit=unit,
                site=instance.sites[int(instance.option_site[option])],
                bearing_deg=float(instance.option_bearing_deg[option]),
            )
        )
    order = {unit.id: number for number, unit in enumerate(scenario.units)}
    posts.sort(key=lambda post: order[post.unit])
    name = "designed (notional)" if scenario.notional else "designed"
    return Laydown(posts=tuple(posts), name=name, notional=scenario.notional)


def _value_today(scenario: Scenario, instance: Instance) -> float:
    """Value of the stated laydown, with bearings moved to the nearest one the search may choose."""
    site_number = {site: number for number, site in enumerate(instance.sites)}
    kind_of = {unit: kind for kind, ids in enumerate(instance.members) for unit in ids}
    chosen = []
    for post in scenario.laydown.posts:
        if post.unit not in kind_of or post.site not in site_number:
            continue
        here = np.flatnonzero(
            (instance.option_kind == kind_of[post.unit]) & (instance.option_site == site_number[post.site])
        )
        turn = np.abs((instance.option_bearing_deg[here] - post.bearing_deg + 180.0) % 360.0 - 180.0)
        if here.size:
            chosen.append(int(here[int(np.argmin(turn))]))
    return Search(instance, 0).value(chosen)


def _reasons(scenario: Scenario, instance: Instance, chosen: list[int]) -> tuple[UnitReason, ...]:
    search = Search(instance, 0)
    sensed, engaged, cued = search.counts(chosen).T
    total = search.value(chosen)
    layers = np.where(sensed > 0, engaged, cued)
    single = {
        int(p): a.id for p, a in zip(instance.asset_points, scenario.assets, strict=True) if layers[p] == 1
    }
    units = _laydown(scenario, instance, chosen)
    by_place = {
        (instance.sites[int(instance.option_site[o])], float(instance.option_bearing_deg[o])): o
        for o in chosen
    }
    reasons = []
    for post in units.posts:
        option = by_place.get((post.site, post.bearing_deg))
        if option is None:
            continue
        without = search.value([o for o in chosen if o != option])
        row = slice(instance.indptr[option], instance.indptr[option + 1])
        reached = instance.indices[row][(instance.flags[row] & ENGAGES) > 0]
        only = tuple(sorted(single[int(p)] for p in reached if int(p) in single))
        loss = (total - without) / total if total > 0 else 0.0
        reasons.append(UnitReason(post.unit, post.site, post.bearing_deg, loss, only))
    return tuple(sorted(reasons, key=lambda reason: (-reason.marginal_value, reason.unit)))
