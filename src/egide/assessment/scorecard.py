"""The six employment guidelines as numbers: early engagement, weighted coverage, depth, balanced fires, mutual
support, overlapping fires.

All are worked out along the approaches to every asset, for the reference threat at the height it flies:
along the scenario's axes, and along the eight points of the compass for what should hold in all directions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from egide.assessment.board import Board
from egide.assessment.rows import Entry, Guideline, Scorecard, Tension
from egide.assessment.threats import Axis, compass
from egide.assessment.warning import route_starts, turning_points
from egide.coverage.network import Picture, picture
from egide.coverage.reach import points_at

SAMPLES: Final = 120
"""Points looked at along each approach, closer together towards arrival."""

FALL: Final = np.linspace(1.0, 0.0, SAMPLES) ** 2
"""What is left to fly at each sample, by the stretch [1]."""

ONE_SIDED: Final = 0.5
"""Resultant length of the threats' directions above which the raids come from one side; assumed."""

CALM: Final = 0.75
"""Balance above which fires count as even all round; assumed."""


@dataclass(frozen=True)
class Approaches:
    """What can engage along approaches to every asset, from the outside in."""

    seconds: NDArray[np.float64]
    """Time left to arrival at each sample [s], shape (assets, axes, samples), falling."""
    units: NDArray[np.int64]
    """Different effectors that can engage somewhere along each approach, shape (assets, axes)."""
    engaged: NDArray[np.bool_]
    """Whether any can at each sample, shape (assets, axes, samples)."""
    weights: NDArray[np.float64]
    """Share of the approach that each sample stands for [1], shape (samples,)."""

    @property
    def first_s(self) -> NDArray[np.float64]:
        """Time left when the first engagement is possible [s], shape (assets, axes); 0: never."""
        first: NDArray[np.float64] = np.where(self.engaged, self.seconds, 0.0).max(axis=2)
        return first

    @property
    def share(self) -> NDArray[np.float64]:
        """Share of each approach along which any can engage [1], shape (assets, axes)."""
        share: NDArray[np.float64] = self.engaged @ self.weights
        return share


def approaches(board: Board, axes: tuple[Axis, ...], length_m: float) -> Approaches:
    """Look along the last stretch of the approaches to every asset.

    Parameters
    ----------
    board : Board
    axes : tuple of Axis
    length_m : float
        Stretch before arrival [m]; less where the axis begins nearer.
    """
    one = next(part for part in board.classes if part.threat.id == board.threat.id)
    grid = board.coverage.grid
    assets, number = board.required.size, len(axes)
    x_m = grid.origin[0] + board.cols[board.assets].astype(np.float64) * grid.cell_m
    y_m = grid.origin[1] - board.rows[board.assets].astype(np.float64) * grid.cell_m
    east, north, left = _last_stretch(board, axes, x_m, y_m, length_m)
    rows, cols = grid.indices(east.ravel(), north.ravel())
    points = points_at(board.coverage, rows, cols, one.height_agl_m)
    over = picture(board.scenario, board.coverage, board.placed, board.threat, points)
    shape = (assets, number, SAMPLES)
    each = over.shoots.reshape(len(board.placed), *shape)
    engaged: NDArray[np.bool_] = np.any(each, axis=0)
    seconds = (left / one.threat.speed_mps.value).reshape(shape)
    return Approaches(
        seconds, each.any(axis=3).sum(axis=0), engaged, -np.gradient(FALL) / -np.gradient(FALL).sum()
    )


def _last_stretch(
    board: Board, axes: tuple[Axis, ...], x_m: NDArray[np.float64], y_m: NDArray[np.float64], length_m: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Samples of the last stretch to every asset: eastings, northings, and what is left to fly [m].

    All of shape (assets, axes, samples); legs are walked from the asset outwards.
    """
    number = len(axes)
    start_x, start_y = (part.reshape(-1, number) for part in route_starts(board, axes, x_m, y_m))
    turn_x, turn_y, turns = turning_points(board, axes)
    east, north, left = (np.empty((x_m.size, number, SAMPLES)) for _ in range(3))
    for axis in range(number):
        way_x, way_y = (
            [to, *(np.full(to.shape, one) for one in turn[axis, : turns[axis]][::-1]), start[:, axis]]
            for to, turn, start in ((x_m, turn_x, start_x), (y_m, turn_y, start_y))
        )
        legs = [np.hypot(way_x[n + 1] - way_x[n], way_y[n + 1] - way_y[n]) for n in range(len(way_x) - 1)]
        left[:, axis] = np.minimum(np.sum(legs, axis=0), length_m)[:, None] * FALL
        behind = np.zeros(x_m.size)
        for n, leg in enumerate(legs):
            part = (left[:, axis] - behind[:, None]) / np.maximum(leg, 1e-9)[:, None]
            here = np.ones(part.shape, dtype=np.bool_) if n == 0 else part > 0.0
            for out, way in ((east, way_x), (north, way_y)):
                out[:, axis][here] = (way[n][:, None] + part * (way[n + 1] - way[n])[:, None])[here]
            behind = behind + leg
    return east, north, left


def scorecard(board: Board, over: Picture) -> Scorecard:
    """Score a laydown by the six guidelines.

    Parameters
    ----------
    board : Board
    over : Picture
        Over all points, for the reference threat at the planning height.

    Returns
    -------
    Scorecard
        Without assets or effectors every number is zero.
    """
    stated = approaches(board, board.axes, _stretch_m(board))
    around = approaches(board, compass(), _stretch_m(board))
    scores = np.array([asset.cvrt_score for asset in board.scenario.assets], dtype=np.float64)
    counts = np.array([max(axis.count, 1) for axis in board.axes], dtype=np.float64)

    def over_assets(values: NDArray[np.float64]) -> float:
        return float(values @ scores / scores.sum()) if scores.size else 0.0

    def table(values: NDArray[np.float64]) -> tuple[Entry, ...]:
        shown = [
            asset.kind if board.scenario.report_by_region else asset.id for asset in board.scenario.assets
        ]
        return tuple(Entry(name, float(value)) for name, value in zip(shown, values, strict=True))

    early = stated.first_s @ counts / counts.sum()
    depth = stated.units @ counts / counts.sum()
    lean = over_assets(stated.share @ counts / counts.sum()) / max(
        over_assets(around.share.mean(axis=1)), 1e-9
    )
    most = around.units.max(axis=1)
    even = np.where(most > 0, around.units.min(axis=1) / np.maximum(most, 1), 0.0)
    support, supported = _mutual_support(board)
    found = (
        Guideline(
            "early engagement", over_assets(early), "s",
            "Time from the first possible engagement to arrival on the stated axes, averaged over axes by number "
            "of threats and over assets by score.", "", table(early),
        ),
        Guideline(
            "weighted coverage", lean if stated.engaged.any() else 0.0, "1",
            "Share of the approach under a cued effector on the stated axes, divided by the same share over the "
            "eight points of the compass; above 1 the defence leans to where threats come from.",
            "effectors", table(stated.share @ counts / counts.sum()),
        ),
        Guideline(
            "depth", over_assets(depth), "effectors",
            "Different effectors that can engage one after another along a stated axis, averaged over axes by "
            "number of threats and over assets by score.", "", table(depth),
        ),
        Guideline(
            "balanced fires", over_assets(even), "1",
            "Fewest effectors met on any of the eight points of the compass by the most met on one, averaged "
            "over assets by score; 1 is even all round.", "", table(even),
        ),
        Guideline(
            "mutual support", support, "1",
            "Share of effectors whose own post lies where another can engage, so that it covers their dead zone.",
            "", supported,
        ),
        Guideline(
            "overlapping fires", _overlap(board, over), "1",
            "Share of the people under a cued effector who are under at least two.", "effectors",
            table(over.effector_layers[board.assets].astype(np.float64)),
        ),
    )  # fmt: skip
    return Scorecard(found, _tensions(board, {one.name: one.number for one in found}))


def _stretch_m(board: Board) -> float:
    """Stretch of an approach that matters: from where an effector that just reaches the asset reaches out to."""
    grid = board.coverage.grid
    reaches = (unit.effector.max_range_m.value for unit in board.placed if unit.effector is not None)
    return float(min(2.0 * max(reaches, default=grid.cell_m), math.hypot(*grid.shape) * grid.cell_m))


def _mutual_support(board: Board) -> tuple[float, tuple[Entry, ...]]:
    posts = [unit for unit in board.placed if unit.effector is not None]
    if not posts:
        return 0.0, ()
    at = np.array([board.coverage.position_of(unit.post.site) for unit in posts])
    rows, cols = board.coverage.grid.indices(at[:, 0], at[:, 1])
    points = points_at(board.coverage, rows, cols, board.planning_height_m)
    over = picture(board.scenario, board.coverage, posts, board.threat, points).envelope
    others = over.sum(axis=0) - np.diag(over)
    by_region = board.scenario.report_by_region
    table = tuple(
        Entry(unit.effector.id if by_region and unit.effector is not None else unit.unit.id, float(count))
        for unit, count in zip(posts, others, strict=True)
    )
    return float((others > 0).mean()), table


def _overlap(board: Board, over: Picture) -> float:
    layers = over.effector_layers[board.places]
    one = int(board.people[layers >= 1].sum())
    return float(board.people[layers >= 2].sum() / one) if one else 0.0


def _tensions(board: Board, numbers: dict[str, float]) -> tuple[Tension, ...]:
    """Pairs that pull apart in this laydown, with the one the scenario asks for."""
    found = []
    sided = _one_sidedness(board)
    if numbers["weighted coverage"] > 1.0 and numbers["balanced fires"] < CALM:
        if sided >= ONE_SIDED:
            asked, because = "weighted coverage", "the raids come from one side"
        else:
            asked, because = "balanced fires", "the raids come from several sides"
        found.append(
            Tension("weighted coverage", "balanced fires", asked, f"{because} (concentration {sided:.2f})")
        )
    if numbers["depth"] >= 1.0 and numbers["overlapping fires"] < 0.5:
        twice = any(asset.required_layers >= 2 for asset in board.scenario.assets)
        asked = "overlapping fires" if twice else "depth"
        because = "assets ask for two layers" if twice else "no asset asks for more than one layer"
        found.append(Tension("depth", "overlapping fires", asked, because))
    if numbers["early engagement"] > 0.0 and numbers["mutual support"] < 0.5:
        late = max((asset.responders_s or 0.0 for asset in board.scenario.assets), default=0.0)
        asked_s = max([late, *(one.warning_s for one in board.scenario.requirements)], default=0.0)
        asked = "early engagement" if numbers["early engagement"] < asked_s else "mutual support"
        because = f"assets and requirements ask for {asked_s:.0f} s of warning"
        found.append(Tension("early engagement", "mutual support", asked, because))
    return tuple(found)


def _one_sidedness(board: Board) -> float:
    """Length of the mean direction of the last legs to the scored middle of the assets: 1 one side, 0 all."""
    if not board.scenario.assets or any(axis.lon_deg is None for axis in board.axes):
        return 0.0
    grid = board.coverage.grid
    scores = np.array([asset.cvrt_score for asset in board.scenario.assets], dtype=np.float64)
    x_m = grid.origin[0] + float(board.cols[board.assets] @ scores / scores.sum()) * grid.cell_m
    y_m = grid.origin[1] - float(board.rows[board.assets] @ scores / scores.sum()) * grid.cell_m
    from_x, from_y = route_starts(board, board.axes, np.array([x_m]), np.array([y_m]))
    turn_x, turn_y, turns = turning_points(board, board.axes)
    for number, count in enumerate(turns):
        if count:
            from_x[number], from_y[number] = turn_x[number, count - 1], turn_y[number, count - 1]
    away = np.maximum(np.hypot(from_x - x_m, from_y - y_m), 1e-9)
    weight = np.array([max(axis.count, 1) for axis in board.axes], dtype=np.float64)
    east, north = (from_x - x_m) / away @ weight, (from_y - y_m) / away @ weight
    return float(np.hypot(east, north) / weight.sum())
