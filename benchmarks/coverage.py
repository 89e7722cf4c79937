"""Lines of sight against GDAL's viewshed, in one run, as ratios.

`python -m benchmarks.coverage` works out the lowest visible heights of many sites on demand cells of about
one kilometre, with GDAL (`-om DEM`, two processes) and with Égide (two threads), in interleaved pairs, on a
synthetic elevation model at 90 m and 150 km and on a real one at 90 m and 50 km. The last line is JSON.

It runs in an interpreter that has GDAL's Python module, which PyPI's `gdal-wheel` has for Python 3.12 and
3.13 only. The real elevation model is the grid of Trinidad, Colorado, in Debian's `libncarg-data`; the path
of its `trinidad.nc` is an argument, else the installed one. `--slope` measures 250, 500 and 1,000 sites of
150 km in one process instead, with the peak of its memory.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egide.coverage.sightline import eye_at, lowest_visible_height, relief_of
from egide.coverage.sightline_batch import lowest_visible_heights
from egide.geo import Position, Terrain
from egide.kernels import sightline_exact

CELL_M = 90.0
MAST_M = 30.0
FACTOR = 11
TRINIDAD = Path("/usr/share/ncarg/data/cdf/trinidad.nc")
SPHERE = "+proj=tmerc +lat_0=48 +lon_0=30 +R=6371000 +units=m +no_defs"
PAIRS = 5


@dataclass(frozen=True)
class Case:
    """One elevation model, its sites and its range."""

    name: str
    terrain: Terrain
    sites: list[tuple[int, int]]
    range_m: float

    @property
    def positions(self) -> list[Position]:
        return [self.terrain.grid.position(row, col) for row, col in self.sites]


def synthetic(cells: int, seed: int = 1) -> Terrain:
    """Random hills with a power-law spectrum: 120 m standard deviation, whole metres."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft2(rng.standard_normal((cells, cells)).astype(np.float32))
    frequency = np.hypot(np.fft.fftfreq(cells)[:, None], np.fft.rfftfreq(cells)[None, :])
    spectrum *= (frequency**2 + (1.0 / 400.0) ** 2) ** -1.0
    hills = np.fft.irfft2(spectrum, s=(cells, cells))
    return Terrain.from_array(np.round(300.0 + 120.0 * (hills - hills.mean()) / hills.std()), CELL_M)


def trinidad(path: Path) -> Terrain:
    """Real relief: 3 arc-seconds, taken as 90 m cells; values are metres times 3.28, row 0 south."""
    from scipy.io import netcdf_file

    with netcdf_file(str(path), mmap=False) as file:
        feet = np.array(file.variables["data"].data)
    return Terrain.from_array(np.round(feet[::-1] / 3.28), CELL_M)


def scattered(terrain: Terrain, range_m: float, count: int, seed: int = 7) -> list[tuple[int, int]]:
    """Sites drawn where the whole range lies on the terrain, or as much as possible."""
    rng = np.random.default_rng(seed)
    spans = []
    for size in terrain.grid.shape:
        edge = min(int(range_m / CELL_M) + 1, size // 2 - 20)
        spans.append((edge, size - edge))
    return [(int(rng.integers(*spans[0])), int(rng.integers(*spans[1]))) for _ in range(count)]


_PEER: dict[str, Any] = {}


def _open_peer(heights: NDArray[np.float32]) -> None:
    """Put the elevation model into a GDAL data set in memory, once in each process."""
    from osgeo import gdal, osr

    gdal.UseExceptions()
    rows, cols = heights.shape
    data = gdal.GetDriverByName("MEM").Create("", cols, rows, 1, gdal.GDT_Float32)
    data.SetGeoTransform((0.0, CELL_M, 0.0, 0.0, 0.0, -CELL_M))
    system = osr.SpatialReference()
    system.ImportFromProj4(SPHERE)
    data.SetProjection(system.ExportToWkt())
    data.GetRasterBand(1).WriteArray(heights)
    _PEER["data"] = data


def _peer_map(site: tuple[int, int], range_m: float) -> tuple[NDArray[np.float32], int, int]:
    """GDAL's lowest visible heights on its window, and the window's first row and column."""
    from osgeo import gdal

    row, col = site
    found = gdal.ViewshedGenerate(
        _PEER["data"].GetRasterBand(1), "MEM", "", [], (col + 0.5) * CELL_M, -(row + 0.5) * CELL_M,
        MAST_M, 0.0, 255, 0, 0, -1, 0.75, gdal.GVM_Edge, range_m,
        heightMode=gdal.GVOT_MIN_TARGET_HEIGHT_FROM_DEM, options=[],
    )  # fmt: skip
    transform = found.GetGeoTransform()
    return found.ReadAsArray(), round(-transform[3] / CELL_M), round(transform[0] / CELL_M)


def _peer_sites(sites: list[tuple[int, int]], range_m: float) -> tuple[list[NDArray[np.float32]], float]:
    """GDAL's values at the centres of the demand cells, and the processor's seconds; no full map is kept."""
    begun = time.process_time()
    reduced = []
    for site in sites:
        full, top, left = _peer_map(site, range_m)
        first = ((FACTOR // 2 - top) % FACTOR, (FACTOR // 2 - left) % FACTOR)
        reduced.append(full[first[0] :: FACTOR, first[1] :: FACTOR].copy())
    return reduced, time.process_time() - begun


def exact_centres(
    case: Case, number: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Rows and columns of demand centres in the window of a site, and R3's heights there."""
    row, col = case.sites[number]
    reach = int(case.range_m / CELL_M) + 1
    rows, cols = (
        np.arange((at - reach) // FACTOR * FACTOR + FACTOR // 2, at + reach, FACTOR) for at in (row, col)
    )
    rows = rows[(rows >= 0) & (rows < case.terrain.grid.shape[0])]
    cols = cols[(cols >= 0) & (cols < case.terrain.grid.shape[1])]
    eye = eye_at(relief_of(case.terrain), row, col, MAST_M, case.range_m, 4.0 / 3.0)
    out = np.full((rows.size, cols.size), np.nan)
    sightline_exact.cells_exact(case.terrain.heights_m.astype(np.float64), eye, rows, cols, out)
    return rows, cols, out


def errors_of(case: Case, numbers: list[int]) -> dict[str, float]:
    """Root mean square errors against R3 at the demand centres of some sites."""
    demand = case.terrain.grid.coarsen(FACTOR)
    squares: dict[str, list[NDArray[np.float64]]] = {"rmse_m": [], "full_rmse_m": [], "gdal_rmse_m": []}
    found = lowest_visible_heights(
        case.terrain, [case.positions[n] for n in numbers], MAST_M, case.range_m, demand
    )
    for place, number in enumerate(numbers):
        rows, cols, exact = exact_centres(case, number)
        cells = np.meshgrid(rows // FACTOR, cols // FACTOR, indexing="ij")
        ours = found.at(cells[0].ravel(), cells[1].ravel())[place].reshape(exact.shape)
        full = lowest_visible_height(case.terrain, case.positions[number], MAST_M, case.range_m)
        peer, top, left = _peer_map(case.sites[number], case.range_m)
        inside = np.isfinite(exact) & np.isfinite(ours)
        theirs = np.full(exact.shape, np.nan)
        r, c = rows - top, cols - left
        ok_r, ok_c = (r >= 0) & (r < peer.shape[0]), (c >= 0) & (c < peer.shape[1])
        theirs[np.ix_(ok_r, ok_c)] = peer[np.ix_(r[ok_r], c[ok_c])]
        squares["rmse_m"].append((ours - exact)[inside] ** 2)
        squares["full_rmse_m"].append((full[np.ix_(rows, cols)] - exact)[inside] ** 2)
        # GDAL cuts results at zero: compare only where that changes nothing.
        squares["gdal_rmse_m"].append((theirs - exact)[inside & (exact > 0.0) & (theirs > 0.0)] ** 2)
    return {name: math.sqrt(float(np.mean(np.concatenate(parts)))) for name, parts in squares.items()}


def _seconds(work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds on the wall, and of this process's processors."""
    begun = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - begun[0], time.process_time() - begun[1]


KINDS: dict[str, dict[str, Any]] = {
    "centre": {},
    "centre_2_rays_per_cell": {"rays_per_cell": 2.0},
    "highest": {"keep": "highest"},
    "xdraw": {"method": "xdraw"},
}
"""What is measured: the defaults, the density of full maps, the conservative reduction, GDAL's method."""


def ratios_of(case: Case, peer_sites: int) -> dict[str, Any]:
    """Interleaved pairs: GDAL on some sites in two processes, Égide on all of them on two threads."""
    demand = case.terrain.grid.coarsen(FACTOR)
    relief = relief_of(case.terrain)
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in ["gdal", *KINDS]}
    halves = [case.sites[: peer_sites // 2], case.sites[peer_sites // 2 : peer_sites]]
    with ProcessPoolExecutor(2, get_context("spawn"), _open_peer, (case.terrain.heights_m,)) as pool:

        def peers(parts: list[list[tuple[int, int]]]) -> tuple[float, float]:
            begun = time.perf_counter()
            found = list(pool.map(_peer_sites, parts, [case.range_m] * len(parts)))
            return time.perf_counter() - begun, sum(busy for _, busy in found)

        def ours(kind: dict[str, Any], count: int) -> tuple[float, float]:
            sites = case.positions[:count]
            return _seconds(
                lambda: lowest_visible_heights(relief, sites, MAST_M, case.range_m, demand, threads=2, **kind)
            )

        peers([part[:1] for part in halves])
        for kind in KINDS.values():
            ours(kind, 2)
        for pair in range(PAIRS):
            wall, busy = peers(halves)
            spent["gdal"].append((wall / peer_sites, busy / peer_sites))
            for name, kind in KINDS.items():
                wall, busy = ours(kind, len(case.sites))
                spent[name].append((wall / len(case.sites), busy / len(case.sites)))
            shown = ", ".join(f"{name} {values[-1][0] * 1e3:.2f} ms" for name, values in spent.items())
            print(f"  {case.name} pair {pair + 1}: {shown}", flush=True)
    return _summary(case, spent)


def _summary(case: Case, spent: dict[str, list[tuple[float, float]]]) -> dict[str, Any]:
    """Medians of the seconds, and of the ratios of each pair, on the wall (0) and of the processors (1)."""

    def medians(clock: int) -> dict[str, float]:
        return {
            name: round(statistics.median(v[clock] for v in values) * 1e3, 3)
            for name, values in spent.items()
        }

    def ratios(clock: int) -> dict[str, float]:
        return {
            name: round(
                statistics.median(
                    g[clock] / o[clock] for g, o in zip(spent["gdal"], spent[name], strict=True)
                ),
                2,
            )
            for name in KINDS
        }

    cells = math.pi * (case.range_m / CELL_M) ** 2
    return {
        "ms_per_site": medians(0),
        "ratio": ratios(0),
        "processor_ms_per_site": medians(1),
        "processor_ratio": ratios(1),
        "cells_per_s": round(cells / statistics.median(wall for wall, _ in spent["centre"])),
        "sites": len(case.sites),
    }


def _slope_child(count: int) -> tuple[float, float, float]:
    """Seconds, peak memory and results [MB] of a process's sweeps of 150 km on a 720 km square."""
    # The random hills repeat without a seam, so that making them does not set the peak.
    terrain = Terrain.from_array(np.tile(synthetic(2000).heights_m, (4, 4)), CELL_M)
    positions = [terrain.grid.position(*site) for site in scattered(terrain, 150e3, count)]
    demand = terrain.grid.coarsen(FACTOR)
    lowest_visible_heights(terrain, positions[:2], MAST_M, 150e3, demand, threads=2)
    begun = time.perf_counter()
    found = lowest_visible_heights(terrain, positions, MAST_M, 150e3, demand, threads=2)
    spent = time.perf_counter() - begun
    held = sum(window.codes.nbytes for window in found.windows) / 2.0**20
    return spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0, held


def slope() -> dict[str, Any]:
    """Seconds and memory against the number of sites, and what they say about 10,000."""
    counts, seconds, peaks = [250, 500, 1000], [], []
    held = 0.0
    for count in counts:
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            spent, peak, held = pool.submit(_slope_child, count).result()
        seconds.append(spent)
        peaks.append(peak)
        print(
            f"  {count} sites: {spent:.1f} s, peak {peak:.0f} MB, of which results {held:.0f} MB", flush=True
        )
    per_site, fixed = np.polyfit(counts, seconds, 1)
    return {
        "sites": counts,
        "seconds": seconds,
        "peak_mb": peaks,
        "seconds_per_site": float(per_site),
        "minutes_for_10000": float((fixed + 10_000 * per_site) / 60.0),
        # What grows with the sites is their results.
        "mb_for_10000": peaks[-1] + (10_000 / counts[-1] - 1.0) * held,
    }


def main() -> int:
    """Run the benchmark; the last line printed is JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage", description=__doc__.split("\n")[0])
    parser.add_argument("trinidad", nargs="?", type=Path, default=TRINIDAD, help="path of trinidad.nc")
    parser.add_argument("--slope", action="store_true", help="1,000 sites of 150 km instead")
    parser.add_argument("--sites", type=int, default=100, help="sites in a batch")
    arguments = parser.parse_args()
    if arguments.slope:
        print(json.dumps(slope()))
        return 0
    try:
        import osgeo  # type: ignore[import-not-found]  # noqa: F401
    except ImportError:
        print(
            "GDAL's Python module is missing here: pip install gdal-wheel on Python 3.12 or 3.13",
            file=sys.stderr,
        )
        return 2
    cases = []
    terrain = synthetic(3800)
    cases.append(Case("synthetic 150 km", terrain, scattered(terrain, 150e3, arguments.sites), 150e3))
    if arguments.trinidad.exists():
        terrain = trinidad(arguments.trinidad)
        cases.append(Case("Trinidad 50 km", terrain, scattered(terrain, 50e3, arguments.sites), 50e3))
    else:
        print(
            f"{arguments.trinidad} is missing (Debian package libncarg-data): the real case is left out",
            file=sys.stderr,
        )
    results = {}
    for case in cases:
        print(case.name)
        _open_peer(case.terrain.heights_m)
        results[case.name] = {**errors_of(case, [0, 1, 2, 3]), **ratios_of(case, 8)}
    worst = min(results.values(), key=lambda found: found["ratio"]["centre"])
    print(
        json.dumps(
            {
                "gdal_ratio": worst["ratio"]["centre"],
                "gdal_ratio_highest": min(found["ratio"]["highest"] for found in results.values()),
                "xdraw_ratio": min(found["ratio"]["xdraw"] for found in results.values()),
                "processor_ratio": min(found["processor_ratio"]["centre"] for found in results.values()),
                "rmse_m": max(found["rmse_m"] for found in results.values()),
                "gdal_rmse_m": min(found["gdal_rmse_m"] for found in results.values()),
                "cells_per_s": worst["cells_per_s"],
                "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0),
                "cases": results,
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
