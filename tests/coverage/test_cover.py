"""The verb cover: every window is the sweep of its station, whatever the number of threads."""

import itertools

import numpy as np
import pytest

from egide.coverage.cover import cover
from egide.coverage.result import QUANTUM_M, Coverage, decode
from egide.coverage.sightline import lowest_visible_height
from egide.coverage.stations import stations_of
from egide.errors import InputError
from egide.geo import Position, Terrain
from egide.model.place import Site
from egide.model.scenario import Scenario


def test_each_window_holds_the_sweep_from_its_mast(
    tiny: Scenario, tiny_terrain: Terrain, tiny_coverage: Coverage
) -> None:
    for number in (0, 7, len(tiny_coverage.stations) - 1):
        station, window = tiny_coverage.stations[number], tiny_coverage.windows[number]
        range_m = dict(stations_of(tiny))[station]
        at = Position(*tiny_coverage.positions_m[number], tiny_terrain.grid.crs)
        exact = lowest_visible_height(tiny_terrain, at, station.mast_m, range_m, k=tiny.k_factor)
        rows, cols = window.codes.shape
        part = exact[window.row : window.row + rows, window.col : window.col + cols]
        kept = decode(window.codes)
        assert np.array_equal(np.isnan(part), np.isinf(kept))
        apart = np.abs(kept - part)[np.isfinite(kept)]
        # A planning sweep has fewer rays than one of full precision.
        assert np.quantile(apart, 0.9) <= QUANTUM_M + 1.0


def test_threads_change_nothing(tiny: Scenario, tiny_terrain: Terrain, tiny_coverage: Coverage) -> None:
    alone = cover(tiny, tiny_terrain, threads=1)
    for one, other in zip(alone.windows, tiny_coverage.windows, strict=True):
        assert np.array_equal(one.codes, other.codes)
    assert alone.scenario_hash == tiny_coverage.scenario_hash


def test_a_taller_mast_on_the_same_site_never_sees_less(tiny_coverage: Coverage) -> None:
    """Up to the one step to which heights are kept."""
    by_site: dict[str, list[int]] = {}
    for number, station in enumerate(tiny_coverage.stations):
        by_site.setdefault(station.site, []).append(number)
    rows, cols = (part.ravel() for part in np.indices(tiny_coverage.grid.shape))
    for numbers in by_site.values():
        order = sorted(numbers, key=lambda n: tiny_coverage.stations[n].mast_m)
        for low, high in itertools.pairwise(order):
            below = tiny_coverage.lowest_amsl_m(low, rows, cols)
            above = tiny_coverage.lowest_amsl_m(high, rows, cols)
            both = np.isfinite(below) & np.isfinite(above)
            assert np.all(above[both] <= below[both] + QUANTUM_M)


def test_sites_off_the_terrain_are_all_named_at_once(tiny: Scenario, tiny_terrain: Terrain) -> None:
    stray = tuple(Site(id=f"stray-{n}", lon_deg=-20.0 + n, lat_deg=45.0) for n in range(2))
    with pytest.raises(InputError) as raised:
        cover(tiny.model_copy(update={"sites": tiny.sites + stray}), tiny_terrain)
    assert {problem.field for problem in raised.value.problems} == {"stray-0", "stray-1"}


def test_demand_cells_take_the_ground_at_their_centre(tiny: Scenario, tiny_terrain: Terrain) -> None:
    terrain = tiny.terrain.model_copy(update={"cell_factor": 3})
    coarse = cover(tiny.model_copy(update={"terrain": terrain}), tiny_terrain)
    assert coarse.grid == tiny_terrain.grid.coarsen(3)
    assert coarse.ground_m[2, 4] == tiny_terrain.heights_m[7, 13]


def test_progress_ends_at_the_whole(tiny: Scenario, tiny_terrain: Terrain) -> None:
    calls: list[tuple[int, int]] = []
    cover(tiny, tiny_terrain, tick=lambda done, total: calls.append((done, total)))
    total = len(stations_of(tiny))
    assert calls[-1] == (total, total)
