"""Does coverage predict outcome? The siting objective of many laydowns against their simulated leakers.

The objective that laydowns are designed by counts cover in layers; the simulator counts what gets through. If
the two do not rank laydowns alike, a better objective is not a better defence, and a planner should know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egide.assessment.assess import reference_threat
from egide.coverage.result import Coverage
from egide.errors import InputError, Problem
from egide.kernels.rng import uniform
from egide.model.scenario import Scenario
from egide.model.unit import Laydown, Post
from egide.raids.simulate import simulate
from egide.siting.laydown_search import Search
from egide.siting.theatre import BEARINGS_DEG, Instance, build

Floats = NDArray[np.float64]
Tick = Callable[[int, int], None]
"""Called with designs done and designs in all; raising from it cancels."""

DESIGNS = 30
"""Laydowns that are drawn by default."""

ATTEMPTS = 20
"""Draws tried for each laydown wanted, since small scenarios draw the same one again."""

DRAW_STREAM = 13
"""Stream of the addressed draws for laydowns."""


@dataclass(frozen=True, eq=False)
class RankCorrelation:
    """Spearman's rank correlation with an interval (Bonett and Wright, Psychometrika 65, 2000)."""

    rho: float
    low: float
    high: float
    level_fraction: float
    designs: int

    def words(self) -> str:
        """The correlation with its interval, and what the interval allows to say."""
        if self.high < 0.0:
            verdict = "more covered value goes with fewer leakers"
        elif self.low > 0.0:
            verdict = "more covered value goes with MORE leakers"
        else:
            verdict = "no relation can be told from chance"
        return f"{self.rho:+.2f} ({self.low:+.2f} to {self.high:+.2f}) over {self.designs} designs: {verdict}"


def rank_correlation(first: Floats, second: Floats, level_fraction: float = 0.95) -> RankCorrelation:
    """Rank two measures of the same designs against each other.

    Parameters
    ----------
    first, second : ndarray, shape (designs,)
        At least four designs.
    level_fraction : float
        Level of the interval [1].

    Returns
    -------
    RankCorrelation
        Zero with an interval from -1 to 1 when one of them does not vary.
    """
    from scipy.special import ndtri
    from scipy.stats import spearmanr

    n = first.size
    if n < 4 or first.shape != second.shape:
        raise InputError.one(
            "rank_correlation", "first, second", (first.shape, second.shape), "give four or more pairs"
        )
    if np.ptp(first) == 0.0 or np.ptp(second) == 0.0:
        return RankCorrelation(0.0, -1.0, 1.0, level_fraction, n)
    rho = float(spearmanr(first, second).statistic)
    # A perfect ranking of few designs is no proof of a perfect relation: the transform needs room.
    centre = np.arctanh(np.clip(rho, -1.0 + 1e-9, 1.0 - 1e-9))
    half = float(ndtri(0.5 + 0.5 * level_fraction)) * np.sqrt((1.0 + 0.5 * rho * rho) / (n - 3))
    return RankCorrelation(
        rho, float(np.tanh(centre - half)), float(np.tanh(centre + half)), level_fraction, n
    )


@dataclass(frozen=True, eq=False)
class CoveragePrediction:
    """Siting objective and simulated leakers of many laydowns."""

    raid: str
    names: tuple[str, ...]
    """Laydowns: those given, then those drawn"""
    kept_fraction: Floats
    """(designs,) share of units that stand where the reference laydown has them; 1 for those given [1]"""
    objective: Floats
    """(designs,) value of the siting model [1]"""
    leakers: Floats
    """(designs,) mean threats that got through, decoys apart"""
    error: Floats
    """(designs,) Monte-Carlo standard errors of these"""
    overall: RankCorrelation
    """Over all designs, which were drawn to span poor and good ones"""
    better_half: RankCorrelation
    """Over the half with the higher objective: whether it still tells good designs apart"""
    trials: int
    seed: int

    def to_json(self) -> dict[str, Any]:
        """Designs and correlations as plain data."""
        return {
            "raid": self.raid, "trials": self.trials, "seed": self.seed,
            "designs": [
                {"laydown": name, "kept_fraction": float(kept), "objective": float(value),
                 "leakers": float(mean), "monte_carlo_error": float(error)}
                for name, kept, value, mean, error in zip(
                    self.names, self.kept_fraction, self.objective, self.leakers, self.error, strict=True
                )
            ],
            "overall": {**vars(self.overall), "words": self.overall.words()},
            "better_half": {**vars(self.better_half), "words": self.better_half.words()},
        }  # fmt: skip


def coverage_prediction(
    scenario: Scenario,
    coverage: Coverage,
    given: Mapping[str, Laydown] | None = None,
    *,
    seed: int,
    designs: int = DESIGNS,
    trials: int = 200,
    raid: str | None = None,
    threads: int | None = None,
    tick: Tick | None = None,
) -> CoveragePrediction:
    """Rank laydowns by the siting objective and by simulated leakers.

    Parameters
    ----------
    scenario, coverage
        The scenario and its sweeps.
    given : mapping of str to Laydown, optional
        Laydowns to include, such as today's and the designed one; the last is the reference that drawn ones
        start from. Without it the laydown the scenario states.
    seed : int
        Of the draws and of the raids, which all designs share.
    designs : int
        Laydowns in all. Those drawn keep an evenly rising share of the reference's posts and put the other
        units on free sites by chance, so that they span poor and good ones.
    trials : int
        Nights for each design.
    raid : str, optional
        Raid id; without it the scenario's first.
    threads : int, optional
        Workers; the result does not depend on it.
    tick : callable, optional
        Called with designs done and designs in all.

    Returns
    -------
    CoveragePrediction

    Raises
    ------
    InputError
        For fewer than eight designs, or a scenario without sites, units to move, or anything to cover.
    """
    held = dict(given) if given else {scenario.laydown.name: scenario.laydown}
    _check(scenario, held, designs)
    shares = [1.0] * len(held)
    for share, laydown in _drawn(scenario, held, designs, seed):
        held[laydown.name] = laydown
        shares.append(share)
    instance = build(scenario, coverage, reference_threat(scenario))
    objective, leakers, error = (np.zeros(len(held)) for _ in range(3))
    for k, laydown in enumerate(held.values()):
        objective[k] = objective_of(instance, laydown)
        found = simulate(
            scenario, coverage, laydown, seed=seed, trials=trials, raid=raid, threads=threads
        ).leakers
        leakers[k] = found.mean()
        error[k] = found.std(ddof=1) / np.sqrt(found.size)
        if tick is not None:
            tick(k + 1, len(held))
    better = np.argsort(-objective, kind="stable")[: max(4, len(held) // 2)]
    return CoveragePrediction(
        scenario.raid(raid).id, tuple(held), np.array(shares), objective, leakers, error,
        rank_correlation(objective, leakers), rank_correlation(objective[better], leakers[better]), trials, seed,
    )  # fmt: skip


def _check(scenario: Scenario, held: Mapping[str, Laydown], designs: int) -> None:
    problems = []
    if designs < max(8, len(held)):
        problems.append(Problem("coverage_prediction", "designs", designs, "give eight designs or more"))
    if not scenario.sites:
        problems.append(
            Problem("scenario", "sites", None, "there are none; add sites.csv or run candidates first")
        )
    if all(unit.fixed for unit in scenario.units):
        problems.append(Problem("scenario", "units", None, "none is free to be moved"))
    if not scenario.places and not scenario.assets:
        problems.append(Problem("scenario", "assets", None, "there is nothing to cover"))
    if problems:
        raise InputError(problems)


def _drawn(
    scenario: Scenario, held: Mapping[str, Laydown], designs: int, seed: int
) -> list[tuple[float, Laydown]]:
    """Laydowns that differ from those held and from each other, with the share of posts they were to keep."""
    reference, wanted = list(held.values())[-1], designs - len(held)
    seen = {frozenset(laydown.posts) for laydown in held.values()}
    found: list[tuple[float, Laydown]] = []
    for number in range(ATTEMPTS * wanted):
        if len(found) == wanted:
            break
        share = len(found) / wanted
        laydown = drawn_laydown(scenario, reference, share, seed, number)
        if frozenset(laydown.posts) not in seen:
            seen.add(frozenset(laydown.posts))
            found.append((share, laydown))
    return found


def drawn_laydown(
    scenario: Scenario, reference: Laydown, kept_fraction: float, seed: int, number: int
) -> Laydown:
    """Keep a share of a laydown's posts and put its other units on free sites, by addressed draws.

    Parameters
    ----------
    scenario : Scenario
        Fixed units stay; sites that are excluded or do not suit a unit are left out.
    reference : Laydown
    kept_fraction : float
        Chance of each unit to stay [1].
    seed, number : int
        Address of the laydown's draws.
    """

    def draw(what: int, unit: int) -> float:
        return float(uniform(seed, number, DRAW_STREAM, 4 * unit + what))

    units = {unit.id: n for n, unit in enumerate(scenario.units)}
    stays = [
        scenario.units[units[post.unit]].fixed or draw(0, units[post.unit]) < kept_fraction
        for post in reference.posts
    ]
    posts = [post for post, keep in zip(reference.posts, stays, strict=True) if keep]
    taken = {post.site for post in posts} | set(scenario.siting.exclusion)
    for post, keep in zip(reference.posts, stays, strict=True):
        if keep:
            continue
        unit = scenario.units[units[post.unit]]
        free = [
            site.id
            for site in scenario.sites
            if site.id not in taken and (not site.suits or {unit.sensor, unit.effector} & set(site.suits))
        ]
        if not free:
            continue  # more units than sites: this one stays in reserve, as in a design
        site = free[int(draw(1, units[post.unit]) * len(free))]
        bearing = BEARINGS_DEG[int(draw(2, units[post.unit]) * len(BEARINGS_DEG))]
        taken.add(site)
        posts.append(Post(unit=unit.id, site=site, bearing_deg=float(bearing)))
    posts.sort(key=lambda post: units[post.unit])
    return Laydown(posts=tuple(posts), name=f"drawn {number + 1}", notional=True)


def objective_of(instance: Instance, laydown: Laydown) -> float:
    """Value of a laydown in the siting model [1], with bearings moved to the nearest one of that model."""
    site_number = {site: number for number, site in enumerate(instance.sites)}
    kind_of = {unit: kind for kind, ids in enumerate(instance.members) for unit in ids}
    chosen = []
    for post in laydown.posts:
        if post.unit not in kind_of or post.site not in site_number:
            continue
        here = np.flatnonzero(
            (instance.option_kind == kind_of[post.unit]) & (instance.option_site == site_number[post.site])
        )
        if here.size:
            turn = np.abs((instance.option_bearing_deg[here] - post.bearing_deg + 180.0) % 360.0 - 180.0)
            chosen.append(int(here[int(np.argmin(turn))]))
    return Search(instance, 0).value(chosen)
