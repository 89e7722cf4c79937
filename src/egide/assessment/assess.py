"""The verb `assess`: what is under coverage, what is not, how much warning."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from egide.assessment.atlas import Atlas
from egide.assessment.board import Board, board_of
from egide.assessment.gaps import gap_register, gap_rows
from egide.assessment.layers import detection_map, detection_rows, layer_rows, single_losses
from egide.assessment.result import Assessment, AssetRow, HeightRow, LayerMap, MapFrame
from egide.assessment.scorecard import scorecard
from egide.assessment.site_plan import effector_rows, sensor_rows
from egide.assessment.threats import ballistic_threats, reference_threat
from egide.assessment.warning import atlas_of
from egide.assessment.worksheet import worksheet
from egide.coverage.field import Field, field_at
from egide.coverage.network import Picture, picture
from egide.coverage.result import Coverage
from egide.model.catalogue_types import BALLISTIC
from egide.model.scenario import Scenario
from egide.model.unit import Laydown

__all__ = ["Tick", "assess", "reference_threat"]

Tick = Callable[[int, int], None]
"""Called with work done and work in all; raising from it cancels."""


def assess(
    scenario: Scenario, coverage: Coverage, laydown: Laydown | None = None, *, tick: Tick | None = None
) -> Assessment:
    """Assess a laydown.

    Parameters
    ----------
    scenario : Scenario
    coverage : Coverage
        From `cover` on the same scenario.
    laydown : Laydown, optional
        Without it, the one the scenario states.
    tick : callable, optional
        Called with steps done and steps in all.

    Returns
    -------
    Assessment
        People and assets under coverage by height and layer, the warning-time atlas, the worksheet from the
        critical to the defended asset list, the gap register, the scorecard, the site plan, and maps.

    Raises
    ------
    EgideError
        When the coverage was made for other sites or types.
    """
    board = board_of(scenario, coverage, scenario.laydown if laydown is None else laydown)
    heights = scenario.heights_agl_m
    steps, done = len(heights) + 2, 0

    def step() -> None:
        nonlocal done
        done += 1
        if tick is not None:
            tick(done, steps)

    above: list[tuple[Picture, Field]] = []
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for found in pool.map(lambda height: _above(board, height), heights):
            above.append(found)
            step()
    pictures = [over for over, _ in above]
    atlas = atlas_of(board)
    step()
    result = _assessment(board, heights, pictures, [field for _, field in above], atlas)
    step()
    return result


def _above(board: Board, height_agl_m: float) -> tuple[Picture, Field]:
    """Who stands over the points, and over the map, at one height."""
    return (
        board.picture(height_agl_m),
        field_at(board.scenario, board.coverage, board.placed, board.threat, board.lattice, height_agl_m),
    )


def _assessment(
    board: Board, heights: Sequence[float], pictures: list[Picture], fields: list[Field], atlas: Atlas
) -> Assessment:
    scenario, lattice, laydown = board.scenario, board.lattice, board.laydown
    planned = pictures[list(heights).index(board.planning_height_m)]
    land = np.isfinite(lattice.ground_m) & (lattice.ground_m > 0.0)
    return Assessment(
        laydown=laydown.name,
        notional=scenario.notional or laydown.notional,
        reference_threat=board.threat.id,
        surface=board.coverage.surface,
        people_total=int(board.people.sum()),
        assets_total=len(scenario.assets),
        heights=tuple(
            _height_row(board, height, over, field, land)
            for height, over, field in zip(heights, pictures, fields, strict=True)
        ),
        assets=_asset_rows(board, pictures, atlas),
        gaps=gap_rows(board, heights, pictures),
        frame=MapFrame(board.coverage.grid.crs, lattice.x0_m, lattice.y0_m, lattice.step_m, lattice.ground_m),
        maps=tuple(
            LayerMap(height, field.sensors, field.effectors)
            for height, field in zip(heights, fields, strict=True)
        ),
        units_deployed=len(laydown.posts),
        scenario_hash=scenario.with_laydown(laydown).fingerprint(),
        by_region=scenario.report_by_region,
        planning_height_agl_m=board.planning_height_m,
        layers=tuple(
            row
            for height, over in zip(heights, pictures, strict=True)
            for row in layer_rows(board, height, over)
        ),
        detection=tuple(row for height in heights for row in detection_rows(board, height)),
        detection_map=detection_map(board),
        losses=single_losses(board, planned),
        worksheet=worksheet(board, atlas),
        register=gap_register(board, atlas, heights, pictures),
        scorecard=scorecard(board, planned),
        sensors=sensor_rows(board),
        effectors=effector_rows(board),
        atlas=atlas,
    )


def _height_row(
    board: Board, height: float, over: Picture, field: Field, land: NDArray[np.bool_]
) -> HeightRow:
    sensors, effectors = over.sensor_layers, over.effector_layers
    people = board.people
    area = max(1, int(land.sum()))
    return HeightRow(
        height_agl_m=height,
        people_sensor=int(people[sensors[board.places] >= 1].sum()),
        people_two_sensors=int(people[sensors[board.places] >= 2].sum()),
        people_effector=int(people[effectors[board.places] >= 1].sum()),
        people_two_effectors=int(people[effectors[board.places] >= 2].sum()),
        assets_sensor=int((sensors[board.assets] >= 1).sum()),
        assets_effector=int((effectors[board.assets] >= 1).sum()),
        area_sensor_fraction=float((field.sensors[land] >= 1).sum() / area),
        area_effector_fraction=float((field.effectors[land] >= 1).sum() / area),
    )


def _asset_rows(board: Board, pictures: list[Picture], atlas: Atlas) -> tuple[AssetRow, ...]:
    first = board.people.size
    sensors = np.array([over.sensor_layers[board.assets] for over in pictures])
    effectors = np.array([over.effector_layers[board.assets] for over in pictures])
    ballistic = _ballistic_words(board)
    column = atlas.class_of(board.threat.id)
    shortest, axis = atlas.shortest_s[first:, column], atlas.worst_axis[first:, column]
    rows = [
        AssetRow(
            id=asset.id,
            name=asset.name,
            kind=asset.kind,
            region=asset.region,
            tier=asset.tier,
            score=asset.cvrt_score,
            people=asset.population,
            required_layers=asset.required_layers,
            sensor_layers=tuple(sensors[:, number].tolist()),
            effector_layers=tuple(effectors[:, number].tolist()),
            ballistic=ballistic[number],
            warning_s=None if np.isnan(shortest[number]) else float(shortest[number]),
            warning_axis=atlas.axes[int(axis[number])],
            warned_by=_warner(atlas, int(atlas.sensor[first + number, column, axis[number]])),
        )
        for number, asset in enumerate(board.scenario.assets)
    ]
    return tuple(sorted(rows, key=lambda row: (row.tier, -row.score, -row.people, row.id)))


def _warner(atlas: Atlas, unit: int) -> str:
    return "" if unit < 0 else atlas.units[unit]


def _ballistic_words(board: Board) -> list[str]:
    scenario = board.scenario
    threats = (
        ballistic_threats(scenario)
        or tuple(threat for threat in scenario.catalogue.threats if threat.threat_class in BALLISTIC)[:1]
    )
    points = board.points(0.0, board.assets)
    entered = any(unit.effector is not None and unit.effector.footprints for unit in board.placed)
    if not threats or not entered:
        return ["not assessed"] * points.size
    over = [
        picture(scenario, board.coverage, board.placed, threat, points).effector_layers for threat in threats
    ]
    fewest = np.min(over, axis=0)
    return [f"under {count} entered footprints" for count in fewest]
