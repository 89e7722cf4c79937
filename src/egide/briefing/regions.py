"""Regions as a map shows them: every cell belongs to the region of the nearest populated place.

These are no official boundaries. They serve to shade a map by region without placing anything inside one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egide.assessment.result import MapFrame
from egide.geo import project
from egide.model.scenario import Scenario


@dataclass(frozen=True)
class Regions:
    """Cells and label points of the scenario's regions."""

    names: tuple[str, ...]
    number: NDArray[np.int16]
    """Number of the region of each cell, -1 outside all, shape (rows, cols)."""
    label_m: dict[str, tuple[float, float]]
    """Easting and northing of a point well inside each region that has cells [m]."""

    @property
    def edges(self) -> NDArray[np.bool_]:
        """Cells whose right or lower neighbour belongs to another region, shape (rows, cols)."""
        edge = np.zeros(self.number.shape, dtype=bool)
        edge[:, :-1] |= self.number[:, :-1] != self.number[:, 1:]
        edge[:-1, :] |= self.number[:-1, :] != self.number[1:, :]
        return edge & (self.number >= 0)


def regions_of(scenario: Scenario, frame: MapFrame, inside: NDArray[np.bool_]) -> Regions:
    """Regions of a scenario on a map's frame.

    Parameters
    ----------
    scenario : Scenario
        Its places; assets stand in where there are none.
    frame : MapFrame
    inside : ndarray of bool
        Cells that belong to some region, shape (rows, cols).
    """
    from scipy.spatial import cKDTree

    nouns = scenario.places or scenario.assets
    names = tuple(dict.fromkeys(noun.region for noun in nouns))
    number = np.full(frame.ground_m.shape, -1, dtype=np.int16)
    if not nouns or not inside.any():
        return Regions(names, number, {})
    index = {name: at for at, name in enumerate(names)}
    of_place = np.array([index[noun.region] for noun in nouns], dtype=np.int16)
    lon = np.array([noun.lon_deg for noun in nouns])
    lat = np.array([noun.lat_deg for noun in nouns])
    tree = cKDTree(np.column_stack(project(lon, lat, frame.crs)))
    rows, cols = np.nonzero(inside)
    cells = np.column_stack((frame.x0_m + cols * frame.cell_m, frame.y0_m - rows * frame.cell_m))
    number[rows, cols] = of_place[tree.query(cells)[1]]
    return Regions(names, number, _label_points(names, number, frame))


def _label_points(
    names: tuple[str, ...], number: NDArray[np.int16], frame: MapFrame
) -> dict[str, tuple[float, float]]:
    """The cell of each region that lies deepest inside it."""
    from scipy.ndimage import distance_transform_edt, find_objects

    points = {}
    boxes: list[Any] = find_objects(number + 1, max_label=len(names))
    for at, box in enumerate(boxes):
        if box is None:
            continue
        depth = distance_transform_edt(np.pad(number[box] == at, 1))[1:-1, 1:-1]
        row, col = np.unravel_index(int(np.argmax(depth)), depth.shape)
        row, col = int(row) + box[0].start, int(col) + box[1].start
        points[names[at]] = (frame.x0_m + col * frame.cell_m, frame.y0_m - row * frame.cell_m)
    return points
