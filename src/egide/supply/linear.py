"""HiGHS on arrays: the linear programmes of this room, and its mixed-integer ones with bound and gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from egide.supply.inputs import FloatArray

_LOOSE = 1e-2
"""Tolerance of the interior-point method, where points well inside are wanted and prices need not be exact."""


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
    solver = highspy.Highs()
    for option, value in (("output_flag", False), ("threads", 1), ("random_seed", 0)):
        solver.setOptionValue(option, value)
    return solver, model


def solve_lp(
    *, cost: FloatArray, upper: FloatArray, matrix: Any, row_low: FloatArray, row_high: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Nearly optimal, well centred point and row prices, by the interior-point method without crossover."""
    solver, model = _model(cost, upper, matrix, row_low, row_high)
    for option, value in (
        ("solver", "ipm"), ("run_crossover", "off"), ("ipm_optimality_tolerance", _LOOSE),
    ):  # fmt: skip
        solver.setOptionValue(option, value)
    solver.passModel(model)
    solver.run()
    solution = solver.getSolution()
    return np.array(solution.col_value), np.array(solution.row_dual)
