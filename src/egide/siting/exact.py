"""Proofs by branch and cut: mixed-integer models given to HiGHS, always the same way.

HiGHS (Huangfu and Hall 2018) runs on one thread with a fixed seed, so that the same model gives the same
answer. It is loaded only when a proof needs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from egide.siting.clock import Clock

_NODES = 200_000  # budget of branch-and-cut nodes, the same on any machine


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Minimise or maximise cost . z, row_low <= matrix z <= row_high, low <= z <= high, some z whole."""

    maximise: bool
    cost: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    whole: NDArray[np.bool_]
    matrix: sp.csr_array
    row_low: NDArray[np.float64]
    row_high: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """What branch and cut found: a point if any, a bound, and whether it ran its course."""

    point: NDArray[np.float64] | None
    bound: float
    finished: bool
    infeasible: bool
    out_of_time: bool


def prove(
    model: Model,
    clock: Clock,
    *,
    gap: float,
    absolute: float,
    start: NDArray[np.float64] | None = None,
    relax: bool = False,
) -> Proof:
    """Solve a model within a relative and an absolute gap.

    Parameters
    ----------
    model : Model
        The problem.
    clock : Clock
        Its limit stops the solver.
    gap, absolute : float
        Relative and absolute distance from bound to incumbent at which to stop.
    start : ndarray of float64, optional
        A feasible point to begin with.
    relax : bool
        Solve only the linear relaxation.

    Returns
    -------
    Proof
        The bound is valid however the run ended.
    """
    highspy = _load()
    solver: Any = highspy.Highs()
    for name, value in (
        ("output_flag", False),
        ("threads", 1),
        ("parallel", "off"),
        ("random_seed", 0),
        ("mip_rel_gap", float(gap)),
        ("mip_abs_gap", float(absolute)),
        ("mip_max_nodes", _NODES),
        ("time_limit", float(min(clock.left_s(), 1e9))),
    ):
        solver.setOptionValue(name, value)
    solver.passModel(_as_highs(model, relax))
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = list(start)
        solver.setSolution(solution)
    solver.run()
    status = solver.getModelStatus()
    kinds = highspy.HighsModelStatus
    info = solver.getInfo()
    worst = np.inf if model.maximise else -np.inf
    infeasible = status in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible)
    finished = status == kinds.kOptimal
    solution = solver.getSolution()
    usable = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    point = np.asarray(solution.col_value, np.float64) if usable else None
    if relax:
        bound = float(info.objective_function_value) if finished else worst
    else:
        bound = float(info.mip_dual_bound) if not infeasible else worst
    return Proof(point, bound, finished, infeasible, status == kinds.kTimeLimit)


def _load() -> Any:
    """The solver's module; its stubs do not follow its constructors, so it is left untyped."""
    import highspy

    return highspy


def _as_highs(model: Model, relax: bool) -> Any:
    highspy = _load()
    lp = highspy.HighsLp()
    rows = sp.csr_array(model.matrix)
    lp.num_col_ = model.cost.shape[0]
    lp.num_row_ = rows.shape[0]
    lp.sense_ = highspy.ObjSense.kMaximize if model.maximise else highspy.ObjSense.kMinimize
    lp.col_cost_ = model.cost
    lp.col_lower_ = model.low
    lp.col_upper_ = model.high
    lp.row_lower_ = model.row_low
    lp.row_upper_ = model.row_high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = rows.indptr.astype(np.int32)
    lp.a_matrix_.index_ = rows.indices.astype(np.int32)
    lp.a_matrix_.value_ = rows.data.astype(np.float64)
    if not relax:
        kinds = highspy.HighsVarType
        lp.integrality_ = [kinds.kInteger if w else kinds.kContinuous for w in model.whole]
    return lp
