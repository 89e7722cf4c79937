"""The verb `cover`: one sweep from every mast on every site, serving every height at once."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from egide.coverage.result import UNSEEN, Coverage, Window, encode
from egide.coverage.sightline import lowest_visible_height
from egide.coverage.stations import Station, stations_of
from egide.errors import InputError, Problem
from egide.geo import Grid, Position, Terrain
from egide.model.scenario import Scenario

Tick = Callable[[int, int], None]
"""Called with work done and work in all; raising from it cancels."""


def cover(
    scenario: Scenario, terrain: Terrain, *, threads: int | None = None, tick: Tick | None = None
) -> Coverage:
    """Work out the lowest visible height of every site on every demand cell in range.

    Parameters
    ----------
    scenario : Scenario
        Its sites and the types of its units say which masts are swept, and how far.
    terrain : Terrain
        On its metric grid; demand cells are blocks of `scenario.terrain.cell_factor` terrain cells, whose
        lowest visible height is that of their worst cell.
    threads : int, optional
        Workers; by default one for each core. The result does not depend on it.
    tick : callable, optional
        Called with sweeps done and sweeps in all.

    Returns
    -------
    Coverage

    Raises
    ------
    InputError
        When a site lies outside the terrain or on a hole in it; all such sites at once.
    """
    grid = terrain.grid
    places = _site_positions(scenario, terrain)
    wanted = stations_of(scenario)
    factor = scenario.terrain.cell_factor

    def sweep(item: tuple[Station, float]) -> Window:
        station, range_m = item
        return _sweep(terrain, places[station.site], station.mast_m, range_m, scenario.k_factor, factor)

    windows = []
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        for done, window in enumerate(pool.map(sweep, wanted), start=1):
            windows.append(window)
            if tick is not None:
                tick(done, len(wanted))
    stations = tuple(station for station, _ in wanted)
    at = [places[station.site] for station in stations]
    convergence = {site: grid.convergence_deg(position) for site, position in places.items()}
    return Coverage(
        grid=grid.coarsen(factor),
        ground_m=_block_centres(terrain, factor),
        stations=stations,
        windows=tuple(windows),
        positions_m=np.array([(p.x_m, p.y_m) for p in at], dtype=np.float64).reshape(-1, 2),
        ground_at_station_m=np.array([terrain.height_amsl_m(p) for p in at], dtype=np.float64),
        convergence_deg=np.array([convergence[station.site] for station in stations], dtype=np.float64),
        k_factor=scenario.k_factor,
        surface=terrain.surface,
        scenario_hash=scenario.fingerprint("laydown"),
    )


def _site_positions(scenario: Scenario, terrain: Terrain) -> dict[str, Position]:
    """Positions of the sites, at the centre of the terrain cell they stand in."""
    positions, problems = {}, []
    for site in scenario.sites:
        position = Position.from_lonlat(site.lon_deg, site.lat_deg, terrain.grid.crs)
        if not terrain.grid.contains(position):
            problems.append(_misplaced(site.id, "lies outside the terrain; widen [area] or move the site"))
        elif not terrain.has_data(position):
            problems.append(_misplaced(site.id, "stands on a hole in the elevation model; move it or fill it"))
        else:
            positions[site.id] = terrain.grid.position(*terrain.grid.index(position))
    if problems:
        raise InputError(problems)
    return positions


def _misplaced(site: str, remedy: str) -> Problem:
    return Problem("sites.csv", site, None, remedy)


def _sweep(
    terrain: Terrain, position: Position, mast_m: float, range_m: float, k_factor: float, factor: int
) -> Window:
    """One sweep on the part of the terrain in range, reduced to quantised demand cells."""
    grid = terrain.grid
    row, col = grid.index(position)
    reach = math.ceil(range_m / grid.cell_m) + 1
    top, left = (max(0, at - reach) // factor * factor for at in (row, col))
    bottom = min(grid.shape[0], row + reach + 1)
    right = min(grid.shape[1], col + reach + 1)
    part = Terrain(
        grid.window(top, left, bottom - top, right - left),
        terrain.heights_m[top:bottom, left:right],
        terrain.surface,
    )
    lowest = lowest_visible_height(part, position, mast_m, range_m, k=k_factor)
    return Window(top // factor, left // factor, _worst_of_blocks(encode(lowest), factor))


def _worst_of_blocks(codes: NDArray[np.uint16], factor: int) -> NDArray[np.uint16]:
    """Greatest code of every block; `UNSEEN` is the greatest of all."""
    if factor == 1:
        return codes
    rows, cols = (-(-size // factor) for size in codes.shape)
    whole = np.zeros((rows * factor, cols * factor), dtype=np.uint16)
    whole[: codes.shape[0], : codes.shape[1]] = codes
    worst: NDArray[np.uint16] = whole.reshape(rows, factor, cols, factor).max(axis=(1, 3))
    assert worst.max(initial=0) <= UNSEEN
    return worst


def _block_centres(terrain: Terrain, factor: int) -> NDArray[np.float32]:
    """Ground height at the middle of every demand cell [m]."""
    coarse: Grid = terrain.grid.coarsen(factor)
    rows = np.minimum(np.arange(coarse.shape[0]) * factor + factor // 2, terrain.grid.shape[0] - 1)
    cols = np.minimum(np.arange(coarse.shape[1]) * factor + factor // 2, terrain.grid.shape[1] - 1)
    return np.ascontiguousarray(terrain.heights_m[np.ix_(rows, cols)])
