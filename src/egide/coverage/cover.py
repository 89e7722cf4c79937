"""The verb `cover`: one sweep from every mast on every site, serving every height at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from egide.coverage.result import Coverage, Window
from egide.coverage.sightline_batch import demand_ground, lowest_visible_heights
from egide.coverage.stations import stations_of
from egide.errors import InputError, Problem
from egide.geo import Position, Terrain
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
        On its metric grid; demand cells are blocks of `scenario.terrain.cell_factor` terrain cells, for
        which the terrain cell at their centre stands, with its ground and its lowest visible height.
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
    demand = grid.coarsen(scenario.terrain.cell_factor)
    seen = lowest_visible_heights(
        terrain,
        [places[station.site] for station, _ in wanted],
        [station.mast_m for station, _ in wanted],
        [range_m for _, range_m in wanted],
        demand,
        k=scenario.k_factor,
        threads=threads,
        tick=tick,
    )
    stations = tuple(station for station, _ in wanted)
    at = [places[station.site] for station in stations]
    convergence = {site: grid.convergence_deg(position) for site, position in places.items()}
    return Coverage(
        grid=demand,
        ground_m=demand_ground(terrain, demand),
        stations=stations,
        windows=tuple(Window(window.row, window.col, window.codes) for window in seen.windows),
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
            problems.append(
                _misplaced(site.id, "stands on a hole in the elevation model; move it or fill it")
            )
        else:
            positions[site.id] = terrain.grid.position(*terrain.grid.index(position))
    if problems:
        raise InputError(problems)
    return positions


def _misplaced(site: str, remedy: str) -> Problem:
    return Problem("sites.csv", site, None, remedy)
