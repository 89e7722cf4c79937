"""Minutes of warning: from the first confirmed track to arrival, along straight routes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egide.assessment.result import MapFrame
from egide.kernels.warning import confirmed_distance

SCANS_TO_CONFIRM = 3
"""Scans a track is held before it counts as confirmed; assumed: a 3-of-3 start without false tracks."""


@dataclass(frozen=True)
class Warning:
    """Warning along many straight routes."""

    warning_s: NDArray[np.float64]
    """Time from confirmed track to arrival [s], shape (routes,); NaN: no track before arrival."""
    row: NDArray[np.int64]
    """Map row where the track is confirmed, shape (routes,); -1: none."""
    col: NDArray[np.int64]
    """Map column where the track is confirmed, shape (routes,); -1: none."""


def warning_times(
    frame: MapFrame,
    seen: NDArray[np.bool_],
    start_m: NDArray[np.float64],
    target_m: NDArray[np.float64],
    speed_mps: float,
    scan_period_s: float,
) -> Warning:
    """Warning along straight routes over a map of what is seen.

    Parameters
    ----------
    frame : MapFrame
        Where the map lies.
    seen : ndarray of bool
        Whether a linked sensor sees the threat above each cell, shape of the frame.
    start_m, target_m : ndarray
        Eastings and northings, shape (routes, 2) [m]. A start may lie outside the map.
    speed_mps : float
        Constant speed [m/s].
    scan_period_s : float
        Time between looks [s]; `SCANS_TO_CONFIRM` of them confirm a track.
    """
    routes = len(start_m)
    left_m = np.empty(routes)
    row = np.empty(routes, dtype=np.int64)
    col = np.empty(routes, dtype=np.int64)
    confirm_m = SCANS_TO_CONFIRM * scan_period_s * speed_mps
    confirmed_distance(
        seen, frame.x0_m, frame.y0_m, frame.cell_m,
        np.ascontiguousarray(start_m[:, 0]), np.ascontiguousarray(start_m[:, 1]),
        np.ascontiguousarray(target_m[:, 0]), np.ascontiguousarray(target_m[:, 1]),
        confirm_m, left_m, row, col,
    )  # fmt: skip
    return Warning(left_m / speed_mps, row, col)
