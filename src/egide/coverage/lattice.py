"""Maps: which nodes of a regular lattice over the demand grid a unit sees or can shoot at.

A lattice is every n-th cell of the demand grid. What a unit reaches is worked out on the rectangle round
its range alone, so that the many short ranges of a theatre cost next to nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egide.coverage.reach import Beam, Placed, effector_beam, kernel_arguments, own_radar_beam, sensor_beam
from egide.coverage.result import Coverage
from egide.kernels import reach as kernel
from egide.model.catalogue_types import ThreatType
from egide.model.scenario import Scenario


@dataclass(frozen=True)
class Lattice:
    """Every `stride`-th cell of a demand grid."""

    first_row: int
    """Row of node (0, 0) on the demand grid."""
    first_col: int
    """Column of node (0, 0) on the demand grid."""
    stride: int
    """Cells from node to node."""
    x0_m: float
    """Easting of node (0, 0) [m]."""
    y0_m: float
    """Northing of node (0, 0) [m]."""
    step_m: float
    """Distance from node to node [m]."""
    ground_m: NDArray[np.float32]
    """Ground above mean sea level at the nodes [m], shape (rows, cols); NaN without data."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of nodes."""
        return int(self.ground_m.shape[0]), int(self.ground_m.shape[1])


@dataclass(frozen=True)
class Patch:
    """Part of a lattice that something reaches."""

    rows: slice
    cols: slice
    mask: NDArray[np.bool_]
    """Shape of the part."""

    @property
    def at(self) -> tuple[slice, slice]:
        """Index of the part in an array of the lattice's shape."""
        return self.rows, self.cols


def lattice_of(coverage: Coverage, most_nodes: int) -> Lattice:
    """Lattice over the whole demand grid with no more than so many nodes, about.

    Parameters
    ----------
    coverage : Coverage
    most_nodes : int
        The stride is the smallest that keeps to it.
    """
    grid = coverage.grid
    stride = max(1, math.ceil(math.sqrt(grid.shape[0] * grid.shape[1] / most_nodes)))
    first_row, first_col = (min(stride // 2, size - 1) for size in grid.shape)
    first = grid.position(first_row, first_col)
    ground = coverage.ground_m[first_row::stride, first_col::stride]
    return Lattice(
        first_row, first_col, stride, first.x_m, first.y_m, grid.cell_m * stride, np.ascontiguousarray(ground)
    )


def sees_patch(
    coverage: Coverage, placed: Placed, threat: ThreatType, lattice: Lattice, height_agl_m: float
) -> Patch | None:
    """Nodes at a height above ground that the unit's sensor sees; None where it can see none."""
    if placed.sensor is None:
        return None
    return beam_patch(coverage, sensor_beam(placed, placed.sensor, threat), lattice, height_agl_m)


def shoots_patch(
    scenario: Scenario,
    coverage: Coverage,
    placed: Placed,
    threat: ThreatType,
    lattice: Lattice,
    height_agl_m: float,
) -> Patch | None:
    """Nodes at a height above ground in the unit's envelope, cued or not; None where there are none.

    Ballistic threats have no envelope by height (see `egide.coverage.reach.shoots`).
    """
    effector = placed.effector
    if effector is None or height_agl_m < effector.min_height_agl_m.value:
        return None
    patch = beam_patch(coverage, effector_beam(scenario, placed, threat), lattice, height_agl_m)
    if patch is None:
        return None
    mask = patch.mask & (lattice.ground_m[patch.at] + height_agl_m <= effector.max_height_amsl_m.value)
    if effector.sensor is not None:
        radar = beam_patch(coverage, own_radar_beam(scenario, placed, threat), lattice, height_agl_m)
        if radar is None:
            return None
        whole = np.zeros(lattice.shape, dtype=np.bool_)
        whole[radar.at] = radar.mask
        mask &= whole[patch.at]
    return Patch(patch.rows, patch.cols, mask)


def beam_patch(coverage: Coverage, beam: Beam | None, lattice: Lattice, height_agl_m: float) -> Patch | None:
    """Nodes at a height above ground that a beam reaches; None where there are none in its range."""
    if beam is None:
        return None
    window, station = kernel_arguments(coverage, beam)
    span = beam.max_range_m / lattice.step_m
    row = (lattice.y0_m - station.north_m) / lattice.step_m
    col = (station.east_m - lattice.x0_m) / lattice.step_m
    top, bottom = _clipped(row - span, row + span, lattice.shape[0])
    left, right = _clipped(col - span, col + span, lattice.shape[1])
    if top >= bottom or left >= right:
        return None
    mask = np.empty((bottom - top, right - left), dtype=np.bool_)
    kernel.reach_block(
        window, station, lattice.ground_m[top:bottom, left:right], float(height_agl_m),
        lattice.x0_m + left * lattice.step_m, lattice.y0_m - top * lattice.step_m, lattice.step_m,
        lattice.first_row + top * lattice.stride, lattice.first_col + left * lattice.stride, lattice.stride,
        mask,
    )  # fmt: skip
    return Patch(slice(top, bottom), slice(left, right), mask)


def _clipped(low: float, high: float, size: int) -> tuple[int, int]:
    """Whole numbers from low to high that lie in 0 to size, as first and end."""
    return max(0, math.ceil(low)), min(size, math.floor(high) + 1)
