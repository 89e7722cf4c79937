"""Land, lakes and borders on a map's own frame."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egide.assessment.result import MapFrame
from egide.briefing.phrases import read_resource
from egide.geo import LOCAL, project

CUT_DEG = 1e-6
"""How near the edge of the packaged area a corner lies when it was cut there [deg]."""

Ring = NDArray[np.float64]
"""Corners of a closed line on the map, easting and northing [m], shape (corners, 2)."""


@dataclass(frozen=True)
class Outlines:
    """What is drawn under a map."""

    land: NDArray[np.bool_]
    """Cells of dry land, shape (rows, cols)."""
    country: NDArray[np.bool_]
    """Cells inside the scenario's country, or all land where it names none, shape (rows, cols)."""
    own_border: tuple[Ring, ...]
    """Lines of the country's border; NaN parts a line where the packaged outlines were cut off."""
    other_borders: tuple[Ring, ...]


def outlines_of(frame: MapFrame, country: str) -> Outlines:
    """Outlines for a frame.

    Parameters
    ----------
    frame : MapFrame
    country : str
        Code of a packaged border; without one, ground above sea level is land and nothing else is drawn.
    """
    ground = np.nan_to_num(frame.ground_m, nan=-1.0)
    if not country or frame.crs == LOCAL:
        land = ground > 0.0
        return Outlines(land, land, (), ())
    borders = _features("borders")
    rings = {one["properties"]["code"]: _rings(one, frame.crs) for one in borders}
    if country not in rings:
        land = ground > 0.0
        return Outlines(
            land, land, (), tuple(line for one in borders for line in _lines(one, borders, frame.crs))
        )
    land = _filled(frame, [ring for one in _features("land") for ring in _rings(one, frame.crs)])
    land &= ~_filled(frame, [ring for one in _features("lakes") for ring in _rings(one, frame.crs)])
    inside = _filled(frame, list(rings[country]))
    own, others = (
        tuple(
            line
            for one in borders
            if (one["properties"]["code"] == country) == is_own
            for line in _lines(one, borders, frame.crs)
        )
        for is_own in (True, False)
    )
    return Outlines(land & np.isfinite(frame.ground_m), inside & land, own, others)


def _features(name: str) -> list[dict[str, Any]]:
    content = json.loads(read_resource(f"outlines/{name}.geojson"))
    features: list[dict[str, Any]] = content["features"]
    return features


def _corners(feature: dict[str, Any]) -> list[Ring]:
    """Longitudes and latitudes of a feature's rings [deg]."""
    geometry = feature["geometry"]
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [np.array(ring, dtype=np.float64)[:, :2] for polygon in polygons for ring in polygon]


def _rings(feature: dict[str, Any], crs: str) -> tuple[Ring, ...]:
    return tuple(np.column_stack(project(ring[:, 0], ring[:, 1], crs)) for ring in _corners(feature))


def _lines(feature: dict[str, Any], borders: list[dict[str, Any]], crs: str) -> tuple[Ring, ...]:
    """A feature's rings as lines, without the straight cuts along the edge of the packaged area."""
    every = np.concatenate([ring for one in borders for ring in _corners(one)])
    found = []
    for ring, line in zip(_corners(feature), _rings(feature, crs), strict=True):
        on_edge = [np.abs(ring - edge) < CUT_DEG for edge in (every.min(axis=0), every.max(axis=0))]
        cut = np.any([(side[:-1] & side[1:]).any(axis=1) for side in on_edge], axis=0)
        found.append(np.insert(line, np.flatnonzero(cut) + 1, np.nan, axis=0))
    return tuple(found)


def _filled(frame: MapFrame, rings: list[Ring]) -> NDArray[np.bool_]:
    """Cells inside an odd number of rings, so that holes stay empty."""
    from PIL import Image, ImageChops, ImageDraw

    rows, cols = frame.ground_m.shape
    inside = Image.new("1", (cols, rows), 0)
    for ring in rings:
        col = (ring[:, 0] - frame.x0_m) / frame.cell_m
        row = (frame.y0_m - ring[:, 1]) / frame.cell_m
        if not np.isfinite(col).all() or not np.isfinite(row).all():
            continue
        one = Image.new("1", (cols, rows), 0)
        ImageDraw.Draw(one).polygon(list(zip(col.tolist(), row.tolist(), strict=True)), fill=1)
        inside = ImageChops.logical_xor(inside, one)
    return np.array(inside, dtype=bool)
