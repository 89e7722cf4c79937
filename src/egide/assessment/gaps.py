"""Gaps: ranked by region and height, and a register that says what would close each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from egide.assessment.atlas import Atlas
from egide.assessment.board import Board
from egide.assessment.result import GapRow
from egide.assessment.rows import RegisterRow
from egide.coverage.network import Picture, nets_of
from egide.coverage.reach import Placed, Points, place, points_at, sees, shoots
from egide.geo import project
from egide.model.place import Site
from egide.model.unit import Post

SITES_TRIED: Final = 6
"""Nearest free sites tried for closing a gap."""

PLACES_NAMED: Final = 3
"""Largest places of a gap that are named."""

BEARINGS_DEG: Final = tuple(range(0, 360, 45))
"""Bearings tried for a unit with a sector."""

LACKS: Final = {
    "sensor": "sees nothing",
    "effector": "can engage nothing",
    "layers": "has fewer layers than asked for",
    "warning": "has no confirmed track before arrival",
}
"""What a gap may lack, in words."""


def gap_rows(board: Board, heights_agl_m: Sequence[float], above: Sequence[Picture]) -> tuple[GapRow, ...]:
    """What each region lacks at each height, ranked by the people it concerns."""
    place_region, asset_region = _regions(board)
    rows = []
    for height, over in zip(heights_agl_m, above, strict=True):
        sensors, effectors = over.sensor_layers, over.effector_layers
        for region in dict.fromkeys([*place_region, *asset_region]):
            here = place_region == region
            short = (asset_region == region) & (effectors[board.assets] < board.required)
            row = GapRow(
                region,
                height,
                int(board.people[here & (sensors[board.places] == 0)].sum()),
                int(board.people[here & (effectors[board.places] == 0)].sum()),
                int(short.sum()),
            )
            if row.people_without_sensor or row.people_without_effector or row.assets_below_required:
                rows.append(row)
    rows.sort(key=lambda r: (-r.people_without_effector, -r.people_without_sensor, r.height_agl_m, r.region))
    return tuple(rows)


def _regions(board: Board) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    return (
        np.array([place.region for place in board.scenario.places], dtype=object),
        np.array([asset.region for asset in board.scenario.assets], dtype=object),
    )


@dataclass(frozen=True)
class _Gap:
    """Points that one region lacks something over."""

    region: str
    lacks: str
    heights_agl_m: tuple[float, ...]
    worst_height_agl_m: float
    worst: NDArray[np.int64]
    """Points concerned at the worst height."""
    any_height: NDArray[np.int64]
    """Points concerned at any height."""


def gap_register(
    board: Board, atlas: Atlas, heights_agl_m: Sequence[float], above: Sequence[Picture]
) -> tuple[RegisterRow, ...]:
    """Register every gap, ranked by people and then assets, with what would close it.

    A region without a sensor is not listed a second time for its effectors at the same points. What would
    close a gap is looked for among the scenario's kinds of unit on the free sites nearest to it: the one
    that closes most of it at the worst height, at one site.

    Parameters
    ----------
    board : Board
    atlas : Atlas
    heights_agl_m : sequence of float
        Reported heights [m].
    above : sequence of Picture
        Over all points at each of them, for the reference threat.
    """
    closings = _Closings(board, dict(zip(heights_agl_m, above, strict=True)))
    rows = [
        closings.close(_register_row(board, atlas, gap), gap)
        for gap in _gaps(board, atlas, heights_agl_m, above)
    ]
    rows.sort(key=lambda row: (-row.people, -len(row.assets), row.region, row.lacks))
    return tuple(rows)


def _gaps(board: Board, atlas: Atlas, heights_agl_m: Sequence[float], above: Sequence[Picture]) -> list[_Gap]:
    place_region, asset_region = _regions(board)
    region = np.concatenate([place_region, asset_region])
    weight = _weight(board)
    required = np.concatenate([np.zeros(board.people.size, dtype=np.int64), board.required])
    found: list[_Gap] = []
    lacking: dict[str, list[NDArray[np.bool_]]] = {"sensor": [], "effector": [], "layers": []}
    for over in above:
        sensors, effectors = over.sensor_layers, over.effector_layers
        lacking["sensor"].append(sensors == 0)
        lacking["effector"].append((sensors > 0) & (effectors == 0))
        lacking["layers"].append((effectors > 0) & (effectors < required))
    for name in dict.fromkeys(region):
        here = region == name
        for lacks, masks in lacking.items():
            open_at = [number for number, mask in enumerate(masks) if (mask & here & (weight > 0)).any()]
            if open_at:
                worst = max(open_at, key=lambda number, m=masks: weight[m[number] & here].sum())  # type: ignore[misc]
                found.append(
                    _Gap(
                        name, lacks, tuple(heights_agl_m[number] for number in open_at),
                        heights_agl_m[worst],
                        np.flatnonzero(masks[worst] & here),
                        np.flatnonzero(np.any([masks[number] for number in open_at], axis=0) & here),
                    )
                )  # fmt: skip
        column = atlas.class_of(board.threat.id)
        blind = np.isnan(atlas.warning_s[:, column, :]).any(axis=1) & here & (weight > 0)
        if blind.any():
            points = np.flatnonzero(blind)
            flown_m = atlas.heights_agl_m[column]
            found.append(_Gap(name, "warning", (flown_m,), flown_m, points, points))
    return found


def _weight(board: Board) -> NDArray[np.float64]:
    """What a point counts for: people, and for an asset its score, so that one without people counts too."""
    return np.concatenate([board.people, [asset.cvrt_score for asset in board.scenario.assets]])


def _register_row(board: Board, atlas: Atlas, gap: _Gap) -> RegisterRow:
    first_asset = board.people.size
    places = gap.worst[gap.worst < first_asset]
    largest = places[np.argsort(-board.people[places], kind="stable")][:PLACES_NAMED]
    assets = [
        board.scenario.assets[number - first_asset]
        for number in gap.any_height.tolist()
        if number >= first_asset
    ]
    return RegisterRow(
        region=gap.region,
        places=tuple(board.scenario.places[number].name for number in largest.tolist()),
        lacks=gap.lacks,
        heights_agl_m=gap.heights_agl_m,
        axes=_axes(board, atlas, gap.worst),
        people=int(board.people[places].sum()),
        assets=tuple(asset.id for asset in assets),
        asset_kinds=tuple(dict.fromkeys(asset.kind for asset in assets)),
        unit_type="",
        site="",
        site_region="",
        closes_fraction=0.0,
        closes="",
    )  # fmt: skip


def _axes(board: Board, atlas: Atlas, points: NDArray[np.int64]) -> tuple[str, ...]:
    """Axes without a track to half of the points; or the one with the shortest median warning."""
    column = atlas.class_of(board.threat.id)
    warning = atlas.warning_s[points, column, :]
    blind = np.isnan(warning).mean(axis=0) >= 0.5
    if blind.any():
        return tuple(atlas.axes[number] for number in np.flatnonzero(blind).tolist())
    return (atlas.axes[int(np.argmin(np.nanmedian(warning, axis=0)))],)


class _Closings:
    """What units on free sites would add, tried gap by gap."""

    def __init__(self, board: Board, above: dict[float, Picture]) -> None:
        self.board, self.above = board, above
        scenario = board.scenario
        taken = {post.site for post in board.laydown.posts} | set(scenario.siting.exclusion)
        self.free = [site for site in scenario.sites if site.id not in taken]
        lon = np.array([site.lon_deg for site in self.free], dtype=np.float64)
        lat = np.array([site.lat_deg for site in self.free], dtype=np.float64)
        self.at_m = np.column_stack(project(lon, lat, board.coverage.grid.crs)).reshape(-1, 2)
        self.kinds: dict[tuple[str, str], Placed] = {}
        for unit in scenario.units if self.free else ():
            kind = (unit.sensor or "", unit.effector or "")
            if kind not in self.kinds:
                self.kinds[kind] = place(scenario, unit, Post(unit=unit.id, site=self.free[0].id))

    def close(self, row: RegisterRow, gap: _Gap) -> RegisterRow:
        """Return the row with the best way found to close it."""
        points, closable = self._points(gap)
        best: tuple[float, float, Placed, Site] | None = None
        weight = _weight(self.board)[gap.worst]
        middle = np.average(np.column_stack([points.x_m, points.y_m]), axis=0, weights=weight)
        away = np.hypot(*(self.at_m - middle).T)
        for number in np.argsort(away, kind="stable")[:SITES_TRIED].tolist():
            for unit in self._fitting(gap.lacks, self.free[number], away[number], points):
                if (
                    best is not None
                    and self._within(unit, number, gap.lacks, points, weight) <= best[0] + 1e-9
                ):
                    continue
                share = self._share(unit, self.free[number], gap, points, closable, weight)
                if share > 0.0 and (best is None or share > best[0] + 1e-9):
                    best = (share, float(away[number]), unit, self.free[number])
        if best is None:
            return replace(row, closes=f"{LACKS[gap.lacks]}; no unit on a free site near it would close it")
        share, away_m, unit, site = best
        kind = (unit.unit.effector if gap.lacks in ("effector", "layers") else unit.unit.sensor) or ""
        by_region = self.board.scenario.report_by_region
        where = f"in {site.region or 'the area'}" if by_region else f"at {site.name or site.id}"
        words = (
            f"{LACKS[gap.lacks]}; {kind} on a free site {where}, {away_m / 1000.0:.0f} km from "
            f"its middle, would close {100.0 * share:.0f} % of it"
        )
        return replace(
            row, unit_type=kind, site=site.id, site_region=site.region, closes_fraction=share, closes=words
        )

    def _points(self, gap: _Gap) -> tuple[Points, NDArray[np.bool_]]:
        """Points of a gap at its worst height, and whether one unit more is all that they lack."""
        board, height = self.board, gap.worst_height_agl_m
        points = points_at(board.coverage, board.rows[gap.worst], board.cols[gap.worst], height)
        if gap.lacks != "layers":
            return points, np.ones(points.size, dtype=np.bool_)
        required = np.concatenate([np.zeros(board.people.size, dtype=np.int64), board.required])
        missing = (required - self.above[height].effector_layers)[gap.worst]
        return points, missing <= 1

    def _cued(self, kind: Placed, gap: _Gap) -> NDArray[np.bool_]:
        """Points of a gap at its worst height on which the network would cue a unit already."""
        scenario, placed = self.board.scenario, self.board.placed
        net = nets_of(scenario, [kind])[0]
        members = np.array(
            [net is not None and name == net for name in nets_of(scenario, placed)], dtype=np.bool_
        )
        cued: NDArray[np.bool_] = (
            self.above[gap.worst_height_agl_m].sees[np.ix_(members, gap.worst)].any(axis=0)
        )
        return cued

    def _fitting(self, lacks: str, site: Site, away_m: float, points: Points) -> list[Placed]:
        """Kinds of unit that may stand there, bring what is lacking, and could reach some of it."""
        spread_m = float(np.hypot(points.x_m - points.x_m.mean(), points.y_m - points.y_m.mean()).max())
        found = []
        for (sensor, effector), unit in self.kinds.items():
            if site.suits and not {sensor, effector} & set(site.suits):
                continue
            if lacks == "warning" and not unit.unit.linked:
                continue  # it would warn nobody
            reach_m = self._range_m(unit, lacks)
            if reach_m > 0.0 and away_m <= reach_m + spread_m:
                found.append(unit)
        return found

    def _within(
        self, kind: Placed, number: int, lacks: str, points: Points, weight: NDArray[np.float64]
    ) -> float:
        """Share of a gap's weight within range of a unit on a free site: no bearing closes more."""
        east_m, north_m = self.at_m[number]
        away_m = np.hypot(points.x_m - east_m, points.y_m - north_m)
        inside = away_m <= self._range_m(kind, lacks) + self.board.coverage.grid.cell_m
        return float(weight[inside].sum()) / float(weight.sum())

    def _range_m(self, kind: Placed, lacks: str) -> float:
        """Range of what a kind of unit brings against what is lacking [m]; 0 where it brings nothing."""
        if lacks in ("sensor", "warning"):
            return kind.sensor.instrumented_range_m.value if kind.sensor is not None else 0.0
        return kind.effector.max_range_m.value if kind.effector is not None else 0.0

    def _share(
        self,
        kind: Placed,
        site: Site,
        gap: _Gap,
        points: Points,
        closable: NDArray[np.bool_],
        weight: NDArray[np.float64],
    ) -> float:
        """Largest share of a gap's weight that a unit would close, over the bearings it may have."""
        scenario, coverage = self.board.scenario, self.board.coverage
        best, fires = 0.0, gap.lacks in ("effector", "layers")
        cued = self._cued(kind, gap) if fires else np.zeros(points.size, dtype=np.bool_)
        sectors = [part.azimuth_sector_deg.value for part in (kind.sensor, kind.effector) if part is not None]
        for bearing in BEARINGS_DEG if min(sectors) < 360.0 else (0,):
            post = Post(unit=kind.unit.id, site=site.id, bearing_deg=bearing)
            placed = replace(kind, post=post, mast_m=site.mast_m)
            closed = sees(coverage, placed, self.board.threat, points)
            if fires:
                closed |= cued
                closed &= shoots(scenario, coverage, placed, self.board.threat, points)
            closed &= closable
            best = max(best, float(weight[closed].sum()) / float(weight.sum()))
        return best
