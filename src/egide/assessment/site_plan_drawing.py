"""The site plan as GeoJSON: assets, posts with what stands there, and the blind arcs of every sensor."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egide.assessment.result import Assessment
from egide.assessment.rows import EffectorRow, SensorRow
from egide.model.scenario import Scenario
from egide.units import EARTH_RADIUS_M


def site_plan(scenario: Scenario, found: Assessment) -> dict[str, Any]:
    """Site plan as GeoJSON: assets, posts with what stands there, and the blind arcs of every sensor.

    Parameters
    ----------
    scenario : Scenario
    found : Assessment

    Returns
    -------
    dict
        FeatureCollection in longitude and latitude.
    """
    features = [
        _feature(_point(asset.lon_deg, asset.lat_deg), what="asset", id=asset.id, kind=asset.kind)
        for asset in scenario.assets
    ]
    rows: tuple[SensorRow | EffectorRow, ...] = (*found.sensors, *found.effectors)
    for row in rows:
        site = scenario.site(row.site)
        what = "sensor" if isinstance(row, SensorRow) else "effector"
        features.append(_feature(_point(site.lon_deg, site.lat_deg), what=what, **_plain(asdict(row))))
    for sensor in found.sensors:
        site = scenario.site(sensor.site)
        for begin, end in zip(sensor.blind_from_deg, sensor.blind_to_deg, strict=True):
            ring = _sector(site.lon_deg, site.lat_deg, begin, end, sensor.range_m)
            geometry = {"type": "Polygon", "coordinates": [ring]}
            features.append(
                _feature(geometry, what="blind arc", unit=sensor.unit, from_deg=begin, to_deg=end)
            )
    return {
        "type": "FeatureCollection",
        "notional": found.notional,
        "heights_are_above": found.heights_are_above,
        "features": features,
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in row.items()}


def _feature(geometry: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _point(lon_deg: float, lat_deg: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [lon_deg, lat_deg]}


def _sector(
    lon_deg: float, lat_deg: float, begin_deg: float, end_deg: float, range_m: float
) -> list[list[float]]:
    """Ring of a sector round a place; on these ranges a local flat earth is drawn to a fraction of a pixel."""
    width = (end_deg - begin_deg) % 360.0 or 360.0
    bearing: NDArray[np.float64] = np.radians(begin_deg + width * np.linspace(0.0, 1.0, 24))
    per_degree = math.radians(1.0) * EARTH_RADIUS_M
    east = lon_deg + range_m * np.sin(bearing) / (per_degree * math.cos(math.radians(lat_deg)))
    north = lat_deg + range_m * np.cos(bearing) / per_degree
    arc = [[round(float(x), 6), round(float(y), 6)] for x, y in zip(east, north, strict=True)]
    return [[lon_deg, lat_deg], *arc, [lon_deg, lat_deg]]
