"""HiGHS on arrays: the linear programmes of this room, and its mixed-integer ones with bound and gap."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from egide.supply.inputs import FloatArray


def unit_scale(*figures: FloatArray) -> float:
    """Power of two that brings the largest figure to between 1 and 2; 1 when there is none but zeros.

    HiGHS judges prices and costs by absolute tolerances: worths given in millionths, or in millions, would
    stop it too soon or too late. Dividing by a power of two changes no digit.
    """
    largest = max((float(np.abs(row).max(initial=0.0)) for row in figures), default=0.0)
    return math.ldexp(1.0, math.frexp(largest)[1] - 1) if largest > 0.0 else 1.0


def _model(
    cost: FloatArray, upper: FloatArray, matrix: Any, row_low: FloatArray, row_high: FloatArray
) -> tuple[Any, Any]:
    """Solver with the model min cost x, row_low <= A x <= row_high, 0 <= x <= upper; and its module."""
    import highspy

    columns = matrix.tocsc()
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = cost.size, row_low.size
    model.col_cost_, model.col_lower_, model.col_upper_ = cost, np.zeros(cost.size), upper
    model.row_lower_, model.row_upper_ = row_low, row_high
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = columns.indptr.astype(np.int32)
    model.a_matrix_.index_ = columns.indices.astype(np.int32)
    model.a_matrix_.value_ = columns.data
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (("output_flag", False), ("threads", 1), ("random_seed", 0)):
        solver.setOptionValue(option, value)
    return solver, model


def solve_lp(
    *,
    cost: FloatArray,
    upper: FloatArray,
    matrix: Any,
    row_low: FloatArray,
    row_high: FloatArray,
    tolerance: float,
) -> tuple[FloatArray, FloatArray]:
    """Nearly optimal, well centred point and row prices, by the interior-point method without crossover."""
    solver, model = _model(cost, upper, matrix, row_low, row_high)
    for option, value in (
        ("solver", "ipm"), ("run_crossover", "off"), ("ipm_optimality_tolerance", tolerance),
    ):  # fmt: skip
        solver.setOptionValue(option, value)
    solver.passModel(model)
    solver.run()
    solution = solver.getSolution()
    return np.array(solution.col_value), np.array(solution.row_dual)


@dataclass(frozen=True, slots=True)
class MixedSolution:
    """What HiGHS found: a point or none, its cost and the least cost any point can have."""

    feasible: bool
    """False when no point satisfies the constraints; True also when the nodes ended before one was found."""
    point: FloatArray | None
    cost: float
    bound: float


def solve_mip(
    *,
    cost: FloatArray,
    upper: FloatArray,
    whole: FloatArray,
    matrix: Any,
    row_low: FloatArray,
    row_high: FloatArray,
    gap: float,
    nodes: int,
) -> MixedSolution:
    """Minimise over points of which `whole` (non-zero) are whole numbers, to a relative gap or so many nodes.

    Budgeted in nodes and not in seconds, so that the same arguments give the same answer.
    """
    import highspy

    solver, model = _model(cost, upper, matrix, row_low, row_high)
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    model.integrality_ = [kinds[int(bool(flag))] for flag in whole]
    for option, value in (
        ("mip_rel_gap", gap),
        ("mip_max_nodes", nodes),
        ("mip_feasibility_tolerance", 1e-7),
    ):
        solver.setOptionValue(option, value)
    solver.passModel(model)
    solver.run()
    status, info = solver.getModelStatus(), solver.getInfo()
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return MixedSolution(False, None, np.inf, np.inf)
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return MixedSolution(True, None, np.inf, float(info.mip_dual_bound))
    found = float(info.objective_function_value)
    bound = float(info.mip_dual_bound) if np.any(whole) else found
    return MixedSolution(True, np.array(solver.getSolution().col_value), found, min(bound, found))
