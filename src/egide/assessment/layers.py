"""People and assets by height, layer and multiplicity; detection probability; loss of any unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from egide.assessment.board import Board, board_of
from egide.assessment.rows import DetectionMap, DetectionRow, LayerRow, LossRow
from egide.coverage.laydown_pd import laydown_pd
from egide.coverage.network import Picture, kept, layers_without_each
from egide.coverage.reach import Placed
from egide.coverage.result import Coverage
from egide.errors import InputError, Problem
from egide.model.catalogue_types import Layer
from egide.model.scenario import Scenario
from egide.model.unit import Laydown

BAND_WEIGHTS = {"low": 0.25, "value": 0.5, "high": 0.25}
"""Weights of the ends and the middle of an echo's band; assumed: half on the value itself."""


def layer_rows(board: Board, height_agl_m: float, over: Picture) -> list[LayerRow]:
    """Count people and assets in every layer at one height, by multiplicity."""
    effectors = {
        layer.value: np.array(
            [unit.effector is not None and unit.effector.layer is layer for unit in board.placed],
            dtype=np.bool_,
        )
        for layer in Layer
    }
    has_sensor = np.array([unit.sensor is not None for unit in board.placed], dtype=np.bool_)
    has_effector = np.array([unit.effector is not None for unit in board.placed], dtype=np.bool_)
    wanted: list[tuple[str, NDArray[np.bool_], NDArray[np.bool_]]] = [
        ("SENSOR", over.sees, has_sensor),
        ("ENVELOPE", over.envelope, has_effector),
        ("EFFECTOR", over.shoots, has_effector),
        *((name, over.shoots, mask) for name, mask in effectors.items() if mask.any()),
    ]
    rows = []
    for name, reached, mask in wanted:
        counts = reached[mask].sum(axis=0)
        places, assets = counts[board.places], counts[board.assets]
        people = (
            int(board.people[places >= 1].sum()),
            int(board.people[places >= 2].sum()),
            int(board.people[places >= 3].sum()),
        )
        number = (int((assets >= 1).sum()), int((assets >= 2).sum()), int((assets >= 3).sum()))
        rows.append(LayerRow(height_agl_m, name, int(mask.sum()), people, number))
    return rows


def detection_rows(board: Board, height_agl_m: float) -> list[DetectionRow]:
    """Detection over all people at one height, by echo: independent, common cause, and after a loss."""
    echo = board.threat.rcs_m2
    ends = {"low": echo.band[0], "value": echo.value, "high": echo.band[1]}
    points = board.points(height_agl_m, board.places)
    weights = board.people / max(1, int(board.people.sum()))
    means: dict[float, NDArray[np.float64]] = {}
    for rcs_m2 in dict.fromkeys(ends.values()):
        found = laydown_pd(board.scenario, board.coverage, board.placed, board.threat, rcs_m2, points)
        parts = (
            found.independent_fraction, found.common_cause_fraction, found.bad_night_fraction,
            found.after_worst_loss_fraction,
        )  # fmt: skip
        means[rcs_m2] = np.array([float(part @ weights) for part in parts])
    rows = [DetectionRow(height_agl_m, band, rcs_m2, *means[rcs_m2]) for band, rcs_m2 in ends.items()]
    mean = sum((BAND_WEIGHTS[band] * means[rcs_m2] for band, rcs_m2 in ends.items()), np.zeros(4))
    return [*rows, DetectionRow(height_agl_m, "weighted", None, *mean)]


def detection_map(board: Board) -> DetectionMap:
    """Detection over the map at the planning height, for the reference threat's echo."""
    height = board.planning_height_m
    found = laydown_pd(
        board.scenario, board.coverage, board.placed, board.threat, board.threat.rcs_m2.value, board.lattice,
        height,
    )  # fmt: skip
    return DetectionMap(
        height,
        np.round(100.0 * found.independent_fraction).astype(np.uint8),
        np.round(100.0 * found.common_cause_fraction).astype(np.uint8),
    )


def single_losses(board: Board, over: Picture) -> tuple[LossRow, ...]:
    """What the loss of each unit takes away at the planning height, the gravest first.

    Parameters
    ----------
    board : Board
    over : Picture
        Over all points, for the reference threat at the planning height.
    """
    after_effectors = layers_without_each(board.scenario, board.placed, over, board.threat)
    sensors = over.sensor_layers
    rows = [
        _loss_row(
            board, (unit,), board.planning_height_m, sensors, over.effector_layers,
            sensors - over.sees[number], after_effectors[number],
        )
        for number, unit in enumerate(board.placed)
    ]  # fmt: skip
    return tuple(sorted((row for row in rows if row.matters), key=_gravity))


def _gravity(row: LossRow) -> tuple[int, int, int, int, tuple[str, ...]]:
    return (
        -row.people_effector, -row.assets_below_required, -row.people_sensor, -row.people_two_effectors,
        row.units,
    )  # fmt: skip


def loss(
    scenario: Scenario, coverage: Coverage, laydown: Laydown | None, units: Iterable[str]
) -> tuple[LossRow, ...]:
    """What the loss of a named set of units takes away, at every reported height.

    Parameters
    ----------
    scenario : Scenario
    coverage : Coverage
        From `cover` on the same scenario.
    laydown : Laydown or None
        None for the one the scenario states.
    units : iterable of str
        Ids of units that the laydown posts.

    Returns
    -------
    tuple of LossRow
        One for each reported height. Cues that the lost units gave to others are lost with them.

    Raises
    ------
    InputError
        For units without a post, all of them at once.
    """
    lost = tuple(dict.fromkeys(units))
    board = board_of(scenario, coverage, scenario.laydown if laydown is None else laydown)
    posted = [unit.unit.id for unit in board.placed]
    problems = [
        Problem("loss", "units", unit, "has no post in the laydown; name a unit that stands somewhere")
        for unit in lost
        if unit not in posted
    ]
    if problems:
        raise InputError(problems)
    keep = np.array([unit not in lost for unit in posted], dtype=np.bool_)
    gone = [unit for unit, stays in zip(board.placed, keep, strict=True) if not stays]
    rows = []
    for height in scenario.heights_agl_m:
        before = board.picture(height)
        after = kept(scenario, board.placed, before, board.threat, keep)
        rows.append(
            _loss_row(
                board, gone, height, before.sensor_layers, before.effector_layers, after.sensor_layers,
                after.effector_layers,
            )
        )  # fmt: skip
    return tuple(rows)


def _loss_row(
    board: Board,
    gone: Sequence[Placed],
    height_agl_m: float,
    sensors: NDArray[np.int64],
    effectors: NDArray[np.int64],
    sensors_after: NDArray[np.int64],
    effectors_after: NDArray[np.int64],
) -> LossRow:
    def people(before: NDArray[np.int64], after: NDArray[np.int64], least: int) -> int:
        lose = (before[board.places] >= least) & (after[board.places] < least)
        return int(board.people[lose].sum())

    before, after = effectors[board.assets], effectors_after[board.assets]
    types = tuple(
        dict.fromkeys(
            label for unit in gone for label in (unit.unit.sensor, unit.unit.effector) if label is not None
        )
    )
    return LossRow(
        tuple(unit.unit.id for unit in gone),
        types,
        height_agl_m,
        people_sensor=people(sensors, sensors_after, 1),
        people_effector=people(effectors, effectors_after, 1),
        people_two_effectors=people(effectors, effectors_after, 2),
        assets_effector=int(((before >= 1) & (after < 1)).sum()),
        assets_below_required=int(((before >= board.required) & (after < board.required)).sum()),
    )
