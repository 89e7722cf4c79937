"""The verb `needs`: the cheapest additions that meet the requirements in order of priority, with proof."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from datetime import date

import numpy as np

from egide.coverage.result import Coverage
from egide.errors import InputError, Problem
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.siting.answer import Status
from egide.siting.clock import Clock
from egide.siting.needs_answer import Alone, Parts, guideline_changes
from egide.siting.needs_model import Choice, Limits, NeedsModel, short_of, standing
from egide.siting.needs_reach import build
from egide.siting.needs_result import Needs
from egide.siting.options import PREFIX, check_swept, classes, offers

Tick = Callable[[int, int], None]
"""Called with work done and work in all; raising from it cancels."""

BUDGETS = (0.0, 0.25, 0.5, 1.0, 1.5)
"""Budgets of the front, relative to the answer's cost or the stated budget."""

FRONT_GAP = 0.002
"""Proven gap at which a point of the front is good enough."""

TIME_LIMIT_S = 60.0
"""Time the proofs may take together, by default [s]; the packaged scenarios need one second."""


def needs(
    scenario: Scenario,
    coverage: Coverage,
    *,
    seed: int,
    budget_eur: float | None = None,
    by: date | None = None,
    laydown: Laydown | None = None,
    time_limit_s: float = TIME_LIMIT_S,
    tick: Tick | None = None,
) -> Needs:
    """Find the cheapest additions that meet the stated requirements in order of priority.

    Parameters
    ----------
    scenario : Scenario
        Its `requirements` say what is asked for, its `options` what could be added.
    coverage : Coverage
        From `cover` on the same scenario; on `with_options(scenario)` where an option stands higher or
        reaches farther than every unit of the scenario.
    seed : int
        For the design that is added to, where no laydown is given. The proof itself draws nothing.
    budget_eur : float, optional
        What the additions may cost together [EUR]; without it the scenario's `siting.budget_eur`.
    by : date, optional
        Day by which additions must be in service; units that stand but come later do not count then.
    laydown : Laydown, optional
        What stands already; without it the one `site` designs for this seed, or the stated one where no
        unit is free to be placed.
    time_limit_s : float
        Time all proofs may take together [s]; reaching it is the status `time_limit`.
    tick : callable, optional
        Called with proofs done and proofs in all.

    Returns
    -------
    Needs
        First as few assets short as possible, requirement by requirement in order of priority, then the
        least cost; each with a bound.

    Raises
    ------
    InputError
        Without requirements or assets, for a budget that is no amount, for a class of threat or an option
        the catalogue does not hold, and where the coverage lacks sweeps that options need; all at once.
    """
    began = time.perf_counter()
    budget = scenario.siting.budget_eur if budget_eur is None else budget_eur
    _check(scenario, budget, time_limit_s)
    check_swept(scenario, coverage)
    stands = _in_service(scenario, _base(scenario, coverage, seed) if laydown is None else laydown, by)
    instance = build(scenario, coverage, stands, offers(scenario, by))
    scores = np.array([asset.cvrt_score for asset in scenario.assets], dtype=np.float64)
    solver = _Questions(NeedsModel(instance, scores, Clock(time_limit_s)), budget, tick)
    choice = solver.in_order()
    parts = Parts(scenario, instance, scores, choice, stands)
    requirements = parts.requirement_rows(solver.rows(), solver.costs)
    front = parts.front_points(solver.front())
    short = any(row.short for row in requirements)
    low, cost, high = parts.costs_eur
    bound = min(1e6 * solver.bound, cost)
    return Needs(
        laydown=parts.laydown, units=parts.units, additions=parts.additions,
        needs=parts.need_lines(), requirements=requirements,
        cost_eur=cost, cost_low_eur=low, cost_high_eur=high, bound_eur=bound,
        gap=(cost - bound) / cost if cost > 0.0 else 0.0, status=solver.status(short),
        value_before=parts.value_before, value=parts.value, front=front, not_bought=parts.not_bought(),
        guidelines=guideline_changes(scenario, coverage, stands, parts), base_laydown=stands.name,
        budget_eur=budget, by="" if by is None else by.isoformat(), options=len(scenario.options),
        columns=int(instance.column_offer.size), notional=scenario.notional,
        by_region=scenario.report_by_region, seed=seed, scenario_hash=scenario.fingerprint("laydown"),
        seconds=time.perf_counter() - began,
    )  # fmt: skip


def with_additions(scenario: Scenario, answer: Needs) -> Scenario:
    """The scenario as it would be with the additions: their units listed, posted and stated as the laydown."""
    held = {unit.id for unit in scenario.units}
    new = tuple(unit for unit in answer.units if unit.id not in held)
    return scenario.model_copy(update={"units": (*scenario.units, *new), "laydown": answer.laydown})


def _check(scenario: Scenario, budget_eur: float | None, time_limit_s: float) -> None:
    problems = []
    if not scenario.requirements:
        problems.append(
            Problem(
                "scenario", "requirements", None, "there are none; add requirements.csv to say what is asked"
            )
        )
    if not scenario.assets:
        problems.append(Problem("scenario", "assets", None, "there are none; requirements speak of assets"))
    known = classes(scenario)
    problems += [
        Problem(
            "requirements.csv",
            f"{one.id}.threat_class",
            one.threat_class,
            f"is no class with a type in the catalogue; known: {', '.join(sorted(known))}",
        )
        for one in scenario.requirements
        if one.threat_class not in known
    ]
    if budget_eur is not None and not (math.isfinite(budget_eur) and budget_eur >= 0.0):
        problems.append(Problem("needs", "budget_eur", budget_eur, "must be an amount of 0 or more"))
    if math.isnan(time_limit_s) or time_limit_s < 0.0:
        problems.append(Problem("needs", "time_limit_s", time_limit_s, "must be 0 or more"))
    taken = [unit.id for unit in scenario.units if unit.id.startswith(PREFIX)]
    options = {option.id for option in scenario.options}
    problems += [
        Problem("units.csv", "id", one, "is the id of a unit that could be added; rename it or its option")
        for one in taken
        if one.removeprefix(PREFIX).rpartition(".")[0] in options
    ]
    if problems:
        raise InputError(problems)


def _base(scenario: Scenario, coverage: Coverage, seed: int) -> Laydown:
    if not scenario.sites or all(unit.fixed for unit in scenario.units):
        return scenario.laydown
    from egide.siting.design import site

    return site(scenario, coverage, seed=seed).laydown


def _in_service(scenario: Scenario, laydown: Laydown, by: date | None) -> Laydown:
    if by is None:
        return laydown
    ready = [scenario.unit(post.unit).available_from or scenario.day for post in laydown.posts]
    posts = tuple(post for post, day in zip(laydown.posts, ready, strict=True) if day <= by)
    return laydown.model_copy(update={"posts": posts})


class _Questions:
    """The questions asked of the model, one after another."""

    def __init__(self, model: NeedsModel, budget_eur: float | None, tick: Tick | None) -> None:
        self.model, self.instance, self.budget_eur, self.tick = model, model.instance, budget_eur, tick
        self.asked = self.instance.asked
        self.groups = [
            [r for r, one in enumerate(self.asked) if one.requirement.priority == rank]
            for rank in sorted({one.requirement.priority for one in self.asked})
        ]
        self.finished = True
        self.done, self.total = 0, len(self.groups) + 3 * len(self.asked) + len(BUDGETS)
        self.costs = [0.0]
        self.bound = 0.0
        self.limits: list[tuple[list[int], int]] = []

    def _step(self, choice: Choice) -> Choice:
        self.done += 1
        self.finished &= choice.finished
        if self.tick is not None:
            self.tick(self.done, self.total)
        return choice

    def _short(self, choice: Choice, group: Sequence[int]) -> int:
        stands = standing(self.instance, choice.columns, choice.measures)
        return int(short_of(self.instance, stands)[list(group)].sum())

    def in_order(self) -> Choice:
        """Fewest short, priority by priority; then least cost, requirement by requirement."""
        best = Choice((), (), 0.0, 0.0, True)
        for group in self.groups:
            found = self._step(self.model.shortfall(group, self.limits, self.budget_eur))
            if found.found:
                best = found
            self.limits.append((group, self._short(best, group)))
        for r in range(len(self.asked)):
            last = r == len(self.asked) - 1
            found = self._step(self.model.cheapest(self._limits_to(r), self.budget_eur))
            if found.found and (last or self.costs[-1] <= found.objective):
                self.costs.append(found.objective)
            else:
                self.costs.append(self.costs[-1])
            if last:
                self.bound = max(found.bound, 0.0) if found.found else 0.0
                best = self._trimmed(found if found.found else best)
        return best

    def _limits_to(self, last: int) -> Limits:
        """Limits of the requirements up to one; a group that is cut is held to what its whole is held to."""
        held = []
        for group, limit in self.limits:
            part = [r for r in group if r <= last]
            if part:
                held.append((part, limit))
        return held

    def _trimmed(self, choice: Choice) -> Choice:
        """Leave out what changes no requirement, such as what costs nothing."""
        columns, measures = list(choice.columns), list(choice.measures)

        def holds() -> bool:
            stands = standing(self.instance, columns, measures)
            short = short_of(self.instance, stands)
            return all(int(short[list(group)].sum()) <= limit for group, limit in self.limits)

        for column in choice.columns:
            columns.remove(column)
            if not holds():
                columns.append(column)
        for measure in choice.measures:
            measures.remove(measure)
            if not holds():
                measures.append(measure)
        columns.sort()
        cost = self.instance.costs_eur
        spent = sum(cost[self.instance.column_offer[k]] for k in columns) + sum(cost[o] for o, _ in measures)
        return Choice(tuple(columns), tuple(measures), float(spent) / 1e6, choice.bound, choice.finished)

    def status(self, short: bool) -> str:
        """How it ended: proven, proven that not all can be met, or cut short."""
        if self.finished:
            return str(Status.INFEASIBLE if short else Status.OPTIMAL)
        return str(Status.TIME_LIMIT if self.model.clock.over() else Status.ITERATION_LIMIT)

    def rows(self) -> list[Alone]:
        """For each requirement alone: fewest short, least cost of that [EUR], and its bound [EUR]."""
        rows = []
        for r in range(len(self.asked)):
            found = self._step(self.model.shortfall([r], (), self.budget_eur))
            least = max(0, math.ceil(found.bound - 1e-6)) if math.isfinite(found.bound) else 0
            reached = self._short(found, [r])
            alone = self._step(self.model.cheapest([([r], reached)], self.budget_eur))
            bound = 1e6 * max(alone.bound, 0.0) if alone.found else 0.0
            rows.append((least, 1e6 * alone.objective if alone.found else None, bound))
        return rows

    def front(self) -> list[tuple[float, Choice]]:
        """Most value for each of a handful of budgets."""
        whole = 1e6 * self.costs[-1]
        if self.budget_eur:
            whole = self.budget_eur
        elif whole <= 0.0:
            prices = sorted(one.option.cost_eur for one in self.instance.offers)
            whole = 4.0 * prices[len(prices) // 2] if prices else 0.0
        found = []
        for budget in dict.fromkeys(share * whole for share in BUDGETS):
            found.append((budget, self._step(self.model.best_value(budget, FRONT_GAP))))
        return found
