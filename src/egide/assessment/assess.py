"""The verb `assess`: what is under coverage, what is not, how much warning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egide.assessment.result import Assessment, AssetRow, GapRow, HeightRow, LayerMap, MapFrame
from egide.assessment.warning import warning_times
from egide.coverage.network import Picture, picture, placed_units
from egide.coverage.reach import Points, points_at
from egide.coverage.result import Coverage
from egide.geo import project
from egide.model.catalogue_types import BALLISTIC, ThreatType
from egide.model.place import Asset
from egide.model.scenario import Scenario
from egide.model.unit import Laydown

Tick = Callable[[int, int], None]
"""Called with work done and work in all; raising from it cancels."""

MAP_CELLS = 250_000
"""Cells a map has at most; a finer demand grid is sampled at every n-th row and column."""


@dataclass(frozen=True)
class _Above:
    """Who stands over places, assets and map cells at one height."""

    places: Picture
    assets: Picture
    cells: Picture


def reference_threat(scenario: Scenario) -> ThreatType:
    """Threat whose echo coverage is stated for: the most numerous one of the raids that is not ballistic."""
    counts: dict[str, int] = {}
    for group in scenario.raid_groups:
        counts[group.threat] = counts.get(group.threat, 0) + group.count
    ranked = sorted(counts, key=lambda threat: (-counts[threat], threat))
    named = [scenario.catalogue.threat(threat) for threat in ranked]
    for threat in (*named, *scenario.catalogue.threats):
        if threat.threat_class not in BALLISTIC:
            return threat
    return named[0] if named else scenario.catalogue.threats[0]


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
        Called with heights done and heights in all.

    Returns
    -------
    Assessment
        People and assets under coverage by height and layer, warning, ranked gaps, and maps.
    """
    laydown = scenario.laydown if laydown is None else laydown
    threat = reference_threat(scenario)
    frame, cells = _map_frame(coverage)
    places = _points_of(coverage, scenario.places)
    assets = _points_of(coverage, scenario.assets)
    above: list[_Above] = []
    for number, height in enumerate(scenario.heights_agl_m):
        above.append(
            _Above(
                *(
                    picture(scenario, coverage, laydown, threat, points_at(coverage, p.rows, p.cols, height))
                    for p in (places, assets, cells)
                )
            )
        )
        if tick is not None:
            tick(number + 1, len(scenario.heights_agl_m))
    land = np.isfinite(cells.amsl_m) & (cells.amsl_m > 0.0)
    return Assessment(
        laydown=laydown.name,
        notional=scenario.notional or laydown.notional,
        reference_threat=threat.id,
        surface=coverage.surface,
        people_total=sum(place.population for place in scenario.places),
        assets_total=len(scenario.assets),
        heights=tuple(
            _height_row(scenario, height, at, land)
            for height, at in zip(scenario.heights_agl_m, above, strict=True)
        ),
        assets=_asset_rows(scenario, coverage, laydown, threat, frame, cells, above, assets),
        gaps=_gap_rows(scenario, above),
        frame=frame,
        maps=tuple(
            _layer_map(height, at.cells, frame)
            for height, at in zip(scenario.heights_agl_m, above, strict=True)
        ),
        units_deployed=len(laydown.posts),
        scenario_hash=scenario.with_laydown(laydown).fingerprint(),
    )


def _map_frame(coverage: Coverage) -> tuple[MapFrame, Points]:
    grid = coverage.grid
    stride = max(1, int(np.ceil(np.sqrt(grid.shape[0] * grid.shape[1] / MAP_CELLS))))
    rows = np.arange(stride // 2, grid.shape[0], stride, dtype=np.int64)
    cols = np.arange(stride // 2, grid.shape[1], stride, dtype=np.int64)
    ground = coverage.ground_m[np.ix_(rows, cols)]
    x0, y0 = grid.origin
    frame = MapFrame(
        grid.crs, x0 + cols[0] * grid.cell_m, y0 - rows[0] * grid.cell_m, grid.cell_m * stride, ground
    )
    r, c = np.meshgrid(rows, cols, indexing="ij")
    return frame, points_at(coverage, r.ravel(), c.ravel(), 0.0)


def _points_of(coverage: Coverage, nouns: tuple[object, ...]) -> Points:
    lon = np.array([noun.lon_deg for noun in nouns], dtype=np.float64)  # type: ignore[attr-defined]
    lat = np.array([noun.lat_deg for noun in nouns], dtype=np.float64)  # type: ignore[attr-defined]
    rows, cols = coverage.cells_of(lon, lat)
    return points_at(coverage, rows, cols, 0.0)


def _height_row(scenario: Scenario, height: float, at: _Above, land: NDArray[np.bool_]) -> HeightRow:
    people = np.array([place.population for place in scenario.places], dtype=np.int64)
    sensors, effectors = at.places.sensor_layers, at.places.effector_layers
    area = max(1, int(land.sum()))
    return HeightRow(
        height_agl_m=height,
        people_sensor=int(people[sensors >= 1].sum()),
        people_two_sensors=int(people[sensors >= 2].sum()),
        people_effector=int(people[effectors >= 1].sum()),
        people_two_effectors=int(people[effectors >= 2].sum()),
        assets_sensor=int((at.assets.sensor_layers >= 1).sum()),
        assets_effector=int((at.assets.effector_layers >= 1).sum()),
        area_sensor_fraction=float((at.cells.sensor_layers[land] >= 1).sum() / area),
        area_effector_fraction=float((at.cells.effector_layers[land] >= 1).sum() / area),
    )


def _layer_map(height: float, cells: Picture, frame: MapFrame) -> LayerMap:
    shape = frame.ground_m.shape
    return LayerMap(
        height,
        np.minimum(cells.sensor_layers, 255).astype(np.uint8).reshape(shape),
        np.minimum(cells.effector_layers, 255).astype(np.uint8).reshape(shape),
    )


def _gap_rows(scenario: Scenario, above: list[_Above]) -> tuple[GapRow, ...]:
    people = np.array([place.population for place in scenario.places], dtype=np.int64)
    place_region = np.array([place.region for place in scenario.places], dtype=object)
    asset_region = np.array([asset.region for asset in scenario.assets], dtype=object)
    required = np.array([asset.required_layers for asset in scenario.assets], dtype=np.int64)
    regions = dict.fromkeys([*place_region, *asset_region])
    rows = []
    for height, at in zip(scenario.heights_agl_m, above, strict=True):
        for region in regions:
            here = place_region == region
            short = (asset_region == region) & (at.assets.effector_layers < required)
            row = GapRow(
                region,
                height,
                int(people[here & (at.places.sensor_layers == 0)].sum()),
                int(people[here & (at.places.effector_layers == 0)].sum()),
                int(short.sum()),
            )
            if row.people_without_sensor or row.people_without_effector or row.assets_below_required:
                rows.append(row)
    rows.sort(
        key=lambda r: (-r.people_without_effector, -r.people_without_sensor, r.height_agl_m, r.region)
    )
    return tuple(rows)


@dataclass(frozen=True)
class _Axis:
    """The shortest warning of an asset: how long, from where, by whom."""

    warning_s: float | None = None
    launch_area: str = ""
    unit: str = ""


def _asset_rows(
    scenario: Scenario,
    coverage: Coverage,
    laydown: Laydown,
    threat: ThreatType,
    frame: MapFrame,
    cells: Points,
    above: list[_Above],
    points: Points,
) -> tuple[AssetRow, ...]:
    axes = _shortest_warnings(scenario, coverage, laydown, threat, frame, cells)
    ballistic = _ballistic_words(scenario, coverage, laydown, points)
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
            sensor_layers=tuple(int(at.assets.sensor_layers[number]) for at in above),
            effector_layers=tuple(int(at.assets.effector_layers[number]) for at in above),
            ballistic=ballistic[number],
            warning_s=axes[number].warning_s,
            warning_axis=axes[number].launch_area,
            warned_by=axes[number].unit,
        )
        for number, asset in enumerate(scenario.assets)
    ]
    return tuple(sorted(rows, key=lambda row: (row.tier, -row.score, -row.people, row.id)))


def _shortest_warnings(
    scenario: Scenario,
    coverage: Coverage,
    laydown: Laydown,
    threat: ThreatType,
    frame: MapFrame,
    cells: Points,
) -> list[_Axis]:
    none = [_Axis() for _ in scenario.assets]
    if not scenario.assets or not scenario.launch_areas:
        return none
    over = picture(
        scenario, coverage, laydown, threat,
        points_at(coverage, cells.rows, cells.cols, threat.height_agl_m.value),
    )  # fmt: skip
    seen = over.sees.any(axis=0)
    periods = [
        unit.sensor.scan_period_s.value
        for unit, mask in zip(placed_units(scenario, laydown), over.sees, strict=True)
        if unit.sensor is not None and mask.any()
    ]
    if not periods:
        return none
    pairs = _axes_of(scenario)
    areas = {area.id: area for area in scenario.launch_areas}
    start = _metric([areas[area] for _, area in pairs], frame.crs)
    target = _metric([scenario.assets[number] for number, _ in pairs], frame.crs)
    found = warning_times(
        frame, seen.reshape(frame.ground_m.shape), start, target, threat.speed_mps.value, max(periods)
    )
    return _pick_shortest(scenario, pairs, found.warning_s, found.row, found.col, over, frame)


def _axes_of(scenario: Scenario) -> list[tuple[int, str]]:
    """Asset numbers with the launch areas they may be approached from: all that any raid uses."""
    used = dict.fromkeys(group.launch_area for group in scenario.raid_groups)
    return [(number, area) for number in range(len(scenario.assets)) for area in used]


def _metric(nouns: list[Asset] | list[object], crs: str) -> NDArray[np.float64]:
    lon = np.array([noun.lon_deg for noun in nouns])  # type: ignore[union-attr]
    lat = np.array([noun.lat_deg for noun in nouns])  # type: ignore[union-attr]
    return np.column_stack(project(lon, lat, crs))


def _pick_shortest(
    scenario: Scenario,
    pairs: list[tuple[int, str]],
    warning_s: NDArray[np.float64],
    rows: NDArray[np.int64],
    cols: NDArray[np.int64],
    over: Picture,
    frame: MapFrame,
) -> list[_Axis]:
    best = [_Axis() for _ in scenario.assets]
    for (number, area), seconds, row, col in zip(pairs, warning_s, rows, cols, strict=True):
        held = best[number]
        if held.launch_area and held.warning_s is None:
            continue  # an axis without any warning is already the shortest
        if np.isnan(seconds):
            best[number] = _Axis(None, area)
        elif held.warning_s is None or seconds < held.warning_s:
            flat = int(row) * frame.ground_m.shape[1] + int(col)
            unit = over.units[int(np.argmax(over.sees[:, flat]))]
            best[number] = _Axis(float(seconds), area, unit)
    return best


def _ballistic_words(
    scenario: Scenario, coverage: Coverage, laydown: Laydown, points: Points
) -> list[str]:
    threats = [t for t in scenario.catalogue.threats if t.threat_class in BALLISTIC]
    used = {group.threat for group in scenario.raid_groups}
    threats = [t for t in threats if t.id in used] or threats[:1]
    units = placed_units(scenario, laydown)
    entered = any(unit.effector is not None and unit.effector.footprints for unit in units)
    if not threats or not entered:
        return ["not assessed"] * points.size
    over = [picture(scenario, coverage, laydown, threat, points).effector_layers for threat in threats]
    fewest = np.min(over, axis=0)
    return [f"under {count} entered footprints" for count in fewest]
