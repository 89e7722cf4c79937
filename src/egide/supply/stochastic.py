"""What it is worth to know, and to plan for chance: EVPI and VSS of decisions with recourse."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from egide.errors import InputError, Problem
from egide.supply.inputs import FloatArray
from egide.supply.linear import unit_scale


@dataclass(frozen=True, slots=True)
class TwoStage:
    """A linear plan now, a linear recourse once the scenario is known; costs are minimised.

    min c x + sum_s p_s q_s y_s with A x <= b, T_s x + W_s y_s <= h_s, x >= 0, y_s >= 0.
    """

    probability: FloatArray
    """(S,) p."""
    first_cost: FloatArray
    """(n,) c."""
    first_matrix: FloatArray
    """(k, n) A."""
    first_limit: FloatArray
    """(k,) b."""
    recourse_cost: FloatArray
    """(S, m) q."""
    technology: FloatArray
    """(S, r, n) T."""
    recourse: FloatArray
    """(S, r, m) W."""
    limit: FloatArray
    """(S, r) h."""
    whole: bool = False
    """Whether the first decision is in whole units."""


@dataclass(frozen=True, slots=True)
class StochasticValue:
    """Expected cost of planning for all scenarios, and what the two alternatives would change."""

    decision: FloatArray
    """(n,) best plan for all scenarios."""
    expected_cost: float
    """Its expected cost (recourse problem, RP)."""
    wait_and_see_cost: float
    """Expected cost if each scenario were known before deciding (WS)."""
    mean_decision: FloatArray
    """(n,) best plan for the mean scenario."""
    mean_decision_cost: float
    """Expected cost of that plan when scenarios differ after all (EEV); infinite when it fails in one, or when
    the mean scenario has no best plan (its decision is then not a number)."""
    evpi: float
    """Expected value of perfect information, RP - WS."""
    vss: float
    """Value of the stochastic solution, EEV - RP."""


def value_of_planning(problem: TwoStage) -> StochasticValue:
    """Solve a two-stage plan, and say what perfect information and planning for chance are worth.

    Parameters
    ----------
    problem : TwoStage

    Returns
    -------
    StochasticValue

    Raises
    ------
    InputError
        When shapes or probabilities do not fit, or no plan is feasible or the cost has no bound.

    References
    ----------
    J. R. Birge, F. Louveaux, "Introduction to Stochastic Programming", 2nd ed. (2011), chapter 4.
    """
    problem = _in_arrays(problem)
    _check(problem)
    scale = unit_scale(problem.first_cost, problem.recourse_cost)
    problem = replace(
        problem, first_cost=problem.first_cost / scale, recourse_cost=problem.recourse_cost / scale
    )
    p = problem.probability
    decision, cost = _solve(problem, p)
    if not math.isfinite(cost):
        raise InputError.one("value_of_planning", "problem", None, "has no feasible plan of finite cost")
    single = np.eye(p.size)
    known = sum(p[s] * _solve(problem, single[s])[1] for s in range(p.size) if p[s] > 0.0)
    mean = _mean_scenario(problem, p)
    mean_decision, _ = _solve(mean, np.ones(1))
    mean_cost = math.inf
    if np.isfinite(mean_decision).all():
        mean_cost = float(np.dot(problem.first_cost, mean_decision)) + sum(
            float(p[s]) * _recourse_cost(problem, int(s), mean_decision) for s in np.flatnonzero(p > 0.0)
        )
    return StochasticValue(
        decision=decision,
        expected_cost=cost * scale,
        wait_and_see_cost=float(known) * scale,
        mean_decision=mean_decision,
        mean_decision_cost=mean_cost * scale,
        evpi=(cost - float(known)) * scale,
        vss=(mean_cost - cost) * scale,
    )


_FIGURES = (
    "probability", "first_cost", "first_matrix", "first_limit", "recourse_cost", "technology", "recourse",
    "limit",
)  # fmt: skip


def _in_arrays(problem: TwoStage) -> TwoStage:
    """The same problem with arrays of finite numbers, whatever sequences it was stated in."""
    rows: dict[str, Any] = {}
    problems = []
    for name in _FIGURES:
        try:
            rows[name] = np.asarray(getattr(problem, name), dtype=np.float64)
        except (TypeError, ValueError):
            problems.append(Problem("TwoStage", name, None, "give an array of numbers"))
            continue
        if not np.isfinite(rows[name]).all():
            problems.append(Problem("TwoStage", name, None, "holds a number that is not finite"))
    if problems:
        raise InputError(problems)
    return replace(problem, **rows)


def _check(problem: TwoStage) -> None:
    p = problem.probability
    for name, axes in (
        ("probability", 1),
        ("first_cost", 1),
        ("first_limit", 1),
        ("recourse_cost", 2),
        ("limit", 2),
    ):
        if getattr(problem, name).ndim != axes:
            raise InputError.one("TwoStage", name, getattr(problem, name).shape, f"must have {axes} axes")
    n, s = problem.first_cost.size, p.size
    r, m = problem.limit.shape[-1], problem.recourse_cost.shape[-1]
    wanted = {
        "first_matrix": (problem.first_limit.size, n),
        "recourse_cost": (s, m),
        "technology": (s, r, n),
        "recourse": (s, r, m),
        "limit": (s, r),
    }
    for name, shape in wanted.items():
        if getattr(problem, name).shape != shape:
            raise InputError.one("TwoStage", name, getattr(problem, name).shape, f"must have shape {shape}")
    if (p < 0).any() or abs(p.sum() - 1.0) > 1e-9:
        raise InputError.one("TwoStage", "probability", p.tolist(), "give probabilities that sum to 1")


def _mean_scenario(problem: TwoStage, p: FloatArray) -> TwoStage:
    """The one scenario whose every figure is the mean."""
    parts = (problem.recourse_cost, problem.technology, problem.recourse, problem.limit)
    q, t, w, h = (np.tensordot(p, part, axes=1)[None] for part in parts)
    return TwoStage(
        np.ones(1), problem.first_cost, problem.first_matrix, problem.first_limit, q, t, w, h, problem.whole
    )


def _solve(problem: TwoStage, p: FloatArray) -> tuple[FloatArray, float]:
    """Best plan and expected cost over the scenarios of positive probability."""
    from scipy import optimize, sparse

    used = np.flatnonzero(p > 0.0)
    n, m = problem.first_cost.size, problem.recourse_cost.shape[1]
    problem_cost = np.concatenate([problem.first_cost, *[p[s] * problem.recourse_cost[s] for s in used]])
    blocks = [[sparse.csr_array(problem.first_matrix), *[None] * used.size]]
    for k, s in enumerate(used):
        row = [sparse.csr_array(problem.technology[s]), *[None] * used.size]
        row[k + 1] = sparse.csr_array(problem.recourse[s])
        blocks.append(row)
    if problem.first_limit.size == 0:
        blocks = blocks[1:]
    limit = np.concatenate([problem.first_limit, *[problem.limit[s] for s in used]])
    whole = np.concatenate([np.full(n, int(problem.whole)), np.zeros(used.size * m)])
    found = optimize.milp(
        problem_cost,
        constraints=optimize.LinearConstraint(sparse.block_array(blocks, format="csc"), ub=limit),
        integrality=whole,
        bounds=optimize.Bounds(0.0, np.inf),
        options={"mip_rel_gap": 0.0},  # the default of 1e-4 would be taken for value of information
    )
    if found.x is None:
        return np.full(n, np.nan), math.inf if found.status == 2 else -math.inf
    first = np.round(found.x[:n]) if problem.whole else np.asarray(found.x[:n])
    return first, float(problem_cost @ found.x)


def _recourse_cost(problem: TwoStage, s: int, decision: FloatArray) -> float:
    """Cost of the best recourse in a scenario once the plan is fixed; infinite when there is none."""
    from scipy import optimize

    found = optimize.linprog(
        problem.recourse_cost[s],
        A_ub=problem.recourse[s],
        b_ub=problem.limit[s] - problem.technology[s] @ decision,
        bounds=(0.0, None),
        method="highs",
    )
    return float(problem.recourse_cost[s] @ found.x) if found.status == 0 else math.inf


def farmer_problem(
    yields: FloatArray | None = None, probability: FloatArray | None = None, acres: float = 500.0
) -> TwoStage:
    """The farmer of Birge and Louveaux: wheat, corn and sugar beets before the weather is known.

    Parameters
    ----------
    yields : (S, 3) array, optional
        Tonnes an acre in each scenario; by default 2.5, 3 and 20 less a fifth, as they are, plus a fifth.
    probability : (S,) array, optional
        Equal by default.
    acres : float
        Land.

    Returns
    -------
    TwoStage
        Its recourse is wheat and corn bought, wheat, corn, beets within and beets beyond the quota sold.

    Raises
    ------
    InputError
        When `yields` has not three columns.

    References
    ----------
    J. R. Birge, F. Louveaux, "Introduction to Stochastic Programming", 2nd ed. (2011), section 1.1.
    """
    tonnes = np.outer([0.8, 1.0, 1.2], [2.5, 3.0, 20.0]) if yields is None else np.asarray(yields, float)
    if tonnes.ndim != 2 or tonnes.shape[1] != 3:
        raise InputError.one("farmer_problem", "yields", tonnes.shape, "must have shape (scenarios, 3)")
    count = tonnes.shape[0]
    p = np.full(count, 1.0 / count) if probability is None else np.asarray(probability, float)
    technology = np.zeros((count, 4, 3))
    for crop in range(3):
        technology[:, crop, crop] = -tonnes[:, crop]
    # Wheat and corn: sold - bought - grown <= -needed. Beets: sold in all <= grown; within the quota <= 6000.
    recourse = np.array(
        [[-1, 0, 1, 0, 0, 0], [0, -1, 0, 1, 0, 0], [0, 0, 0, 0, 1, 1], [0, 0, 0, 0, 1, 0]], float
    )
    return TwoStage(
        probability=p,
        first_cost=np.array([150.0, 230.0, 260.0]),
        first_matrix=np.ones((1, 3)),
        first_limit=np.array([acres]),
        recourse_cost=np.tile([238.0, 210.0, -170.0, -150.0, -36.0, -10.0], (count, 1)),
        technology=technology,
        recourse=np.tile(recourse, (count, 1, 1)),
        limit=np.tile([-200.0, -240.0, 0.0, 6000.0], (count, 1)),
    )


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """A choice among a few plans under a few scenarios."""

    best: int
    """Row of the best plan in expectation."""
    expected: FloatArray
    """(D,) expected payoff of each plan."""
    evpi: float
    """What knowing the scenario before choosing would add."""
    regret: FloatArray
    """(D,) largest regret of each plan over the scenarios."""


def decision_table(payoff: FloatArray, probability: FloatArray) -> DecisionTable:
    """Compare plans whose payoff in every scenario is known.

    Parameters
    ----------
    payoff : (D, S) array
        Payoff of each plan in each scenario; more is better.
    probability : (S,) array

    Returns
    -------
    DecisionTable

    Raises
    ------
    InputError
        When the shapes differ or the probabilities do not sum to one.
    """
    table, p = np.asarray(payoff, dtype=np.float64), np.asarray(probability, dtype=np.float64)
    if not np.isfinite(table).all():
        raise InputError.one("decision_table", "payoff", None, "holds a number that is not finite")
    if table.ndim != 2 or p.shape != table.shape[1:] or not ((p >= 0).all() and abs(p.sum() - 1.0) <= 1e-9):
        raise InputError.one("decision_table", "probability", p.shape, "give a probability for each scenario")
    expected = table @ p
    best = int(expected.argmax())
    return DecisionTable(
        best=best,
        expected=expected,
        evpi=float(p @ table.max(axis=0) - expected[best]),
        regret=np.asarray((table.max(axis=0) - table).max(axis=1)),
    )
