"""Minutes of warning: from the first confirmed track to arrival, along straight legs."""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from egide.assessment.atlas import Atlas
from egide.assessment.board import Board
from egide.assessment.threats import Axis, Representative, ballistic_threats
from egide.coverage.field import field_at
from egide.geo import project
from egide.kernels.warning import confirmed_on_legs

SCANS_TO_CONFIRM: Final = 3
"""Looks that hold a target without a break before its track counts as confirmed; assumed: 3 of 3."""


def atlas_of(board: Board) -> Atlas:
    """Work out the warning of every place and asset, by threat class and axis.

    A threat flies level, at its height above ground, from where the axis begins to the target: straight, or by
    the turning points of the route that the raids take from there.
    It is held while a linked sensor sees it, and confirmed after `SCANS_TO_CONFIRM` looks of the quickest
    one in a row; the warning is what is left of the flight. Sensors that are not linked warn nobody.

    Parameters
    ----------
    board : Board

    Returns
    -------
    Atlas
        Exact to about half a cell of the map, divided by the speed.
    """
    scenario = board.scenario
    grid = board.coverage.grid
    x_m = grid.origin[0] + board.cols.astype(np.float64) * grid.cell_m
    y_m = grid.origin[1] - board.rows.astype(np.float64) * grid.cell_m
    with ThreadPoolExecutor(min(len(board.classes), os.cpu_count() or 1)) as pool:
        found = list(pool.map(lambda one: _of_class(board, one, board.axes, x_m, y_m), board.classes))
    return Atlas(
        places=board.people.size,
        targets=tuple(noun.id for noun in board.nouns),
        names=tuple(noun.name for noun in board.nouns),
        kinds=(*("place" for _ in scenario.places), *(asset.kind for asset in scenario.assets)),
        regions=tuple(noun.region for noun in board.nouns),
        people=np.concatenate(
            [board.people, np.array([asset.population for asset in scenario.assets], dtype=np.int64)]
        ),
        responders_s=np.array(
            [math.nan] * board.people.size
            + [math.nan if one.responders_s is None else one.responders_s for one in scenario.assets],
            dtype=np.float64,
        ),
        classes=tuple(one.label for one in board.classes),
        threats=tuple(one.threat.id for one in board.classes),
        heights_agl_m=tuple(one.height_agl_m for one in board.classes),
        speeds_mps=tuple(one.threat.speed_mps.value for one in board.classes),
        axes=tuple(axis.id for axis in board.axes),
        axis_names=tuple(axis.name for axis in board.axes),
        warning_s=np.stack([warning_s for warning_s, _ in found], axis=1),
        sensor=np.stack([sensor for _, sensor in found], axis=1),
        units=tuple(unit.unit.id for unit in board.placed),
        types=tuple("" if unit.sensor is None else unit.sensor.id for unit in board.placed),
        not_assessed=tuple(
            dict.fromkeys(threat.threat_class.value for threat in ballistic_threats(scenario))
        ),
        by_region=scenario.report_by_region,
    )


def _of_class(
    board: Board,
    one: Representative,
    axes: tuple[Axis, ...],
    x_m: NDArray[np.float64],
    y_m: NDArray[np.float64],
) -> tuple[NDArray[np.float32], NDArray[np.int16]]:
    """Warning and sensor of one class, each of shape (targets, axes)."""
    lattice = board.lattice
    field = field_at(
        board.scenario, board.coverage, board.placed, one.threat, lattice, one.height_agl_m, effectors=False
    )
    start_x, start_y = route_starts(board, axes, x_m, y_m)
    to_x, to_y = (np.ascontiguousarray(np.repeat(part, len(axes))) for part in (x_m, y_m))
    left_m = np.empty(to_x.size)
    row, col = np.empty(to_x.size, dtype=np.int64), np.empty(to_x.size, dtype=np.int64)
    speed = one.threat.speed_mps.value
    confirmed_on_legs(
        field.looks_per_s, lattice.x0_m, lattice.y0_m, lattice.step_m, start_x, start_y,
        *turning_points(board, axes), to_x, to_y, speed, float(SCANS_TO_CONFIRM), left_m, row, col,
    )  # fmt: skip
    sensor = np.where(row >= 0, field.owner[row, col], np.int16(-1))
    shape = (x_m.size, len(axes))
    return (left_m / speed).astype(np.float32).reshape(shape), sensor.astype(np.int16).reshape(shape)


def route_starts(
    board: Board, axes: tuple[Axis, ...], x_m: NDArray[np.float64], y_m: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where the routes to targets begin, target by target and axis by axis, shape (targets * axes,) [m]."""
    grid = board.coverage.grid
    far_m = math.hypot(*grid.shape) * grid.cell_m
    middle = grid.convergence_deg(grid.position(grid.shape[0] / 2, grid.shape[1] / 2))
    starts = [axis.starts(x_m, y_m, grid.crs, far_m, middle) for axis in axes]
    east = np.stack([one for one, _ in starts], axis=1).ravel()
    north = np.stack([one for _, one in starts], axis=1).ravel()
    return np.ascontiguousarray(east), np.ascontiguousarray(north)


def turning_points(
    board: Board, axes: tuple[Axis, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Eastings and northings of the axes' turning points [m], shape (axes, most), and how many each has."""
    counts = np.array([len(axis.turns) for axis in axes], dtype=np.int64)
    east = np.full((len(axes), int(counts.max(initial=0))), np.nan)
    north = east.copy()
    for number, axis in enumerate(axes):
        if axis.turns:
            lon, lat = (np.array(part) for part in zip(*axis.turns, strict=True))
            east[number, : lon.size], north[number, : lon.size] = project(lon, lat, board.coverage.grid.crs)
    return east, north, counts
