"""The site plan: where sensors look and are blind, and who may operate which effector."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from egide.assessment.board import Board
from egide.assessment.rows import EffectorRow, SensorRow
from egide.coverage.reach import Placed, effector_beam, points_at, reached, sensor_beam
from egide.coverage.stations import horizon_m
from egide.geo import Grid

AZIMUTHS: Final = 180
"""Directions looked into, every 2 degrees."""

STEPS: Final = 24
"""Ranges looked at in each direction."""

BLIND_BELOW: Final = 0.5
"""A direction is blind where less than this share of the way to the end of the reach is seen; assumed."""


def sensor_rows(board: Board) -> tuple[SensorRow, ...]:
    """Every sensor of the laydown, with its blind arcs against the reference threat at the height it flies.

    A direction is blind when the sensor sees the threat over less than half of the way to the end of its
    reach, or to the horizon of a smooth earth if that is nearer: outside its sector, behind relief, or above
    and below its limits of elevation.
    """
    column = [one.threat.id for one in board.classes].index(board.threat.id)
    height = board.classes[column].height_agl_m
    return tuple(_sensor_row(board, unit, height) for unit in board.placed if unit.unit.sensor is not None)


def _sensor_row(board: Board, unit: Placed, height_agl_m: float) -> SensorRow:
    assert unit.sensor is not None  # callers ask for units with one
    beam = sensor_beam(unit, unit.sensor, board.threat)
    blind = np.ones(AZIMUTHS, dtype=np.bool_)
    if beam is not None:
        number = board.coverage.station_index(beam.station)
        east_m, north_m = board.coverage.positions_m[number]
        azimuth = np.radians(np.arange(AZIMUTHS) * 360.0 / AZIMUTHS - board.coverage.convergence_deg[number])
        horizon = horizon_m(beam.station.mast_m, height_agl_m, board.coverage.k_factor)
        ranges = min(beam.max_range_m, horizon) * (np.arange(STEPS) + 0.5) / STEPS
        x_m = (east_m + ranges[None, :] * np.sin(azimuth)[:, None]).ravel()
        y_m = (north_m + ranges[None, :] * np.cos(azimuth)[:, None]).ravel()
        rows, cols = board.coverage.grid.indices(x_m, y_m)
        seen = reached(board.coverage, beam, points_at(board.coverage, rows, cols, height_agl_m))
        known = _inside(board.coverage.grid, rows, cols).reshape(AZIMUTHS, STEPS)
        # What lies beyond the terrain does not count; a direction that begins beyond it is as good as blind.
        share = seen.reshape(AZIMUTHS, STEPS).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        blind = share < BLIND_BELOW
    begins, ends = arcs(blind)
    return SensorRow(
        unit=unit.unit.id,
        type=unit.sensor.id,
        kind=unit.sensor.kind.value,
        site=unit.post.site,
        region=board.scenario.site(unit.post.site).region,
        bearing_deg=unit.post.bearing_deg,
        sector_deg=unit.sensor.azimuth_sector_deg.value,
        range_m=0.0 if beam is None else beam.max_range_m,
        height_agl_m=height_agl_m,
        blind_from_deg=begins,
        blind_to_deg=ends,
        blind_fraction=float(blind.mean()),
        false_alarms_per_day=unit.sensor.false_alarms_per_day.value,
        is_linked=unit.unit.linked,
    )


def _inside(grid: Grid, rows: NDArray[np.int64], cols: NDArray[np.int64]) -> NDArray[np.bool_]:
    return (rows >= 0) & (cols >= 0) & (rows < grid.shape[0]) & (cols < grid.shape[1])


def arcs(blind: NDArray[np.bool_]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Runs of blind directions round the horizon, as their beginnings and ends [deg].

    Parameters
    ----------
    blind : ndarray of bool
        Directions at equal steps clockwise from north, shape (directions,).

    Returns
    -------
    tuple of tuple of float
        Each arc reaches half a step beyond its directions; all round is one arc from 0 to 360.
    """
    step = 360.0 / blind.size
    if blind.all():
        return (0.0,), (360.0,)
    begins = np.flatnonzero(blind & ~np.roll(blind, 1))
    ends = np.flatnonzero(blind & ~np.roll(blind, -1))
    if begins.size and ends[0] < begins[0]:
        ends = np.roll(ends, -1)
    half = step / 2.0
    return (
        tuple(float((one * step - half) % 360.0) for one in begins),
        tuple(float((one * step + half) % 360.0) for one in ends),
    )


def effector_rows(board: Board) -> tuple[EffectorRow, ...]:
    """Every effector of the laydown, and who may lawfully operate it, as the catalogue states."""
    rows = []
    for unit in board.placed:
        if unit.effector is None:
            continue
        beam = effector_beam(board.scenario, unit, board.threat)
        rows.append(
            EffectorRow(
                unit=unit.unit.id,
                type=unit.effector.id,
                kind=unit.effector.kind.value,
                layer=unit.effector.layer.value,
                site=unit.post.site,
                region=board.scenario.site(unit.post.site).region,
                bearing_deg=unit.post.bearing_deg,
                sector_deg=unit.effector.azimuth_sector_deg.value,
                range_m=unit.effector.max_range_m.value if beam is None else beam.max_range_m,
                lawful_operator=unit.effector.lawful_operator,
                partner=unit.unit.partner or "",
            )
        )
    return tuple(rows)
